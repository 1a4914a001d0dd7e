"""Obligations and gaps: what should have happened, and what of it has not.

A demand obliges (express the locus, now), a trial whose gene returned does (its contract's
`verify:`, within its window), and a system does (`graph/`). A gap is an obligation not met.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from controller import limits
from controller.arena.trial import Trial
from controller.conductor.demand import Demand
from controller.domains.world import JsonObject
from controller.genome.locus import passed
from grammar.sg.literal import duration_text
from grammar.sg.nodes import GeneContract


class GapKind(StrEnum):
    """The five kinds of gap of seed 000."""

    REACTION = "reaction"
    CONSISTENCY = "consistency"
    INTENT = "intent"
    QUALITY = "quality"
    TEMPORAL = "temporal"


PRIORITY: Final = {"invariant": "critical", "must": "high", "should": "low", "could": "spare"}
"""By level: what is fixed first. Seed 000: "Invariant violations sit above all three"."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """An expected consequence. `trigger` is the event that demands it, `due` its deadline,
    `within_ms` how long it had, where that is bounded."""

    consequence: str
    arguments: JsonObject
    trigger: str
    due: datetime
    level: str = "must"
    within_ms: int | None = None

    @property
    def severity(self) -> str:
        """`must`, `must-within-5s`: the level, and the time there was."""
        within = "" if self.within_ms is None else f"-within-{duration_text(self.within_ms)}"
        return f"{self.level}{within}"


@dataclass(frozen=True, slots=True)
class Gap:
    """An unmet obligation; `status` says in a few words how far its resolution is.

    `needs_person` is True when nothing will happen without one.
    """

    kind: GapKind
    obligation: Obligation
    status: str
    needs_person: bool = False


def priority(gap: Gap) -> tuple[int, datetime]:
    """What orders gaps: invariants, then must, should and could; of these the longest due."""
    return (list(PRIORITY).index(gap.obligation.level), gap.obligation.due)


def demanded(demand: Demand) -> Obligation:
    """What a demand obliges: its locus expressed, at once."""
    return Obligation(demand.locus, demand.values, demand.id, demand.at)


def endurance_due(
    trial: Trial, contract: GeneContract, watch: timedelta | None = None
) -> datetime | None:
    """When a confirmed trial's diagnostics are to be asked again; None if never again.

    With `watch` there are more looks within the first hour, so far apart.

    Moments that nobody was there for are made up for by one look: what counts is whether it
    holds at the time of the look. A trial that was found unhealthy is not looked at any more.
    """
    done = trial.finished_at
    if contract.verify is None or done is None or trial.end != "confirmed":
        return None
    if trial.resilience is False:
        return None
    since = (trial.endured_at or done) - done
    hours = [timedelta(hours=hours) for hours in limits.RESILIENCE_HOURS]
    soon = [] if watch is None else [(since // watch + 1) * watch]
    left = [after for after in hours if after > since]
    left += [after for after in soon if after < hours[0]]
    return done + min(left) if left else None


def verified(trial: Trial, contract: GeneContract, due: datetime) -> Obligation:
    """What a contract's `verify:` obliges once a gene has returned: the first diagnostic of it."""
    assert contract.verify is not None
    known = {**trial.values, **trial.output}
    (call, *_), within = contract.verify.calls, contract.verify.within_ms
    return Obligation(call.locus, passed(call, known), trial.id, due, within_ms=within)


def verification_due(trial: Trial, contract: GeneContract) -> datetime | None:
    """When a returned trial's diagnostics are to be run; None if there is nothing to verify."""
    if contract.verify is None or trial.finished_at is None:
        return None
    return trial.finished_at + timedelta(milliseconds=contract.verify.within_ms)
