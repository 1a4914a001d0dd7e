"""Inputs that a contract does not allow, made from one that it allows. Used by `derive`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.domains.world import Json, JsonObject
from grammar.sg.nodes import Field, GeneContract

UNHEARD_OF = "unheard_of"
"""A field that no contract has; it grows until that is so."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """An input with one thing wrong; `title` says what, as the subject of a sentence."""

    title: str
    values: JsonObject


def malformed(contract: GeneContract, values: JsonObject) -> Iterator[Malformed]:
    """Inputs that must never reach a gene: one field missing, mistyped or too many in each."""
    for field in contract.takes:
        if field.required:
            rest = {name: value for name, value in values.items() if name != field.name}
            yield Malformed(f"an input without {{{field.name}}}", rest)
        wrong = _mistyped(field)
        title = f"an input whose {{{field.name}}} is {_article(wrong)}"
        yield Malformed(title, {**values, field.name: wrong})
        for size, items in _missized(field, values.get(field.name)):
            title = f"an input whose {{{field.name}}} has {size} items"
            yield Malformed(title, {**values, field.name: items})
    extra = UNHEARD_OF
    while any(field.name == extra for field in contract.takes):
        extra += "_"
    yield Malformed("an input with a field that nobody asked for", {**values, extra: True})


def _mistyped(field: Field) -> Json:
    """A value that is of no type which the field may have."""
    if field.type.is_list:
        return "not a list"
    return 7 if field.type.name in {"string", "bool"} else "not a number"


def _missized(field: Field, right: Json) -> Iterator[tuple[int, list[Json]]]:
    """Lists that are one item too short or too long, made of the items of a right one."""
    kind = field.type
    if not isinstance(right, list) or not right:
        return
    if kind.least:
        yield kind.least - 1, right[: kind.least - 1]
    if kind.most is not None:
        yield kind.most + 1, (right * (kind.most + 1))[: kind.most + 1]


def _article(value: Json) -> str:
    return "a number" if isinstance(value, int) else "a text"
