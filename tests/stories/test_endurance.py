"""The third timescale: what was confirmed is looked at again, hours and days later."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from controller import limits
from controller.adapters.clock import VirtualClock
from controller.stories.endure import check_endurance
from controller.wiring import open_organism
from tests.stories.stage import ANNOUNCING, Stage, stage


def pass_hours(on: Stage, hours: float) -> None:
    on.clock.sleep(timedelta(hours=hours).total_seconds())
    on.organism.controller.run_pass()


def looks(on: Stage) -> list[object]:
    judged = on.events("trial.judged")
    return [e.data["healthy"] for e in judged if e.data["timescale"] == "resilience"]


def test_a_change_that_holds_for_days_is_worth_all_of_its_fitness(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        demand = on.ask()
        on.settle()
        pass_hours(on, 0.5)
        assert looks(on) == []
        for hours in limits.RESILIENCE_HOURS:
            pass_hours(on, hours)
        pass_hours(on, 1000)
        assert looks(on) == [True] * len(limits.RESILIENCE_HOURS)
        (trial,) = on.organism.chronicle.ledger.trials_of(on.record(demand))
        assert (trial.immediate, trial.convergence, trial.resilience) == (True, True, True)


def test_looks_that_are_due_survive_a_restart_and_are_made_up_for_by_one(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        on.ask()
        on.settle()
        path, later = on.path, on.clock.now() + timedelta(hours=30)
    with open_organism(path, VirtualClock(later)) as organism:
        organism.controller.run_pass()
        judged = [e for e in organism.log.since(0) if e.type == "trial.judged"]
        assert [e.data["timescale"] for e in judged] == ["convergence", "resilience"]


def test_a_change_that_does_not_hold_counts_against_its_allele_and_is_made_again(
    tmp_path: Path,
) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        demand = on.ask()
        on.settle()
        (first,) = on.record(demand).trials
        on.do("set_link_state", interface=on.scenario.input["bridge"], up=False)
        on.clock.sleep(timedelta(hours=2).total_seconds())
        assert check_endurance(on.organism.hands, on.main(), on.clock.now())
        trial = on.organism.chronicle.ledger.trials[first]
        assert (trial.convergence, trial.resilience, trial.failed) == (True, False, True)
        assert on.organism.controller.gaps() != ()
        assert not check_endurance(on.organism.hands, on.main(), on.clock.now())
