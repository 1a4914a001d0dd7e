"""Evaluating a system over a log, from bytes to gaps, beside an evaluator written by hand for it.

The one written by hand knows this system alone: it decodes the same lines, keeps what is open by
what is awaited and for whom, and reports what is overdue. It has no causes, no late or repeated
events, no conditions but the one that it was written for.
"""

from __future__ import annotations

import time
import tracemalloc
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


def by_hand(lines: list[bytes]) -> int:
    """The number of gaps, found by a loop that knows the system by heart."""
    decode = msgspec.json.Decoder(_Line).decode
    awaited: dict[tuple[str, str], list[tuple[str, str | None, str]]] = {}
    trends: dict[str, float] = {}
    watching: dict[str, str] = {}
    for line in lines:
        event = decode(line)
        kind, name = event.type, event.subject.partition(":")[2]
        if kind == "interaction.created":
            customer = str(event.data["customer"])
            due = _later(event.time, FIVE_SECONDS)
            awaited.setdefault(("engagement_updated", customer), []).append((event.id, due, name))
            awaited.setdefault(("acknowledged", name), []).append((event.id, due, name))
            watching[customer] = event.id
            continue
        awaited.pop((kind, name), None)
        if kind == "engagement_updated":
            trend, before = event.data.get("trend"), trends.get(name)
            if isinstance(trend, int | float):
                trends[name] = trend
                trigger = watching.pop(name, None)
                crossed = (trend < 45) != (before is not None and before < 45)
                if trigger is not None and crossed:
                    due = _later(event.time, ONE_MINUTE)
                    awaited.setdefault(("alert_rep", name), []).append((trigger, due, name))
                    awaited.setdefault(("log_alert_event", name), []).append((trigger, None, name))
    return sum(due is None or due < END for many in awaited.values() for _, due, _ in many)


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
        start = time.perf_counter()
        found = len(gaps_of(evaluator(), evaluated(lines), END))
        middle = time.perf_counter()
        expected = by_hand(lines)
        theirs.append(time.perf_counter() - middle)
        ours.append(middle - start)
        assert found == expected == INTERACTIONS // 100, (found, expected)
    rate, hand = len(lines) / min(ours), len(lines) / min(theirs)
    whole = len(dump(evaluated(acknowledged(lines))))
    part = len(dump(evaluated(acknowledged(log(INTERACTIONS // 4)))))
    return [
        Figure("events evaluated against a system", rate, "1/s", hand, "by hand"),
        Figure("state after all is met", whole, "bytes", part, "a quarter of the log"),
        Figure("memory of the state, a gap", memory_a_gap(lines), "bytes"),
    ]


def acknowledged(lines: list[bytes]) -> Iterator[bytes]:
    """Of a log, the interactions of which nothing is missing."""
    for line in lines:
        event = msgspec.json.decode(line)
        if int(event["id"][:-1], 16) % 100:
            yield line


def memory_a_gap(lines: list[bytes]) -> float:
    """Bytes held after a log, by the gaps that are left."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    state = evaluated(lines)
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held / sum(1 for _ in state.open())


if __name__ == "__main__":
    for figure in figures():
        print(figure)
