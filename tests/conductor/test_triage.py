"""Triage: a situation in, the next step out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from controller import limits
from controller.arena.trial import Trial
from controller.conductor.demand import Demand
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import GapKind
from controller.conductor.triage import (
    Adapt,
    Confirm,
    Express,
    Mutate,
    RollBack,
    Situation,
    Verify,
    Wait,
    triage,
)
from tests.genome.test_genome import shipped

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = timedelta(seconds=3)
STACK = ("a" * 64, "b" * 64)
CONTRACT = shipped().loci["bridge_uplink"]
DEMAND = Demand("demand", "bridge_uplink", "lab", "simulated", {}, "br0", NOW)
BLANK = Trial(
    "t", "demand", "bridge_uplink", STACK[0], "simulated", "lab", {}, STACK, "t", finished_at=NOW
)

RUNNING = replace(BLANK, immediate=None, finished_at=None)
FAILED = replace(BLANK, immediate=False)
RETURNED = replace(BLANK, immediate=True)
HEALTHY = replace(RETURNED, convergence=True)
SICK = replace(RETURNED, convergence=False)
CONFIRMED = replace(HEALTHY, end="confirmed")
UNDONE = replace(SICK, end="rolled_back")
INTERRUPTED = replace(RUNNING, end="interrupted")


def of(trial: Trial, allele: str, stack: tuple[str, ...] = STACK) -> Trial:
    return replace(trial, allele=allele, stack=stack)


def situation(
    *trials: Trial,
    stack: tuple[str, ...] = STACK,
    proven: tuple[str, ...] = (),
    draft: str | None = None,
    searches: int = 0,
) -> tuple[Situation, Ledger]:
    ledger = Ledger()
    record = DemandRecord(DEMAND, latest_event="demand")
    for number, trial in enumerate(trials):
        name = f"trial{number}"
        ledger.trials[name] = replace(trial, id=name)
        record.trials.append(name)
    record.searches = [(stack, False)] * searches
    ledger.demands[DEMAND.id] = record
    ledger.standing[DEMAND.about] = DEMAND.id
    return Situation(record, CONTRACT, stack, proven, draft), ledger


def next_step(*trials: Trial, now: datetime = NOW, **rest: object) -> object:
    found, ledger = situation(*trials, **rest)  # type: ignore[arg-type]
    return triage(found, ledger, now)[1]


def test_a_new_demand_expresses_the_dominant() -> None:
    assert next_step() == Express(STACK[0])


def test_what_was_interrupted_is_tried_again() -> None:
    assert next_step(INTERRUPTED) == Express(STACK[0])


@pytest.mark.parametrize("trial", [RUNNING, FAILED, SICK])
def test_what_failed_or_was_cut_short_is_rolled_back(trial: Trial) -> None:
    assert isinstance(next_step(trial), RollBack)


def test_diagnostics_wait_for_the_end_of_the_window_and_not_longer() -> None:
    assert next_step(RETURNED, now=NOW + WINDOW / 2) == Wait(NOW + WINDOW)
    assert isinstance(next_step(RETURNED, now=NOW + WINDOW), Verify)


def test_a_healthy_trial_is_confirmed() -> None:
    assert isinstance(next_step(HEALTHY), Confirm)


def test_a_confirmed_trial_is_the_end() -> None:
    found, ledger = situation(CONFIRMED)
    assert triage(found, ledger, NOW) == (None, Wait())


def test_a_failure_falls_back_down_the_stack() -> None:
    assert next_step(UNDONE) == Express(STACK[1])


def test_an_exhausted_stack_is_mutated_from_the_dominant_first() -> None:
    both = (UNDONE, of(UNDONE, STACK[1]))
    first, second = next_step(*both), next_step(*both, searches=1)
    assert isinstance(first, Mutate)
    assert isinstance(second, Mutate)
    assert (first.trial.allele, second.trial.allele) == STACK


def test_a_proven_allele_is_cheaper_than_a_mutation() -> None:
    step = next_step(UNDONE, of(UNDONE, STACK[1]), proven=("c" * 64,))
    assert isinstance(step, Adapt)
    assert step.allele == "c" * 64


def test_an_open_draft_is_waited_for() -> None:
    assert next_step(UNDONE, of(UNDONE, STACK[1]), draft="draft/mutation/x") == Wait()


def test_fruitless_searches_end_with_a_person() -> None:
    found, ledger = situation(UNDONE, of(UNDONE, STACK[1]), searches=limits.MAX_SEARCHES_PER_DEMAND)
    gap, step = triage(found, ledger, NOW)
    assert gap is not None
    assert gap.needs_person
    assert step == Wait()


def test_a_changed_stack_begins_a_new_round() -> None:
    new = ("n" * 64, *STACK)
    assert next_step(UNDONE, of(UNDONE, STACK[1]), stack=new) == Express(new[0])


def test_main_that_expresses_another_dominant_is_a_consistency_gap() -> None:
    new = ("n" * 64, *STACK)
    found, ledger = situation(CONFIRMED, stack=new)
    gap, step = triage(found, ledger, NOW)
    assert step == Express(new[0])
    assert gap is not None
    assert gap.kind is GapKind.CONSISTENCY


def test_a_reordered_fallback_needs_no_new_expression() -> None:
    reordered = (STACK[0], "c" * 64, STACK[1])
    assert next_step(CONFIRMED, stack=reordered) == Wait()


def test_an_open_transaction_of_a_former_stack_is_rolled_back_first() -> None:
    new = ("n" * 64, *STACK)
    assert isinstance(next_step(RETURNED, stack=new), RollBack)


def test_a_locus_without_an_allele_needs_a_person() -> None:
    found, ledger = situation(stack=())
    gap, step = triage(found, ledger, NOW)
    assert gap is not None
    assert gap.needs_person
    assert step == Wait()


def test_what_contracts_verify_is_a_gap_of_its_own_once_it_is_due() -> None:
    found, ledger = situation(replace(RETURNED, values={"bridge": "br0"}))
    gap, _ = triage(found, ledger, NOW)
    assert gap is not None
    assert gap.obligation.consequence == "bridge_uplink"
    gap, action = triage(found, ledger, NOW + WINDOW)
    assert isinstance(action, Verify)
    assert gap is not None
    assert gap.kind is GapKind.TEMPORAL
    assert (gap.obligation.consequence, gap.obligation.due) == ("check_fdb_stability", NOW + WINDOW)
    assert gap.obligation.arguments == {"bridge": "br0"}
    assert (gap.obligation.trigger, gap.obligation.severity) == ("trial0", "must-within-3s")


def test_what_is_open_is_undone_when_main_expresses_nothing_any_more() -> None:
    gap, action = triage(*situation(RETURNED, stack=()), NOW)
    assert isinstance(action, RollBack)
    assert gap is not None
    assert gap.needs_person
    assert isinstance(triage(*situation(UNDONE, stack=()), NOW)[1], Wait)


def test_an_allele_that_was_withdrawn_without_a_verdict_is_tried_again() -> None:
    withdrawn = replace(RETURNED, end="rolled_back")
    assert next_step(withdrawn) == Express(STACK[0])
