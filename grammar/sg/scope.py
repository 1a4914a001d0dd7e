"""Which names a contract's values may refer to, and whether what they stand for fits.

Called by calls.py, check_pathway.py and check_topology.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.sg.composition import Given, Listed, Template, Value
from grammar.sg.literal import fits, holds, literal_text, types_of
from grammar.sg.terms import Field, Literal, Reference, TypeRef
from grammar.sg.value import references, value_text
from grammar.source import Span


@dataclass(frozen=True, slots=True)
class Scope:
    """What can be referred to at one place of a contract.

    `names` maps fields and loop variables to their types, None where a type is not known.
    `later` are the names that exist only afterwards. `steps` holds, for each step before this
    place, what it gives; None where it gives nothing that could be named.
    """

    noun: str
    names: Mapping[str, TypeRef | None]
    later: frozenset[str] = frozenset()
    steps: Mapping[int, Mapping[str, TypeRef] | None] = field(default_factory=dict)

    def with_variable(self, name: str, kind: TypeRef | None) -> Scope:
        """The scope inside of a loop."""
        return replace(self, names={**self.names, name: kind})


def type_of(remarks: Remarks, scope: Scope, reference: Reference) -> TypeRef | None:
    """The type of what a reference stands for; None if it is not known, maybe after a complaint."""
    if reference.step is not None:
        kind = _given_by_step(remarks, scope, reference)
    elif reference.name in scope.names:
        kind = scope.names[reference.name]
    else:
        if reference.name:
            _say_unknown(remarks, scope, reference)
        return None
    if kind is None or reference.index is None:
        return kind
    return _item(remarks, reference, kind, reference.index)


def _say_unknown(remarks: Remarks, scope: Scope, reference: Reference) -> None:
    known = scope.names
    taken = listing(known) if known else "nothing"
    otherwise = f"the {scope.noun} takes {taken}"
    late = "a call is made with what the gene takes, not with what it gives"
    in_time = reference.name not in scope.later
    hint = did_you_mean(reference.name, known, otherwise) if in_time else late
    message = f"unknown reference `{value_text(reference)}`"
    remarks.say("SG-E210", message, somewhere(reference.span), hint)


def _given_by_step(remarks: Remarks, scope: Scope, reference: Reference) -> TypeRef | None:
    assert reference.step is not None
    return given_by_step(remarks, scope, reference.step, reference.name, reference.span)


def given_by_step(
    remarks: Remarks, scope: Scope, step: int, name: str, span: Span | None
) -> TypeRef | None:
    """The type of what an earlier step gives by this name; None after a complaint."""
    if step not in scope.steps:
        message = f"there is no step {step} before this one"
        late = "only steps before this one have given anything yet"
        remarks.say("SG-E213", message, somewhere(span), late)
        return None
    gives = scope.steps[step]
    if gives is None:
        return None
    if name not in gives:
        otherwise = f"it gives {listing(gives)}" if gives else "it gives nothing"
        hint = did_you_mean(name, gives, otherwise)
        remarks.say("SG-E210", f"step {step} gives no `{name}`", somewhere(span), hint)
        return None
    return gives[name]


def _item(remarks: Remarks, reference: Reference, kind: TypeRef, index: int) -> TypeRef | None:
    shown, span = value_text(reference), somewhere(reference.span)
    if not kind.is_list:
        hint = f"`{reference.name}` is a `{kind}`; write `{{{reference.name}}}`"
        remarks.say("SG-E217", f"`{shown}` asks for an item of what is no list", span, hint)
        return None
    if index >= kind.least:
        hint = f"bound the list where it is taken: `{reference.name} {kind.name}[{index + 1}..]`"
        remarks.say("SG-E216", f"`{shown}` may be missing", span, hint)
    return TypeRef(kind.name)


def item_type(remarks: Remarks, scope: Scope, over: Value, span: Span | None) -> TypeRef | None:
    """The type of a loop's variable; complains if `over` is no list."""
    if isinstance(over, Reference):
        kind = type_of(remarks, scope, over)
        if kind is not None and not kind.is_list:
            hint = f"it is a `{kind}`; a loop runs over a list"
            message = f"`{value_text(over)}` is not a list"
            remarks.say("SG-E217", message, somewhere(span), hint)
            return None
        return None if kind is None else TypeRef(kind.name)
    if isinstance(over, Listed):
        for reference in references(over):
            type_of(remarks, scope, reference)
        return None
    return _common(over) if isinstance(over, tuple) else None


def _common(values: tuple[Literal, ...]) -> TypeRef | None:
    """The one type that all constants have, if there is one."""
    kinds: set[str] | None = None
    for value in values:
        if value is None or isinstance(value, tuple):
            return None
        kinds = set(types_of(value)) if kinds is None else kinds & set(types_of(value))
    names = [name for name in ("int", "float", "string", "bool") if kinds and name in kinds]
    return TypeRef(names[0]) if names else None


def check_given(remarks: Remarks, scope: Scope, given: Given, parameter: Field) -> None:
    """Complain if a value is not one that the parameter takes."""
    misfit = _misfit(remarks, scope, given.value, parameter)
    if misfit is not None:
        what, span = misfit
        remarks.say(
            "SG-E226",
            f"{what} does not fit `{given.name}`",
            somewhere(span or given.place),
            f"`{given.name}` is of type `{parameter.type}`",
        )


def _misfit(
    remarks: Remarks, scope: Scope, value: Value, parameter: Field
) -> tuple[str, Span | None] | None:
    """What does not fit and where, or None."""
    if isinstance(value, Reference):
        kind = type_of(remarks, scope, value)
        if kind is None or accepts(parameter, kind):
            return None
        return f"`{value_text(value)}`, a `{kind}`,", value.span
    shown = f"`{value_text(value)}`"
    if isinstance(value, Template):
        kinds = [type_of(remarks, scope, reference) for reference in references(value)]
        text = parameter.type.name == "string" and not parameter.type.is_list
        return None if text and not any(kind and kind.is_list for kind in kinds) else (shown, None)
    if isinstance(value, Listed):
        if not parameter.type.is_list or not holds(parameter.type, len(value.items)):
            return shown, None
        element = Field(parameter.name, TypeRef(parameter.type.name))
        found = [_misfit(remarks, scope, item, element) for item in value.items]
        return next((one for one in found if one is not None), None)
    return None if fits(value, parameter.type) else (f"`{literal_text(value)}`", None)


def accepts(parameter: Field, given: TypeRef) -> bool:
    """True when every value of type `given` is one that `parameter` takes."""
    taken = parameter.type
    if given.optional and parameter.required:
        return False
    if given.is_list != taken.is_list or given.least < taken.least:
        return False
    if taken.most is not None and (given.most is None or given.most > taken.most):
        return False
    return given.name == taken.name or (given.name, taken.name) == ("int", "float")
