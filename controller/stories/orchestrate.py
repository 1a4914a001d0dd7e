"""Orchestrate: take a run of a pathway one step further, as `orchestration.deciding` says.

A run keeps to the commit of main that it began with. Each of its tasks is a demand, and is
expressed, verified and falls back like any other; its transaction stays open until the run is
over, so that what was completed can be undone, the latest first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

from controller import run_limits
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import Gap, GapKind, demanded
from controller.conductor.orchestration.deciding import (
    Begin,
    Child,
    Decision,
    Finish,
    Go,
    Keep,
    Undo,
    account,
    children,
    decide,
)
from controller.conductor.orchestration.fused import contract_at, loci_of
from controller.conductor.orchestration.run import Account, Ending, RunRecord
from controller.conductor.orchestration.unfolded import Outcome, Result, Unfolded
from controller.conductor.orchestration.unfolding import unfold
from controller.conductor.triage import Wait
from controller.genome.composite import composition_name, composition_of, form_of
from controller.genome.genome import Genome
from controller.stories.advance import SEEKING, TRYING, advance_demand, is_due
from controller.stories.enact import Hands, confirm, roll_back
from controller.stories.engage import Staff
from controller.stories.mainline import Main
from controller.stories.merge import Membrane
from controller.stories.record_run import ask_task, begin_run, finish_run, made_by
from grammar.sg.composition import Pathway
from grammar.sg.parse import parse

LOST: Final = "it was undone before the run could keep it"
"""Why a task failed whose transaction nobody confirmed in time."""
Earlier = Callable[[str], Main | None]
"""What main said at a commit, if that can still be read."""


@dataclass(frozen=True, slots=True)
class View:
    """A run as it stands: the genome that it keeps to, its tasks, and what comes next."""

    main: Main
    run: RunRecord
    begun: tuple[Child, ...]
    unfolded: Unfolded
    decision: Decision


def is_composed(genome: Genome, name: str) -> bool:
    """True for the name of what is run step by step."""
    return name not in genome.loci and (name in genome.pathways or name in genome.topologies)


def view(ledger: Ledger, run: RunRecord, main: Main, now: datetime) -> View:
    """A run as it stands; `main` as it was at the run's commit."""
    phenotype = ledger.demands[run.demand].demand.phenotype
    pathway = pathway_of(main, run)
    stacks = _stacks(main.genome, phenotype, pathway)
    begun = children(ledger, run, partial(contract_at, main.genome), stacks)
    loci = loci_of(main.genome, phenotype)
    results = {child.place: child.result for child in begun}
    unfolded = unfold(loci, pathway, run.values, results)
    lost = [child.place for child in begun if child.undone and not unfolded.gives_up(child.place)]
    if lost:
        results |= {place: Result(Outcome.FAILED, reason=LOST) for place in lost}
        unfolded = unfold(loci, pathway, run.values, results)
    decision = decide(unfolded, begun, now)
    return View(main, run, begun, unfolded, decision)


def pathway_of(main: Main, run: RunRecord) -> Pathway:
    """What a run follows; `main` as it was at the run's commit."""
    return _decomposed(run.text) if run.text else main.genome.pathways[run.name]


@lru_cache(maxsize=run_limits.RUN_TEXTS_KEPT)
def _decomposed(text: str) -> Pathway:
    """The pathway that a run wrote down, which is asked for in every step of every task."""
    document = parse(text, "a decomposed topology").value
    assert document is not None
    return document.pathways[0]


def _stacks(genome: Genome, phenotype: str, pathway: Pathway) -> Mapping[str, tuple[str, ...]]:
    composition = composition_of(genome, phenotype, pathway)
    return {locus: tuple(stack) for locus, stack in composition.items()}


def advance_run(
    hands: Hands, main: Main, earlier: Earlier, record: DemandRecord, now: datetime
) -> bool:
    """One step for the run of a demand; False if there is nothing to do for it now."""
    ledger = hands.chronicle.ledger
    run = ledger.latest_run(record)
    if run is None or (run.ending is not None and is_stale(main, record, run)):
        return not _must_wait(ledger, record, Go()) and begin_run(hands, main, record)
    if run.ending is not None:
        return False
    kept = main if run.commit == main.commit else earlier(run.commit)
    if kept is None:
        return give_up(hands, run, f"commit {run.commit[:12]} of main cannot be read any more")
    seen = view(ledger, run, kept, now)
    return not _must_wait(ledger, record, seen.decision) and act(hands, seen)


def _must_wait(ledger: Ledger, record: DemandRecord, decision: Decision) -> bool:
    """True for a host of an intent that keeps nothing before all hosts are done, if this is it.

    Once one of them has failed, the others begin nothing any more: what they did is undone.
    """
    fleet = ledger.fleets.get(record.demand.fleet)
    if fleet is None or fleet.ending is not None or fleet.preserving:
        return False
    if isinstance(decision, Undo):
        return False
    if isinstance(decision, Finish) and decision.ending is Ending.ROLLED_BACK:
        return False
    return isinstance(decision, Keep | Finish) or any(
        _has_failed(ledger, ledger.demands[demand]) for demand in fleet.hosts.values()
    )


def _has_failed(ledger: Ledger, host: DemandRecord) -> bool:
    run = ledger.latest_run(host)
    if run is None:
        return host.refusal is not None
    return run.ending in (Ending.PARTIAL, Ending.ROLLED_BACK, Ending.SUPERSEDED)


def act(hands: Hands, seen: View) -> bool:
    """Take the next step of a run; False if it has none for now."""
    match seen.decision:
        case Begin(task):
            ask_task(hands, seen.main.genome, seen.run, task)
        case Undo(trial):
            roll_back(hands, trial, "its run failed")
        case Keep(trial):
            confirm(hands, trial)
        case Finish(ending, told):
            made = made_by(hands, seen.main.genome, seen.run)
            finish_run(hands, seen.run, ending, told, made)
        case Go():
            return False
    return True


def is_stale(main: Main, record: DemandRecord, run: RunRecord) -> bool:
    """True when a new run would do something else than the one that has ended."""
    if run.ending == Ending.DRIFTED:
        return True
    form = form_of(main.genome, run.name)
    if form != run.form:
        return bool(form)
    pathway = pathway_of(main, run)
    composition = composition_of(main.genome, record.demand.phenotype, pathway)
    return run.ending != Ending.DONE and composition_name(composition) != run.composition


def give_up(hands: Hands, run: RunRecord, reason: str) -> bool:
    """One step to the end of a run that cannot go on: what is open is undone, the latest first.

    True, since there is always one until it has ended.
    """
    ledger = hands.chronicle.ledger
    for demand in reversed(run.steps.values()):
        for trial in reversed(ledger.trials_of(ledger.demands[demand])):
            if trial.end is None:
                roll_back(hands, trial, reason)
                return True
    told = Account(undone=tuple(run.steps), failed={"": reason})
    finish_run(hands, run, Ending.SUPERSEDED, told)
    return True


def abandon_runs(hands: Hands) -> bool:
    """End one run whose demand a newer one has replaced; False if there is none."""
    ledger = hands.chronicle.ledger
    standing = {record.demand.id for record in ledger.standing_demands()}
    for run in ledger.runs.values():
        if run.ending is None and run.demand not in standing:
            return give_up(hands, run, "a newer demand took its place")
    return False


def advance_task(
    acting: tuple[Hands, Membrane, Staff],
    main: Main,
    earlier: Earlier,
    record: DemandRecord,
    now: datetime,
) -> bool:
    """One step for a task of a run, as main was when the run began.

    What it did stays open until the run decides. When the run has failed because of it, an allele
    is sought that would have done it; it is expressed by a new run.
    """
    hands, membrane, staff = acting
    ledger = hands.chronicle.ledger
    run = ledger.runs[record.demand.run]
    if run.ending is not None:
        return advance_demand(hands, membrane, staff, main, record, now, only=SEEKING)
    kept = main if run.commit == main.commit else earlier(run.commit)
    if kept is None or not is_due(membrane, kept, ledger, record, now, TRYING):
        return False
    seen = view(ledger, run, kept, now)
    if not isinstance(seen.decision, Go):
        return False
    if _must_wait(ledger, ledger.demands[run.demand], seen.decision):
        return False
    if seen.unfolded.gives_up(record.demand.step):
        return False
    return advance_demand(hands, membrane, staff, kept, record, now, only=TRYING)


def run_gap(
    ledger: Ledger, main: Main, earlier: Earlier, record: DemandRecord, now: datetime
) -> tuple[Gap | None, Wait]:
    """What is missing of a demand for a pathway, and when there is more to do."""
    run = ledger.latest_run(record)
    if run is None:
        refused = f"cannot start: {record.refusal}"
        return _gap(record, refused if record.refusal else "is to be begun"), Wait()
    if run.ending == Ending.DONE:
        return None, Wait()
    if run.ending is not None:
        return _gap(record, f"{run.ending}: {first_failure(run)}", person=True), Wait()
    kept = main if run.commit == main.commit else earlier(run.commit)
    if kept is None:
        return _gap(record, "is to be given up"), Wait()
    seen = view(ledger, run, kept, now)
    told = account(seen.unfolded, seen.begun)
    open_steps = len(seen.unfolded.running) + len(told.not_begun)
    status = f"{len(told.done)} tasks done, {open_steps} steps to go"
    if "" in seen.unfolded.given_up:
        status = f"is being rolled back: {next(iter(seen.unfolded.failed.values()))}"
    elif seen.unfolded.failed:
        status += f"; failed: {next(iter(seen.unfolded.failed.values()))}"
    until = seen.decision.until if isinstance(seen.decision, Go) else None
    return _gap(record, status), Wait(until)


def first_failure(run: RunRecord) -> str:
    """Why a run failed, in one line."""
    failed = run.account["failed"]
    assert isinstance(failed, dict)
    told = ((f"step {place}: " if place else "", reason) for place, reason in failed.items())
    return "; ".join(f"{step}{reason}" for step, reason in told)


def _gap(record: DemandRecord, status: str, *, person: bool = False) -> Gap:
    return Gap(GapKind.REACTION, demanded(record.demand), status, needs_person=person)
