"""A log, its index and snapshots of folds, in memory. What is in `Shelf` outlives a crash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from controller.history.event import Event, Occurrence, written
from controller.history.segment import decode_line
from controller.limits import EVENT_BYTES, INDEX_PREFIX_DIGITS
from controller.ports import Blocked, Clock, Corrupt, EventLog, Snapshot


@dataclass(slots=True)
class Shelf:
    """What is on the disk: the log's lines, and the number of each by its event's id."""

    lines: list[bytes] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    snapshots: list[Snapshot] = field(default_factory=list)


class MemoryLog:
    """Answers `ports.EventLog`. Events are encoded and decoded as they are on a disk."""

    def __init__(self, shelf: Shelf, clock: Clock) -> None:
        self._shelf = shelf
        self._clock = clock

    def append(self, occurrences: Sequence[Occurrence]) -> tuple[Event, ...]:
        """See `ports.EventLog`. Raises `Blocked` for what `GitEventLog` refuses."""
        pairs = [_written(occurrence) for occurrence in occurrences]
        given = {event.id for event, _ in pairs}
        for event, _ in pairs:
            if event.cause is not None and event.cause not in given | self._shelf.numbers.keys():
                raise Blocked(
                    f"an event {event.type} cannot be recorded: its cause {event.cause} is not "
                    "known"
                )
        for event, line in pairs:
            if event.id not in self._shelf.numbers:
                self._shelf.numbers[event.id] = len(self._shelf.lines)
                self._shelf.lines.append(line)
        return tuple(event for event, _ in pairs)

    def since(self, cursor: int = 0) -> Iterator[Event]:
        """See `ports.EventLog`."""
        if cursor < 0:
            raise ValueError(f"a cursor is a number of events: {cursor}")
        end = self.length()
        if cursor > end:
            raise Corrupt(f"event {end}: the log ends here, but {cursor} events were there")
        return (_read(self._shelf, number) for number in range(cursor, end))

    def length(self) -> int:
        """See `ports.EventLog`."""
        return len(self._shelf.lines)

    def wait(self, cursor: int, timeout_s: float) -> bool:
        """See `ports.EventLog`: nobody appends while the only thread waits."""
        if self.length() <= cursor:
            self._clock.sleep(timeout_s)
        return self.length() > cursor


class MemoryIndex:
    """Answers `ports.Index` by reading the log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.forget()

    def find(self, prefix: str) -> int | None:
        """See `ports.Index`."""
        self._catch_up()
        if prefix in self._ids or len(prefix) < INDEX_PREFIX_DIGITS:
            return self._ids.get(prefix)
        found = [name for name in self._ids if name.startswith(prefix)]
        if len(found) > 1:
            raise Blocked(f"several events begin with {prefix}", "give more digits of its id")
        return self._ids[found[0]] if found else None

    def known(self, event_id: str) -> bool:
        """See `ports.Index`."""
        self._catch_up()
        return event_id in self._ids

    def by_subject(self, subject: str) -> Iterator[int]:
        """See `ports.Index`."""
        self._catch_up()
        return iter([*self._about.get(subject, ())])

    def consequences(self, event_id: str) -> Iterator[int]:
        """See `ports.Index`."""
        self._catch_up()
        return iter([*self._caused.get(event_id, ())])

    def between(self, earliest: datetime, latest: datetime) -> Iterator[range]:
        """See `ports.Index`."""
        for number, event in enumerate(self._log.since()):
            if earliest <= event.at <= latest:
                yield range(number, number + 1)

    def repeated(self) -> Iterator[tuple[int, int]]:
        """See `ports.Index`."""
        self._catch_up()
        return iter([*self._twice])

    def forget(self) -> None:
        """See `ports.Index`."""
        self._ids = dict[str, int]()
        self._about = dict[str, list[int]]()
        self._caused = dict[str, list[int]]()
        self._twice = list[tuple[int, int]]()
        self._read = 0

    def _catch_up(self) -> None:
        for event in self._log.since(self._read):
            first = self._ids.setdefault(event.id, self._read)
            if first != self._read:
                self._twice.append((first, self._read))
            self._about.setdefault(event.subject, []).append(self._read)
            if event.cause is not None:
                self._caused.setdefault(event.cause, []).append(self._read)
            self._read += 1


class MemorySnapshots:
    """Answers `ports.Snapshots`."""

    KEPT = 3

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def newest_first(self, fold: str, version: int) -> Iterator[Snapshot]:
        """See `ports.Snapshots`."""
        return reversed(self._of(fold, version))

    def keep(self, snapshot: Snapshot) -> None:
        """See `ports.Snapshots`."""
        self._shelf.snapshots.append(snapshot)
        for old in self._of(snapshot.fold, snapshot.version)[: -self.KEPT]:
            self._shelf.snapshots.remove(old)

    def forget(self) -> None:
        """See `ports.Snapshots`."""
        self._shelf.snapshots.clear()

    def _of(self, fold: str, version: int) -> list[Snapshot]:
        return [s for s in self._shelf.snapshots if (s.fold, s.version) == (fold, version)]


def events_of(shelf: Shelf) -> tuple[Event, ...]:
    """All that the log holds."""
    return tuple(_read(shelf, number) for number in range(len(shelf.lines)))


def _read(shelf: Shelf, number: int) -> Event:
    return decode_line(shelf.lines[number][:-1], number)


def _written(occurrence: Occurrence) -> tuple[Event, bytes]:
    if occurrence.time.tzinfo is None:
        raise Blocked("an event cannot be recorded: its time has no time zone")
    try:
        event, line = written(occurrence)
    except ValueError as error:
        raise Blocked(f"an event {occurrence.type} cannot be recorded: {error}") from error
    if len(line) > EVENT_BYTES:
        raise Blocked(f"an event {occurrence.type} cannot be recorded: {len(line)} bytes")
    return event, line
