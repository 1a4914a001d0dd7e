"""Who is dominant: promotion is slow, demotion quick (seed 003, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

MAX_STACK = 5
"""Alleles that a phenotype expresses at one locus: each fallback costs an outage to try."""


class Thresholds(BaseModel):
    """When the arena speaks. The defaults are the seed's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    promote_margin: float = Field(default=0.1, ge=0, le=1)
    promote_after: int = Field(default=50, ge=1)
    demote_after: int = Field(default=3, ge=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """One allele's record. `fitness` 0 to 1, `invocations` trials that count."""

    fitness: float
    invocations: int
    consecutive_failures: int


@dataclass(frozen=True, slots=True)
class Reorder:
    """A proposal to express a locus in another order. `kind` is `promotion` or `demotion`."""

    kind: str
    stack: tuple[str, ...]
    reason: str


def select(
    stack: tuple[str, ...], standings: Mapping[str, Standing], thresholds: Thresholds
) -> Reorder | None:
    """What the records say about a stack (dominant first), or None if it may stay."""
    if len(stack) < 2:
        return None
    dominant, rest = stack[0], stack[1:]
    failing = standings[dominant].consecutive_failures
    if failing >= thresholds.demote_after:
        return _demotion(stack, standings, thresholds)
    sound = [s for s in rest if standings[s].consecutive_failures < thresholds.demote_after]
    if not sound:
        return None
    best = max(sound, key=lambda sha: standings[sha].fitness)
    lead = standings[best].fitness - standings[dominant].fitness
    seasoned = standings[best].invocations >= thresholds.promote_after
    if seasoned and lead > thresholds.promote_margin:
        others = tuple(sha for sha in stack if sha != best)
        return Reorder("promotion", (best, *others), f"{best[:12]} leads by {lead:.2f}")
    return None


def _demotion(
    stack: tuple[str, ...], standings: Mapping[str, Standing], thresholds: Thresholds
) -> Reorder | None:
    """The dominant goes last; its place is taken by the first that is not failing as well."""
    dominant, rest = stack[0], stack[1:]
    for heir in rest:
        if standings[heir].consecutive_failures < thresholds.demote_after:
            others = tuple(sha for sha in rest if sha != heir)
            row = standings[dominant].consecutive_failures
            reason = f"{dominant[:12]} failed {row} times in a row"
            return Reorder("demotion", (heir, *others, dominant), reason)
    return None


def promoted(stack: tuple[str, ...], allele: str) -> tuple[str, ...]:
    """The stack with `allele` dominant, the others behind it, the last ones let go."""
    return (allele, *(sha for sha in stack if sha != allele))[:MAX_STACK]
