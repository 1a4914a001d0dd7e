"""Enact: what is done to live worlds, each step journalled before and recorded after.

A trial's transaction opens before its gene runs and stays open through the contract's window;
healthy diagnostics confirm it, anything else rolls it back. It has a timer of its own, armed
before the gene runs, which takes it back if nobody confirms it in time. The transaction is named
by the trial, and the trial by its first event, so a restart finds both again.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller import gene_limits, limits, run_limits
from controller.arena.trial import UNCONFIRMED_OUTCOME, Trial
from controller.conductor.demand import subject_of
from controller.conductor.ledger import DemandRecord
from controller.conductor.orchestration.fused import contract_at
from controller.domains.world import JsonObject, LiveKernel
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.genome.locus import with_defaults
from controller.membrane.exposure import risk_of_allele
from controller.ports import Worlds
from controller.ports.outposts import HOST, Journeys, Outpost
from controller.ports.shadows import Shadows
from controller.ports.transactions import BUILT_ON, UNCONFIRMED, CommitTimer, Transactions, Undone
from controller.stories.chronicle import Chronicle
from controller.stories.commit_confirmed import Window, commit_confirmed
from controller.stories.diagnose import Finding, diagnose
from controller.stories.express import Expressed, Workbench, express, unmet
from controller.stories.precaution import awaits_canary, objection
from controller.stories.undo import undo
from grammar.sg.nodes import GeneContract, Timescale


@dataclass(frozen=True, slots=True)
class Hands:
    """What acting on live worlds needs."""

    bench: Workbench
    worlds: Worlds
    transactions: Transactions
    timer: CommitTimer
    chronicle: Chronicle
    journeys: Journeys
    shadows: Shadows | None = None


def attempt(
    hands: Hands,
    genome: Genome,
    record: DemandRecord,
    allele: Allele,
    stack: tuple[str, ...],
    cause: str,
    watch_s: float = 0.0,
) -> bool:
    """Express an allele for a demand, in a transaction. False if its `before:` does not hold.

    `watch_s` is how long its change will stay open beyond its contract's window.
    """
    demand = record.demand
    contract = contract_at(genome, demand.locus, demand.values)
    kernel = hands.worlds.kernel(demand.world)
    values = with_defaults(contract, demand.values)
    before = kernel.observe()
    if _refused(hands, record, contract, values, before):
        return False
    ledger = hands.chronicle.ledger
    catalogue = hands.bench.domain.catalogue
    risk = risk_of_allele(genome, demand.locus, allele.source, catalogue)
    if awaits_canary(ledger, risk, demand, allele):
        return False
    wrong = objection(hands.bench, ledger, genome, demand, allele, before)
    started = hands.chronicle.record(
        "expression.started",
        subject_of(*demand.about),
        {
            "demand": demand.id,
            "locus": demand.locus,
            "phenotype": demand.phenotype,
            "world": demand.world,
            "allele": allele.sha,
            "input": values,
            "stack": list(stack),
        },
        cause,
    )
    if wrong is None:
        patience_s = confirm_within_s(contract, kernel) + watch_s
        if demand.run:
            patience_s += run_limits.RUN_CONFIRM_SECONDS
        done = transact(
            hands, contract, allele.source, values, demand.world, started.id, patience_s=patience_s
        )
    else:
        done = Expressed(False, {}, wrong, (), frozenset(), valid=False)
    hands.chronicle.record(
        "expression.finished", allele.short, _finished(contract, started.id, done), started.id
    )
    return True


def transact(
    hands: Hands,
    contract: GeneContract,
    source: str,
    values: JsonObject,
    world: str,
    trial: str,
    *,
    patience_s: float,
) -> Expressed:
    """Express a source in a transaction with a timer. What fails in the middle is undone.

    `patience_s` is how long it has to be confirmed.
    """
    kernel = hands.worlds.kernel(world)
    if isinstance(kernel, Outpost):
        kernel = kernel.within(trial, patience_s)
    return commit_confirmed(
        hands,
        Window(trial, world, patience_s),
        kernel,
        lambda record: express(hands.bench, contract, source, values, kernel, record),
    )


def confirm_within_s(contract: GeneContract, kernel: LiveKernel) -> float:
    """The seconds that a trial has from its start to its confirmation."""
    grace_s = limits.CONFIRM_GRACE_SECONDS
    if isinstance(kernel, Outpost):
        grace_s = kernel.confirm_grace_s
    window_s = 0.0 if contract.verify is None else contract.verify.within_ms / 1000
    return gene_limits.GENE_WALL_SECONDS + window_s + grace_s


def verify(
    hands: Hands, genome: Genome, trial: Trial, timescale: Timescale = Timescale.CONVERGENCE
) -> bool:
    """Run a trial's diagnostics and judge it on a timescale; whether all were healthy.

    What they say once its time is over says nothing of it: it is undone by then, or may be.
    """
    contract = contract_at(genome, trial.locus, trial.values)
    kernel = hands.worlds.kernel(trial.world)
    findings = diagnose(hands.bench, genome, trial.phenotype, contract, trial.values, kernel)
    if _is_late(hands, trial):
        roll_back(hands, trial, UNCONFIRMED)
        return False
    healthy = all(finding.healthy for finding in findings)
    cause = trial.last_event
    for finding in findings:
        cause = hands.chronicle.record(
            "diagnostic.reported", finding.locus, _reported(trial, finding), cause
        ).id
    hands.chronicle.record(
        "trial.judged",
        trial.allele[:12],
        {"trial": trial.id, "timescale": timescale.value, "healthy": healthy},
        cause,
    )
    return healthy


def _is_late(hands: Hands, trial: Trial) -> bool:
    """Whether nobody may confirm a trial's change any more. Its host began to count later."""
    return any(
        opened.id == trial.id and (opened.due_in_s <= 0 or opened.undoing is not None)
        for opened in hands.transactions.open()
    )


def confirm(hands: Hands, trial: Trial) -> None:
    """Let a trial's change stay, unless its timer has begun to undo it."""
    kernel = hands.worlds.kernel(trial.world)
    if isinstance(kernel, Outpost) and not kernel.confirm(trial.id):
        roll_back(hands, trial, UNCONFIRMED)
        return
    if not hands.transactions.confirm(trial.id):
        roll_back(hands, trial, UNCONFIRMED)
        return
    hands.timer.disarm(trial.id)
    hands.chronicle.record(
        "transaction.confirmed", trial.allele[:12], {"trial": trial.id}, trial.last_event
    )


def roll_back(hands: Hands, trial: Trial, reason: str) -> None:
    """Undo what a trial did, unless that was done already, and record how it went."""
    ended = undo(hands.worlds, hands.transactions, trial.id, reason)
    if trial.world.startswith(HOST) and not trial.failed:
        kernel = hands.worlds.undoing(trial.world)
        if isinstance(kernel, Outpost) and kernel.cut_off(trial.id):
            trial = _charged(hands, trial)
    note_undone(hands, trial, ended)


def _charged(hands: Hands, trial: Trial) -> Trial:
    """A trial after which nobody could reach its host until that undid it: it has failed."""
    told: JsonObject = {"trial": trial.id, "locus": trial.locus, "immediate": False, "output": {}}
    told["error"] = f"{trial.world} was out of reach after it, until it was undone there"
    told["operations"] = []
    if trial.immediate is None:
        hands.chronicle.record("expression.finished", trial.allele[:12], told, trial.last_event)
    else:
        judged: JsonObject = {"timescale": Timescale.CONVERGENCE.value, "healthy": False}
        data = {"trial": trial.id, **judged, "reason": told["error"]}
        hands.chronicle.record("trial.judged", trial.allele[:12], data, trial.last_event)
    return hands.chronicle.ledger.trials[trial.id]


def note_undone(hands: Hands, trial: Trial, ended: Undone) -> None:
    """Record that a trial was undone, by whomever; then its journal is forgotten."""
    data: JsonObject = {
        "trial": trial.id,
        "reason": ended.reason,
        "restored": not ended.problems,
        "left": [*ended.problems],
    }
    if trial.immediate is None:
        data["interrupted"] = True
    elif ended.reason in (UNCONFIRMED, BUILT_ON) and not trial.failed:
        data["outcome"] = UNCONFIRMED_OUTCOME
    hands.chronicle.record("transaction.rolled_back", trial.allele[:12], data, trial.last_event)
    hands.transactions.forget(trial.id)
    hands.timer.disarm(trial.id)


def _refused(
    hands: Hands,
    record: DemandRecord,
    contract: GeneContract,
    values: JsonObject,
    before: JsonObject,
) -> bool:
    missing = unmet(hands.bench.domain, contract.before, values, before, before)
    if not missing:
        return False
    reason = "; ".join(f"{j.sentence} — {j.detail}" for j in missing)
    if record.refusal != reason:
        hands.chronicle.record(
            "demand.refused",
            subject_of(*record.demand.about),
            {"demand": record.demand.id, "reason": reason},
            record.latest_event,
        )
    return True


def _finished(contract: GeneContract, trial: str, done: Expressed) -> JsonObject:
    return {
        "trial": trial,
        "locus": contract.name,
        "immediate": done.immediate,
        "output": done.output,
        "error": done.error,
        "operations": [
            {"name": operation.name, "arguments": dict(operation.arguments)}
            for operation in done.operations
        ],
        "refused": [{"name": one.name, "reason": one.reason} for one in done.refused],
    }


def _reported(trial: Trial, finding: Finding) -> JsonObject:
    return {
        "trial": trial.id,
        "locus": finding.locus,
        "allele": finding.allele,
        "input": finding.values,
        "healthy": finding.healthy,
        "output": finding.output,
        "facets": [*sorted(finding.facets)],
    }
