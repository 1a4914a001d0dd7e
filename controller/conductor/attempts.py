"""Attempts at consequences: what was tried for a gap of a system, and when it may be tried again.

`consequence.started` and `consequence.finished` are folded into the ledger; `next_step` decides,
purely: the alleles of the stack in their order, each once, at most `MAX_AGENTS_PER_GAP` in all,
`COOLDOWN_PER_GAP_SECONDS` apart; then a person. The bounds are the ones of seed 000.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from controller import limits
from controller.conductor.obligation import Gap
from controller.history.canonical import canonical
from controller.history.event import Event

STARTED: Final = "consequence.started"
FINISHED: Final = "consequence.finished"
_KEY_DIGITS: Final = 32


@dataclass(slots=True)
class Attempt:
    """One allele's try. `error` is None while it lasts, or if it was cut short."""

    id: str
    allele: str
    at: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """Why a gap needs a person, and the stack of which that was said: another one may try."""

    reason: str
    stack: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Serve:
    """Let this allele try now."""

    allele: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not before this moment."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Nothing more will be tried; why."""

    reason: str


Step = Serve | Later | Person


def key_of(system: str, gap: Gap) -> str:
    """What names a gap as long as it is open: whose, which consequence, of what, why."""
    one = gap.obligation
    text = canonical([system, one.consequence, one.arguments, one.trigger])
    return hashlib.sha256(text).hexdigest()[:_KEY_DIGITS]


@dataclass(slots=True)
class Attempts:
    """What was tried for gaps that are open, and which are handed to people; by `key_of`."""

    tried: dict[str, list[Attempt]] = field(default_factory=dict)
    handed: dict[str, Handed] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take one more event. What was served needs no memory."""
        key = event.data.get("gap")
        if not isinstance(key, str):
            return
        if event.type == STARTED:
            made = Attempt(event.id, str(event.data["allele"]), event.time)
            self.tried.setdefault(key, []).append(made)
        elif event.type == FINISHED:
            self._finish(key, event)
        elif event.type == "person.needed":
            stack = event.data["stack"]
            assert isinstance(stack, list)
            self.handed[key] = Handed(str(event.data["reason"]), tuple(map(str, stack)))
            self.tried.pop(key, None)

    def _finish(self, key: str, event: Event) -> None:
        error = event.data.get("error")
        if error is None:
            self.tried.pop(key, None)
            self.handed.pop(key, None)
        for attempt in self.tried.get(key, ()):
            if attempt.id == event.data.get("attempt"):
                attempt.error = str(error)


def next_step(key: str, stack: Sequence[str], known: Attempts, now: datetime) -> Step:
    """What to do next for a gap whose locus expresses `stack`, which is not empty."""
    handed = known.handed.get(key)
    if handed is not None and handed.stack == tuple(stack):
        return Person(handed.reason)
    tried = known.tried.get(key, [])
    failed = {attempt.allele: attempt.error for attempt in tried if attempt.error is not None}
    left = [allele for allele in stack if allele not in failed]
    if not left:
        return Person(f"needs a person: every allele failed, the last: {[*failed.values()][-1]}")
    if len(tried) >= limits.MAX_AGENTS_PER_GAP:
        return Person(f"needs a person: {len(tried)} attempts in vain (max_agents_per_gap)")
    if tried:
        pause = timedelta(seconds=limits.COOLDOWN_PER_GAP_SECONDS)
        until = datetime.fromisoformat(tried[-1].at) + pause
        if until > now:
            return Later(until)
    return Serve(left[0])
