"""Which event satisfies which obligation. ARCHITECTURE.md, "Satisfied", says it in words.

An event satisfies an obligation if it is later in the log, has one of the types of the consequence,
fields that contradict no argument, and what is required; and if its causes lead back to the trigger
or its fields name the thing that the obligation is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from controller import limits
from controller.conductor.graph.calendar import after
from controller.conductor.graph.program import Opening, Program
from controller.conductor.graph.scope import Scope
from controller.conductor.graph.state import Case, Open, State, bury, mark, places_of
from controller.conductor.graph.telling import bare, thing_of, value_of
from controller.history.event import Event

_About = tuple[str, str]
"""Entity and id of the thing that an event is about."""


def satisfy(state: State, program: Program, event: Event, name: str, led: list[Case]) -> None:
    """Close the obligations of this consequence that an event satisfies: those of the cases that
    `led` to it, and those that are about what it names."""
    index = state.pending.get(name)
    if not index:
        return
    found: dict[int, Open] = {}
    openings, about = program.openings, thing_of(event)
    for case in led:
        for one in case.opens:
            if openings[one.expect].name == name and _fits(state, program, one, event, about):
                found[one.serial] = one
    by_cause = bool(found)
    named_by = program.names[name]
    values: Iterable[str] = ("", about[1])
    if not named_by.isdisjoint(event.data):
        values = {*values, *_others(event, named_by)}
    for value in values:
        for one in index[value].values() if value in index else ():
            if one.serial in found or (by_cause and one.stand_in):
                continue
            named = not one.keys or _agrees(one, event, about)
            if named and _fits(state, program, one, event, about):
                found[one.serial] = one
    if not about[1] and event.cause is None and not event.data:
        found.update(_nameless(state, program, event, index))
    for one in found.values():
        if not one.by:
            close(state, program, one, event.id)


def _others(event: Event, labels: frozenset[str]) -> set[str]:
    """The things that the event names besides its own."""
    named = ((label, event.data.get(label)) for label in labels)
    return {str(bare(value, label)) for label, value in named if isinstance(value, str)}


def _agrees(one: Open, event: Event, about: _About) -> bool:
    """Whether the event names a thing that the obligation is about."""
    for names, value in one.keys:
        for name in names:
            if value_of(event, name, about) == value:
                return True
        if not about[0] and about[1] == value:
            return True
    return False


def _nameless(
    state: State, program: Program, event: Event, index: dict[str, dict[int, Open]]
) -> dict[int, Open]:
    """An event that names nothing and has no cause is meant for whatever names nothing either."""
    return {
        one.serial: one
        for bucket in index.values()
        for one in bucket.values()
        if one.stand_in and _fits(state, program, one, event, ("", ""))
    }


def _fits(state: State, program: Program, one: Open, event: Event, about: _About) -> bool:
    if one.by:
        return False
    opening = program.openings[one.expect]
    for at, names in opening.told:
        value = one.values[at]
        if value == about[1] and about[0] in names and about[0] not in event.data:
            continue
        if value is not None and _contradicts(event, names, value, about):
            return False
    if opening.is_fallback and event.time <= after(one.opened, opening.expect.within_ms or 0):
        return False
    return not opening.requires or _granted(state, program, opening, one, event)


def _contradicts(event: Event, names: tuple[str, ...], value: Any, about: _About) -> bool:
    contradicted = False
    for name in names:
        found = value_of(event, name, about)
        if found is not None:
            if found == value:
                return False
            contradicted = True
    return contradicted


def _granted(state: State, program: Program, opening: Opening, one: Open, event: Event) -> bool:
    case = state.cases[one.case]
    noun = program.triggers[opening.rule].noun
    bound = one.bound or {}
    scope = Scope(program.needs, state.tables, event.time, case.event, noun, case.name, bound)
    return all(event.data.get(last) or read(scope) for last, read in opening.requires)


def close(state: State, program: Program, one: Open, by: str) -> None:
    """The obligation is met: it, and the one that it falls back to or from, wait no longer."""
    case = state.cases[one.case]
    one.by = by
    _forget(state, program, one)
    if one.rival is not None:
        for other in case.opens:
            if other.serial == one.rival:
                other.by = by
                _forget(state, program, other)
    case.unmet -= 1
    if not (case.unmet or case.waiting):
        bury(state, case)


def _forget(state: State, program: Program, one: Open) -> None:
    index = state.pending[program.openings[one.expect].name]
    for key in places_of(one):
        bucket = index[key]
        if len(bucket) == 1:
            del index[key]
        else:
            del bucket[one.serial]


def remember(state: State, event_id: str, led: Iterable[Case]) -> None:
    """The event descends from the triggers of these cases, as far as they live."""
    for case in led:
        if not (case.unmet or case.waiting):
            continue
        if event_id != case.trigger and len(case.marks) < limits.DESCENDANTS_KEPT:
            case.marks.append(event_id)
            mark(state, case, event_id)
