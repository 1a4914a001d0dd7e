"""The consequence graph: what a system demands, as one frozen value.

compile.py makes it of a `system` document, evaluator.py evaluates it, showing.py prints it. Two
systems that demand the same have equal graphs. Names in conditions that thresholds give are
replaced by their constants, so that a graph needs nothing beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from grammar.system.nodes import (
    Backfill,
    Condition,
    Constant,
    Duration,
    Entity,
    Invocation,
    Level,
    Path,
)

INVARIANT: Final = "invariant"
"""The level above `must`: seed 000, "Invariant violations sit above all three"."""


@dataclass(frozen=True, slots=True)
class Expect:
    """A consequence that must, should or could follow. `id` is its rule's and its own name."""

    id: str
    level: Level
    consequence: Invocation
    within_ms: int | None = None
    fallback: Invocation | None = None
    requires: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """What follows only if a condition holds. `id` tells it from its neighbours; `written` is
    the condition with thresholds by name."""

    id: str
    condition: Condition
    written: Condition
    body: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """What follows for each thing of a kind."""

    entity: str
    condition: Condition | None
    body: tuple[Step, ...]


Step = Expect | Check | Each


@dataclass(frozen=True, slots=True)
class OnEvent:
    """An event of this type was recorded."""

    type: str


@dataclass(frozen=True, slots=True)
class OnState:
    """A thing has been in a state for so long."""

    entity: str
    state: str
    for_ms: int


@dataclass(frozen=True, slots=True)
class OnClock:
    """A time came: each `period` at `at` (`HH:MM`), or at a time that each `entity` has."""

    period: str | Duration
    at: str | None = None
    entity: str | None = None
    attribute: str | None = None


Trigger = OnEvent | OnState | OnClock


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from one trigger; `id` is the trigger as it is written."""

    id: str
    trigger: Trigger
    body: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What is true of every thing of a kind, or of none. `condition` names the thing by its kind;
    with `only`, the claim is made of those things alone for which that word is true."""

    id: str
    quantifier: str
    entity: str
    only: str | None
    condition: Condition


@dataclass(frozen=True, slots=True)
class Quality:
    """A measured bound. `goal` is a standard's name; `budget` sums what is spent in a period."""

    id: str
    name: str
    level: str
    operator: str
    bound: Constant
    budget: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """One system, compiled. `vocabulary` is what its capabilities accept and produce."""

    name: str
    entities: tuple[Entity, ...] = ()
    rules: tuple[Rule, ...] = ()
    claims: tuple[Claim, ...] = ()
    qualities: tuple[Quality, ...] = ()
    backfill: Backfill = Backfill.SEQUENTIAL
    zone: str = "UTC"
    vocabulary: tuple[str, ...] = ()

    def ids(self) -> tuple[str, ...]:
        """The id of everything that can be unmet, in the order written."""
        expected = [one.id for rule in self.rules for one in expects(rule.body)]
        return (*expected, *(c.id for c in self.claims), *(q.id for q in self.qualities))


def expects(body: tuple[Step, ...]) -> Iterator[Expect]:
    """Every consequence in a body, those under conditions and loops included."""
    for step in body:
        if isinstance(step, Expect):
            yield step
        else:
            yield from expects(step.body)


def steps(body: tuple[Step, ...]) -> Iterator[Step]:
    """Every step in a body, outer ones first."""
    for step in body:
        yield step
        if not isinstance(step, Expect):
            yield from steps(step.body)
