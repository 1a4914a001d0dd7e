"""Canary: until one live world has confirmed a critical allele, no second one runs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.arena.trial import Trial
from controller.conductor.demand import Demand
from controller.conductor.ledger import Ledger
from controller.genome.allele import Allele
from controller.stories.precaution import awaits_canary
from grammar.sg.terms import Risk
from tests.genome.test_genome import shipped

GENOME = shipped()
ALLELE: Allele = next(iter(GENOME.alleles["bridge_uplink"].values()))
HERE = Demand(
    "d", "bridge_uplink", "lab", "netns:here", {}, "br0", datetime(2026, 1, 1, tzinfo=UTC)
)
THERE = Trial(
    "t", "e", "bridge_uplink", ALLELE.sha, "netns:there", "lab", {}, (ALLELE.sha,), "t", True
)


@pytest.mark.parametrize(
    ("trials", "waits"),
    [
        ([], False),
        ([THERE], True),
        ([replace(THERE, end="rolled_back")], True),
        ([replace(THERE, end="interrupted")], False),
        ([replace(THERE, convergence=True, end="confirmed")], False),
        ([replace(THERE, world="simulated")], False),
        ([replace(THERE, world="netns:here")], False),
    ],
)
def test_a_second_world_waits_for_the_first_to_confirm(trials: list[Trial], waits: bool) -> None:
    ledger = Ledger()
    ledger.trials.update({trial.id: trial for trial in trials})
    assert awaits_canary(ledger, Risk.CRITICAL, HERE, ALLELE) is waits


@pytest.mark.parametrize("risk", [Risk.LOW, Risk.MEDIUM, Risk.HIGH])
def test_only_what_is_critical_waits(risk: Risk) -> None:
    ledger = Ledger()
    ledger.trials[THERE.id] = THERE
    assert not awaits_canary(ledger, risk, HERE, ALLELE)
