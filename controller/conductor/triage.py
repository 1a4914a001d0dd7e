"""Triage: for each standing demand, how far it is and what to do next, cheapest first.

    express   the dominant allele, then each of the fallback stack
    adapt     a registered allele that has proved itself and is not in the stack
    mutate    the search engine
    agent     where one is configured
    person    a gap that says what it needs

Pure: the ledger, a demand's stack on main, the open drafts and the time decide; the story
`converge` acts. Called again after every action, so a decision is never more than one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from controller import limits
from controller.arena.trial import Trial
from controller.conductor.attempts import Engage, Later, Person, Step, Underway
from controller.conductor.breakers import NEEDS_PERSON, Trip
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import Gap, GapKind, demanded, verification_due, verified
from grammar.sg.nodes import GeneContract


@dataclass(frozen=True, slots=True)
class Express:
    """Run this allele for the demand, in a transaction."""

    allele: str


@dataclass(frozen=True, slots=True)
class Verify:
    """The trial's diagnostics are due."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class Confirm:
    """Nothing is left to find out about the trial: its change stays."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class RollBack:
    """The trial failed: undo what it did."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class Adapt:
    """Propose a proven allele that the phenotype does not express."""

    allele: str
    trial: Trial


@dataclass(frozen=True, slots=True)
class Mutate:
    """Search for a new allele, starting from one that failed: the dominant, then its fallbacks."""

    trial: Trial
    attempt: int


@dataclass(frozen=True, slots=True)
class Assign:
    """Have an agent draft an allele, told of a trial that failed; why it has come to that, and
    until when a breaker holds it back."""

    trial: Trial
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until`; None: before the world changes."""

    until: datetime | None = None


Action = Express | Verify | Confirm | RollBack | Adapt | Mutate | Assign | Wait


@dataclass(frozen=True, slots=True)
class Situation:
    """One demand as triage sees it. `stack` and `proven` are SHAs; `proven` best first; `agent`
    is what one may do next, None where none is configured, and `held` what holds it back. The open
    trial of a canary is `watched_until`."""

    record: DemandRecord
    contract: GeneContract
    stack: tuple[str, ...]
    proven: tuple[str, ...]
    open_draft: str | None
    agent: Step | None = None
    held: Trip | None = None
    watched_until: datetime | None = None


def triage(situation: Situation, ledger: Ledger, now: datetime) -> tuple[Gap | None, Action]:
    """The gap that a demand has now, if any, and the next step towards closing it."""
    gap, action = _triaged(situation, ledger, now)
    until = unconfirmed_until(ledger.finished_or_open(situation.record))
    if isinstance(action, Express) and until is not None and until > now:
        waits = f"the controller was late to confirm; it is tried again at {until:%H:%M:%S}"
        return _gap(situation, waits), Wait(until)
    return gap, action


def unconfirmed_until(trials: tuple[Trial, ...]) -> datetime | None:
    """When to try again after trials that the controller was too late for: at once after one, then
    later each time, since who is late undoes and does again what is on a host."""
    late = tuple(takewhile(lambda trial: trial.unconfirmed_at, reversed(trials)))
    if len(late) < 2 or late[0].unconfirmed_at is None:
        return None
    doubled = limits.UNCONFIRMED_RETRY_SECONDS * 2 ** min(len(late) - 2, 10)
    wait_s = min(doubled, limits.UNCONFIRMED_RETRY_MAX_SECONDS)
    return late[0].unconfirmed_at + timedelta(seconds=wait_s)


def _triaged(situation: Situation, ledger: Ledger, now: datetime) -> tuple[Gap | None, Action]:
    trials = ledger.trials_of(situation.record)
    if not situation.stack:
        nothing = _gap(situation, "no allele is expressed at this locus", person=True)
        return nothing, RollBack(trials[-1]) if trials and trials[-1].end is None else Wait()
    current = _current_round(trials, situation.stack)
    if not current:
        return _first_step(situation, trials)
    latest = current[-1]
    if latest.end == "confirmed":
        return None, Wait()
    if latest.end is None:
        return _running(situation, latest, now)
    return _after_failure(situation, ledger, current)


def _current_round(trials: tuple[Trial, ...], stack: tuple[str, ...]) -> tuple[Trial, ...]:
    """The latest trials in a row that were run while main expressed this very stack."""
    start = len(trials)
    while start > 0 and trials[start - 1].stack == stack:
        start -= 1
    return trials[start:]


def _first_step(situation: Situation, trials: tuple[Trial, ...]) -> tuple[Gap | None, Action]:
    dominant = situation.stack[0]
    if trials and trials[-1].end is None:
        return _gap(situation, "an expression of a former stack is open"), RollBack(trials[-1])
    if trials and trials[-1].end == "confirmed" and trials[-1].allele == dominant:
        return None, Wait()
    if situation.record.refusal is not None:
        waiting = f"cannot start: {situation.record.refusal}"
    else:
        waiting = f"{dominant[:12]} is to be expressed"
    expressed_otherwise = bool(trials) and trials[-1].end == "confirmed"
    kind = GapKind.CONSISTENCY if expressed_otherwise else GapKind.REACTION
    return _gap(situation, waiting, kind=kind), Express(dominant)


def _running(situation: Situation, trial: Trial, now: datetime) -> tuple[Gap | None, Action]:
    if trial.immediate is None:
        return _gap(situation, "an expression was cut short"), RollBack(trial)
    if trial.failed:
        return _gap(situation, "a failed expression is to be rolled back"), RollBack(trial)
    due = verification_due(trial, situation.contract)
    if due is None or trial.convergence:
        return _healthy(situation, trial, now)
    if due > now:
        return _gap(situation, f"diagnostics are due at {due:%H:%M:%S}"), Wait(due)
    owed = verified(trial, situation.contract, due)
    return Gap(GapKind.TEMPORAL, owed, "diagnostics are due now"), Verify(trial)


def _healthy(situation: Situation, trial: Trial, now: datetime) -> tuple[Gap | None, Action]:
    """Confirm, unless it is a canary: its diagnostics are asked again when its time is over."""
    until = situation.watched_until
    if until is None or (trial.judged_at is not None and trial.judged_at >= until):
        return _gap(situation, "to be confirmed"), Confirm(trial)
    if until > now:
        return _gap(situation, f"canary of its fleet, watched until {until:%H:%M:%S}"), Wait(until)
    return _gap(situation, "canary of its fleet, looked at once more"), Verify(trial)


def _after_failure(
    situation: Situation, ledger: Ledger, current: tuple[Trial, ...]
) -> tuple[Gap | None, Action]:
    record, tried = situation.record, {trial.allele for trial in current}
    for allele in situation.stack:
        if allele not in tried:
            return _gap(situation, f"falls back to {allele[:12]}"), Express(allele)
    if situation.open_draft is not None:
        return _gap(situation, f"draft {situation.open_draft} would close it"), Wait()
    rejected = ledger.rejected(record.demand.phenotype, record.demand.locus)
    attempts = sum(1 for stack, _ in record.searches if stack == situation.stack)
    failed = {trial.allele: trial for trial in current}
    subject = failed[situation.stack[min(attempts, len(situation.stack) - 1)]]
    for allele in situation.proven:
        if allele not in rejected:
            return _gap(situation, f"adapts {allele[:12]}"), Adapt(allele, subject)
    if attempts < limits.MAX_SEARCHES_PER_DEMAND:
        return _gap(situation, "the stack is exhausted"), Mutate(subject, attempts)
    return _beyond_search(situation, subject, f"{attempts} searches found nothing that may be used")


def _beyond_search(situation: Situation, trial: Trial, reason: str) -> tuple[Gap | None, Action]:
    """An agent's turn, or a person's."""
    match situation.agent:
        case Engage() if situation.held is not None:
            held = situation.held
            person = held.reason.startswith(NEEDS_PERSON)
            assign = Assign(trial, reason, held.until)
            return _gap(situation, held.reason, person=person), assign
        case Engage():
            return _gap(situation, f"{reason}: an agent is to draft"), Assign(trial, reason)
        case Underway(attempt):
            return _gap(situation, f"agent {attempt[:12]} is at it"), Wait()
        case Later(until):
            waits = f"the next attempt is at {until:%H:%M:%S} (cooldown_per_gap)"
            return _gap(situation, waits), Wait(until)
        case Person(why):
            return _gap(situation, why, person=True), Wait()
        case _:
            return _gap(situation, f"needs a person: {reason}", person=True), Wait()


def _gap(
    situation: Situation,
    status: str,
    *,
    kind: GapKind = GapKind.REACTION,
    person: bool = False,
) -> Gap:
    return Gap(kind, demanded(situation.record.demand), status, needs_person=person)
