"""Which locus is called, with what, and which genes a diagnostic feeds. Called by every check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.sg.composition import Ask, AskEach, Given, Probes
from grammar.sg.nodes import Call, Family, Field, GeneContract
from grammar.sg.scope import Scope, check_given, item_type
from grammar.sg.terms import TypeRef
from grammar.source import Span


def check_calls(remarks: Remarks, gene: GeneContract, loci: Mapping[str, GeneContract]) -> None:
    """Check the `verify:` and `feeds:` lines of one gene against all loci."""
    takes = {field.name: field.type for field in gene.takes}
    scope = Scope("gene", takes, frozenset(field.name for field in gene.gives))
    for call in gene.verify.calls if gene.verify else ():
        if remarks.full:
            return
        locus = find_gene(remarks, call.locus, call.span, loci, Family.DIAGNOSTIC)
        if locus is not None:
            check_arguments(remarks, scope, call.locus, _given(call), locus.takes, call.span)
    for feed in gene.feeds:
        if remarks.full:
            return
        find_gene(remarks, feed.locus, feed.span, loci, Family.CONFIGURATION)


def _given(call: Call) -> tuple[Given, ...]:
    return tuple(Given(a.name, a.value, a.span, a.span) for a in call.arguments)


def check_probes(
    remarks: Remarks, scope: Scope, probes: Probes | None, loci: Mapping[str, GeneContract]
) -> None:
    """Check the `verify:` of a pathway or topology against all loci."""
    for ask, inner in _asks(remarks, scope, probes.asks if probes else ()):
        if remarks.full:
            return
        locus = find_gene(remarks, ask.locus, ask.span, loci, Family.DIAGNOSTIC)
        if locus is not None:
            check_arguments(remarks, inner, ask.locus, ask.arguments, locus.takes, ask.span)


def _asks(
    remarks: Remarks, scope: Scope, asks: Sequence[Ask | AskEach]
) -> Iterator[tuple[Ask, Scope]]:
    for ask in asks:
        if isinstance(ask, Ask):
            yield ask, scope
        else:
            kind = item_type(remarks, scope, ask.over, ask.place)
            yield from _asks(
                remarks, in_loop(remarks, scope, ask.variable, kind, ask.span), ask.body
            )


def in_loop(
    remarks: Remarks, scope: Scope, variable: str, kind: TypeRef | None, span: Span | None
) -> Scope:
    """The scope inside of a loop; complains about a variable that hides another name."""
    if variable in scope.names:
        message = f"`{variable}` has a meaning already"
        remarks.say("SG-E248", message, somewhere(span), "give the variable another name")
    return scope.with_variable(variable, kind)


def find_gene(
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


def check_arguments(
    remarks: Remarks,
    scope: Scope,
    callee: str,
    arguments: Sequence[Given],
    takes: Sequence[Field],
    span: Span | None,
) -> None:
    """Check what is given to a gene or pathway against what it takes."""
    parameters = {field.name: field for field in takes}
    for argument in arguments:
        parameter = parameters.get(argument.name)
        if parameter is None:
            otherwise = f"it takes {listing(parameters)}" if parameters else "it takes nothing"
            remarks.say(
                "SG-E224",
                f"`{callee}` takes no `{argument.name}`",
                somewhere(argument.span),
                did_you_mean(argument.name, parameters, otherwise),
            )
        else:
            check_given(remarks, scope, argument, parameter)
    given = {argument.name for argument in arguments}
    for parameter in takes:
        if parameter.required and parameter.name not in given:
            remarks.say(
                "SG-E225",
                f"`{callee}` needs `{parameter.name}`",
                somewhere(span),
                f"add `{parameter.name}=…`, of type `{parameter.type}`",
            )
