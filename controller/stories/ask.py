"""Ask: which events of the log somebody means, found by the index where it knows more.

Called by `germline events log` and `show`. Pure but for the two ports that it asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import chain, islice

from controller.history.event import Event
from controller.history.reading import read_at
from controller.limits import SHOW_CAUSES, SHOW_DEPTH, SHOW_EVENTS
from controller.ports import Blocked, EventLog, Index

Found = tuple[int, Event]
"""A sequence number and the event that has it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Events from the cursor `begin` on that fit everything given. `type` is a glob."""

    begin: int = 0
    type: str | None = None
    subject: str | None = None
    cause: str | None = None
    earliest: datetime | None = None
    latest: datetime | None = None

    def fits(self, event: Event) -> bool:
        """True if it is one of them, wherever it is in the log."""
        return (
            (self.type is None or fnmatchcase(event.type, self.type))
            and (self.subject is None or event.subject == self.subject)
            and (self.cause is None or event.cause == self.cause)
            and (self.earliest is None or event.at >= self.earliest)
            and (self.latest is None or event.at <= self.latest)
        )


@dataclass(frozen=True, slots=True)
class Consequence:
    """An event that another one caused, `depth` steps below the one that was asked about."""

    depth: int
    sequence: int
    event: Event


def answer(log: EventLog, index: Index, question: Question, end: int) -> Iterator[Found]:
    """The events before sequence number `end` that fit, oldest first. Raises `Corrupt`."""
    if question.begin >= end:
        return iter(())
    found = _candidates(log, index, question, end)
    return ((number, event) for number, event in found if question.fits(event))


def named(log: EventLog, index: Index, prefix: str) -> Found:
    """The event whose id begins so. Raises `Blocked` if there is none, or more than one."""
    number = index.find(prefix)
    if number is None:
        raise Blocked(
            f"no event of this log begins with {prefix!r}",
            "give at least 4 hex digits of its id; germline events log shows them",
        )
    return number, next(log.since(number))


def causes(log: EventLog, index: Index, event: Event) -> tuple[Event, ...]:
    """What led to an event, nearest first, as far as the log has it; at most `SHOW_CAUSES`."""
    found, cause = list[Event](), event.cause
    while cause is not None and len(found) < SHOW_CAUSES:
        number = index.find(cause)
        if number is None:
            break
        before = next(log.since(number))
        found.append(before)
        cause = before.cause
    return tuple(found)


def consequences(log: EventLog, index: Index, event: Event) -> tuple[Consequence, ...]:
    """What an event led to, as a tree in reading order; bounded in depth and in number."""
    found, open_branches = list[Consequence](), [(1, _caused(log, index, event))]
    while open_branches and len(found) < SHOW_EVENTS:
        depth, branch = open_branches[-1]
        after = next(branch, None)
        if after is None:
            open_branches.pop()
            continue
        found.append(Consequence(depth, *after))
        if depth < SHOW_DEPTH:
            open_branches.append((depth + 1, _caused(log, index, after[1])))
    return tuple(found)


def _caused(log: EventLog, index: Index, event: Event) -> Iterator[Found]:
    return read_at(log.since, index.consequences(event.id))


def _candidates(log: EventLog, index: Index, question: Question, end: int) -> Iterator[Found]:
    if question.cause is not None:
        return _from(question, end, read_at(log.since, index.consequences(question.cause)))
    if question.subject is not None:
        return _from(question, end, read_at(log.since, index.by_subject(question.subject)))
    if question.earliest is not None or question.latest is not None:
        earliest = question.earliest or datetime.min.replace(tzinfo=UTC)
        latest = question.latest or datetime.max.replace(tzinfo=UTC)
        numbers = chain.from_iterable(index.between(earliest, latest))
        return _from(question, end, read_at(log.since, (n for n in numbers if n >= question.begin)))
    events = islice(log.since(question.begin), end - question.begin)
    return enumerate(events, question.begin)


def _from(question: Question, end: int, found: Iterator[Found]) -> Iterator[Found]:
    return ((number, event) for number, event in found if question.begin <= number < end)
