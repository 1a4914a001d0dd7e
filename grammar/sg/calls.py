"""Which diagnostic a gene calls, with what, and which genes a diagnostic feeds.

Called by check.py for each gene.
"""

from __future__ import annotations

from collections.abc import Mapping

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.sg.literal import fits, literal_text
from grammar.sg.nodes import Argument, Call, Family, Field, GeneContract, Reference
from grammar.source import Span


def check_calls(remarks: Remarks, gene: GeneContract, loci: Mapping[str, GeneContract]) -> None:
    """Check the `verify:` and `feeds:` lines of one gene against all loci."""
    for call in gene.verify.calls if gene.verify else ():
        if remarks.full:
            return
        locus = _locus(remarks, call.locus, call.span, loci, Family.DIAGNOSTIC)
        if locus is not None:
            _check_arguments(remarks, gene, call, locus)
    for feed in gene.feeds:
        if remarks.full:
            return
        _locus(remarks, feed.locus, feed.span, loci, Family.CONFIGURATION)


def _locus(
    remarks: Remarks,
    name: str,
    span: Span | None,
    loci: Mapping[str, GeneContract],
    family: Family,
) -> GeneContract | None:
    """The contract of a locus, if it is of the family; otherwise complains."""
    found = loci.get(name)
    if found is None:
        alike = [other for other, contract in loci.items() if contract.family is family]
        hint = did_you_mean(name, alike, f"there is no {family.value} gene of this name")
        remarks.say("SG-E222", f"unknown locus `{name}`", somewhere(span), hint)
        return None
    if found.family is not family:
        remarks.say(
            "SG-E223",
            f"`{name}` is a {found.family.value} gene, not a {family.value} gene",
            somewhere(span),
            f"name a {family.value} gene here",
        )
        return None
    return found


def _check_arguments(remarks: Remarks, gene: GeneContract, call: Call, locus: GeneContract) -> None:
    parameters = {field.name: field for field in locus.takes}
    for argument in call.arguments:
        parameter = parameters.get(argument.name)
        if parameter is None:
            otherwise = f"it takes {listing(parameters)}" if parameters else "it takes nothing"
            remarks.say(
                "SG-E224",
                f"`{call.locus}` takes no `{argument.name}`",
                somewhere(argument.span),
                did_you_mean(argument.name, parameters, otherwise),
            )
        else:
            _check_value(remarks, gene, argument, parameter)
    given = {argument.name for argument in call.arguments}
    for parameter in locus.takes:
        if parameter.required and parameter.name not in given:
            remarks.say(
                "SG-E225",
                f"`{call.locus}` needs `{parameter.name}`",
                somewhere(call.span),
                f"add `{parameter.name}=…`, of type `{parameter.type}`",
            )


def _check_value(
    remarks: Remarks, gene: GeneContract, argument: Argument, parameter: Field
) -> None:
    takes = {field.name: field for field in gene.takes}
    value = argument.value
    if not isinstance(value, Reference):
        if not fits(value, parameter.type):
            shown = f"`{literal_text(value)}`"
            _say_misfit(remarks, argument, parameter, shown, argument.span)
        return
    field = takes.get(value.name)
    if field is None:
        late = any(given.name == value.name for given in gene.gives)
        otherwise = f"the gene takes {listing(takes)}" if takes else "the gene takes nothing"
        hint = (
            "a call is made with what the gene takes, not with what it gives"
            if late
            else did_you_mean(value.name, takes, otherwise)
        )
        span = somewhere(value.span)
        remarks.say("SG-E210", f"unknown reference `{{{value.name}}}`", span, hint)
    elif not accepts(parameter, field):
        shown = f"`{{{value.name}}}`, a `{field.type}`,"
        _say_misfit(remarks, argument, parameter, shown, value.span)


def _say_misfit(
    remarks: Remarks, argument: Argument, parameter: Field, shown: str, span: Span | None
) -> None:
    remarks.say(
        "SG-E226",
        f"{shown} does not fit `{argument.name}`",
        somewhere(span),
        f"`{argument.name}` is of type `{parameter.type}`",
    )


def accepts(parameter: Field, field: Field) -> bool:
    """True when every value that `field` may have is one that `parameter` takes."""
    given, taken = field.type, parameter.type
    if given.optional and parameter.required:
        return False
    if given.is_list != taken.is_list:
        return False
    return given.name == taken.name or (given.name, taken.name) == ("int", "float")
