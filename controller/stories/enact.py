"""Enact: what is done to live worlds, each step journalled before and recorded after.

A trial's transaction opens before its gene runs and stays open through the contract's window;
healthy diagnostics confirm it, anything else rolls it back. The transaction is named by the
trial, and the trial by its first event, so a restart finds both again.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.arena.trial import Trial
from controller.conductor.demand import subject_of
from controller.conductor.ledger import DemandRecord
from controller.domains.world import JsonObject, Kernel, Operation, OperationRefused
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.genome.locus import with_defaults
from controller.ports import OpenTransaction, Transactions, Worlds
from controller.stories.chronicle import Chronicle
from controller.stories.diagnose import Finding, diagnose
from controller.stories.express import Expressed, Workbench, express, unmet
from grammar.sg.nodes import GeneContract


@dataclass(frozen=True, slots=True)
class Hands:
    """What acting on live worlds needs."""

    bench: Workbench
    worlds: Worlds
    transactions: Transactions
    chronicle: Chronicle


def attempt(
    hands: Hands,
    genome: Genome,
    record: DemandRecord,
    allele: Allele,
    stack: tuple[str, ...],
    cause: str,
) -> bool:
    """Express an allele for a demand, in a transaction. False if its `before:` does not hold."""
    demand = record.demand
    contract = genome.loci[demand.locus]
    kernel = hands.worlds.kernel(demand.world)
    values = with_defaults(contract, demand.values)
    before = kernel.observe()
    if _refused(hands, record, contract, values, before):
        return False
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
    hands.transactions.begin(started.id, demand.world, started.id, before)
    done = express(
        hands.bench,
        contract,
        allele.source,
        values,
        kernel,
        lambda operation, inverse: hands.transactions.record(started.id, operation, inverse),
    )
    hands.chronicle.record(
        "expression.finished", allele.short, _finished(contract, started.id, done), started.id
    )
    return True


def verify(hands: Hands, genome: Genome, trial: Trial) -> None:
    """Run a trial's diagnostics and judge its convergence."""
    contract = genome.loci[trial.locus]
    kernel = hands.worlds.kernel(trial.world)
    findings = diagnose(hands.bench, genome, trial.phenotype, contract, trial.values, kernel)
    cause = trial.last_event
    for finding in findings:
        cause = hands.chronicle.record(
            "diagnostic.reported", finding.locus, _reported(trial, finding), cause
        ).id
    hands.chronicle.record(
        "trial.judged",
        trial.allele[:12],
        {
            "trial": trial.id,
            "timescale": "convergence",
            "healthy": all(finding.healthy for finding in findings),
        },
        cause,
    )


def confirm(hands: Hands, trial: Trial) -> None:
    """Let a trial's change stay."""
    hands.transactions.confirm(trial.id)
    hands.chronicle.record(
        "transaction.confirmed", trial.allele[:12], {"trial": trial.id}, trial.last_event
    )


def roll_back(hands: Hands, trial: Trial, *, interrupted: bool = False) -> None:
    """Undo what a trial did and read back whether the world is as it was."""
    waiting = {opened.id: opened for opened in hands.transactions.open()}
    opened = waiting.get(trial.id)
    left: tuple[str, ...] = ()
    if opened is not None:
        left = undo(hands, opened)
    data: JsonObject = {"trial": trial.id, "restored": not left, "left": list(left)}
    if interrupted:
        data["interrupted"] = True
    hands.chronicle.record("transaction.rolled_back", trial.allele[:12], data, trial.last_event)


def undo(hands: Hands, opened: OpenTransaction) -> tuple[str, ...]:
    """Perform a transaction's inverses; what could not be restored, in words."""
    kernel = hands.worlds.kernel(opened.world)
    problems = [p for p in (_perform(kernel, op) for op in opened.inverses) if p is not None]
    settled = hands.bench.domain.settled
    if settled(kernel.observe()) != settled(opened.before):
        problems.append("the world differs from what it was before")
    else:
        problems = []
    hands.transactions.undone(opened.id)
    return tuple(problems)


def _perform(kernel: Kernel, operation: Operation) -> str | None:
    try:
        kernel.perform(operation)
    except OperationRefused as refused:
        return f"{operation.name}: {refused.reason}"
    return None


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
