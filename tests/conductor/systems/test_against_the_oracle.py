"""The evaluator against a judge that reads the whole log for every question.

`GERMLINE_THOROUGH=5000` asks for so many examples instead of a few hundred.
"""

from __future__ import annotations

import os
from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.conductor.graph.compile import compile_system
from controller.conductor.graph.evaluator import Evaluator
from controller.conductor.graph.finding import gaps_of
from controller.conductor.graph.state import dump
from controller.conductor.obligation import Gap
from controller.history.event import Event, rfc3339
from grammar.sg.nodes import Document
from grammar.sg.render import render
from grammar.system import nodes
from tests.conductor.systems.oracle import Judge, Row
from tests.conductor.systems.samples import (
    BEGIN,
    CLOSE,
    MEETING,
    ZONES,
    closely,
    logs,
    systems,
)

EXAMPLES = int(os.environ.get("GERMLINE_THOROUGH", "300"))

checked = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
later = st.sampled_from((0, 3, 60, 300, 1500, 15_000)).map(
    lambda minutes: rfc3339(BEGIN + timedelta(minutes=minutes))
)


def row_of(gap: Gap) -> Row:
    """A gap as the judge tells it."""
    one = gap.obligation
    told = one.arguments
    kind, level = gap.kind.value, one.level
    if "mistyped" in told:
        return (kind, level, "mistyped", "", one.trigger, "", "")
    if kind == "consistency" and level != "invariant":
        return (kind, level, one.consequence, "", one.trigger, "", "")
    arguments = ", ".join(f"{label}={value}" for label, value in told.items())
    trigger = "" if kind == "intent" and level == "invariant" else one.trigger
    return (kind, level, one.consequence, arguments, trigger, rfc3339(one.due), "")


def judged(system: nodes.System, events: list[Event], now: str, zone: str) -> list[Row]:
    return once_each(Judge(system, events, now, zone).gaps())


def found(
    system: nodes.System, events: list[Event], now: str, zone: str, cuts: list[int]
) -> list[Row]:
    graph = compile_system(system, zone=zone).value
    assert graph is not None
    evaluator = Evaluator(graph)
    state = evaluator.initial()
    places = sorted({0, len(events), *(cut % (len(events) + 1) for cut in cuts)})
    for begin, end in pairwise(places):
        state = Evaluator(graph).load(dump(evaluator.step(state, events[begin:end], now)))
        gaps_of(evaluator, state, now)
    unknown = [gap for gap in gaps_of(evaluator, state, now) if "type" in gap.obligation.arguments]
    gaps = [gap for gap in gaps_of(evaluator, state, now) if gap not in unknown]
    return once_each([row_of(gap) for gap in gaps])


def once_each(rows: list[Row]) -> list[Row]:
    """A condition that cannot be compared is told once for a trigger, however often it was."""
    mistyped = {row for row in rows if row[2] == "mistyped"}
    return sorted([*(row for row in rows if row[2] != "mistyped"), *mistyped])


@checked
@given(systems(), logs(), later, st.sampled_from(ZONES), st.lists(st.integers(0, 20), max_size=4))
def test_gaps_are_those_that_reading_everything_again_finds(
    system: nodes.System, events: list[Event], now: str, zone: str, cuts: list[int]
) -> None:
    hold_against_each_other(system, events, now, zone, cuts)


@checked
@given(closely(), logs(8, CLOSE + MEETING, 6), later, st.lists(st.integers(0, 20), max_size=4))
def test_what_satisfies_which_obligation_is_agreed(
    system: nodes.System, events: list[Event], now: str, cuts: list[int]
) -> None:
    hold_against_each_other(system, events, now, "UTC", cuts)


def hold_against_each_other(
    system: nodes.System, events: list[Event], now: str, zone: str, cuts: list[int]
) -> None:
    expected = judged(system, events, now, zone)
    assert found(system, events, now, zone, cuts) == expected, "\n".join(
        [render(Document(systems=(system,))), *map(repr, events), now, zone]
    )
