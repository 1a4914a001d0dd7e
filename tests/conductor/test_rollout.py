"""Rollouts as a fold: who waits, how many at a time, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from controller.arena.trial import Trial
from controller.conductor.rollout import (
    CANARY_FAILED,
    FAILED,
    PASSED,
    Place,
    Rollout,
    holds,
    progress,
    verdict,
)
from controller.stories.rollout import gathered

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENDS = st.sampled_from(["confirmed", "failed", "late", "open", "withdrawn", "none"])


def rollout(worlds: int, sizes: list[int], bound: int, *, preferred: int, passed: bool) -> Rollout:
    names = [f"host:{number:02}" for number in range(worlds)]
    return Rollout(
        id="r",
        phenotype="fleet",
        locus="l",
        allele="new",
        former="old",
        commit="c",
        worlds=names,
        demands=[f"d of {name}" for name in names],
        preferred=preferred,
        window_s=60.0,
        sizes=sizes,
        bound=bound,
        at=NOON,
        latest_event="r",
        passed=passed,
    )


def trial(world: str, end: str) -> Trial:
    made = Trial(
        f"t of {world}", f"d of {world}", "l", "new", world, "fleet", {}, ("new", "old"), "e", True
    )
    match end:
        case "confirmed":
            return replace(made, convergence=True, end="confirmed")
        case "failed":
            return replace(made, convergence=False, end="rolled_back")
        case "late":
            return replace(made, convergence=True, end="confirmed", resilience=False)
        case "withdrawn":
            return replace(made, end="rolled_back")
    return made


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Rollout, dict[str, Trial], list[Place]]:
    ends = draw(st.lists(ENDS, min_size=1, max_size=12))
    made = rollout(
        len(ends),
        draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)),
        draw(st.integers(1, 3)),
        preferred=draw(st.integers(1, 2)),
        passed=draw(st.booleans()),
    )
    pairs = [(world, end) for world, end in zip(made.worlds, ends, strict=True) if end != "none"]
    trials = {f"t of {world}": trial(world, end) for world, end in pairs}
    made.trials = [*trials]
    refused = draw(st.sets(st.sampled_from(made.worlds)))
    places = [Place(f"d of {w}", w, "no" if w in refused else None) for w in made.worlds]
    return made, trials, places


@given(fleets())
def test_no_more_worlds_may_have_it_unconfirmed_than_the_largest_batch_or_the_canary(
    fleet: tuple[Rollout, dict[str, Trial], list[Place]],
) -> None:
    made, trials, places = fleet
    seen = progress(made, trials, places)
    held = holds(made, seen, {*seen.waiting})
    free = {*seen.waiting} - {*held}
    if made.passed:
        allowed = max(made.sizes)
        assert len(free) <= max(0, allowed - len(seen.underway))
    else:
        assert free <= {*seen.canary}


@given(fleets())
def test_every_world_is_in_one_state_and_what_failed_is_told_by_name(
    fleet: tuple[Rollout, dict[str, Trial], list[Place]],
) -> None:
    made, trials, places = fleet
    seen = progress(made, trials, places)
    states = [*seen.confirmed, *seen.underway, *seen.waiting]
    assert len(states) == len({*states})
    assert {*states} | {*seen.sick} == {*made.worlds}
    assert not {*seen.sick} & {*states}


@given(fleets())
def test_what_failed_too_often_is_over_and_nothing_else_is(
    fleet: tuple[Rollout, dict[str, Trial], list[Place]],
) -> None:
    made, trials, places = fleet
    due = verdict(made, progress(made, trials, places))
    sick = {one.world for one in trials.values() if one.failed}
    if not made.passed:
        assert (due is not None and due[0] == CANARY_FAILED) is bool(sick)
    else:
        assert (due is not None and due[0] == FAILED) is (len(sick) >= made.bound)


def test_the_canary_passes_once_all_of_it_has_kept_the_change() -> None:
    made = rollout(3, [2], 1, preferred=2, passed=False)
    places = [Place(f"d of {world}", world) for world in made.worlds]
    trials = {f"t of {world}": trial(world, "confirmed") for world in made.worlds[:2]}
    made.trials = ["t of host:00"]
    assert verdict(made, progress(made, trials, places)) is None
    made.trials = [*trials]
    assert verdict(made, progress(made, trials, places)) == (
        PASSED,
        "healthy on host:00, host:01",
    )


def test_batches_grow_with_what_has_confirmed() -> None:
    made = rollout(9, [1, 3], 1, preferred=1, passed=True)
    places = [Place(f"d of {world}", world) for world in made.worlds]
    for confirmed, begin in ((1, 1), (2, 3), (3, 3), (8, 1)):
        trials = {f"t of {w}": trial(w, "confirmed") for w in made.worlds[:confirmed]}
        made.trials = [*trials]
        seen = progress(made, trials, places)
        held = holds(made, seen, {*made.worlds})
        assert len([world for world in seen.waiting if world not in held]) == begin


def test_a_host_that_is_not_asking_takes_no_place_in_a_batch() -> None:
    made = rollout(4, [1], 1, preferred=1, passed=True)
    places = [Place(f"d of {world}", world) for world in made.worlds]
    trials = {"t of host:00": trial("host:00", "confirmed")}
    made.trials = [*trials]
    seen = progress(made, trials, places)
    assert [*holds(made, seen, {"host:02", "host:03"})] == ["host:03"]


def test_a_canary_of_which_nothing_is_demanded_any_more_gives_its_turn_to_the_next() -> None:
    made = rollout(3, [2], 1, preferred=1, passed=False)
    places = [Place(f"d of {world}", world) for world in made.worlds[1:]]
    assert progress(made, {}, places).canary == ("host:01",)


@given(st.lists(st.integers(min_value=0, max_value=600), min_size=1, max_size=20))
def test_moments_that_follow_each_other_closely_are_one_and_no_other_is_waited_for(
    seconds: list[int],
) -> None:
    moments = [NOON + timedelta(seconds=one) for one in seconds]
    first = min(moments)
    assert gathered(moments, 0.0) == first
    found = gathered(moments, 60.0)
    assert found is not None
    assert first <= found <= first + timedelta(seconds=60)
    assert all(moment <= found for moment in moments if moment <= first + timedelta(seconds=60))


def test_without_a_moment_nothing_is_waited_for() -> None:
    assert gathered([], 1.0) is None
