"""Attempts at gaps: what was tried for one, and what comes next, cheapest first.

    express   each allele of the stack once, dominant first
    agent     where one is configured
    person    whatever is left; said once

`consequence.*`, `agent.*` and `person.needed` are folded into the ledger; `next_step` decides,
purely: at most `max_agents_per_gap` attempts of genes and as many of agents, `cooldown_per_gap`
apart (seed 000, circuit breakers).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from controller.conductor.breakers import AGENT_FINISHED, ASSIGNED, Breakers
from controller.conductor.obligation import Gap
from controller.history.canonical import canonical
from controller.history.event import Event

STARTED: Final = "consequence.started"
FINISHED: Final = "consequence.finished"
AGENT: Final = "agent"
"""The tier after the alleles, and who tried in an agent's attempt."""
NEEDS_HUMAN: Final = "needs_human"
APPENDED: Final = "appended"
UNNEEDED: Final = "unneeded"
"""Outcomes of an agent that end what is tried for a gap: it gives up, it has closed it, or
somebody else has."""
_KEY_DIGITS: Final = 32


@dataclass(slots=True)
class Attempt:
    """One try, `by` an allele or an agent. `error` is None while it lasts, or if it was cut short;
    `gives_up` if it said that a person is needed."""

    id: str
    by: str
    at: str
    error: str | None = None
    gives_up: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """Why a gap needs a person, and the tiers of which that was said: others may try."""

    reason: str
    tiers: tuple[str, ...]
    breaker: str | None = None


@dataclass(frozen=True, slots=True)
class Serve:
    """Let this allele try now."""

    allele: str


@dataclass(frozen=True, slots=True)
class Engage:
    """Let an agent try now. `reason` is why it has come to that."""

    reason: str


@dataclass(frozen=True, slots=True)
class Underway:
    """An agent is at it: `attempt` is its assignment."""

    attempt: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not before this moment."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Nothing more will be tried; why, and which breaker says so if one does."""

    reason: str
    breaker: str | None = None


Step = Serve | Engage | Underway | Later | Person


def key_of(system: str, gap: Gap) -> str:
    """What names a gap as long as it is open: whose, which consequence, of what, why."""
    one = gap.obligation
    return _digest([system, one.consequence, one.arguments, one.trigger])


def duty_of(system: str, gap: Gap) -> str:
    """What names all gaps of one consequence, claim or quality: what a person is told of once."""
    return _digest([system, gap.obligation.consequence])


def _digest(parts: list[object]) -> str:
    return hashlib.sha256(canonical(parts)).hexdigest()[:_KEY_DIGITS]  # type: ignore[arg-type]


@dataclass(slots=True)
class Attempts:
    """What was tried for gaps that are open, and which are handed to people; by `key_of`."""

    tried: dict[str, list[Attempt]] = field(default_factory=dict)
    handed: dict[str, Handed] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take one more event. What was served needs no memory."""
        if event.type == "drift.observed":
            self.tried.pop(str(event.data["demand"]), None)
        key = event.data.get("gap")
        if not isinstance(key, str):
            return
        if event.type in (STARTED, ASSIGNED):
            by = AGENT if event.type == ASSIGNED else str(event.data["allele"])
            self.tried.setdefault(key, []).append(Attempt(event.id, by, event.time))
        elif event.type in (FINISHED, AGENT_FINISHED):
            self._finish(key, event)
        elif event.type == "person.needed":
            tiers, breaker = event.data["tiers"], event.data.get("breaker")
            assert isinstance(tiers, list)
            why = str(event.data["reason"])
            named = None if breaker is None else str(breaker)
            self.handed[key] = Handed(why, tuple(map(str, tiers)), named)
            self.tried.pop(key, None)

    def underway(self) -> Iterator[tuple[str, Attempt]]:
        """(gap, attempt) of the agents that are assigned and not over."""
        for key, tried in self.tried.items():
            yield from ((key, one) for one in tried if one.by == AGENT and one.error is None)

    def _finish(self, key: str, event: Event) -> None:
        error, outcome = event.data.get("error"), event.data.get("outcome", APPENDED)
        if error is None and outcome in (APPENDED, UNNEEDED):
            self.tried.pop(key, None)
            self.handed.pop(key, None)
        for attempt in self.tried.get(key, ()):
            if attempt.id == event.data.get("attempt"):
                attempt.error = str(error or "what it drafted did not close the gap")
                attempt.gives_up = outcome == NEEDS_HUMAN


def next_step(
    key: str, tiers: Sequence[str], known: Attempts, now: datetime, breakers: Breakers
) -> Step:
    """What to do next for a gap that `tiers` may try: alleles in their order, perhaps `AGENT`."""
    handed = known.handed.get(key)
    if handed is not None and handed.tiers == tuple(tiers):
        return Person(handed.reason, handed.breaker)
    tried = known.tried.get(key, [])
    for attempt in tried:
        if attempt.by == AGENT and attempt.error is None:
            return Underway(attempt.id)
    step = _chosen(tiers, tried, breakers)
    if tried and not isinstance(step, Person):
        pause = timedelta(seconds=breakers.cooldown_per_gap)
        until = datetime.fromisoformat(tried[-1].at) + pause
        if until > now:
            return Later(until)
    return step


def _chosen(tiers: Sequence[str], tried: Sequence[Attempt], breakers: Breakers) -> Step:
    """The cheapest tier that is left."""
    if not tiers:
        return Person("needs a person: nothing serves it")
    genes = [one for one in tried if one.by != AGENT and one.by in tiers]
    failed = {one.by: one.error for one in genes if one.error is not None}
    left = [tier for tier in tiers if tier != AGENT and tier not in failed]
    spent = _spent("attempts", len(genes), breakers)
    if left and spent is None:
        return Serve(left[0])
    why = f"every allele failed, the last: {[*failed.values()][-1]}" if failed else "no allele"
    over = spent if left else Person(f"needs a person: {why}")
    if AGENT not in tiers:
        assert over is not None
        return over
    agents = [one for one in tried if one.by == AGENT]
    if agents and agents[-1].gives_up:
        return Person(f"needs a person: {agents[-1].error}")
    in_vain = _spent("agents", len(agents), breakers)
    if in_vain is not None:
        return Person(f"{in_vain.reason}, the last: {agents[-1].error}", in_vain.breaker)
    return Engage(why)


def _spent(noun: str, count: int, breakers: Breakers) -> Person | None:
    if count < breakers.max_agents_per_gap:
        return None
    reason = f"needs a person: {count} {noun} in vain (max_agents_per_gap)"
    return Person(reason, "max_agents_per_gap")
