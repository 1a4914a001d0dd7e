"""What changed between two lists of fields, seen by who gives them or by who reads them.

Called by genes.py and compositions.py for `takes:`, `gives:` and record types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from controller.language.difference.reliance import Change
from grammar.sg.literal import literal_text
from grammar.sg.nodes import Field, TypeRef


@dataclass(frozen=True, slots=True)
class Role:
    """What callers do with the fields, and the kinds of change that follow.

    `wider` and `other` are the kinds of a change of type: to one that holds every value of the
    old, and to any other; `narrower` to one that the old holds.
    """

    noun: str
    added_required: str
    added: str
    removed: str
    optional: str
    certain: str
    nullable: str
    never_null: str
    wider: str
    narrower: str
    other: str
    default: str


INPUT: Final = Role(
    noun="input",
    added_required="required input added",
    added="optional input added",
    removed="input removed",
    optional="input made optional",
    certain="input made required",
    nullable="input may be null",
    never_null="input may not be null",
    wider="input type wider",
    narrower="input type changed",
    other="input type changed",
    default="default changed",
)
OUTPUT: Final = Role(
    noun="output",
    added_required="output added",
    added="output added",
    removed="output removed",
    optional="output made optional",
    certain="output made certain",
    nullable="output made optional",
    never_null="output made certain",
    wider="output type changed",
    narrower="output type narrower",
    other="output type changed",
    default="description changed",
)
UNUSED: Final = Role("field", *["unused type changed"] * 11)


def field_changes(
    subject: str, role: Role, old: Sequence[Field], new: Sequence[Field], inside: str = ""
) -> Iterator[Change]:
    """What was added, removed, retyped, made optional or given another default."""
    olds, news = {f.name: f for f in old}, {f.name: f for f in new}
    noun = role.noun if not inside else "field"
    for name, field in olds.items():
        if name not in news:
            yield Change(subject, role.removed, f"{inside}{noun} `{name}` is gone")
        else:
            yield from _one(subject, role, f"{inside}{noun} `{name}`", field, news[name])
    for name, field in news.items():
        if name not in olds:
            kind = role.added_required if field.required else role.added
            yield Change(subject, kind, f"{inside}{noun} `{name}` is new: {_shown(field)}")


def _one(subject: str, role: Role, what: str, old: Field, new: Field) -> Iterator[Change]:
    if replace(old.type, optional=False) != replace(new.type, optional=False):
        narrower = role.narrower if _holds(old.type, new.type) else role.other
        kind = role.wider if _holds(new.type, old.type) else narrower
        yield Change(subject, kind, f"{what} is {new.type}; was {old.type}")
    if old.required != new.required:
        kind = role.certain if new.required else role.optional
        yield Change(subject, kind, f"{what} is {_need(new)}; was {_need(old)}")
    elif old.type.optional != new.type.optional:
        kind = role.nullable if new.type.optional else role.never_null
        word = "may now be null" if new.type.optional else "may not be null any more"
        yield Change(subject, kind, f"{what} {word}")
    was, now = literal_text(old.default), literal_text(new.default)
    if not old.required and not new.required and was != now:
        text = f"{what} is {now} if left out; was {was}"
        yield Change(subject, role.default, text)


def _holds(wide: TypeRef, narrow: TypeRef) -> bool:
    """True if every value of one type is one of the other, apart from null."""
    names = wide.name == narrow.name or (wide.name, narrow.name) == ("float", "int")
    if not names or wide.is_list != narrow.is_list or wide.least > narrow.least:
        return False
    return wide.most is None or (narrow.most is not None and narrow.most <= wide.most)


def _need(field: Field) -> str:
    if field.required:
        return "required"
    return f"optional (default {literal_text(field.default)})" if field.has_default else "optional"


def _shown(field: Field) -> str:
    default = f" = {literal_text(field.default)}" if field.has_default else ""
    return f"{field.type}{default}"


def description_changes(
    subject: str, where: str, old: Sequence[Field], new: Sequence[Field]
) -> Iterator[Change]:
    """Fields that are described in other words."""
    olds = {field.name: field.description for field in old}
    for field in new:
        if field.name in olds and olds[field.name] != field.description:
            text = f"{where} `{field.name}` is described in other words"
            yield Change(subject, "description changed", text)
