"""How the CRM story shows gaps and what ended them: pure text for `telling.Narrator`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from controller.conductor.obligation import Gap
from controller.history.event import Event
from controller.stories.why import say

_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
_SAID = ("consequence.", "intent.", "main.", "person.", "projection.", "backfill.")
"""Types that the controller records; the others say what they are by themselves."""


def gap_line(gap: Gap) -> str:
    """A gap as `germline gaps` lists it."""
    one = gap.obligation
    given = ", ".join(f"{name}: {value}" for name, value in one.arguments.items())
    line = f"{one.level.upper()} {one.consequence}({given})  {gap.kind.value} gap: {gap.status}"
    return shortened(line)


def tree_of(drawn: Sequence[str], consequence: str) -> list[str]:
    """The first case in a drawing (`germline gaps --tree`) that lacks a consequence."""
    lacking = f"  → {consequence} missing"
    for case in _cases(drawn):
        if any(line.startswith(lacking) for line in case):
            return [shortened(line) for line in case if line]
    return []


def _cases(drawn: Iterable[str]) -> Iterator[list[str]]:
    """A case ends with the empty line after its gaps."""
    case: list[str] = []
    for line in drawn:
        ended = not line and case and case[-1].startswith(("Gaps found: 0", "  → "))
        if ended:
            yield case
            case = []
        else:
            case.append(line)


def account(events: Iterable[Event]) -> list[str]:
    """What was done, an event a line; what began or went on as it should goes without."""
    return [f"{event.time[11:19]}  {_said(event)}" for event in events if _matters(event)]


def _matters(event: Event) -> bool:
    if event.type == "consequence.finished":
        return event.data.get("error") is not None
    return event.type not in ("consequence.started", "projection.advanced")


def _said(event: Event) -> str:
    if event.type.startswith(_SAID):
        return shortened(f"{event.id[:8]}  {say(event)}")
    return f"{event.id[:8]}  {event.type}({event.subject}) by {event.actor}"


def shortened(text: str) -> str:
    """Hashes by their first twelve digits."""
    return _HASH.sub(r"\1", text)
