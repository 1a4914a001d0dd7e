"""What time alone brings about: the moments of clocks' rules, and states that have lasted.

Called by evaluator.py. A timer stands for the next moment of one rule (and one thing); `armed` says
which timers still count. `due_by` is pure, so that what would have come by now can be asked without
taking it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.conductor.graph.calendar import after, following, is_clock, occurrences, zone_named
from controller.conductor.graph.graph import OnClock, OnState
from controller.conductor.graph.needs import base_word
from controller.conductor.graph.program import Program, Trigger
from controller.conductor.graph.state import State, Timer
from controller.conductor.graph.tables import Row


@dataclass(frozen=True, slots=True, order=True)
class Firing:
    """A rule whose time came: when, which, for which thing, since which event."""

    moment: str
    place: int
    name: str
    event: str


def begin(program: Program, state: State) -> None:
    """The first event starts the clock of rules that are about no thing."""
    for trigger in program.timed:
        on = trigger.rule.trigger
        if isinstance(on, OnClock) and on.entity is None:
            moment = following(on.period, on.at, program.zone, state.clock)
            _arm(state, (moment, trigger.place, "", ""))


def touch(program: Program, state: State, rows: Iterable[tuple[str, str]]) -> None:
    """Things changed: arm the timers that they ask for, disarm the others."""
    for entity, name in rows:
        for trigger in program.timed:
            on = trigger.rule.trigger
            if isinstance(on, OnClock | OnState) and on.entity == entity:
                row = state.tables.row(entity, name)
                timer = None if row is None else _timer(program, state, trigger, name, row)
                if timer is None:
                    state.armed.get(trigger.place, {}).pop(name, None)
                else:
                    _arm(state, timer)


def _timer(program: Program, state: State, trigger: Trigger, name: str, row: Row) -> Timer | None:
    on = trigger.rule.trigger
    if isinstance(on, OnState):
        word, meant = base_word(on.state)
        since = row.states.get(word)
        if not row.recorded or since is None or since.holds != meant:
            return None
        return (after(since.time, on.for_ms), trigger.place, name, since.event)
    assert isinstance(on, OnClock)
    told = _clock_of(program, on, row)
    if told is None:
        return None
    return (following(on.period, told[0], told[1], state.clock), trigger.place, name, "")


def _clock_of(program: Program, on: OnClock, row: Row) -> tuple[str, ZoneInfo] | None:
    at = row.attributes.get(on.attribute or "")
    zone = row.attributes.get("time_zone")
    where = zone_named(zone) if isinstance(zone, str) else program.zone
    if not isinstance(at, str) or not is_clock(at) or where is None:
        return None
    return at, where


def _stamp(timer: Timer) -> str:
    return f"{timer[0]} {timer[3]}"


def _arm(state: State, timer: Timer) -> None:
    """At most one timer counts for a rule and a thing; the same one is not armed again."""
    armed = state.armed.setdefault(timer[1], {})
    if armed.get(timer[2]) != _stamp(timer):
        armed[timer[2]] = _stamp(timer)
        heapq.heappush(state.timers, timer)


def due_by(program: Program, state: State, now: str) -> list[Firing]:
    """Everything whose time comes by a moment, in order of time; nothing is taken."""
    if not state.timers or state.timers[0][0] > now:
        return []
    return _firings(program, state, [one for one in state.timers if one[0] <= now], now)


def next_moment(program: Program, state: State, now: str) -> str | None:
    """When time alone may next bring something, after `now`; None if no timer is known.

    A rule whose time came since the last event is not taken yet, and has a next time all the same.
    """
    found = [timer[0] for timer in state.timers if timer[0] > now]
    found += [
        moment
        for timer in state.timers
        if timer[0] <= now and (moment := _again(program, state, timer, now)) is not None
    ]
    return min(found, default=None)


def _again(program: Program, state: State, timer: Timer, now: str) -> str | None:
    """When a clock's rule comes after `now`; None for a state, which comes once."""
    on = program.triggers[timer[1]].rule.trigger
    if not isinstance(on, OnClock):
        return None
    if on.entity is None:
        return following(on.period, on.at, program.zone, now)
    row = state.tables.row(on.entity, timer[2])
    told = None if row is None else _clock_of(program, on, row)
    return None if told is None else following(on.period, told[0], told[1], now)


def _firings(program: Program, state: State, timers: list[Timer], now: str) -> list[Firing]:
    found: dict[Firing, None] = {}
    for timer in timers:
        _, place, name, event = timer
        if state.armed.get(place, {}).get(name) == _stamp(timer):
            for moment in _moments(program, state, timer, now):
                found[Firing(moment, place, name, event)] = None
    return sorted(found)


def _moments(program: Program, state: State, timer: Timer, now: str) -> list[str]:
    moment, place, name, _ = timer
    on = program.triggers[place].rule.trigger
    if not isinstance(on, OnClock):
        return [moment]
    at, zone = on.at, program.zone
    if on.entity is not None:
        row = state.tables.row(on.entity, name)
        told = None if row is None else _clock_of(program, on, row)
        if told is None:
            return []
        at, zone = told
    return occurrences(on.period, at, zone, state.clock, now)


def take(program: Program, state: State, now: str) -> list[Firing]:
    """The same, taken: a clock's rule is armed for its next moment, a state fires once."""
    over: list[Timer] = []
    while state.timers and state.timers[0][0] <= now:
        over.append(heapq.heappop(state.timers))
    found = _firings(program, state, over, now)
    for place, name in {(one.place, one.name): None for one in found}:
        on = program.triggers[place].rule.trigger
        if isinstance(on, OnClock):
            at, zone = on.at, program.zone
            if on.entity is not None:
                row = state.tables.row(on.entity, name)
                told = None if row is None else _clock_of(program, on, row)
                if told is None:
                    continue
                at, zone = told
            _arm(state, (following(on.period, at, zone, now), place, name, ""))
    return found
