"""A log of orders, five rules for it, and an evaluator written by hand for them.

The rules ask for one response each, within a time. One response in a hundred never comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from controller.conductor.graph.compile import compile_system
from controller.conductor.graph.evaluator import Evaluator
from controller.history.event import rfc3339
from tests.conductor.systems.samples import system_of

RESPONSES: Final = {
    "order.placed": ("order_confirmed", 60),
    "order.paid": ("receipt_sent", 30),
    "order.packed": ("label_printed", 300),
    "order.shipped": ("tracking_sent", 600),
    "order.returned": ("refund_started", 3600),
}
"""What each type of event must be followed by, within so many seconds."""
SYSTEM: Final = "\n".join(
    [
        'system "shop" {',
        *(
            f"  when {kind} {{\n    must: {response}(order)\n      within: {seconds}s\n  }}"
            for kind, (response, seconds) in RESPONSES.items()
        ),
        "}\n",
    ]
)
BEGIN: Final = datetime(2026, 2, 7, 10, tzinfo=UTC)
END: Final = rfc3339(BEGIN + timedelta(days=30))
BETWEEN: Final = 100
"""So many other triggers come between a trigger and its response."""


def log(events: int, missing: int = 100) -> Iterator[bytes]:
    """So many lines as the log has them, of a tenth as many orders: each goes through every stage.

    Of every `missing` responses one is left out, none if 0; `events` counts them as well.
    """
    encode = msgspec.json.Encoder(order="sorted").encode
    triggers, orders = events // 2, events // 10
    kinds = list(RESPONSES)
    for number in range(triggers + BETWEEN):
        if number < triggers:
            kind = kinds[number // orders]
            yield encode(_event(f"{number:063x}0", kind, number % orders, number, None))
        past = number - BETWEEN
        if past >= 0 and (past % missing if missing else True):
            kind, cause = RESPONSES[kinds[past // orders]][0], f"{past:063x}0"
            yield encode(_event(f"{past:063x}1", kind, past % orders, number, cause))


def _event(name: str, kind: str, order: int, number: int, cause: str | None) -> dict[str, object]:
    odd = 0 if cause is None else 5
    return {
        "actor": "agent:shop",
        "cause": cause,
        "data": {"amount": number % 977, "channel": "web"},
        "id": name,
        "subject": f"order:o{order}",
        "time": rfc3339(BEGIN + timedelta(milliseconds=10 * number + odd)),
        "type": kind,
    }


def write(file: Path, events: int, missing: int = 100) -> int:
    """The log as a file; the number of its lines."""
    with file.open("wb") as target:
        lines = 0
        for line in log(events, missing):
            target.write(line + b"\n")
            lines += 1
    return lines


def evaluator() -> Evaluator:
    """For these rules."""
    graph = compile_system(system_of(SYSTEM)).value
    assert graph is not None
    return Evaluator(graph)


class _Line(msgspec.Struct, gc=False):
    id: str
    type: str
    subject: str
    data: dict[str, object]
    time: str
    cause: str | None = None


class _Owed:
    __slots__ = ("cause", "due", "name", "of")

    def __init__(self, name: str, of: str, cause: str, due: str) -> None:
        self.name, self.of, self.cause, self.due = name, of, cause, due


def by_hand(lines: Iterable[bytes]) -> int:
    """The number of gaps, found by a loop that knows these rules by heart.

    Like the evaluator it links by cause or by name, and notices what is repeated, late or of the
    future; it keeps nothing for people, and follows causes for one step only.
    """
    decode = msgspec.json.Decoder(_Line).decode
    wanted = {kind: (name, timedelta(seconds=s)) for kind, (name, s) in RESPONSES.items()}
    responses = {name for name, _ in RESPONSES.values()}
    by_name: dict[tuple[str, str], list[_Owed]] = {}
    by_cause: dict[str, _Owed] = {}
    seen: set[str] = set()
    clock, late, ahead = "", 0, 0
    for event in map(decode, lines):
        kind, of, at = event.type, event.subject.partition(":")[2], event.time
        moment = datetime.fromisoformat(at)
        if at > END:
            ahead += 1
            continue
        if at <= clock:
            if event.id in seen:
                continue
            late += at < clock
        else:
            clock = at
        if len(seen) >= 8192:
            seen.clear()
        seen.add(event.id)
        rule = wanted.get(kind)
        if rule is not None:
            owed = _Owed(rule[0], of, event.id, rfc3339(moment + rule[1]))
            by_name.setdefault((rule[0], of), []).append(owed)
            by_cause[event.id] = owed
        elif kind in responses:
            caused = by_cause.pop(event.cause, None) if event.cause is not None else None
            if caused is not None and caused.name == kind:
                by_name.get((kind, caused.of), []).remove(caused)
            for owed in by_name.pop((kind, of), ()):
                by_cause.pop(owed.cause, None)
    return sum(owed.due < END for many in by_name.values() for owed in many)
