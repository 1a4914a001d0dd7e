"""The checkers can fail: evidence that was tampered with, and controllers that were broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from unittest.mock import patch

import msgspec
import pytest

from controller.conductor.attempts import Attempts, Later, Step
from controller.conductor.breakers import Breakers
from controller.history.event import Event, Occurrence, seal
from controller.stories import converge, serve_systems
from controller.stories.chronicle import Chronicle
from controller.stories.recover import recover
from tests.simulation.checkers import CHECKERS, complaints
from tests.simulation.evidence import Done, Evidence
from tests.simulation.memory_log import MemoryLog
from tests.simulation.story import play

Tamper = Callable[[Evidence], Evidence]
SEEDS = range(30)


def having(*kinds: str) -> Evidence:
    """The evidence of the first life in which all of these happened."""
    return next(e for e in map(lived, SEEDS) if {*kinds} <= {event.type for event in e.events})


@cache
def lived(seed: int) -> Evidence:
    return play(seed).evidence


def first(evidence: Evidence, kind: str) -> Event:
    return next(event for event in evidence.events if event.type == kind)


def without(evidence: Evidence, gone: Event) -> Evidence:
    """The same evidence, with something that says nothing in the place of an event."""
    nothing = msgspec.structs.replace(gone, id="e" * 64, type="nothing.said", data={}, actor="x")
    kept = tuple(nothing if event is gone else event for event in evidence.events)
    return replace(evidence, events=kept)


def again(evidence: Evidence, event: Event, **changed: object) -> Evidence:
    """The same evidence, with an event like this one at its end."""
    made = msgspec.structs.replace(event, id="f" * 64, **changed)
    return replace(evidence, events=(*evidence.events, made))


def an_event_lost(e: Evidence) -> Evidence:
    return without(e, first(e, "expression.started"))


def an_event_that_was_handed_in_lost(e: Evidence) -> Evidence:
    return without(e, next(event for event in e.events if event.id in e.handed_in))


def an_event_twice(e: Evidence) -> Evidence:
    return replace(e, events=(*e.events, e.events[0]))


def an_end_lost(e: Evidence) -> Evidence:
    return without(e, first(e, "transaction.rolled_back"))


def a_second_world_in_a_hurry(e: Evidence) -> Evidence:
    started = first(e, "canary.started")
    demand, allele = started.data["demands"][0], started.data["allele"]
    number = e.events.index(started) + 1
    told = {"demand": demand, "allele": allele}
    rush = [
        msgspec.structs.replace(
            started, id=letter * 64, type="expression.started", data={**told, "world": letter}
        )
        for letter in "ab"
    ]
    return replace(e, events=(*e.events[:number], *rush, *e.events[number:]))


def a_second_end(e: Evidence) -> Evidence:
    return again(e, first(e, "transaction.rolled_back"), type="transaction.confirmed")


def a_merge_twice(e: Evidence) -> Evidence:
    return again(e, first(e, "draft.merged"))


def a_main_that_nobody_noticed(e: Evidence) -> Evidence:
    return replace(e, main="0" * 40)


def a_draft_left(e: Evidence) -> Evidence:
    return replace(e, drafts={"draft/x/y": "0" * 40})


def an_attempt_at_once(e: Evidence) -> Evidence:
    started = [event for event in e.events if event.type == "consequence.started"]
    told = {event.data.get("gap") for event in e.events if event.type == "person.needed"}
    return again(e, next(event for event in started if event.data["gap"] not in told))


def a_trigger_served_again(e: Evidence) -> Evidence:
    made = next(event for event in e.events if event.type == "call_customer" and event.cause)
    return again(e, next(event for event in e.events if event.id == made.cause))


def consequences_without_end(e: Evidence) -> Evidence:
    for number in range(7):
        before = e.events[-1].id if number else None
        made = msgspec.structs.replace(
            first(e, "consequence.started"), id=f"{number:064x}", cause=before
        )
        e = replace(e, events=(*e.events, made))
    return e


def searches_without_end(e: Evidence) -> Evidence:
    for _ in range(4):
        e = again(e, first(e, "search.finished"))
    return e


def a_pass_in_circles(e: Evidence) -> Evidence:
    return replace(e, passes=(replace(e.passes[0], actions=200), *e.passes[1:]))


def a_gene_under_the_brake(e: Evidence) -> Evidence:
    paused = e.events.index(first(e, "controller.paused")) + 1
    done = Done("simulated", "detach_port", paused, gene=True)
    return replace(e, done=(*e.done, done, done))


def no_rest(e: Evidence) -> Evidence:
    return replace(e, settled=False)


def a_demand_forgotten(e: Evidence) -> Evidence:
    return again(e, first(e, "expression.requested"))


def a_world_that_shows_nothing(e: Evidence) -> Evidence:
    unlinked = {name: {"host": "h", "nodes": [{"name": "h", "links": []}]} for name in e.worlds}
    return replace(e, worlds=unlinked)  # type: ignore[arg-type]


def a_trigger_forgotten(e: Evidence) -> Evidence:
    return again(e, first(e, "interaction.logged"))


TAMPERED: tuple[tuple[Tamper, str, str], ...] = (
    (an_event_lost, "every_cause", "expression.started"),
    (an_event_that_was_handed_in_lost, "every_event_is_in_the_log_once", "order.placed"),
    (an_event_twice, "every_event_is_in_the_log_once", "order.placed"),
    (a_second_world_in_a_hurry, "no_second_world_is_changed", "canary.started"),
    (an_end_lost, "every_transaction_is_closed_once", "transaction.rolled_back"),
    (an_end_lost, "no_transaction_outlives", "transaction.rolled_back"),
    (a_second_end, "every_transaction_is_closed_once", "transaction.rolled_back"),
    (a_merge_twice, "every_merge_is_recorded_once", "draft.merged"),
    (a_main_that_nobody_noticed, "the_log_knows_where_main_is", "main.moved"),
    (a_draft_left, "no_draft_is_forgotten", "main.moved"),
    (an_attempt_at_once, "attempts_are_few_and_apart", "consequence.started"),
    (a_trigger_served_again, "nothing_is_brought_about", "call_customer"),
    (consequences_without_end, "consequences_do_not_go_too_deep", "consequence.started"),
    (searches_without_end, "searches_are_few", "search.finished"),
    (a_pass_in_circles, "passes_are_bounded", "main.moved"),
    (a_gene_under_the_brake, "nothing_acts_while_paused", "controller.paused"),
    (no_rest, "a_quiet_world_comes_to_rest", "main.moved"),
    (a_demand_forgotten, "no_demand_is_forgotten", "expression.requested"),
    (a_world_that_shows_nothing, "no_demand_is_forgotten", "transaction.confirmed"),
    (a_trigger_forgotten, "no_trigger_is_forgotten", "interaction.logged"),
)


@pytest.mark.parametrize(("tamper", "checker", "kind"), TAMPERED)
def test_a_checker_complains_of_what_it_is_there_for(
    tamper: Tamper, checker: str, kind: str
) -> None:
    genuine = having(kind)
    assert not complaints(genuine)
    assert any(wrong.startswith(checker) for wrong in complaints(tamper(genuine)))


def test_every_checker_is_seen_to_complain() -> None:
    seen = {name for _, name, _ in TAMPERED}
    unseen = [c.__name__ for c in CHECKERS if not any(c.__name__.startswith(s) for s in seen)]
    assert unseen == []


# --- controllers that were broken -------------------------------------------------------


def found() -> Iterator[str]:
    for seed in SEEDS:
        yield from (wrong.partition(":")[0] for wrong in complaints(play(seed).evidence))


def test_a_controller_that_does_not_wait_between_attempts_is_found_out() -> None:
    decide = serve_systems.next_step

    def impatient(
        key: str, tiers: tuple[str, ...], known: Attempts, now: datetime, bounds: Breakers
    ) -> Step:
        step = decide(key, tiers, known, now, bounds)
        return decide(key, tiers, known, step.until, bounds) if isinstance(step, Later) else step

    with patch.object(serve_systems, "next_step", impatient):
        assert "attempts_are_few_and_apart" in found()


def test_a_controller_that_does_not_feel_the_brake_is_found_out() -> None:
    with patch.object(Chronicle, "go_on", Chronicle.refresh):
        assert "nothing_acts_while_paused" in found()


def test_a_controller_that_does_not_recover_is_found_out() -> None:
    assert converge.recover is recover
    with patch.object(converge, "recover", lambda *_: ()):
        assert "every_transaction_is_closed_once" in found()


def test_a_log_that_drops_an_event_is_found_out() -> None:
    append = MemoryLog.append

    def drops(log: MemoryLog, occurrences: list[Occurrence]) -> tuple[Event, ...]:
        kept = [one for one in occurrences if one.type != "complaint.made"]
        appended = append(log, kept)
        return appended if len(kept) == len(occurrences) else (*appended, *_made(occurrences))

    with patch.object(MemoryLog, "append", drops):
        assert "every_event_is_in_the_log_once" in found()


def _made(occurrences: list[Occurrence]) -> tuple[Event, ...]:
    return tuple(seal(one) for one in occurrences)
