"""What differs between two settled states of a world, thing by thing.

A settled state (`Domain.settled`) has sections. One that maps names to things has a change for each
thing, one that lists things a change for each that came or went. Used by plans and for drift.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from controller.domains.world import Json, JsonObject


class Kind(StrEnum):
    """What happens to a thing, by the mark that people see."""

    CREATED = "+"
    CHANGED = "~"
    DELETED = "-"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a thing. With `unknown`, only the real world will decide what it becomes."""

    name: str
    before: Json
    after: Json
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to the thing `name` of a section, such as `br0` of `links`."""

    kind: Kind
    section: str
    name: str
    fields: tuple[FieldChange, ...] = ()

    @property
    def path(self) -> str:
        """Section and name, as rules and people write them."""
        return f"{self.section}.{self.name}"

    def to_json(self) -> JsonObject:
        """For programs; an unknown value is null and listed."""
        return {
            "action": {"+": "create", "~": "change", "-": "delete"}[self.kind.value],
            "section": self.section,
            "name": self.name,
            "fields": {f.name: [f.before, None if f.unknown else f.after] for f in self.fields},
            "unknown": [f.name for f in self.fields if f.unknown],
        }


def things(settled: JsonObject) -> dict[str, JsonObject]:
    """Every named thing of a settled state, by `section.name`."""
    return {
        f"{section}.{name}": thing
        for section, named in settled.items()
        if isinstance(named, dict)
        for name, thing in named.items()
        if isinstance(thing, dict)
    }


def name_of_state(settled: JsonObject) -> str:
    """A hash of a settled state."""
    return hashlib.sha256(json.dumps(settled, sort_keys=True).encode()).hexdigest()


def difference(
    before: JsonObject,
    after: JsonObject,
    ignore: Sequence[str] = (),
    unknown: Collection[str] = (),
) -> tuple[Change, ...]:
    """Every change from one state to the other, by section and name.

    `ignore` holds patterns of paths, `links.*.mtu` or `routes.*`, that nobody wants to hear of;
    `unknown` the paths of fields that cannot be foreseen.
    """
    found = [
        change
        for section in sorted({*before, *after})
        for change in _section(section, before.get(section), after.get(section), unknown)
    ]
    told = (_without(change, ignore) for change in found)
    return tuple(change for change in told if change is not None)


def _section(section: str, before: Json, after: Json, unknown: Collection[str]) -> Iterator[Change]:
    if isinstance(before, list) or isinstance(after, list):
        yield from _listed(section, before, after)
        return
    former = before if isinstance(before, dict) else {}
    latter = after if isinstance(after, dict) else {}
    for name in sorted({*former, *latter}):
        kind = Kind.CREATED if name not in former else Kind.DELETED if name not in latter else None
        fields = tuple(_fields(f"{section}.{name}", former.get(name), latter.get(name), unknown))
        if kind is not None or fields:
            yield Change(kind or Kind.CHANGED, section, name, fields)


def _fields(
    path: str, before: Json, after: Json, unknown: Collection[str]
) -> Iterator[FieldChange]:
    former = before if isinstance(before, dict) else {}
    latter = after if isinstance(after, dict) else {}
    for name in [*latter, *(n for n in former if n not in latter)]:
        old, new = former.get(name), latter.get(name)
        if not former or not (old == new or (_nothing(old) and _nothing(new))):
            yield FieldChange(name, old, new, unknown=f"{path}.{name}" in unknown)


def _nothing(value: Json) -> bool:
    """Whether it is as good as absent, as the VLANs of what is no port."""
    return value is None or value == []


def _listed(section: str, before: Json, after: Json) -> Iterator[Change]:
    former = _texts(before)
    latter = _texts(after)
    for text in sorted({*former, *latter}):
        if text not in former:
            yield Change(Kind.CREATED, section, text)
        elif text not in latter:
            yield Change(Kind.DELETED, section, text)


def _texts(items: Json) -> set[str]:
    return {_one_line(item) for item in items} if isinstance(items, list) else set()


def _one_line(item: Json) -> str:
    if isinstance(item, dict):
        given = ((name, value) for name, value in item.items() if value not in (None, 0))
        return " ".join(f"{name} {value}" for name, value in given)
    return json.dumps(item, sort_keys=True)


def _without(change: Change, ignore: Sequence[str]) -> Change | None:
    """A change without what is ignored; None if nothing of it is left."""
    if any(fnmatchcase(change.path, pattern) for pattern in ignore):
        return None
    kept = tuple(
        field
        for field in change.fields
        if not any(fnmatchcase(f"{change.path}.{field.name}", pattern) for pattern in ignore)
    )
    if change.kind is Kind.CHANGED and not kept:
        return None
    return Change(change.kind, change.section, change.name, kept)
