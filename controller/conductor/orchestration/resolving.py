"""What the values of a pathway, topology or intent stand for, once there is an input.

`resolve` is asked by unfolding.py for every argument, and by decomposition.py for properties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from controller.domains.world import Json, JsonObject
from grammar.sg.composition import Given, Listed, Template, Value
from grammar.sg.nodes import Field, Reference
from grammar.sg.terms import Literal
from grammar.sg.value import value_text


class Unresolvable(Exception):
    """A value stands for nothing: an item that the list lacks, a step that gave nothing."""


@dataclass(frozen=True, slots=True)
class Known:
    """What may be referred to: fields and loop variables, and what each earlier step gave."""

    names: JsonObject
    steps: Mapping[int, JsonObject] = field(default_factory=dict)

    def having(self, name: str, value: Json) -> Known:
        """The same inside of a loop."""
        return replace(self, names={**self.names, name: value})


def resolve(value: Value, known: Known) -> Json:
    """The JSON that a value stands for. Raises `Unresolvable`."""
    if isinstance(value, Reference):
        return _referred(value, known)
    if isinstance(value, Template):
        return "".join(p if isinstance(p, str) else _text(p, known) for p in value.parts)
    if isinstance(value, Listed):
        return [resolve(item, known) for item in value.items]
    return plain(value)


def arguments(given: tuple[Given, ...], takes: tuple[Field, ...], known: Known) -> JsonObject:
    """What a call is given, with the defaults of what it takes. Raises `Unresolvable`."""
    values: JsonObject = {one.name: resolve(one.value, known) for one in given}
    for parameter in takes:
        if parameter.name not in values and not parameter.required:
            values[parameter.name] = plain(parameter.default)
    return values


def plain(value: Literal) -> Json:
    """A constant of a document as JSON."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def texts(value: Json) -> Iterator[str]:
    """Every piece of text in a value: what may be the name of a thing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)


def _referred(reference: Reference, known: Known) -> Json:
    shown = value_text(reference)
    if reference.step is not None:
        gave = known.steps.get(reference.step)
        if gave is None:
            raise Unresolvable(f"{shown} is not known: step {reference.step} gave nothing")
        found = gave.get(reference.name)
    elif reference.name in known.names:
        found = known.names[reference.name]
    else:
        raise Unresolvable(f"{shown} is not known")
    if reference.index is None:
        return found
    if not isinstance(found, list) or reference.index >= len(found):
        count = len(found) if isinstance(found, list) else "no"
        raise Unresolvable(f"{shown} is missing: {reference.name} has {count} items")
    return found[reference.index]


def _text(reference: Reference, known: Known) -> str:
    value = _referred(reference, known)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Unresolvable(f"{value_text(reference)} is no single value, so no text can be made of it")
