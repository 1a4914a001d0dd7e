"""Evaluating a system over a log, from bytes to gaps, beside an evaluator written by hand for it.

The one written by hand knows this system alone: it decodes the same lines, keeps what is open by
what is awaited and for whom, and counts what is overdue. backfill.py
measures plainer rules, and over a longer log.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from controller.conductor.graph.compile import compile_system
from controller.conductor.graph.evaluator import Evaluator
from controller.conductor.graph.finding import gaps_of
from controller.conductor.graph.reading import read_events
from controller.conductor.graph.state import State, dump
from controller.history.event import rfc3339
from tests.bench.figure import Figure
from tests.conductor.systems.samples import system_of
from tests.conductor.systems.situation import PLATFORM

INTERACTIONS = 25_000
"""Each with four events that follow; one in a hundred is not acknowledged."""
BEGIN = datetime(2026, 2, 7, 10, tzinfo=UTC)
END = rfc3339(BEGIN + timedelta(days=30))
FIVE_SECONDS, ONE_MINUTE = timedelta(seconds=5), timedelta(minutes=1)


def log(interactions: int = INTERACTIONS) -> list[bytes]:
    """Lines as the log has them."""
    encode = msgspec.json.Encoder().encode
    lines: list[bytes] = []
    for number in range(interactions):
        moment = BEGIN + timedelta(seconds=number * 10)
        customer, name = f"c{number % 1000}", f"{number:060x}"
        trend = 50 if number % 2000 < 1000 else 40
        follow = [
            ("interaction.created", f"interaction:i{number}", {"customer": customer}, None),
            ("engagement_updated", f"customer:{customer}", {"trend": trend}, f"{name}0"),
            ("acknowledged", f"interaction:i{number}", {}, f"{name}0"),
            ("alert_rep", f"customer:{customer}", {}, f"{name}1"),
            ("log_alert_event", f"customer:{customer}", {}, f"{name}3"),
        ]
        for index, (kind, subject, data, cause) in enumerate(follow):
            if kind == "acknowledged" and number % 100 == 0:
                continue
            at = rfc3339(moment + timedelta(seconds=index))
            line = {
                "actor": "agent:a",
                "cause": cause,
                "data": data,
                "id": f"{name}{index}",
                "subject": subject,
                "time": at,
                "type": kind,
            }
            lines.append(encode(line))
    return lines


class _Line(msgspec.Struct, gc=False):
    id: str
    type: str
    subject: str
    data: dict[str, object]
    time: str
    cause: str | None = None


class _Owed:
    __slots__ = ("case", "due", "met", "name", "trigger")

    def __init__(self, name: str, trigger: str, due: str | None, case: list[_Owed]) -> None:
        self.name, self.trigger, self.due, self.case, self.met = name, trigger, due, case, False
        case.append(self)


def by_hand(lines: list[bytes]) -> int:
    """The number of gaps, found by a loop that knows the system by heart.

    Like the other it links by cause or by name, follows causes through other events, and notices
    what is repeated, late or of the future; it keeps nothing for people.
    """
    decode = msgspec.json.Decoder(_Line).decode
    awaited: dict[tuple[str, str], list[_Owed]] = {}
    cases: dict[str, list[_Owed]] = {}
    trends: dict[str, float] = {}
    watching: dict[str, tuple[str, list[_Owed]]] = {}
    seen: set[str] = set()
    clock, late, ahead = "", 0, 0
    for event in map(decode, lines):
        kind, name, at = event.type, event.subject.partition(":")[2], event.time
        datetime.fromisoformat(at)
        if at > END:
            ahead += 1
            continue
        if at <= clock:
            if event.id in seen:
                continue
            late += at < clock
        else:
            clock = at
        seen.add(event.id)
        if kind == "interaction.created":
            customer, case = str(event.data["customer"]), list[_Owed]()
            due = _later(at, FIVE_SECONDS)
            for wanted, of in (("engagement_updated", customer), ("acknowledged", name)):
                owed = _Owed(wanted, event.id, due, case)
                awaited.setdefault((wanted, of), []).append(owed)
            cases[event.id] = case
            watching[customer] = (event.id, case)
            continue
        led = cases.get(event.cause) if event.cause is not None else None
        if led is not None:
            cases[event.id] = led
            for owed in led:
                owed.met = owed.met or owed.name == kind
        for owed in awaited.pop((kind, name), ()):
            owed.met = True
        trend = event.data.get("trend") if kind == "engagement_updated" else None
        if isinstance(trend, int | float):
            before, trends[name] = trends.get(name), trend
            watched = watching.pop(name, None)
            crossed = (trend < 45) != (before is not None and before < 45)
            if watched is not None and crossed:
                trigger, case = watched
                alert = _Owed("alert_rep", trigger, _later(at, ONE_MINUTE), case)
                noted = _Owed("log_alert_event", trigger, None, case)
                awaited.setdefault(("alert_rep", name), []).append(alert)
                awaited.setdefault(("log_alert_event", name), []).append(noted)
    return sum(
        not owed.met and (owed.due is None or owed.due < END)
        for many in awaited.values()
        for owed in many
    )


def _later(moment: str, by: timedelta) -> str:
    return rfc3339(datetime.fromisoformat(moment) + by)


def evaluator() -> Evaluator:
    """For the worked example's system."""
    graph = compile_system(system_of(PLATFORM)).value
    assert graph is not None
    return Evaluator(graph)


def evaluated(lines: list[bytes]) -> State:
    """The state after a log."""
    ours = evaluator()
    return ours.step(ours.initial(), read_events(lines), END)


def figures() -> list[Figure]:
    """The rate beside the other's, in turns; the state's size beside twice the log's."""
    lines = log()
    ours, theirs = [], []
    for _ in range(3):
        start = time.process_time()
        found = len(gaps_of(evaluator(), evaluated(lines), END))
        middle = time.process_time()
        expected = by_hand(lines)
        theirs.append(time.process_time() - middle)
        ours.append(middle - start)
        assert found == expected == INTERACTIONS // 100, (found, expected)
    rate, hand = len(lines) / min(ours), len(lines) / min(theirs)
    whole = len(dump(evaluated(acknowledged(lines))))
    part = len(dump(evaluated(acknowledged(log(INTERACTIONS // 4)))))
    return [
        Figure("the worked example's conditions", rate, "1/s", hand, "by hand"),
        Figure("state after all is met", whole, "bytes", part, "a quarter of the log"),
        Figure("state, a gap", (len(dump(evaluated(lines))) - whole) / found, "bytes"),
    ]


def acknowledged(lines: list[bytes]) -> Iterator[bytes]:
    """Of a log, the interactions of which nothing is missing."""
    for line in lines:
        event = msgspec.json.decode(line)
        if int(event["id"][:-1], 16) % 100:
            yield line


if __name__ == "__main__":
    for figure in figures():
        print(figure)
