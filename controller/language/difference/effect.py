"""What a change can do to those who rely on a contract, and a rule that says why.

Called by reliance.py and demands.py, which hold the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a change does: to callers, or, of a system, to whoever has to fulfil it."""

    NARROWS = "narrows"
    WIDENS = "widens"
    NEITHER = "neither"
    MORE = "demands more"
    LESS = "demands less"
    OTHERWISE = "demands otherwise"


@dataclass(frozen=True, slots=True)
class Rule:
    """The effect of one kind of change, and why."""

    effect: Effect
    reason: str


def narrows(reason: str) -> Rule:
    """Some caller who was right before can be wrong now."""
    return Rule(Effect.NARROWS, reason)


def widens(reason: str) -> Rule:
    """Callers may do or count on more."""
    return Rule(Effect.WIDENS, reason)


def neither(reason: str) -> Rule:
    """Callers are as they were."""
    return Rule(Effect.NEITHER, reason)


def more(reason: str) -> Rule:
    """What fulfilled the system before may not be enough now."""
    return Rule(Effect.MORE, reason)


def less(reason: str) -> Rule:
    """What fulfilled the system before still does."""
    return Rule(Effect.LESS, reason)


def otherwise(reason: str) -> Rule:
    """More, less or something else: a person has to read it."""
    return Rule(Effect.OTHERWISE, reason)
