"""Fitness: a fold over trials, never stored (seed 003, sections 6 and 7).

A trial is worth what its three timescales say, weighted; an allele's fitness is the sum over
its trials divided by their number, or by ten where there are fewer, so that one lucky success
is not a perfect record. Decay is retroactive by construction: a later verdict changes the
trial, and the next fold sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Record:
    """How an allele did in one world. Each timescale is (healthy, judged) of its trials."""

    phenotype: str
    allele: str
    world: str
    trials: int
    immediate: tuple[int, int]
    convergence: tuple[int, int]
    resilience: tuple[int, int]
    fitness: float


def records(trials: Iterable[Trial], weights: Weights, *, verified: bool) -> tuple[Record, ...]:
    """Alleles by phenotype and world, so that environments can be compared; the fittest first."""
    found: dict[tuple[str, str, str], list[Trial]] = {}
    for trial in trials:
        if trial.counts:
            found.setdefault((trial.phenotype, trial.allele, trial.world), []).append(trial)
    made = (
        Record(
            *key,
            len(own),
            _tally(trial.immediate for trial in own),
            _tally(trial.convergence for trial in own),
            _tally(trial.resilience for trial in own),
            fitness(own, weights, verified=verified),
        )
        for key, own in found.items()
    )
    return tuple(sorted(made, key=lambda r: (r.phenotype, -r.fitness, r.allele, r.world)))


def _tally(outcomes: Iterable[bool | None]) -> tuple[int, int]:
    judged = [outcome for outcome in outcomes if outcome is not None]
    return sum(judged), len(judged)


def consecutive_failures(trials: Iterable[Trial]) -> int:
    """How many of an allele's latest trials failed in a row."""
    row = 0
    for trial in trials:
        if trial.counts:
            row = row + 1 if trial.failed else 0
    return row
