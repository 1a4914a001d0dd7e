"""Fitness, exactly as seed 003 gives it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.arena.fitness import Weights, consecutive_failures, effective, fitness, records
from controller.arena.trial import Trial

BLANK = Trial("t", "d", "locus", "allele", "world", "phenotype", {}, ("allele",), "t")


def trial(
    immediate: bool, convergence: bool | None = None, resilience: bool | None = None
) -> Trial:
    return replace(
        BLANK, immediate=immediate, convergence=convergence, resilience=resilience, end="confirmed"
    )


@pytest.mark.parametrize(
    ("outcome", "worth"),
    [
        (trial(False), 0.0),
        (trial(True), 0.3),
        (trial(True, False), 0.3),
        (trial(True, True), 0.8),
        (trial(True, True, False), 0.8),
        (trial(True, True, True), 1.0),
        (trial(True, False, True), 0.5),
    ],
)
def test_a_trial_is_worth_what_its_timescales_say(outcome: Trial, worth: float) -> None:
    assert effective(outcome, Weights(), verified=True) == pytest.approx(worth)


def test_a_locus_without_verification_has_only_the_immediate_outcome() -> None:
    assert effective(trial(True), Weights(), verified=False) == 1.0
    assert effective(trial(False), Weights(), verified=False) == 0.0


def test_weights_are_tunable() -> None:
    weights = Weights(immediate=0.1, convergence=0.2, resilience=0.7)
    assert effective(trial(True, True, False), weights, verified=True) == pytest.approx(0.3)


def test_one_success_is_not_a_perfect_record() -> None:
    assert fitness([trial(True, True, True)], Weights(), verified=True) == pytest.approx(0.1)


def test_above_ten_trials_the_divisor_is_their_number() -> None:
    trials = [trial(True, True, True)] * 20
    assert fitness(trials, Weights(), verified=True) == pytest.approx(1.0)


def test_a_late_verdict_lowers_what_was_counted_before() -> None:
    early = [trial(True, True, None)] * 10
    late = [trial(True, False, None), *early[1:]]
    assert fitness(late, Weights(), verified=True) < fitness(early, Weights(), verified=True)


def test_an_interrupted_trial_counts_for_nothing() -> None:
    cut = replace(BLANK, immediate=True, end="interrupted")
    assert fitness([cut], Weights(), verified=True) == 0.0
    assert consecutive_failures([trial(False), cut, trial(False)]) == 2


def test_a_success_ends_a_row_of_failures() -> None:
    assert consecutive_failures([trial(False), trial(True, True), trial(True, False)]) == 1


outcomes = st.builds(trial, st.booleans(), st.none() | st.booleans(), st.none() | st.booleans())


@given(st.lists(outcomes))
def test_fitness_stays_between_nothing_and_one(trials: list[Trial]) -> None:
    assert 0.0 <= fitness(trials, Weights(), verified=True) <= 1.0


def test_what_was_undone_before_anybody_judged_it_is_no_evidence() -> None:
    failing = replace(trial(False), end="rolled_back")
    withdrawn = replace(trial(True), end="rolled_back")
    assert consecutive_failures([failing, failing, withdrawn]) == 2
    assert fitness([withdrawn], Weights(), verified=True) == 0.0


def test_an_allele_that_is_fit_in_one_world_only_has_two_records() -> None:
    good, bad = trial(True, True, True), trial(True, False)
    trials = [replace(good, world="lab"), replace(good, world="lab"), replace(bad, world="plant")]
    lab, plant = records(trials, Weights(), verified=True)
    assert (lab.world, lab.trials, lab.convergence, lab.resilience) == ("lab", 2, (2, 2), (2, 2))
    assert (plant.world, plant.convergence, plant.resilience) == ("plant", (0, 1), (0, 0))
    assert lab.fitness == pytest.approx(0.2)
    assert plant.fitness == pytest.approx(0.03)
