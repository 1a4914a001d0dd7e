"""Level-triggered passes: drift, newer demands, records that speak, worlds out of reach."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from controller import limits
from controller.demo.setting import LOCUS, PHENOTYPE
from controller.domains.world import JsonObject
from controller.genome.allele import name_of
from controller.history.event import Occurrence
from controller.ports import Blocked
from controller.stories.promote import standing
from controller.stories.request import request
from grammar.sg.edit import with_stack
from tests.stories.stage import ANNOUNCING, Stage, stage


def back(on: Stage) -> JsonObject:
    """The input that moves the uplink back."""
    given = on.scenario.input
    return {**given, "from_nic": given["to_nic"], "to_nic": given["from_nic"]}


def play_trials(on: Stage, allele: str, demand: str, *, healthy: bool, count: int) -> None:
    """Put trials of an allele into the log, as another controller would have."""
    stack: JsonObject = {"stack": [a.sha for a in on.main().genome.stack(PHENOTYPE, LOCUS)]}
    for number in range(count):
        on.clock.sleep(1)
        started = on.organism.chronicle.record(
            "expression.started",
            "played",
            {
                "demand": demand,
                "locus": LOCUS,
                "phenotype": PHENOTYPE,
                "world": "simulated",
                "allele": allele,
                "input": on.scenario.input,
                "number": number,
                **stack,
            },
            demand,
        )
        trial: JsonObject = {"trial": started.id}
        record = on.organism.chronicle.record
        record("expression.finished", "p", {**trial, "immediate": True}, started.id)
        judged: JsonObject = {**trial, "timescale": "convergence", "healthy": healthy}
        record("trial.judged", "p", judged, started.id)
        end = "transaction.confirmed" if healthy else "transaction.rolled_back"
        record(end, "p", trial, started.id)


def test_a_quiet_world_gives_a_quiet_controller(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        on.ask()
        on.settle()
        length = on.organism.chronicle.ledger.length
        for _ in range(3):
            on.clock.sleep(60)
            assert on.organism.controller.run_pass().actions == 0
        assert on.organism.chronicle.ledger.length == length


def test_a_world_that_drifts_is_brought_back(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        demand = on.ask()
        on.settle()
        given = on.scenario.input
        on.do("detach_port", bridge=given["bridge"], interface=given["to_nic"])
        assert on.settle() == ()
        ports = on.do("bridge_ports", bridge=given["bridge"])
        assert isinstance(ports, list)
        assert given["to_nic"] in ports
        (drift,) = on.events("drift.observed")
        assert "is a port of bridge" in str(drift.data["missing"])
        assert [end for _, end in on.outcomes(demand)] == ["confirmed", "confirmed"]


def test_two_hands_that_undo_each_other_do_not_race(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        on.ask()
        on.settle()
        given = on.scenario.input
        start = on.clock.now()
        while on.clock.now() - start < timedelta(seconds=limits.DRIFT_COOLDOWN_SECONDS):
            on.do("detach_port", bridge=given["bridge"], interface=given["to_nic"])
            on.settle()
            on.clock.sleep(2)
        assert len(on.events("drift.observed")) <= 2


def test_a_newer_demand_about_the_same_bridge_replaces_the_older(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        first = on.ask()
        on.settle()
        second = on.ask(back(on))
        assert on.settle() == ()
        assert [end for _, end in on.outcomes(second)] == ["confirmed"]
        assert len(on.outcomes(first)) == 1
        ports = on.do("bridge_ports", bridge=on.scenario.input["bridge"])
        assert isinstance(ports, list)
        assert on.scenario.input["from_nic"] in ports


def test_a_newer_demand_rolls_back_what_the_older_had_open(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        first = on.ask()
        on.organism.controller.run_pass()
        assert len(on.organism.hands.transactions.open()) == 1
        second = on.ask(back(on))
        on.settle()
        assert on.outcomes(first)[0][1] == "rolled_back"
        assert on.outcomes(second)[-1][1] == "confirmed" or on.record(second).refusal is not None
        assert on.organism.hands.transactions.open() == ()


def test_a_demand_whose_precondition_fails_waits_and_blames_no_allele(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        demand = on.ask({**on.scenario.input, "to_nic": "nosuch0"})
        (gap,) = on.settle()
        assert "nosuch0" in gap.status
        assert on.outcomes(demand) == []
        assert len(on.events("demand.refused")) == 1


def test_a_proven_recessive_is_adapted_before_anything_is_mutated(tmp_path: Path) -> None:
    with stage(tmp_path, 0, ANNOUNCING) as on:
        on.ask()
        on.settle()
        proven = on.dominant()
        path, text = "phenotypes/lab.sg", on.main().files["phenotypes/lab.sg"].decode()
        naive = with_stack(text, path, PHENOTYPE, LOCUS, ["efacf56a9536"])
        on.commit({path: naive.encode()}, "A person prefers the plain one")
        assert on.settle() == ()
        assert on.dominant() != proven
        demand = on.ask(back(on))
        assert on.settle() == ()
        assert on.draft().name.startswith("draft/adaptation/")
        assert on.outcomes(demand)[-1] == (proven, "confirmed")
        assert on.events("search.finished") == []


def test_three_failures_in_a_row_demote_by_a_draft(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        dominant, fallback = (a.sha for a in on.main().genome.stack(PHENOTYPE, LOCUS))
        event = on.organism.log.append(
            [Occurrence("noted.elsewhere", "x", {}, on.clock.now(), None, "test")]
        )[0]
        play_trials(on, dominant, event.id, healthy=False, count=3)
        on.settle()
        assert on.dominant() == fallback
        assert on.draft().name.startswith("draft/demotion/")
        assert on.draft().state == "merged"


def test_fifty_better_invocations_promote_by_a_draft(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        _, fallback = (a.sha for a in on.main().genome.stack(PHENOTYPE, LOCUS))
        event = on.organism.log.append(
            [Occurrence("noted.elsewhere", "x", {}, on.clock.now(), None, "test")]
        )[0]
        play_trials(on, fallback, event.id, healthy=True, count=49)
        on.settle()
        assert on.dominant() != fallback
        play_trials(on, fallback, event.id, healthy=True, count=1)
        on.settle()
        assert on.dominant() == fallback
        assert on.draft().name.startswith("draft/promotion/")


def test_fitness_decays_when_the_diagnostics_disagree(tmp_path: Path) -> None:

    with stage(tmp_path) as on:
        naive = on.dominant()
        on.ask()
        on.organism.controller.run_pass()
        ledger = on.organism.chronicle.ledger
        trial = next(iter(ledger.trials.values()))
        assert trial.immediate is True
        assert trial.convergence is None
        on.settle()
        record = standing(on.main(), ledger, PHENOTYPE, LOCUS, naive)
        assert record.fitness == pytest.approx(0.03)
        assert record.consecutive_failures == 1


def test_a_broken_main_stops_everything_and_changes_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.ask()
        on.commit({"contracts/network/bridge_uplink.sg": b"gene bridge_uplink\n  takess:\n"})
        length = on.organism.log.length()
        with pytest.raises(Blocked, match="errors"):
            on.organism.controller.run_pass()
        assert on.organism.log.length() == length


def test_a_world_that_nobody_configured_is_refused_before_anything_is_recorded(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        with pytest.raises(Blocked, match=r"not in germline\.toml"):
            request(
                on.organism.chronicle,
                on.organism.hands.worlds,
                on.main(),
                LOCUS,
                "netns:nowhere",
                on.scenario.input,
                None,
                "person:x",
            )
        assert on.organism.log.length() == 0


def test_an_exhausted_demand_is_handed_to_a_person_once(tmp_path: Path) -> None:
    useless = "def execute(input_json):\n    return '{}'\n"
    with stage(tmp_path, 0, useless) as on:
        config = on.main().files["germline.toml"] + b"\n[search]\nmax_candidates = 3\n"
        on.commit({"germline.toml": config})
        on.ask()
        (gap,) = on.settle()
        assert gap.needs_person
        on.settle()
        assert len(on.events("person.needed")) == 1
        assert len(on.events("search.finished")) == limits.MAX_SEARCHES_PER_DEMAND
        assert name_of(useless)[:12] in str(on.events("search.finished")[0].data["parent"])
