"""Precaution: what an allele's risk demands before it is let at a live world.

`enact` asks before it begins. The table is `membrane/risk`; a simulated world is no production,
so nothing is asked there.
"""

from __future__ import annotations

from controller.arena.trial import Trial
from controller.conductor.demand import Demand
from controller.conductor.ledger import Ledger
from controller.conductor.orchestration.fused import FusedContract, contract_at
from controller.domains.world import JsonObject
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.membrane.exposure import risk_of_allele
from controller.membrane.risk import RISK_POLICIES
from controller.stories.express import Workbench
from controller.stories.rehearse import Stage, case_of, rehearse
from controller.stories.rehearse_fused import compare
from grammar.sg.terms import Risk

SIMULATED = "simulated"


def awaits_canary(ledger: Ledger, risk: Risk, demand: Demand, allele: Allele) -> bool:
    """True while another world is trying out an allele that none has confirmed."""
    if not RISK_POLICIES[risk].canary or _simulated(demand.world):
        return False
    trials = _trials(ledger, demand, allele)
    return any(trial.world != demand.world for trial in trials) and not _proven(trials)


def objection(
    bench: Workbench,
    ledger: Ledger,
    genome: Genome,
    demand: Demand,
    allele: Allele,
    observed: JsonObject,
) -> str | None:
    """Why an allele must not run for real yet: it fails in a shadow of that world."""
    contract = contract_at(genome, demand.locus, demand.values)
    case = case_of(observed, demand.values)
    risk = risk_of_allele(genome, demand.locus, allele.source, bench.domain.catalogue)
    if not RISK_POLICIES[risk].shadow or _simulated(demand.world):
        return None
    if _proven(_trials(ledger, demand, allele)):
        return None
    if isinstance(contract, FusedContract):
        wrong = compare(bench, genome, demand.phenotype, allele, case).objection
    else:
        stage = Stage(bench, genome, demand.phenotype, contract)
        done = rehearse(stage, allele.source, case)
        wrong = None if done.passed else done.complaint()
    return None if wrong is None else f"in a shadow of {demand.world}: {wrong}"


def _trials(ledger: Ledger, demand: Demand, allele: Allele) -> tuple[Trial, ...]:
    """What became of an allele in live worlds."""
    return tuple(
        trial
        for trial in ledger.trials.values()
        if (trial.locus, trial.allele) == (demand.locus, allele.sha)
        and not _simulated(trial.world)
        and trial.end != "interrupted"
    )


def _proven(trials: tuple[Trial, ...]) -> bool:
    return any(trial.end == "confirmed" for trial in trials)


def _simulated(world: str) -> bool:
    return world.partition(":")[0] == SIMULATED
