"""Rollout: which demands about hosts are taken a step further now, and all of those at once.

`converge` asks here. Hosts share journeys (`ports.outposts.Journeys`); none waits for another that
is away. An allele goes to a batch of hosts at a time: the next host is given it only once one of
the batch has confirmed it or taken it back, and none any more after it has failed on a few. Then
whatever changes the stack, a repair or a person, begins anew everywhere. Of a pathway or topology
so many runs are under way at a time, and what a run has begun never waits for another.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.orchestration.run import Ending
from controller.host_limits import HOST_BATCH, HOST_FAILURES
from controller.ports.outposts import HOST
from controller.stories.mainline import Main


def is_elsewhere(record: DemandRecord) -> bool:
    """True for a demand about a host."""
    return record.demand.world.startswith(HOST)


def going(main: Main, ledger: Ledger, records: Sequence[DemandRecord]) -> tuple[DemandRecord, ...]:
    """Those of the demands about hosts that may go on: all but the first steps that must wait."""
    chosen: list[DemandRecord] = []
    begun: dict[tuple[str, tuple[str, ...]], int] = {}
    for record in records:
        demand = record.demand
        stack = tuple(a.sha for a in main.genome.stack(demand.phenotype, demand.locus))
        composed = demand.locus not in main.genome.loci
        if demand.run or record.runs or _has_begun(ledger, record, stack):
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
