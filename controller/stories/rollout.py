"""Rollout: which demands may begin now, and which alleles are expressed while one is on its way.

The pass asks here before it takes demands a step further. Hosts share journeys
(`ports.outposts.Journeys`); none waits for another that is away. What changes in a fleet that is
healthy goes to its canary first, then batch by batch (`conductor/rollout`). What is asked for anew
goes to a batch of hosts at a time: the next is given an allele once one of the batch has confirmed
it or taken it back, and none any more after it has failed on a few. Then whatever changes the
stack, a repair or a person, begins anew everywhere. Of a pathway or topology so many runs are under
way at a time, and what a run has begun never waits for another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from controller.conductor import rollout as rollouts
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import Gap, GapKind, demanded
from controller.conductor.orchestration.run import Ending
from controller.conductor.orchestration.staging import Turn
from controller.host_limits import HOST_BATCH, HOST_FAILURES
from controller.ports.outposts import HOST
from controller.stories.mainline import Main


def is_elsewhere(record: DemandRecord) -> bool:
    """True for a demand about a host."""
    return record.demand.world.startswith(HOST)


def open_elsewhere(ledger: Ledger) -> frozenset[str]:
    """The demands about hosts that have a change there which nobody has confirmed yet."""
    return frozenset(
        record.demand.id
        for record in ledger.standing_demands()
        if is_elsewhere(record) and any(trial.end is None for trial in ledger.trials_of(record))
    )


def gathered(moments: Sequence[datetime], within_s: float) -> datetime | None:
    """The first of the moments, or as much later as takes in others that follow it so closely."""
    if not moments:
        return None
    last = min(moments) + timedelta(seconds=within_s)
    return max(moment for moment in moments if moment <= last)


def stack_of(main: Main, ledger: Ledger, phenotype: str, locus: str) -> tuple[str, ...]:
    """What is expressed at a locus, the dominant first: main's stack without what just failed.

    An allele whose rollout failed is passed over until main says something else, so that what it
    was to replace serves meanwhile; unless it is all that there is.
    """
    stack = tuple(allele.sha for allele in main.genome.stack(phenotype, locus))
    rollout = ledger.rollout(phenotype, locus)
    if rollout is None or rollout.failed is None or rollout.allele not in stack[:1]:
        return stack
    return stack[1:] or stack


def going(
    main: Main, ledger: Ledger, records: Sequence[DemandRecord], staged: Mapping[str, Turn]
) -> tuple[DemandRecord, ...]:
    """Those of the demands that may go on: all but the first steps that must wait.

    `staged` are the turns of hosts that have runs of one change.
    """
    held = holds(main, ledger, records)
    chosen: list[DemandRecord] = []
    begun: dict[tuple[str, tuple[str, ...]], int] = {}
    for record in records:
        demand = record.demand
        if demand.id in held:
            continue
        if demand.id in staged:
            if not staged[demand.id].reason:
                chosen.append(record)
            continue
        stack = stack_of(main, ledger, demand.phenotype, demand.locus)
        composed = demand.locus not in main.genome.loci
        running = demand.run or record.runs or not is_elsewhere(record)
        if running or _has_begun(ledger, record, stack):
            chosen.append(record)
            continue
        key = (demand.locus, () if composed else stack)
        if key not in begun and composed:
            begun[key] = _runs_taken(ledger, demand.locus, main.commit)
        elif key not in begun:
            begun[key] = _taken(ledger, demand.locus, stack)
        if begun[key] < HOST_BATCH:
            begun[key] += 1
            chosen.append(record)
    return tuple(chosen)


def holds(main: Main, ledger: Ledger, records: Sequence[DemandRecord]) -> Mapping[str, str]:
    """The demands that wait for others of their fleet, by id, and why."""
    found: dict[str, str] = {}
    for rollout in ledger.rollouts.values():
        own = (record for record in records if record.demand.id in rollout.demands)
        asking = [record for record in own if not _is_open(ledger, record)]
        if not asking:
            continue
        if rollout.failed is not None:
            if stack_of(main, ledger, rollout.phenotype, rollout.locus)[:1] == (rollout.allele,):
                reason = f"waits for main to take back {rollout.allele[:12]}: {rollout.failed}"
                found |= {one.demand.id: reason for one in asking}
            continue
        seen = rollouts.progress(rollout, ledger.trials, ledger.places(rollout))
        worlds = rollouts.holds(rollout, seen, {record.demand.world for record in asking})
        for record in asking:
            if record.demand.world in worlds:
                found[record.demand.id] = worlds[record.demand.world]
    return found


def held_gap(record: DemandRecord, reason: str, *, person: bool = False) -> Gap:
    """The gap of a demand that waits for others of its fleet."""
    return Gap(GapKind.CONSISTENCY, demanded(record.demand), reason, needs_person=person)


def waited_for(ledger: Ledger, record: DemandRecord, staged: Mapping[str, Turn]) -> bool:
    """True for a canary that others wait for: of a change of alleles, or of runs."""
    demand = record.demand
    leader = ledger.runs[demand.run].demand if demand.run else demand.id
    if leader in staged and staged[leader].canary:
        return True
    rollout = ledger.rollout(demand.phenotype, demand.locus)
    if rollout is None or rollout.passed or rollout.failed or demand.id not in rollout.demands:
        return False
    seen = rollouts.progress(rollout, ledger.trials, ledger.places(rollout))
    return demand.world in seen.canary and len(rollout.worlds) > len(seen.canary)


def _is_open(ledger: Ledger, record: DemandRecord) -> bool:
    trials = ledger.trials_of(record)
    return bool(trials) and trials[-1].end is None


def _has_begun(ledger: Ledger, record: DemandRecord, stack: tuple[str, ...]) -> bool:
    """True if the stack was tried for it already: what was begun is brought to its end."""
    trials = ledger.trials_of(record)
    return bool(trials) and (trials[-1].stack == stack or trials[-1].end is None)


def _runs_taken(ledger: Ledger, name: str, commit: str) -> int:
    """The same for runs of a pathway or topology; those that failed count while main stays."""
    runs = [
        run
        for run in ledger.runs.values()
        if run.name == name and is_elsewhere(ledger.demands[run.demand])
    ]
    failed = {
        ledger.demands[run.demand].demand.world
        for run in runs
        if run.commit == commit and run.ending in (Ending.ROLLED_BACK, Ending.PARTIAL)
    }
    if len(failed) >= HOST_FAILURES:
        return HOST_BATCH
    return sum(1 for run in runs if run.ending is None)


def _taken(ledger: Ledger, locus: str, stack: tuple[str, ...]) -> int:
    """The places of a batch that are taken; all of them once the stack failed too often."""
    trials = [
        trial
        for trial in ledger.trials.values()
        if trial.locus == locus and trial.stack == stack and trial.world.startswith(HOST)
    ]
    failed = {trial.world for trial in trials if trial.end == "rolled_back"}
    if len(failed) >= HOST_FAILURES:
        return HOST_BATCH
    return sum(1 for trial in trials if trial.end is None)
