"""Fitness: a fold over trials, never stored (seed 003, sections 6 and 7).

A trial is worth what its three timescales say, weighted; an allele's fitness is the sum over
its trials divided by their number, or by ten where there are fewer, so that one lucky success
is not a perfect record. Decay is retroactive by construction: a later verdict changes the
trial, and the next fold sees it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from controller.arena.trial import Trial

FITNESS_FLOOR = 10
"""Trials below which the divisor stays (seed 003: `max(total, 10)`)."""


class Weights(BaseModel):
    """What each timescale counts. The defaults are the seed's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    immediate: float = Field(default=0.3, ge=0, le=1)
    convergence: float = Field(default=0.5, ge=0, le=1)
    resilience: float = Field(default=0.2, ge=0, le=1)


def effective(trial: Trial, weights: Weights, *, verified: bool) -> float:
    """What one trial is worth, 0 to 1.

    A locus whose contract has no `verify:` (`verified` False) has nothing to converge: there an
    immediate success is the whole of it.
    """
    if not verified:
        return 1.0 if trial.immediate else 0.0
    return (
        (weights.immediate if trial.immediate else 0.0)
        + (weights.convergence if trial.convergence else 0.0)
        + (weights.resilience if trial.resilience else 0.0)
    )


def fitness(trials: Iterable[Trial], weights: Weights, *, verified: bool) -> float:
    """An allele's fitness over its trials, 0 to 1."""
    counted = [effective(t, weights, verified=verified) for t in trials if t.counts]
    return sum(counted) / max(len(counted), FITNESS_FLOOR)


def consecutive_failures(trials: Iterable[Trial]) -> int:
    """How many of an allele's latest trials failed in a row."""
    row = 0
    for trial in trials:
        if trial.counts:
            row = row + 1 if trial.failed else 0
    return row
