"""Which things a claim is not true of, kept up to date event by event.

Called by evaluator.py for the things that an event touched. A claim about time (`for > 24h`), or
about how far a projection is, can become false without an event: the things that it may become
false of are kept as well, and asked again when somebody wants to know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from controller.conductor.graph.calendar import after
from controller.conductor.graph.compile import tests_of
from controller.conductor.graph.conditions import Test, test_of
from controller.conductor.graph.graph import Claim
from controller.conductor.graph.needs import base_word, is_reachable
from controller.conductor.graph.scope import Scope
from controller.conductor.graph.state import State, Violation
from grammar.system import nodes

if TYPE_CHECKING:
    from controller.conductor.graph.program import Program


@dataclass(frozen=True, slots=True)
class ReadyClaim:
    """A claim, ready. `may_fail` is whether it can become false of a thing by time alone, None
    where it cannot; `lasting` the state and the time after which it fails, where it is that plain.
    """

    place: int
    claim: Claim
    test: Test
    may_fail: Test | None
    lasting: tuple[str, int] | None
    covers: bool


def ready_claim(place: int, claim: Claim) -> ReadyClaim:
    """A claim as functions of a scope."""
    tests = tests_of(claim.condition)
    timed = [one for one in tests if isinstance(one, nodes.Is) and one.for_ms is not None]
    covers = any(isinstance(one, nodes.Is) and is_reachable(one.state) for one in tests)
    lasting = None
    may_fail: Test | None = _always if timed or covers else None
    whole = claim.condition
    if (
        timed
        and claim.quantifier == "no"
        and isinstance(whole, nodes.Is)
        and not whole.subject.fields
    ):
        may_fail = test_of(replace(whole, for_ms=None))
        if whole.for_operator in ("", ">", ">="):
            lasting = (base_word(whole.state)[0], whole.for_ms or 0)
    return ReadyClaim(place, claim, test_of(whole), may_fail, lasting, covers)


def _always(_: Scope) -> bool:
    return True


def _fails(ready: ReadyClaim, scope: Scope) -> bool:
    return ready.test(scope) == (ready.claim.quantifier == "no")


def _scope(program: Program, state: State, ready: ReadyClaim, name: str, now: str) -> Scope:
    entity = ready.claim.entity
    return Scope(program.needs, state.tables, now, bound={entity: name})


def _concerned(state: State, ready: ReadyClaim, name: str) -> bool:
    """Claims are made of things that have events of their own, and that `only` is true of."""
    row = state.tables.row(ready.claim.entity, name)
    if row is None or not row.recorded:
        return False
    if ready.claim.only is None:
        return True
    word, meant = base_word(ready.claim.only)
    since = row.states.get(word)
    return since is not None and since.holds == meant


def look(
    program: Program, state: State, rows: Iterable[tuple[str, str]], event_id: str, time: str
) -> None:
    """Bring up to date what is known of the things that an event touched."""
    for entity, name in rows:
        for ready in program.claims:
            if ready.claim.entity != entity:
                continue
            known = state.violations.setdefault(ready.place, {})
            if not _suspect(program, state, ready, name, time):
                known.pop(name, None)
            elif name not in known:
                known[name] = Violation(time, event_id)


def _suspect(program: Program, state: State, ready: ReadyClaim, name: str, now: str) -> bool:
    if not _concerned(state, ready, name):
        return False
    scope = _scope(program, state, ready, name, now)
    if ready.may_fail is not None and ready.may_fail(scope):
        return True
    return _fails(ready, scope)


def forget(state: State, rows: Iterable[tuple[str, str]], program: Program) -> None:
    """Things that are no more break no claim."""
    for entity, name in rows:
        for ready in program.claims:
            if ready.claim.entity == entity:
                state.violations.get(ready.place, {}).pop(name, None)


def covered(program: Program, state: State, now: str) -> None:
    """A projection told how far it is: what it has reached is no suspect of a plain claim."""
    for ready in program.claims:
        if ready.covers and isinstance(ready.claim.condition, nodes.Is):
            known = state.violations.get(ready.place, {})
            reached = [
                name
                for name in known
                if not _fails(ready, _scope(program, state, ready, name, now))
            ]
            for name in reached:
                del known[name]


def broken(
    program: Program, state: State, now: str
) -> list[tuple[ReadyClaim, str, Violation, str]]:
    """Every claim that is not true of a thing at a moment: since when, and when that was due."""
    found = []
    for ready in program.claims:
        for name, violation in state.violations.get(ready.place, {}).items():
            if ready.may_fail is not None and not _fails(
                ready, _scope(program, state, ready, name, now)
            ):
                continue
            since = _since(state, ready, name, violation)
            found.append((ready, name, since, _due(state, ready, name, since)))
    return found


def _since(state: State, ready: ReadyClaim, name: str, violation: Violation) -> Violation:
    """What no projection has taken is out of reach since its latest event."""
    row = state.tables.row(ready.claim.entity, name)
    if row is None or not ready.covers:
        return violation
    return Violation(row.time, row.event)


def _due(state: State, ready: ReadyClaim, name: str, violation: Violation) -> str:
    row = state.tables.row(ready.claim.entity, name)
    if ready.lasting is None or row is None:
        return violation.time
    return after(row.states[ready.lasting[0]].time, ready.lasting[1])
