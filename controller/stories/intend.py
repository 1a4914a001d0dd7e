"""Intend: take an intent one step further, whose tasks are its hosts.

Every host is a demand for a topology, and is advanced, healed and kept true like any other. Where
the intent says `preserve what works`, hosts have nothing to do with each other. Where it does not,
no host keeps anything before all are done (`orchestrate` makes them wait), and when one fails, what
the others did is undone. A host that does not fit is told of: it stops an intent that does not
preserve what works before anything is touched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from controller.conductor.demand import REQUESTED, subject_of
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.obligation import Gap, GapKind, demanded
from controller.conductor.orchestration.deciding import Finish, Keep
from controller.conductor.orchestration.fleet import (
    CLOSING,
    FLEET,
    OPENING,
    End,
    FleetRecord,
    Host,
    KeepAll,
    Standing,
    UndoAll,
    account_of,
    decide_fleet,
    told_of,
)
from controller.conductor.orchestration.placement import places
from controller.conductor.orchestration.run import Ending, RunRecord
from controller.conductor.triage import Wait
from controller.domains.world import JsonObject
from controller.genome.inventory import read_inventory
from controller.ports import Blocked, ControllerError
from controller.stories.enact import Hands
from controller.stories.mainline import Main
from controller.stories.orchestrate import (
    Earlier,
    act,
    first_failure,
    give_up,
    is_stale,
    view,
)
from controller.stories.subjects import subjects_of_intent
from grammar.sg.composition import Intent, Remedy
from grammar.sg.nodes import Document
from grammar.sg.render import render

FAILED_ELSEWHERE = "another host of its intent failed"


def is_intent(record: DemandRecord) -> bool:
    """True for a demand whose tasks are hosts."""
    return record.demand.world == FLEET


def advance_intent(
    hands: Hands, main: Main, earlier: Earlier, record: DemandRecord, now: datetime
) -> bool:
    """One step for an intent; False if there is nothing to do for it now."""
    intent = main.genome.intents.get(record.demand.locus)
    fleet = hands.chronicle.ledger.latest_fleet(record)
    if intent is not None and (fleet is None or _stale(hands, main, intent, fleet)):
        return _begin(hands, main, intent, record)
    if fleet is None or fleet.ending is not None:
        return False
    missing = next((host for host in fleet.wanted if host not in fleet.hosts), None)
    if missing is not None:
        _ask_host(hands, fleet, missing)
        return True
    return _decide(hands, main, earlier, fleet, now)


def _stale(hands: Hands, main: Main, intent: Intent, fleet: FleetRecord) -> bool:
    """True when another fleet would be another one, or would come to something else."""
    if fleet.form != form_of_fleet(main, intent):
        return True
    if fleet.ending not in (Ending.PARTIAL, Ending.ROLLED_BACK) or fleet.preserving:
        return False
    ledger = hands.chronicle.ledger
    hosts = (ledger.demands[demand] for demand in fleet.hosts.values())
    runs = [(host, ledger.latest_run(host)) for host in hosts]
    return any(run is not None and is_stale(main, host, run) for host, run in runs)


def form_of_fleet(main: Main, intent: Intent) -> str:
    """A hash of an intent and of the hosts that it means."""
    groups, _ = read_inventory(main.files)
    meant = [(p.host, p.topology, p.phenotypes) for p in places(main.genome, intent, groups or {})]
    text = render(Document(intents=(intent,)))
    return hashlib.sha256(f"{text}{json.dumps(meant)}".encode()).hexdigest()


def _begin(hands: Hands, main: Main, intent: Intent, record: DemandRecord) -> bool:
    """Open a fleet; False if it cannot be begun, which is said once."""
    try:
        subjects = subjects_of_intent(hands, main, intent)
    except Blocked as blocked:
        return _refuse(hands, record, blocked.reason)
    unfit = {one.host: one.problem for one in subjects if one.problem}
    if unfit and (Remedy.PRESERVE not in intent.on_failure or len(unfit) == len(subjects)):
        told = "; ".join(f"{host}: {reason}" for host, reason in unfit.items())
        return _refuse(hands, record, f"{len(unfit)} of {len(subjects)} hosts do not fit: {told}")
    wanted: dict[str, JsonObject] = {
        one.host: {
            "world": one.world,
            "topology": one.pathway.name,
            "phenotype": one.phenotype,
            "input": one.values,
            "prune": record.demand.prune,
        }
        for one in subjects
        if not one.problem
    }
    adopted = {host: _adopted(hands.chronicle.ledger, main, one) for host, one in wanted.items()}
    hands.chronicle.record(
        OPENING,
        subject_of(*record.demand.about),
        {
            "demand": record.demand.id,
            "intent": intent.name,
            "commit": main.commit,
            "preserving": Remedy.PRESERVE in intent.on_failure,
            "form": form_of_fleet(main, intent),
            "wanted": {**wanted},
            "unfit": {**unfit},
            "adopted": {host: demand for host, demand in adopted.items() if demand},
        },
        record.latest_event,
    )
    return True


def _adopted(ledger: Ledger, main: Main, one: JsonObject) -> str:
    """The standing demand by which a host is what it is to be already; empty if there is none."""
    about = (str(one["world"]), str(one["topology"]), "")
    name = ledger.standing.get(about)
    if name is None:
        return ""
    record = ledger.demands[name]
    alike = (record.demand.values, record.demand.phenotype) == (one["input"], one["phenotype"])
    run = ledger.latest_run(record)
    done = run is not None and run.ending == Ending.DONE and not is_stale(main, record, run)
    return name if alike and done else ""


def _refuse(hands: Hands, record: DemandRecord, reason: str) -> bool:
    if record.refusal != reason:
        told: JsonObject = {"demand": record.demand.id, "reason": reason}
        about = subject_of(*record.demand.about)
        hands.chronicle.record("demand.refused", about, told, record.latest_event)
    return False


def _ask_host(hands: Hands, fleet: FleetRecord, host: str) -> None:
    one = fleet.wanted[host]
    hands.chronicle.record(
        REQUESTED,
        subject_of(str(one["world"]), str(one["topology"]), ""),
        {
            "locus": one["topology"],
            "phenotype": one["phenotype"],
            "world": one["world"],
            "input": one["input"],
            "key": "",
            "prune": one["prune"],
            "fleet": fleet.id,
            "host": host,
        },
        fleet.id,
    )


def _decide(hands: Hands, main: Main, earlier: Earlier, fleet: FleetRecord, now: datetime) -> bool:
    ledger = hands.chronicle.ledger
    hosts = hosts_of(ledger, main, earlier, fleet, now)
    match decide_fleet(hosts, unfit=bool(fleet.unfit), preserving=fleet.preserving):
        case KeepAll(held):
            return _together(hands, partial(_keep, hands, main, earlier, fleet, now), held)
        case UndoAll(begun):
            return _together(hands, partial(_undo, hands, fleet), begun)
        case End(ending):
            _end(hands, fleet, ending, hosts)
            return True
    return False


def _together(hands: Hands, act: Callable[[Host], bool], hosts: Sequence[Host]) -> bool:
    """One step for each host, all at once. Raises the trouble of one once all have been tried."""
    outcomes = hands.journeys.together([partial(act, host) for host in hosts])
    for outcome in outcomes:
        if isinstance(outcome, ControllerError):
            raise outcome
    return any(outcome is True for outcome in outcomes)


def _keep(
    hands: Hands, main: Main, earlier: Earlier, fleet: FleetRecord, now: datetime, host: Host
) -> bool:
    ledger = hands.chronicle.ledger
    run = ledger.latest_run(ledger.demands[fleet.hosts[host.name]])
    kept = None if run is None else _main_of(main, earlier, run)
    if run is None or kept is None:
        return False
    seen = view(ledger, run, kept, now)
    return isinstance(seen.decision, Keep | Finish) and act(hands, seen)


def _undo(hands: Hands, fleet: FleetRecord, host: Host) -> bool:
    ledger = hands.chronicle.ledger
    run = ledger.latest_run(ledger.demands[fleet.hosts[host.name]])
    return run is not None and give_up(hands, run, host.reason or FAILED_ELSEWHERE)


def _main_of(main: Main, earlier: Earlier, run: RunRecord) -> Main | None:
    return main if run.commit == main.commit else earlier(run.commit)


def _end(hands: Hands, fleet: FleetRecord, ending: Ending, hosts: tuple[Host, ...]) -> None:
    demand = hands.chronicle.ledger.demands[fleet.demand].demand
    told: JsonObject = {
        "fleet": fleet.id,
        "demand": fleet.demand,
        "outcome": ending.value,
        "account": account_of(hosts, fleet.unfit),
    }
    hands.chronicle.record(CLOSING, subject_of(*demand.about), told, fleet.latest_event)


# --- how far it is ------------------------------------------------------------------------


def hosts_of(
    ledger: Ledger, main: Main, earlier: Earlier, fleet: FleetRecord, now: datetime
) -> tuple[Host, ...]:
    """Every host of a fleet as it stands."""
    return tuple(_host(ledger, main, earlier, fleet, now, name) for name in fleet.wanted)


def _host(
    ledger: Ledger, main: Main, earlier: Earlier, fleet: FleetRecord, now: datetime, name: str
) -> Host:
    own = fleet.hosts.get(name)
    if own is None:
        return Host(name, Standing.WAITING)
    stands = ledger.standing.get(ledger.demands[own].demand.about, own)
    if stands != own and fleet.ending is None:
        return Host(name, Standing.FAILED, "a newer demand took its place")
    record = ledger.demands[stands]
    run = ledger.latest_run(record)
    if run is None:
        refused = record.refusal
        return Host(name, Standing.FAILED if refused else Standing.WAITING, refused or "")
    if run.ending is not None:
        return _ended(name, run)
    kept = _main_of(main, earlier, run)
    seen = None if kept is None else view(ledger, run, kept, now)
    if fleet.preserving or seen is None or not isinstance(seen.decision, Keep | Finish):
        return Host(name, Standing.RUNNING, open=True)
    if seen.unfolded.failed:
        return Host(name, Standing.FAILED, "; ".join(seen.unfolded.failed.values()), open=True)
    return Host(name, Standing.HELD, open=True)


def _ended(name: str, run: RunRecord) -> Host:
    if run.ending == Ending.DONE:
        return Host(name, Standing.DONE)
    if run.ending == Ending.DRIFTED:
        return Host(name, Standing.RUNNING)
    return Host(name, Standing.FAILED, f"{run.ending}: {first_failure(run)}".replace("_", " "))


def intent_gap(
    ledger: Ledger, main: Main, earlier: Earlier, record: DemandRecord, now: datetime
) -> tuple[Gap | None, Wait]:
    """What is missing of an intent, host by host, as its hosts stand now."""
    fleet = ledger.latest_fleet(record)
    if record.demand.locus not in main.genome.intents:
        return _gap(record, f"main has no intent {record.demand.locus}", person=True)
    if fleet is None:
        refused = record.refusal
        return _gap(record, f"cannot start: {refused}" if refused else "is to be begun")
    hosts = hosts_of(ledger, main, earlier, fleet, now)
    done = all(one.standing is Standing.DONE for one in hosts) and not fleet.unfit
    if done and fleet.ending is not None:
        return None, Wait()
    return _gap(record, told_of(hosts, fleet.unfit), person=fleet.ending is not None)


def _gap(record: DemandRecord, status: str, *, person: bool = False) -> tuple[Gap, Wait]:
    return Gap(GapKind.REACTION, demanded(record.demand), status, needs_person=person), Wait()
