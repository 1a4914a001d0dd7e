"""Growth: whether one log grew out of another, or out of what a checkpoint remembers.

Called by `germline events verify` and `checkpoint`. Compares events by their ids, which are
hashes of what they say; so the same events sealed in other commits are the same history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from controller.history.event import Event


class Relation(StrEnum):
    """What our log is to another one."""

    EQUAL = "equal"
    AHEAD = "ahead"
    BEHIND = "behind"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`common` events are the same in both, from the first on.

    `ours` and `theirs` are the events after them, if there are any.
    """

    relation: Relation
    common: int
    ours: Event | None
    theirs: Event | None


@dataclass(frozen=True, slots=True)
class Digest:
    """The first `length` events: the id of the last, and the SHA-256 of all their ids in a row."""

    length: int
    last: str
    sha256: str


def compare(ours: Iterable[Event], theirs: Iterable[Event]) -> Comparison:
    """What our log is to another, and where they part."""
    left, right = iter(ours), iter(theirs)
    common = 0
    while True:
        one, other = next(left, None), next(right, None)
        if one is None or other is None or one.id != other.id:
            return Comparison(_relation(one, other), common, one, other)
        common += 1


def digest(events: Iterable[Event], length: int) -> Digest | None:
    """The digest of the first `length` events, or None if there are fewer."""
    hashed, last, count = hashlib.sha256(), "", 0
    for event in islice(events, length):
        hashed.update(bytes.fromhex(event.id))
        last, count = event.id, count + 1
    return Digest(length, last, hashed.hexdigest()) if count == length else None


def _relation(ours: Event | None, theirs: Event | None) -> Relation:
    if ours is None and theirs is None:
        return Relation.EQUAL
    if theirs is None:
        return Relation.AHEAD
    return Relation.BEHIND if ours is None else Relation.REWRITTEN
