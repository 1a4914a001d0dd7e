"""The state is as large as what is open: what is met leaves nothing behind."""

from __future__ import annotations

import msgspec

from controller.conductor.graph.reading import read_events
from controller.conductor.graph.state import State, dump
from controller.history.event import Event
from tests.bench.conductor import END, acknowledged, evaluator, log


def after(interactions: int) -> State:
    ours = evaluator()
    return ours.step(ours.initial(), read_events(acknowledged(log(interactions))), END)


def test_what_is_met_is_forgotten() -> None:
    state = after(150)
    assert state.length > 700
    assert (state.cases, state.lineage, state.waiting, state.watched) == ({}, {}, {}, {})
    assert not any(state.pending.values())
    assert not list(state.open())


def test_a_loaded_state_is_the_one_that_was_dumped() -> None:
    ours = evaluator()
    events = [msgspec.json.decode(line, type=Event) for line in log(150)]
    state = ours.step(ours.initial(), events, END)
    assert list(state.open())
    loaded = ours.load(dump(state))
    state.pending = {name: found for name, found in state.pending.items() if found}
    assert loaded == state
