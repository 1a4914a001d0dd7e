"""Obligations and gaps: what should have happened, and what of it has not.

In this first form two things oblige: a demand (express the locus, now) and a trial whose gene
returned (its contract's `verify:`, within its window). A gap is an obligation not met.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from controller.arena.trial import Trial
from controller.conductor.demand import Demand
from controller.domains.world import JsonObject
from grammar.sg.nodes import GeneContract


class GapKind(StrEnum):
    """The kinds of gap that are found so far, of the five in seed 000."""

    REACTION = "reaction"
    CONSISTENCY = "consistency"


@dataclass(frozen=True, slots=True)
class Obligation:
    """An expected consequence. `trigger` is the event that demands it, `due` its deadline."""

    consequence: str
    arguments: JsonObject
    trigger: str
    due: datetime
    level: str = "must"


@dataclass(frozen=True, slots=True)
class Gap:
    """An unmet obligation; `status` says in a few words how far its resolution is.

    `needs_person` is True when nothing will happen without one.
    """

    kind: GapKind
    obligation: Obligation
    status: str
    needs_person: bool = False


def demanded(demand: Demand) -> Obligation:
    """What a demand obliges: its locus expressed, at once."""
    return Obligation(demand.locus, demand.values, demand.id, demand.at)


def verification_due(trial: Trial, contract: GeneContract) -> datetime | None:
    """When a returned trial's diagnostics are to be run; None if there is nothing to verify."""
    if contract.verify is None or trial.finished_at is None:
        return None
    return trial.finished_at + timedelta(milliseconds=contract.verify.within_ms)
