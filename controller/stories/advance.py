"""Advance: take one demand one step further, as triage decides."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from controller.arena.fitness import fitness
from controller.arena.selection import promoted
from controller.arena.trial import Trial
from controller.conductor import rollout as rollouts
from controller.conductor.attempts import AGENT, Step, next_step
from controller.conductor.demand import subject_of
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import Gap, GapKind, demanded
from controller.conductor.orchestration.fused import contract_at
from controller.conductor.triage import (
    Adapt,
    Assign,
    Confirm,
    Express,
    Mutate,
    RollBack,
    Situation,
    Verify,
    Wait,
    triage,
)
from controller.domains.world import JsonObject
from controller.genome.composite import locus_of
from controller.stories.brief import brief_demand
from controller.stories.enact import Hands, attempt, confirm, roll_back, verify
from controller.stories.engage import Staff, engage, held_back, note_trip
from controller.stories.evolve import Found, NotFound, evolve
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, demand_of, open_draft
from controller.stories.proposal import Reason, newborn, propose_allele, propose_order
from controller.stories.rehearse import Stage
from controller.stories.replay import met_by
from controller.stories.rollout import stack_of
from grammar.sg.nodes import GeneContract


def situation_of(
    membrane: Membrane, main: Main, ledger: Ledger, record: DemandRecord, now: datetime
) -> Situation:
    """A demand as triage sees it.

    What would repair its stack is looked for once a trial has failed: of a thousand demands that
    are met it would cost the square of a thousand.
    """
    demand = record.demand
    stack = stack_of(main, ledger, demand.phenotype, demand.locus)
    contract = contract_at(main.genome, demand.locus, demand.values)
    trials = ledger.trials_of(record)
    failed = bool(trials) and trials[-1].end not in (None, "confirmed")
    return Situation(
        record=record,
        contract=contract,
        stack=stack,
        proven=_proven(main, ledger, record) if failed else (),
        open_draft=_open_draft(membrane, record) if failed else None,
        agent=_agent(main, ledger, record, now),
        held=held_back(ledger, main, now),
        watched_until=_watched_until(ledger, record, contract),
    )


def _watched_until(ledger: Ledger, record: DemandRecord, contract: GeneContract) -> datetime | None:
    """Until when the open change of a canary is watched."""
    trials = ledger.trials_of(record)
    rollout = ledger.rollout(record.demand.phenotype, record.demand.locus)
    if not trials or contract.verify is None:
        return None
    return rollouts.watched_until(rollout, trials[-1], contract.verify.within_ms)


TRYING: Final = (Express, Verify, RollBack)
"""What is done for a task while its run goes on; the run itself confirms."""
SEEKING: Final = (Adapt, Mutate, Assign)
"""What is done for a task when its run has failed because of it."""
EVERYTHING: Final = (*TRYING, *SEEKING, Confirm, Wait)


def is_due(
    membrane: Membrane,
    main: Main,
    ledger: Ledger,
    record: DemandRecord,
    now: datetime,
    only: tuple[type, ...],
) -> bool:
    """Whether `advance_demand` would do something for a demand that is among `only`."""
    if locus_of(main.genome, record.demand.locus) is None:
        return True
    _, action = triage(situation_of(membrane, main, ledger, record, now), ledger, now)
    return isinstance(action, only)


def advance_demand(
    hands: Hands,
    membrane: Membrane,
    staff: Staff,
    main: Main,
    record: DemandRecord,
    now: datetime,
    only: tuple[type, ...] = EVERYTHING,
) -> bool:
    """One step for one demand; False if there is nothing to do for it now.

    What triage says is only done if it is among `only`.
    """
    ledger = hands.chronicle.ledger
    if locus_of(main.genome, record.demand.locus) is None:
        return _let_go(hands, record)
    situation = situation_of(membrane, main, ledger, record, now)
    gap, action = triage(situation, ledger, now)
    if not isinstance(action, only):
        return False
    match action:
        case Express(allele):
            chosen = main.genome.alleles[record.demand.locus][allele]
            rollout = ledger.rollout(record.demand.phenotype, record.demand.locus)
            watch_s = rollouts.watch_s(rollout, record.demand.id, allele)
            cause = _cause(ledger, record)
            return attempt(hands, main.genome, record, chosen, situation.stack, cause, watch_s)
        case Verify(trial):
            verify(hands, main.genome, trial)
        case Confirm(trial):
            confirm(hands, trial)
        case RollBack(trial):
            roll_back(hands, trial, _why_undone(trial))
        case Adapt(allele, trial):
            _adapt(membrane, main, situation, allele, trial)
        case Mutate(trial, tried):
            _mutate(hands, membrane, main, situation, trial, tried)
        case Assign(trial, reason):
            return _assign(hands, staff, main, record, gap, trial, reason)
        case Wait():
            return _hand_over(hands, record, gap)
    return True


def _why_undone(trial: Trial) -> str:
    if trial.immediate is None:
        return "its expression was cut short"
    if not trial.failed:
        return "main expresses other alleles by now"
    return trial.error or "its diagnostics found it unhealthy"


def _agent(main: Main, ledger: Ledger, record: DemandRecord, now: datetime) -> Step | None:
    """What an agent may do for a demand next; None where none is configured."""
    if not main.config.agents.command:
        return None
    return next_step(record.demand.id, (AGENT,), ledger.attempts, now, main.config.limits)


def _assign(
    hands: Hands,
    staff: Staff,
    main: Main,
    record: DemandRecord,
    gap: Gap | None,
    trial: Trial,
    reason: str,
) -> bool:
    """Give a demand to an agent; False if a breaker that was told before holds it back."""
    assert gap is not None
    trip = held_back(staff.chronicle.ledger, main, staff.clock.now())
    if trip is not None:
        return note_trip(staff, trip, record.demand.id) > 0
    observed = met_by(hands, main, trial)
    engage(
        staff, main, brief_demand(staff, main, hands.bench, record, gap, trial, observed, reason)
    )
    return True


def _cause(ledger: Ledger, record: DemandRecord) -> str:
    """What led to an expression: the demand's own last event, or main if it moved since."""
    if ledger.main_event is not None and record.trials and ledger.main_at > record.latest_at:
        return ledger.main_event
    return record.latest_event


def _hand_over(hands: Hands, record: DemandRecord, gap: Gap | None) -> bool:
    if gap is None or not gap.needs_person or record.handed_over is not None:
        return False
    hands.chronicle.record(
        "person.needed",
        subject_of(*record.demand.about),
        {"demand": record.demand.id, "reason": gap.status},
        record.latest_event,
    )
    return True


def _let_go(hands: Hands, record: DemandRecord) -> bool:
    """Main has the demand's locus no more: undo what is open, and tell a person."""
    trials = hands.chronicle.ledger.trials_of(record)
    if trials and trials[-1].end is None:
        roll_back(hands, trials[-1], _why_undone(trials[-1]))
        return True
    reason = f"main has no locus {record.demand.locus}"
    gap = Gap(GapKind.REACTION, demanded(record.demand), reason, needs_person=True)
    return _hand_over(hands, record, gap)


def _adapt(membrane: Membrane, main: Main, situation: Situation, allele: str, trial: Trial) -> None:
    demand = situation.record.demand
    chosen = main.genome.alleles[demand.locus][allele]
    text = (
        f"Every allele that {demand.phenotype} expresses at {demand.locus} failed; "
        f"{chosen.short} has converged before."
    )
    reason = Reason(trial.last_event, demand.id, text)
    proposal = propose_order(
        main.genome,
        main.files,
        demand.phenotype,
        chosen,
        promoted(situation.stack, allele),
        "adaptation",
        reason,
    )
    open_draft(membrane, proposal, main.commit)


def _mutate(
    hands: Hands,
    membrane: Membrane,
    main: Main,
    situation: Situation,
    trial: Trial,
    tried: int,
) -> None:
    demand, ledger = situation.record.demand, hands.chronicle.ledger
    parent = main.genome.alleles[demand.locus][trial.allele]
    stage = Stage(hands.bench, main.genome, demand.phenotype, situation.contract)
    observed = met_by(hands, main, trial)
    rejected = ledger.rejected(demand.phenotype, demand.locus)
    shadows = hands.shadows if main.config.twin.use else None
    outcome = evolve(
        stage, parent.source, trial, observed, main.config.search, tried, rejected, shadows
    )
    searched = hands.chronicle.record(
        "search.finished",
        subject_of(*demand.about),
        _searched(situation, trial, outcome),
        situation.record.latest_event,
    )
    if isinstance(outcome, NotFound):
        return
    allele = newborn(demand.locus, outcome.source, outcome.lineage)
    reason = Reason(searched.id, demand.id, _story(trial))
    proposal = propose_allele(
        main.genome,
        main.files,
        demand.phenotype,
        allele,
        promoted(situation.stack, allele.sha),
        reason,
    )
    open_draft(membrane, proposal, main.commit)


def _searched(situation: Situation, trial: Trial, outcome: Found | NotFound) -> JsonObject:
    data: JsonObject = {
        "demand": situation.record.demand.id,
        "locus": trial.locus,
        "parent": trial.allele,
        "stack": list(situation.stack),
    }
    if isinstance(outcome, NotFound):
        return {**data, "found": None, "tried": outcome.tried, "reason": outcome.reason}
    found = newborn(trial.locus, outcome.source, outcome.lineage)
    return {
        **data,
        "found": found.sha,
        "tried": outcome.lineage.tried,
        "generations": outcome.generations,
        "edits": list(outcome.lineage.edits),
        **({} if outcome.twin is None else {"twin": outcome.twin}),
    }


def _story(trial: Trial) -> str:
    sick = [report.locus for report in trial.reports if not report.healthy]
    seen = f"; unhealthy according to {', '.join(sick)}" if sick else ""
    wrong = f": {trial.error}" if trial.error else ""
    return (
        f"{trial.allele[:12]} was dominant and failed in {trial.world}{wrong}{seen}. "
        "Its fallback stack failed on the same input."
    )


def _proven(main: Main, ledger: Ledger, record: DemandRecord) -> tuple[str, ...]:
    """Registered alleles outside main's stack that have converged here, fittest first.

    One that is passed over because its rollout failed is in main's stack: to make it dominant would
    change nothing, again and again.
    """
    demand = record.demand
    expressed = {allele.sha for allele in main.genome.stack(demand.phenotype, demand.locus)}
    verified = main.genome.verified(demand.locus)
    weights = main.config.weights_of(demand.locus)
    records: dict[str, list[Trial]] = {}
    for trial in ledger.trials.values():
        if (trial.locus, trial.phenotype) == (demand.locus, demand.phenotype):
            records.setdefault(trial.allele, []).append(trial)
    known = main.genome.alleles.get(demand.locus, {})
    proven = [
        sha
        for sha, trials in records.items()
        if sha in known and sha not in expressed and any(t.convergence for t in trials)
    ]
    return tuple(
        sorted(
            proven,
            key=lambda sha: (-fitness(records[sha], weights, verified=verified), sha),
        )
    )


def _open_draft(membrane: Membrane, record: DemandRecord) -> str | None:
    ledger = membrane.chronicle.ledger
    for draft in membrane.repository.drafts():
        if demand_of(ledger, draft) == record.demand.id:
            return draft.name
    return None
