"""Decide: what a run does next, from how it unfolds.

    undo      after a failure: what was done below what is given up, the latest first
    begin     tasks that wait for nothing any more, side by side
    keep      nothing failed, or what works is preserved: open changes stay, the oldest first
    finish    nothing is left to do: say what was done, undone, and never begun

Pure. Called after every action by the story `orchestrate`, so a decision is one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.arena.trial import Trial
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import verification_due
from controller.conductor.orchestration.run import Account, Ending, RunRecord
from controller.conductor.orchestration.unfolded import Outcome, Result, Task, Unfolded
from controller.domains.world import JsonObject
from grammar.sg.composition import Remedy
from grammar.sg.nodes import GeneContract


@dataclass(frozen=True, slots=True)
class Child:
    """A task that was begun: its demand, its latest trial, and what it has come to.

    `undone` is True when it had worked, and was taken back because something else failed.
    """

    place: str
    record: DemandRecord
    trial: Trial | None
    result: Result
    undone: bool = False

    @property
    def open(self) -> bool:
        """True while its change can still be undone."""
        return self.trial is not None and self.trial.end is None


@dataclass(frozen=True, slots=True)
class Begin:
    """Ask for this task."""

    task: Task


@dataclass(frozen=True, slots=True)
class Undo:
    """Roll this trial back."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class Keep:
    """Let this trial's change stay."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is over."""

    ending: Ending
    account: Account


@dataclass(frozen=True, slots=True)
class Go:
    """Nothing for the run itself: its tasks go on, or it rests until `until`."""

    until: datetime | None = None


Decision = Begin | Undo | Keep | Finish | Go


def children(
    ledger: Ledger,
    run: RunRecord,
    contract_at: Callable[[str, JsonObject], GeneContract],
    stacks: Mapping[str, tuple[str, ...]],
) -> tuple[Child, ...]:
    """The tasks of a run that were begun.

    `contract_at` gives what a locus is held to for an input, `stacks` its alleles' hashes.
    """
    found = []
    for place, demand in run.steps.items():
        record = ledger.demands[demand]
        contract = contract_at(record.demand.locus, record.demand.values)
        stack = stacks.get(record.demand.locus, ())
        found.append(_child(ledger, place, record, contract, stack))
    return tuple(found)


def _child(
    ledger: Ledger,
    place: str,
    record: DemandRecord,
    contract: GeneContract,
    stack: tuple[str, ...],
) -> Child:
    trials = ledger.finished_or_open(record)
    latest = trials[-1] if trials else None
    if latest is None:
        waits = record.refusal is None and bool(stack)
        reason = record.refusal or f"no allele is expressed at {record.demand.locus}"
        result = Result(Outcome.RUNNING) if waits else Result(Outcome.FAILED, reason=reason)
        return Child(place, record, None, result)
    undone = latest.end == "rolled_back" and not latest.failed
    settled = verification_due(latest, contract) is None or latest.convergence
    worked = latest.immediate and not latest.failed and bool(settled)
    if undone or worked:
        return Child(place, record, latest, Result(Outcome.DONE, latest.output), undone)
    tried = {trial.allele for trial in trials}
    if latest.end == "rolled_back" and tried >= set(stack):
        return Child(place, record, latest, Result(Outcome.FAILED, latest.output, _why(latest)))
    return Child(place, record, latest, Result(Outcome.RUNNING))


def _why(trial: Trial) -> str:
    if trial.error:
        return trial.error
    sick = [report.locus for report in trial.reports if not report.healthy]
    return f"unhealthy according to {', '.join(sick)}" if sick else "it did not last"


def decide(unfolded: Unfolded, begun: Sequence[Child], now: datetime) -> Decision:
    """The next step of a run."""
    for child in reversed(begun):
        if child.open and child.trial is not None and unfolded.gives_up(child.place):
            return Undo(child.trial)
    if "" in unfolded.given_up:
        return Finish(Ending.ROLLED_BACK, account(unfolded, begun))
    waits: list[datetime] = []
    for task, due in _due(unfolded, begun):
        if due is None or due <= now:
            return Begin(task)
        waits.append(due)
    if not unfolded.over:
        return Go(min(waits) if waits else None)
    for child in begun:
        if child.open and child.trial is not None:
            return Keep(child.trial)
    told = account(unfolded, begun)
    if unfolded.failed:
        return Finish(Ending.PARTIAL if told.done else Ending.ROLLED_BACK, told)
    return Finish(Ending.DONE, told)


def _due(unfolded: Unfolded, begun: Sequence[Child]) -> Iterator[tuple[Task, datetime | None]]:
    """Every task that may begin, with the moment before which it must not."""
    ends = {c.place: c.trial.finished_at for c in begun if c.trial is not None}
    for task in unfolded.ready:
        before = [end for end in map(ends.get, task.needs) if end is not None]
        delay = timedelta(milliseconds=task.after_ms)
        yield task, max(before) + delay if before and task.after_ms else None


def account(unfolded: Unfolded, begun: Sequence[Child]) -> Account:
    """What a run has come to, for people."""
    taken_back = tuple(child.place for child in begun if child.undone)
    stopped = tuple(p for p in unfolded.running if p not in taken_back)
    never = (*(task.place for task in unfolded.ready), *unfolded.waiting)
    return Account(
        done=tuple(place for place in unfolded.done if place not in taken_back),
        undone=(*taken_back, *stopped),
        failed=dict(unfolded.failed),
        not_begun=never,
        inside=_inside(unfolded),
        decomposed=dict(unfolded.decomposed),
    )


def _inside(unfolded: Unfolded) -> Mapping[str, str]:
    """What the pathways inside did about their own failures."""
    if "" in unfolded.given_up:
        return {}
    kept = dict.fromkeys(unfolded.preserved, Remedy.PRESERVE.value)
    given_up = dict.fromkeys(unfolded.given_up, Remedy.ROLLBACK.value)
    return {**kept, **given_up}
