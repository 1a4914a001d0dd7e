"""Gaps: what of a system is unmet at a moment. Called for people, programs and triage.

Pure: a state and a moment give the same gaps in the same order, however the state was come by.
An obligation without `within:` is a gap as soon as it is open, one with it when its time is over.
"""

from __future__ import annotations

from controller.conductor.graph import claims, clock, quality
from controller.conductor.graph.calendar import after, moment
from controller.conductor.graph.evaluator import Evaluator
from controller.conductor.graph.graph import INVARIANT
from controller.conductor.graph.measure import of_constant
from controller.conductor.graph.opening import troubles_of
from controller.conductor.graph.program import Opening
from controller.conductor.graph.state import Open, State, Trouble
from controller.conductor.obligation import PRIORITY, Gap, GapKind, Obligation
from controller.domains.world import Json, JsonObject
from controller.history.canonical import canonical
from grammar.system.nodes import Backfill
from grammar.system.text import consequence_text


def gaps_of(evaluator: Evaluator, state: State, now: str) -> tuple[Gap, ...]:
    """Every gap at a moment, the most severe first, then by the time that it was due."""
    found = [
        *_unmet(evaluator, state, now),
        *_by_now(evaluator, state, now),
        *_broken(evaluator, state, now),
        *_measured(evaluator, state, now),
        *_inconsistent(state, now),
    ]
    return tuple(sorted(found, key=_order))


def owed(evaluator: Evaluator, state: State, now: str) -> tuple[Gap, ...]:
    """Every consequence of an event that is open, due already or not, in the same order.

    A fallback is owed once the time of what it stands in for is over.
    """
    openings = evaluator.program.openings
    found = [
        _gap(evaluator, case.trigger, one)
        for case in state.cases.values()
        for one in case.opens
        if not one.by
        and not (openings[one.expect].is_fallback and now <= due(openings[one.expect], one))
    ]
    return tuple(sorted((*found, *_by_now(evaluator, state, now)), key=_order))


def is_owed(evaluator: Evaluator, state: State, obligation: Obligation) -> bool:
    """Whether this very consequence is open still."""
    return any(
        _gap(evaluator, case.trigger, one).obligation == obligation
        for case in state.lineage.get(obligation.trigger, ())
        for one in case.opens
        if not one.by
    )


def _order(gap: Gap) -> tuple[object, ...]:
    one = gap.obligation
    level = list(PRIORITY).index(one.level)
    return (level, one.due, gap.kind, one.consequence, canonical(one.arguments), one.trigger)


def due(opening: Opening, one: Open) -> str:
    """The moment until which an obligation may be met."""
    return after(one.opened, opening.expect.within_ms or 0)


def is_gap(opening: Opening, one: Open, now: str) -> bool:
    """Whether an open obligation should have been met by now."""
    if one.by or opening.is_fallback:
        return False
    return opening.expect.within_ms is None or now > due(opening, one)


def arguments_of(opening: Opening, one: Open) -> JsonObject:
    """An obligation's arguments by their names."""
    found: JsonObject = {}
    for argument, value in zip(opening.arguments, one.values, strict=True):
        label = argument.label if argument.label not in found else f"{argument.label} again"
        found[label] = value
    return found


def _unmet(evaluator: Evaluator, state: State, now: str) -> list[Gap]:
    return [
        _gap(evaluator, case.trigger, one)
        for case in state.cases.values()
        for one in case.opens
        if is_gap(evaluator.program.openings[one.expect], one, now)
    ]


def _gap(evaluator: Evaluator, trigger: str, one: Open) -> Gap:
    opening = evaluator.program.openings[one.expect]
    expect = opening.expect
    obligation = Obligation(
        expect.consequence.name,
        arguments_of(opening, one),
        trigger,
        moment(due(opening, one)),
        expect.level.value,
        expect.within_ms,
    )
    status = f"no {expect.consequence.name} event found"
    if expect.fallback is not None:
        status += f"; fallback: {consequence_text(expect.fallback)}"
    if one.undecided:
        status += "; a person decides whether older events are asked for it"
    return Gap(GapKind(one.kind), obligation, status, needs_person=one.undecided)


def _by_now(evaluator: Evaluator, state: State, now: str) -> list[Gap]:
    """What the clock has brought since the last event."""
    found = []
    if not state.clock:
        return []
    for firing in clock.due_by(evaluator.program, state, now):
        follower, scope = evaluator.followed(state, firing)
        found += [
            _gap(evaluator, follower.case.trigger, one)
            for one in follower.opens
            if is_gap(evaluator.program.openings[one.expect], one, now)
        ]
        found += [_trouble(one) for one in troubles_of(follower, scope)]
    return found


def _broken(evaluator: Evaluator, state: State, now: str) -> list[Gap]:
    found = []
    for ready, name, violation, due_at in claims.broken(evaluator.program, state, now):
        evolved = state.evolved.get(ready.claim.id)
        kind, event, since = GapKind.CONSISTENCY, violation.event, due_at
        if evolved is not None and violation.time <= evolved.time:
            if evolved.policy == Backfill.PROSPECTIVE:
                continue
            kind, event, since = GapKind.INTENT, evolved.event, max(due_at, evolved.time)
        elif ready.lasting is not None:
            kind = GapKind.TEMPORAL
        arguments: JsonObject = {ready.claim.entity: name}
        obligation = Obligation(ready.claim.id, arguments, event, moment(since), INVARIANT)
        found.append(Gap(kind, obligation, f"not true of {ready.claim.entity} {name}"))
    return found


def _measured(evaluator: Evaluator, state: State, now: str) -> list[Gap]:
    found = []
    for one, measured in quality.unmet(evaluator.program, state, now):
        bound: Json = of_constant(one.bound)
        arguments: JsonObject = {"value": measured.value, "bound": bound}
        obligation = Obligation(one.id, arguments, measured.event, moment(measured.time), one.level)
        found.append(Gap(GapKind.QUALITY, obligation, f"{one.name} is {measured.value}"))
    return found


def _inconsistent(state: State, now: str) -> list[Gap]:
    found = [_trouble(one) for one in (*state.troubles, *state.unknown.values())]
    for event in state.ahead:
        if event.time > now:
            args = {"event": event.id, "time": event.time}
            found.append(_trouble(Trouble("event has happened", args, event.id, event.time)))
    if state.troubles_lost:
        lost = Trouble("events can be applied", {"more": state.troubles_lost}, "", state.clock)
        found.append(_trouble(lost))
    return found


def _trouble(one: Trouble) -> Gap:
    at = moment(one.time) if one.time else moment("0001-01-01T00:00:00.000000Z")
    obligation = Obligation(one.what, one.args, one.event, at, one.level)
    return Gap(GapKind.CONSISTENCY, obligation, "kept, but not as it should be")
