"""Which event satisfies which obligation. ARCHITECTURE.md, "Satisfied", says it in words.

An event satisfies an obligation if it is later in the log, has one of the types of the consequence,
fields that contradict no argument, and what is required; and if its causes lead back to the trigger
or its fields name the thing that the obligation is about.
"""

from __future__ import annotations

from collections.abc import Iterable

from controller import limits
from controller.conductor.graph.calendar import after
from controller.conductor.graph.program import Opening, Program
from controller.conductor.graph.scope import Scope, value_of
from controller.conductor.graph.state import Open, State
from controller.conductor.graph.telling import bare, field_of, thing_of
from controller.history.event import Event


def descend(state: State, event: Event) -> list[Open]:
    """The open obligations that the event's causes lead back to."""
    cause = event.cause
    if cause is None:
        return []
    case, lineage = state.cases.get(cause), state.lineage.get(cause)
    found = [] if case is None else [one for one in case.opens if one.by is None]
    if lineage is not None:
        known = {one.serial for one in found}
        found += [one for one in lineage if one.by is None and one.serial not in known]
    return found


def satisfy(
    state: State, program: Program, event: Event, names: Iterable[str], led: list[Open]
) -> list[Open]:
    """Close the obligations that an event satisfies; `led` is what its causes lead back to."""
    closed: list[Open] = []
    for name in names:
        index = state.pending.get(name)
        if index:
            closed += _matching(state, program, event, name, index, led)
    for one in closed:
        close(state, program, one, event.id)
    return closed


def _matching(
    state: State,
    program: Program,
    event: Event,
    name: str,
    index: dict[str, dict[int, Open]],
    led: list[Open],
) -> list[Open]:
    found: dict[int, Open] = {}
    openings = program.openings
    for one in led:
        opening = openings[one.expect]
        if opening.expect.consequence.name == name and _fits(state, program, opening, one, event):
            found[one.serial] = one
    by_cause = bool(found)
    entity, subject = thing_of(event)
    values = {subject} if subject else set()
    for label in program.names[name]:
        value = event.data.get(label)
        if isinstance(value, str):
            values.add(bare(value, label))  # type: ignore[arg-type]
    for value in ("", *values):
        for one in index.get(value, {}).values():
            if one.serial in found or (by_cause and one.stand_in):
                continue
            if (not one.keys or _agrees(one, event, entity, subject)) and _fits(
                state, program, openings[one.expect], one, event
            ):
                found[one.serial] = one
    if not subject and event.cause is None and not event.data:
        found.update(_nameless(state, program, event, index))
    return list(found.values())


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
        if one.stand_in and _fits(state, program, program.openings[one.expect], one, event)
    }


def _fits(state: State, program: Program, opening: Opening, one: Open, event: Event) -> bool:
    if one.by is not None or one.withheld:
        return False
    for argument, value in zip(opening.arguments, one.values, strict=True):
        if argument.names and value is not None and _contradicts(event, argument.names, value):
            return False
    if opening.is_fallback and event.time <= after(one.opened, opening.expect.within_ms or 0):
        return False
    return not opening.expect.requires or _granted(state, program, opening, one, event)


def _contradicts(event: Event, names: tuple[str, ...], value: object) -> bool:
    given = [found for name in names if (found := field_of(event, name)) is not None]
    return bool(given) and value not in given


def _granted(state: State, program: Program, opening: Opening, one: Open, event: Event) -> bool:
    case = state.cases[one.case]
    noun = program.triggers[opening.rule].noun
    scope = Scope(
        program.needs, state.tables, event.time, case.event, noun, case.name, one.bound
    )
    for path in opening.expect.requires:
        last = path.fields[-1] if path.fields else str(path.root)
        if not event.data.get(last) and not value_of(path, scope):
            return False
    return True


def close(state: State, program: Program, one: Open, by: str) -> None:
    """The obligation is met: it, and the one that it falls back to or from, wait no longer."""
    rival = None if one.rival is None else state.open.get(one.rival)
    one.by = by
    _forget(state, program, one)
    if rival is not None and rival.by is None:
        rival.by = by
        _forget(state, program, rival)
    case = state.cases.get(one.case)
    if case is not None:
        case.unmet -= 1
        if not case.unmet:
            del state.cases[one.case]


def _forget(state: State, program: Program, one: Open) -> None:
    del state.open[one.serial]
    name = program.openings[one.expect].expect.consequence.name
    index = state.pending[name]
    for key in {value for _, value in one.keys} or {""}:
        bucket = index[key]
        del bucket[one.serial]
        if not bucket:
            del index[key]
    for mark in one.marks or ():
        alive = [other for other in state.lineage.get(mark, ()) if other is not one]
        if alive:
            state.lineage[mark] = alive
        else:
            state.lineage.pop(mark, None)


def remember(state: State, event_id: str, opens: list[Open]) -> None:
    """The event descends from the triggers of these obligations, as far as they are open."""
    alive = [one for one in opens if one.by is None]
    kept = [one for one in alive if len(one.marks or ()) < limits.DESCENDANTS_KEPT]
    if kept:
        state.lineage.setdefault(event_id, []).extend(kept)
        for one in kept:
            one.marks = [*(one.marks or ()), event_id]
