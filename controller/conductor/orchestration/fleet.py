"""Fleets: what became of each intent that was asked for, and what is next for its hosts. Pure.

A fleet is named by the `fleet.started` event that opened it. Each of its hosts is a demand for a
topology in one world, which names the fleet. Unless the intent preserves what works, no host keeps
what it did before all of them are done, and where one fails the others are undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from controller.conductor.orchestration.run import Ending
from controller.domains.world import JsonObject
from controller.history.event import Event

OPENING: Final = "fleet.started"
CLOSING: Final = "fleet.finished"
FLEET: Final = "fleet"
"""The world of an intent's own demand: its hosts have worlds of their own."""


@dataclass(slots=True)
class FleetRecord:
    """What the log says about one fleet.

    `form` names the intent with the hosts that it meant, as it was at `commit`; `preserving` says
    that it keeps what works. `wanted` says for each host that fits its world, topology, phenotype
    and input; `unfit` why the others do not. `hosts` maps a host to its demand.
    """

    id: str
    demand: str
    name: str
    commit: str
    form: str
    preserving: bool = False
    wanted: dict[str, JsonObject] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    latest_event: str = ""
    ending: str | None = None
    account: JsonObject = field(default_factory=dict)


def opened(event: Event) -> FleetRecord:
    """The fleet that a `fleet.started` event opens."""
    data = event.data
    wanted, unfit, adopted = data["wanted"], data["unfit"], data["adopted"]
    assert isinstance(wanted, dict)
    assert isinstance(unfit, dict)
    assert isinstance(adopted, dict)
    return FleetRecord(
        id=event.id,
        demand=str(data["demand"]),
        name=str(data["intent"]),
        commit=str(data["commit"]),
        form=str(data["form"]),
        preserving=bool(data["preserving"]),
        wanted={host: one for host, one in wanted.items() if isinstance(one, dict)},
        unfit={host: str(reason) for host, reason in unfit.items()},
        hosts={host: str(demand) for host, demand in adopted.items()},
        latest_event=event.id,
    )


def close(fleet: FleetRecord, event: Event) -> None:
    """Take the `fleet.finished` event of a fleet."""
    told = event.data["account"]
    assert isinstance(told, dict)
    fleet.ending, fleet.account = str(event.data["outcome"]), told


class Standing(StrEnum):
    """How far a host is. `HELD`: all is done there, and can still be undone."""

    WAITING = "waiting"
    RUNNING = "under way"
    HELD = "ready"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Host:
    """A host of a fleet as it stands, and why it failed, if it did.

    `open` is True while something of it can be, or is being, undone.
    """

    name: str
    standing: Standing
    reason: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True)
class KeepAll:
    """Every host is done: let the changes of these stay."""

    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class UndoAll:
    """A host failed: take back what these have done."""

    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class End:
    """Nothing is left to do."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class GoOn:
    """The hosts go on by themselves."""


Verdict = KeepAll | UndoAll | End | GoOn


def decide_fleet(hosts: tuple[Host, ...], *, unfit: bool, preserving: bool) -> Verdict:
    """The next step of a fleet; `unfit` if a host that is wanted does not fit."""
    there = {one.standing for one in hosts}
    if Standing.FAILED in there and not preserving:
        begun = tuple(one for one in hosts if one.open)
        return UndoAll(begun) if begun else End(_ending(hosts, unfit=unfit))
    if there & {Standing.WAITING, Standing.RUNNING}:
        return GoOn()
    if Standing.HELD in there:
        return KeepAll(tuple(one for one in hosts if one.standing is Standing.HELD))
    return End(_ending(hosts, unfit=unfit))


def _ending(hosts: tuple[Host, ...], *, unfit: bool) -> Ending:
    done = [one for one in hosts if one.standing is Standing.DONE]
    if len(done) == len(hosts) and not unfit:
        return Ending.DONE
    return Ending.PARTIAL if done else Ending.ROLLED_BACK


def account_of(hosts: tuple[Host, ...], unfit: Mapping[str, str]) -> JsonObject:
    """What a fleet has come to, host by host, for people."""
    failed = {one.name: one.reason for one in hosts if one.standing is Standing.FAILED}
    return {
        "done": [one.name for one in hosts if one.standing is Standing.DONE],
        "failed": {**failed, **unfit},
        "not_begun": [one.name for one in hosts if one.standing is Standing.WAITING],
    }


def told_of(hosts: tuple[Host, ...], unfit: Mapping[str, str]) -> str:
    """`47 of 50 hosts are done, 2 under way, 1 failed: web7: there is no interface eno1`."""
    all_of = len(hosts) + len(unfit)
    counts = {s: sum(1 for one in hosts if one.standing is s) for s in Standing}
    counts[Standing.FAILED] += len(unfit)
    parts = [f"{counts[Standing.DONE]} of {all_of} hosts are done"]
    parts += [f"{n} {s.value}" for s, n in counts.items() if n and s is not Standing.DONE]
    wrong = [(one.name, one.reason) for one in hosts if one.standing is Standing.FAILED]
    wrong += unfit.items()
    first = "".join(f": {host}: {reason}" for host, reason in wrong[:1])
    return f"{', '.join(parts)}{first}"
