"""Stage runs: whose turn it is where a pathway, topology or intent concerns several hosts.

Two kinds of hosts are staged together: those of an intent that is on its way, and those whose
pathway or topology main has changed since they were done with it. What drifted is mended at once,
and so is what goes back to what a host had kept before. Asked by the pass, which lets nobody begin
out of turn (`rollout.going`), and by whoever tells of gaps. Nothing is stored: runs, main and who
is out of reach decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import Gap
from controller.conductor.orchestration.deciding import Finish, Keep
from controller.conductor.orchestration.fleet import FleetRecord, Standing
from controller.conductor.orchestration.run import Ending, RunRecord
from controller.conductor.orchestration.staging import Member, Terms, Turn, sizes_for, turns
from controller.conductor.rollout import in_order
from controller.genome.composite import form_of, reached
from controller.stories.intend import is_intent
from controller.stories.mainline import Main
from controller.stories.orchestrate import (
    Earlier,
    first_failure,
    is_composed,
    is_stale,
    pathway_of,
    view,
)
from grammar.sg.terms import Risk

Turns = Mapping[str, Turn]
"""The turns of demands that wait for others, or for whom others wait, by their ids."""


def stage_runs(
    ledger: Ledger, main: Main, earlier: Earlier, asking: Collection[str], now: datetime
) -> Turns:
    """Whose turn it is. `asking` are the demands that could be taken a step further now."""
    found: dict[str, Turn] = {}
    own = [one for one in ledger.standing_demands() if _is_run(main, one)]
    forms = {name: form_of(main.genome, name) for name in {one.demand.locus for one in own}}
    for records, fleet in _groups(ledger, own, forms):
        if fleet is not None and len(fleet.hosts) < len(fleet.wanted):
            found |= {one.demand.id: Turn("waits until every host is asked for") for one in records}
            continue
        order, preferred = in_order({one.demand.world for one in records}, main.config.canary.hosts)
        records.sort(key=lambda one: order.index(one.demand.world))
        members = [
            _member(ledger, main, earlier, one, fleet, forms[one.demand.locus], now)
            for one in records
        ]
        risk = _risk(ledger, main, earlier, records, forms)
        if risk is Risk.NONE:
            continue
        config = main.config.rollout
        terms = Terms(preferred, sizes_for(risk, config.batches), config.max_failures)
        found |= turns(members, terms, asking)
    return found


def stopped_by(ledger: Ledger, record: DemandRecord, staged: Turns) -> str:
    """Why hosts of an intent are stopped; empty where none is."""
    fleet = ledger.latest_fleet(record)
    hosts = () if fleet is None else fleet.hosts.values()
    return next((staged[one].reason for one in hosts if one in staged and staged[one].stopped), "")


def with_stop(gap: Gap | None, reason: str) -> Gap | None:
    """An intent's gap, with what stopped its hosts."""
    if gap is None or not reason:
        return gap
    return replace(gap, status=f"{gap.status}; {reason}", needs_person=True)


def _groups(
    ledger: Ledger, own: Sequence[DemandRecord], forms: Mapping[str, str]
) -> Iterator[tuple[list[DemandRecord], FleetRecord | None]]:
    """The demands that are staged together; of an intent's hosts with its fleet."""
    for fleet in ledger.fleets.values():
        if fleet.ending is None:
            hosts = {*fleet.hosts.values()}
            members = [one for one in own if one.demand.id in hosts]
            own = [one for one in own if one.demand.id not in hosts]
            if len(fleet.wanted) > 1:
                yield members, fleet
    changed = [one for one in own if _is_changed(ledger, one, forms[one.demand.locus])]
    changed.sort(key=_kind)
    for _, together in groupby(changed, key=_kind):
        yield [*together], None


def _kind(record: DemandRecord) -> tuple[str, str]:
    return record.demand.locus, record.demand.phenotype


def _is_run(main: Main, record: DemandRecord) -> bool:
    demand = record.demand
    return not (demand.run or is_intent(record)) and is_composed(main.genome, demand.locus)


def _is_changed(ledger: Ledger, record: DemandRecord, form: str) -> bool:
    """True for a host that was done with another form of what it is to be now, and never with
    this one, unless it is the latest."""
    runs = [ledger.runs[name] for name in record.runs]
    if not runs or runs[-1].ending == Ending.DRIFTED:
        return False
    kept = [run.form for run in runs if run.ending in (Ending.DONE, Ending.DRIFTED)]
    before = kept[:-1] if runs[-1].ending == Ending.DONE and runs[-1].form == form else kept
    return bool(before) and form not in before


def _member(
    ledger: Ledger,
    main: Main,
    earlier: Earlier,
    record: DemandRecord,
    fleet: FleetRecord | None,
    form: str,
    now: datetime,
) -> Member:
    demand, run = record.demand, ledger.latest_run(record)
    able = demand.world not in ledger.passed_over and (run is not None or not record.refusal)
    standing, reason = Standing.WAITING, ""
    if run is not None and run.ending is None:
        holds = fleet is not None and not fleet.preserving
        held = holds and _is_held(ledger, main, earlier, run, now)
        standing = Standing.HELD if held else Standing.RUNNING
    elif run is not None and run.ending == Ending.DONE:
        standing = Standing.DONE if run.form == form else Standing.WAITING
    elif run is not None and not is_stale(main, record, run):
        standing, reason = Standing.FAILED, first_failure(run)
    return Member(demand.id, demand.world, standing, reason, able)


def _is_held(ledger: Ledger, main: Main, earlier: Earlier, run: RunRecord, now: datetime) -> bool:
    kept = main if run.commit == main.commit else earlier(run.commit)
    if kept is None:
        return False
    seen = view(ledger, run, kept, now)
    return isinstance(seen.decision, Keep | Finish) and not seen.unfolded.failed


def _risk(
    ledger: Ledger,
    main: Main,
    earlier: Earlier,
    records: Sequence[DemandRecord],
    forms: Mapping[str, str],
) -> Risk:
    """The highest risk of what their runs ask for; what a topology comes to its first run shows."""
    name = records[0].demand.locus
    pathway = main.genome.pathways.get(name)
    for run in (ledger.latest_run(one) for one in records):
        if pathway is None and run is not None and run.form == forms[name]:
            kept = main if run.commit == main.commit else earlier(run.commit)
            pathway = None if kept is None else pathway_of(kept, run)
    if pathway is None:
        return Risk.MEDIUM
    contracts = (main.genome.loci.get(locus) for locus in reached(main.genome, pathway)[1])
    found = [one.risk for one in contracts if one is not None]
    return max(found, key=[*Risk].index, default=Risk.MEDIUM)
