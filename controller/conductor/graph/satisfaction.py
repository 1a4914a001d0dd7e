"""Which event satisfies which obligation. ARCHITECTURE.md, "Satisfied", says it in words.

An event satisfies an obligation if it is later in the log, has one of the types of the consequence,
fields that contradict no argument, and what is required; and if its causes lead back to the trigger
or its fields name the thing that the obligation is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from controller import limits
from controller.conductor.graph.calendar import after
from controller.conductor.graph.program import Opening, Program
from controller.conductor.graph.scope import Scope
from controller.conductor.graph.state import Case, Open, State, bury, mark, places_of
from controller.conductor.graph.telling import bare, field_of, thing_of
from controller.history.event import Event

_NONE: Final[dict[int, Open]] = {}


def descend(state: State, event: Event) -> list[Case]:
    """The living cases that the event's causes lead back to."""
    return [] if event.cause is None else list(state.lineage.get(event.cause, ()))


def satisfy(
    state: State, program: Program, event: Event, names: Iterable[str], led: list[Case]
) -> None:
    """Close the obligations that an event satisfies: those of the cases that `led` to it, and
    those that are about what it names."""
    closed: list[Open] = []
    for name in names:
        index = state.pending.get(name)
        if index:
            closed += _matching(state, program, event, name, index, led)
    for one in closed:
        if not one.by:
            close(state, program, one, event.id)


def _matching(
    state: State,
    program: Program,
    event: Event,
    name: str,
    index: dict[str, dict[int, Open]],
    led: list[Case],
) -> list[Open]:
    found: dict[int, Open] = {}
    openings = program.openings
    for case in led:
        for one in case.opens:
            if openings[one.expect].name == name and _fits(state, program, one, event):
                found[one.serial] = one
    by_cause = bool(found)
    entity, subject = thing_of(event)
    for value in _values(program, event, name, subject):
        for one in index.get(value, _NONE).values():
            if one.serial in found or (by_cause and one.stand_in):
                continue
            named = not one.keys or _agrees(one, event, entity, subject)
            if named and _fits(state, program, one, event):
                found[one.serial] = one
    if not subject and event.cause is None and not event.data:
        found.update(_nameless(state, program, event, index))
    return list(found.values())


def _values(program: Program, event: Event, name: str, subject: str) -> set[str]:
    """What an obligation may be found by that the event names; empty finds those without keys."""
    values = {"", subject}
    data = event.data
    if data:
        for label in program.names[name]:
            if label in data and isinstance(value := data[label], str):
                values.add(str(bare(value, label)))
    return values


def _agrees(one: Open, event: Event, entity: str, subject: str) -> bool:
    """Whether the event names a thing that the obligation is about."""
    for names, value in one.keys:
        for name in names:
            if field_of(event, name) == value:
                return True
        if not entity and subject == value:
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
        if one.stand_in and _fits(state, program, one, event)
    }


def _fits(state: State, program: Program, one: Open, event: Event) -> bool:
    if one.by:
        return False
    opening = program.openings[one.expect]
    for at, names in opening.told:
        value = one.values[at]
        if value is not None and _contradicts(event, names, value):
            return False
    if opening.is_fallback and event.time <= after(one.opened, opening.expect.within_ms or 0):
        return False
    return not opening.requires or _granted(state, program, opening, one, event)


def _contradicts(event: Event, names: tuple[str, ...], value: Any) -> bool:
    contradicted = False
    for name in names:
        found = field_of(event, name)
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
    for other in case.opens:
        if other is one or other.serial == one.rival:
            other.by = by
            _forget(state, program, other)
    case.unmet -= 1
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
        living = case.serial in state.cases and event_id != case.trigger
        if living and len(case.marks) < limits.DESCENDANTS_KEPT:
            case.marks.append(event_id)
            mark(state, case, event_id)
