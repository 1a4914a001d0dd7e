"""Plans as trees of lines for people, 80 columns wide, and as JSON for programs. Pure.

+ thing     would be created        - thing   would be deleted
~ thing     would be changed        ? field   known only when it is done
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from controller.conductor.graph.branches import Branch
from controller.conductor.orchestration.difference import Change, FieldChange, Kind
from controller.domains.world import Json

_ROOM = 66
"""Characters of a line below the two levels that it hangs from."""


def change_branch(change: Change, by: Iterable[str]) -> Branch:
    """One change with its fields, and who would do it."""
    fields = [Branch(line) for line in _field_lines(change)]
    head = f"{change.kind.value} {change.section} {change.name}"
    return Branch(shortened(head), (*fields, *(Branch(shortened(f"by {one}")) for one in by)))


def _field_lines(change: Change) -> Iterator[str]:
    for field in change.fields:
        if change.kind is Kind.DELETED:
            continue
        if field.unknown:
            yield f"? {field.name}: known when it is done"
        elif change.kind is Kind.CREATED:
            if field.after not in (None, [], False):
                yield shortened(f"{field.name}: {shown(field.after)}")
        else:
            yield shortened(_changed(field))


def _changed(field: FieldChange) -> str:
    return f"{field.name}: {shown(field.before)} → {shown(field.after)}"


def shown(value: Json) -> str:
    """A value in a line."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(map(str, value)) or "none"
    return json.dumps(value, ensure_ascii=False)


def shortened(text: str, room: int = _ROOM) -> str:
    """A text that fits a line."""
    return text if len(text) <= room else f"{text[: room - 1]}…"


def counted(changes: list[Change]) -> str:
    """`1 to create, 2 to change, 0 to delete, 1 value known when it is done`."""
    number = {kind: sum(1 for c in changes if c.kind is kind) for kind in Kind}
    unknown = sum(1 for c in changes for f in c.fields if f.unknown)
    told = (
        f"{number[Kind.CREATED]} to create, {number[Kind.CHANGED]} to change, "
        f"{number[Kind.DELETED]} to delete"
    )
    return f"{told}, {several(unknown, 'value')} known when it is done" if unknown else told


def several(count: int, noun: str) -> str:
    """`1 world`, `2 worlds`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
