"""Keep rollouts: what main newly expresses in a healthy fleet is begun, judged, and taken back.

A step of the pass, before demands are served. Level-triggered: main, the ledger and the time decide
(`conductor/rollout`); what it finds is one event, or a draft that takes a change back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller import host_limits, limits
from controller.arena.trial import Trial
from controller.conductor import rollout as rollouts
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import Gap, GapKind, Obligation, demanded
from controller.conductor.rollout import Rollout
from controller.domains.world import JsonObject
from controller.history.event import rfc3339
from controller.membrane.risk import RISK_POLICIES
from controller.stories.chronicle import Chronicle
from controller.stories.mainline import Main
from controller.stories.merge import Membrane
from controller.stories.notice import Earlier
from controller.stories.take_back import Obstacle, take_back


@dataclass(frozen=True, slots=True)
class Change:
    """What main expresses and a healthy fleet does not yet; `records` are its demands."""

    phenotype: str
    locus: str
    allele: str
    former: str
    records: tuple[DemandRecord, ...]


def keep_rollouts(membrane: Membrane, main: Main, earlier: Earlier, now: datetime) -> bool:
    """Take one rollout one step further; False if there is nothing to do about any."""
    ledger = membrane.chronicle.ledger
    for rollout in [*ledger.rollouts.values()]:
        over = _over(main, rollout, now)
        if over is not None:
            _record(membrane, rollout, rollouts.ENDED, over)
            return True
        seen = rollouts.progress(rollout, ledger.trials, ledger.places(rollout))
        due = rollouts.verdict(rollout, seen)
        if due is not None:
            _record(membrane, rollout, *due)
            return True
        if rollout.failed is not None and take_back(membrane, main, rollout, earlier) is True:
            return True
    for change in (*changes(main, ledger), *changed_answers(main, ledger)):
        _start(membrane, main, change)
        return True
    return False


def note_away(chronicle: Chronicle, record: DemandRecord, reason: str, now: datetime) -> None:
    """A canary that others wait for is out of reach: keep since when, and after a while that it is
    none any more."""
    world, ledger = record.demand.world, chronicle.ledger
    since = ledger.away.get(world)
    if since is None:
        told: JsonObject = {"world": world, "reason": reason}
        chronicle.record(rollouts.AWAY, world, told, record.latest_event)
    elif world not in ledger.passed_over and _is_too_long(since, now):
        told = {"world": world, "reason": f"out of reach since {rfc3339(since)}: {reason}"}
        chronicle.record(rollouts.REPLACED, world, told, record.latest_event)


def _is_too_long(since: datetime, now: datetime) -> bool:
    return (now - since).total_seconds() >= host_limits.CANARY_AWAY_SECONDS


def changes(main: Main, ledger: Ledger) -> Iterator[Change]:
    """What is to be rolled out and has not been begun.

    No change is one that only looks (risk `none`), and one back to what has proved itself.
    """
    for name, phenotype in main.genome.phenotypes.items():
        for locus in dict.fromkeys(one.locus for one in phenotype.expresses):
            contract = main.genome.loci.get(locus)
            stack = main.genome.stack(name, locus)
            if contract is None or not stack or ledger.rollout(name, locus) is not None:
                continue
            allele = stack[0].sha
            if not RISK_POLICIES[contract.risk].transaction:
                continue
            healthy = tuple(_healthy(main, ledger, name, locus, allele))
            if healthy and not _proven(ledger, name, locus, allele):
                former = _kept(ledger, healthy[0])
                assert former is not None
                yield Change(name, locus, allele, former.allele, healthy)


def changed_answers(main: Main, ledger: Ledger) -> Iterator[Change]:
    """The same for genes that answer what systems demand, where `[canary] fraction` is set."""
    phenotype = main.config.systems.phenotype
    if phenotype is None or not main.config.canary.fraction:
        return
    for locus, former in ledger.answered.items():
        stack = main.genome.stack(phenotype, locus)
        contract = main.genome.loci.get(locus)
        if contract is None or not stack or ledger.rollout(phenotype, locus) is not None:
            continue
        allele = stack[0].sha
        if allele != former and former in main.genome.alleles[locus]:
            yield Change(phenotype, locus, allele, former, ())


def rollout_gaps(membrane: Membrane, main: Main, earlier: Earlier) -> Iterator[Gap]:
    """Failed rollouts that only a person can take back, each as a gap of one of its demands."""
    ledger = membrane.chronicle.ledger
    for rollout in ledger.rollouts.values():
        if rollout.failed is None or _over(main, rollout, None) is not None:
            continue
        outcome = take_back(membrane, main, rollout, earlier, look=True)
        if isinstance(outcome, Obstacle):
            status = f"needs a person: {rollout.failed}; {outcome.reason}: {outcome.hint}"
            obligation = Obligation(rollout.locus, {}, rollout.id, rollout.at)
            if rollout.demands:
                obligation = demanded(ledger.demands[rollout.demands[0]].demand)
            yield Gap(GapKind.CONSISTENCY, obligation, status, needs_person=True)


def rollout_lines(main: Main, ledger: Ledger, loci: Collection[str] | None = None) -> list[str]:
    """Every rollout in a line each, those that will begin included; or those of some loci."""
    found = [
        rollouts.told(one, rollouts.progress(one, ledger.trials, ledger.places(one)))
        for one in ledger.rollouts.values()
        if loci is None or one.locus in loci
    ]
    for change in changes(main, ledger):
        if loci is None or change.locus in loci:
            order, preferred = _order(main, change)
            head = f"{change.allele[:12]} at {change.locus} in {change.phenotype}"
            then = " then ".join(str(size) for size in main.config.rollout.batches)
            found.append(
                f"{head}: to begin with canary {', '.join(order[:preferred])}, then batches of "
                f"{then}; 0 of {len(order)} have it"
            )
    return found


def _proven(ledger: Ledger, phenotype: str, locus: str, allele: str) -> bool:
    """True for what was kept somewhere, did not fail since, and was never taken back."""
    own = [
        trial
        for trial in ledger.trials.values()
        if (trial.phenotype, trial.locus, trial.allele) == (phenotype, locus, allele)
        and trial.end is not None
        and not trial.withdrawn
    ]
    kept = bool(own) and own[-1].end == "confirmed" and not own[-1].failed
    return kept and not ledger.was_taken_back(phenotype, locus, allele)


def _healthy(
    main: Main, ledger: Ledger, phenotype: str, locus: str, allele: str
) -> Iterator[DemandRecord]:
    """The demands that are satisfied by another allele in a world that main knows."""
    for record in ledger.standing_demands():
        demand = record.demand
        if demand.run or (demand.phenotype, demand.locus) != (phenotype, locus):
            continue
        kept = _kept(ledger, record)
        if kept is not None and kept.allele != allele and main.config.world(demand.world):
            yield record


def _kept(ledger: Ledger, record: DemandRecord) -> Trial | None:
    """The trial by which a demand is satisfied; one that is open still is left out."""
    trials = ledger.trials_of(record)
    over = trials[:-1] if trials and trials[-1].end is None else trials
    return over[-1] if over and over[-1].end == "confirmed" and not over[-1].failed else None


def _order(main: Main, change: Change) -> tuple[list[str], int]:
    worlds = {record.demand.world for record in change.records}
    return rollouts.in_order(worlds, main.config.canary.hosts)


def _start(membrane: Membrane, main: Main, change: Change) -> None:
    worlds, preferred = _order(main, change)
    alone = len(worlds) <= preferred
    data: JsonObject = {
        "phenotype": change.phenotype,
        "locus": change.locus,
        "allele": change.allele,
        "former": change.former,
        "commit": main.commit,
        "worlds": [*worlds],
        "demands": [record.demand.id for record in change.records],
        "preferred": preferred,
        "window_s": 0.0 if alone else main.config.canary.window_seconds,
        "sizes": [*main.config.rollout.batches],
        "bound": main.config.rollout.max_failures,
        "fraction": 0.0 if change.records else main.config.canary.fraction,
    }
    cause = membrane.chronicle.ledger.main_event
    membrane.chronicle.record(rollouts.STARTED, change.allele[:12], data, cause)


def _over(main: Main, rollout: Rollout, now: datetime | None) -> str | None:
    """Why there is nothing to roll out, or to watch, any more."""
    stack = main.genome.stack(rollout.phenotype, rollout.locus)
    if not stack or stack[0].sha != rollout.allele:
        return f"main expresses {stack[0].short if stack else 'nothing'} there"
    held = timedelta(hours=limits.RESILIENCE_HOURS[-1])
    if now is not None and rollout.failed is None and now - rollout.at > held:
        return f"it has held for {limits.RESILIENCE_HOURS[-1]:g} hours"
    return None


def _record(membrane: Membrane, rollout: Rollout, kind: str, reason: str) -> None:
    data: JsonObject = {
        "rollout": rollout.id,
        "phenotype": rollout.phenotype,
        "locus": rollout.locus,
        "allele": rollout.allele,
        "reason": reason,
    }
    failed = rollouts.failures(rollout, membrane.chronicle.ledger.trials)
    cause = failed[-1].last_event if failed else rollout.latest_event
    membrane.chronicle.record(kind, rollout.allele[:12], data, cause)
