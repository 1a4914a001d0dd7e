"""Append: events that people and programs hand in, line by line, become events of the log.

Called by `germline events append`. Lines gather into batches bounded in number and bytes, and each
batch is acknowledged when it is durable. A line that is refused stops nothing before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.conductor.recorded import is_reserved
from controller.history.enrichment import is_enrichment, problems
from controller.history.event import Event, Occurrence, written
from controller.history.intake import Offered, Refused, too_large
from controller.limits import (
    APPEND_BATCH_BYTES,
    APPEND_BATCH_EVENTS,
    EVENT_BYTES,
)
from controller.ports import Clock, EventLog, Index

_ID_DIGITS = 64
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The events of the lines `first_line` to `last_line` are in the log, durably."""

    first_line: int
    last_line: int
    events: tuple[Event, ...]


class Intake:
    """Takes offered events in order; `actor` is who hands them in, where they do not say."""

    def __init__(self, log: EventLog, index: Index, clock: Clock, actor: str) -> None:
        self._log = log
        self._index = index
        self._clock = clock
        self._actor = actor
        self._batch = list[Occurrence]()
        self._ids = set[str]()
        self._lines = (0, 0)
        self._bytes = 0
        self._latest = datetime.min.replace(tzinfo=UTC)

    def take(self, line: int, offered: Offered, size: int) -> Iterator[Acknowledged]:
        """Take the event of a line of `size` bytes; gives what became durable meanwhile.

        Raises `Refused`; what was taken before stays, and `flush` makes it durable.
        """
        occurrence, event_id = self._checked(offered)
        self._lines = (self._lines[0] if self._batch else line, line)
        self._batch.append(occurrence)
        self._ids.add(event_id)
        self._bytes += size
        if len(self._batch) >= APPEND_BATCH_EVENTS or self._bytes >= APPEND_BATCH_BYTES:
            yield from self.flush()

    def flush(self) -> Iterator[Acknowledged]:
        """Make durable what was taken. Raises what the log raises."""
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        self._ids.clear()
        self._bytes = 0
        yield Acknowledged(*self._lines, self._log.append(batch))

    def _waits(self, cause: str) -> bool:
        """True if the event of this id is in the batch that is gathered now."""
        return cause in self._ids

    def _checked(self, offered: Offered) -> tuple[Occurrence, str]:
        if is_reserved(offered.type):
            raise Refused(
                f"{offered.type} is a type that the controller records itself",
                "germline express asks for a locus, germline draft decides on a draft",
            )
        self._check_enrichment(offered)
        occurrence = Occurrence(
            offered.type,
            offered.subject,
            offered.data,
            offered.time or self._now(),
            None if offered.cause is None else self._cause(offered.cause),
            offered.actor or self._actor,
        )
        event = _recordable(occurrence)
        if offered.id not in (None, event.id):
            raise Refused(
                "its `id` is not the hash of what it says",
                "leave `id` out: the log gives it; a copy of an event must be whole",
            )
        return occurrence, event.id

    def _check_enrichment(self, offered: Offered) -> None:
        if not is_enrichment(offered.type):
            return
        wrong = problems(offered.subject, offered.data)
        if wrong:
            raise Refused(
                f"it is no enrichment: {'; '.join(wrong)}",
                'data is {"source": ID, "inferred": true, "confidence": 0.9, "values": {…}}',
            )
        source = offered.data.get("source")
        if source is not None and not (self._waits(str(source)) or self._index.known(str(source))):
            raise Refused(f"its source {source} is no event of this log", "germline events log")

    def _cause(self, cause: str) -> str:
        """The id that a cause, or a unique beginning of one, means."""
        if self._waits(cause):
            return cause
        number = self._index.find(cause)
        if number is None:
            raise Refused(
                f"its cause {cause[:_ID_DIGITS]!r} is no event of this log",
                "append the cause first; germline events log shows what is there",
            )
        return next(self._log.since(number)).id

    def _now(self) -> datetime:
        """The present, never twice: two equal events at one time would be one event."""
        self._latest = max(self._clock.now(), self._latest + _TICK)
        return self._latest


def _recordable(occurrence: Occurrence) -> Event:
    """The event that it becomes. Raises `Refused` if it has no canonical form or is too large."""
    try:
        event, line = written(occurrence)
    except ValueError as error:
        raise Refused(
            f"it cannot be recorded: {error}",
            "text without lone surrogates, finite numbers, whole numbers within 2^53",
        ) from error
    if len(line) > EVENT_BYTES:
        raise too_large(len(line))
    return event
