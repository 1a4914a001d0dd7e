"""The event log in git: answers `ports.EventLog` with a journal before sealed segments.

An event is acknowledged when the journal that holds it is synced, and is sealed into the branch
`genome/events` soon after (`git_sealer`). Readers see both as one log. Built in the wiring.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from controller.adapters.clock import SystemClock
from controller.adapters.git_event_history import EventHistory, Seen
from controller.adapters.git_open import open_repository
from controller.adapters.git_sealer import Sealer, SealingThread
from controller.adapters.journal import Journal
from controller.adapters.journal_repair import repair
from controller.adapters.recent_ids import RecentIds
from controller.history import segment
from controller.history.canonical import NotCanonical
from controller.history.event import Event, Occurrence, written
from controller.limits import (
    EVENT_BYTES,
    RECENT_IDS,
    SEAL_BACKLOG_EVENTS,
    SEGMENT_EVENTS,
    TAIL_POLL_SECONDS,
)
from controller.ports import Blocked, Clock, Corrupt, Unavailable

_LOST: Final = "compare with another clone, and fetch genome/events from one that verifies"


class GitEventLog:
    """Answers `ports.EventLog`. One object serves one thread; any number of them one log."""

    def __init__(
        self,
        repository_path: Path,
        clock: Clock | None = None,
        known: Callable[[str], bool] | None = None,
    ) -> None:
        """Open the log of a repository; `clock` dates its commits. Raises `Blocked`.

        `known` tells whether an event with this id is in the log, for the few that are not
        told by their time; without it the log is searched from its end.
        """
        self._repository = open_repository(repository_path)
        directory = Path(self._repository.path)
        self._directory = directory
        self._clock: Clock = clock or SystemClock()
        self._history = EventHistory(self._repository)
        self._journal = Journal(directory / "germline" / "journal")
        self._sealing = SealingThread(directory, self._clock)
        self.known: Callable[[str], bool] = known or self._search
        self._recent = RecentIds(RECENT_IDS)
        self._position: int | None = None
        self.mended: str | None = None

    # --- writing ------------------------------------------------------------------------

    def append(self, occurrences: Sequence[Occurrence]) -> tuple[Event, ...]:
        """See `ports.EventLog`. On return the events are in a journal that is synced to disk.

        An event has the same id only if it has the same body, so one that is in the log
        already is returned as it is there. Raises `Blocked`, and appends nothing, if one of
        them has no canonical JSON, a time without a zone, a cause that is not in the log, or
        more than `EVENT_BYTES`.
        """
        pairs = [_written(occurrence) for occurrence in occurrences]
        if not pairs:
            return ()
        with self._journal.held(self._sealed) as found:
            end = self._caught_up(found)
            fresh = self._fresh(pairs)
            descriptor = self._journal.write(b"".join(fresh.values()), len(fresh))
            self._position = end + len(fresh)
            self._recent.add(fresh, max(event.time for event, _ in pairs))
        self._journal.sync(descriptor)
        self._sealing.notice(len(fresh))
        if self._position - self._sealing.sealed > SEAL_BACKLOG_EVENTS:
            self._sealing.sealed = self.seal()
        return tuple(event for event, _ in pairs)

    def seal(self) -> int:
        """Seal everything that is journalled. Returns the number of sealed events.

        Raises `Unavailable` and `Corrupt` as `Sealer.seal`.
        """
        sealer = Sealer(self._directory, self._clock)
        try:
            return sealer.seal()
        finally:
            sealer.close()

    def close(self) -> None:
        """Seal what this object has appended, and close its files."""
        self._sealing.close()
        sealer = Sealer(self._directory, self._clock)
        try:
            if self._position is not None and sealer.waiting():
                sealer.seal(to_the_end=True)
        except Unavailable:
            pass  # it is in the journal: whoever opens the log next seals it
        finally:
            sealer.close()
            self._journal.close()

    # --- reading ------------------------------------------------------------------------

    def since(self, cursor: int = 0) -> Iterator[Event]:
        """See `ports.EventLog`. The events up to the end at the time of the call, no later ones.

        Reads no segment that ends before the cursor. Raises `Corrupt` (also when the log is
        shorter than the cursor) and `ValueError` for a negative cursor.
        """
        if cursor < 0:
            raise ValueError(f"a cursor is a number of events: {cursor}")
        seen = self._history.look()
        end = max(seen.length, self._journal.length() or 0)
        if cursor > end:
            raise Corrupt(
                f"event {end}: the log ends here, but {cursor} events were there",
                "the branch was set back: fetch it from a clone that has them",
            )
        return self._read(seen, cursor, end)

    def length(self) -> int:
        """The number of events in the log now, journalled ones included. Raises `Corrupt`."""
        return max(self._history.look().length, self._journal.length() or 0)

    def wait(self, cursor: int, timeout_s: float) -> bool:
        """See `ports.EventLog`."""
        deadline = time.monotonic() + timeout_s
        while self.length() <= cursor:
            if time.monotonic() >= deadline:
                return False
            time.sleep(TAIL_POLL_SECONDS)
        return True

    def verify(self) -> int:
        """Check every event and every commit from the first on. Returns the number of events.

        Raises `Corrupt`, and `Blocked` for a shallow clone.
        """
        seen = self._history.look()
        self._history.verify_all(seen)
        count = seen.length
        for at, lines in self._journal.read(seen.length):
            if at != count:
                raise Corrupt(f"event {count}: the journal goes on at event {at}", _LOST)
            count += len(_decoded(lines, at, segment.decode))
        return count

    def _read(self, seen: Seen, cursor: int, end: int) -> Iterator[Event]:
        while True:
            sealed = min(end, seen.length)
            if cursor < sealed:
                yield from islice(self._history.read(seen, cursor), sealed - cursor)
                cursor = sealed
            for at, lines in self._journal.read(cursor):
                if at != cursor:
                    break  # sealed, and let go of, since we looked
                for event in _decoded(lines, at, segment.read)[: end - cursor]:
                    yield event
                    cursor += 1
            if cursor >= end:
                return
            before, seen = seen, self._history.look()
            if seen == before:
                raise Corrupt(f"event {cursor}: it is neither sealed nor in the journal", _LOST)

    # --- what is in the log already -----------------------------------------------------

    def _sealed(self) -> int:
        return self._history.look().length

    def _caught_up(self, end: int) -> int:
        """Learn what others appended, up to `end`; with the journal's lock held.

        The first time, check that the journal goes on where the sealed events end, and mend it.
        Returns the number of events, which is not `end` if the journal was mended.
        """
        if self._position is None:
            seen = self._history.look()
            end = self._checked_journal(seen.length, end)
            self._history.verify(seen)
            self._recent.settled = self._history.verified.latest
            self._position = max(0, seen.length - SEGMENT_EVENTS)
        if self._position != end:
            for event in self.since(self._position):
                self._recent.add([event.id], event.time)
        return end

    def _checked_journal(self, sealed: int, end: int) -> int:
        first = next(iter(self._journal.files()), sealed)
        if first > sealed:
            raise Corrupt(
                f"event {sealed}: the sealed log ends here, the journal begins at {first}", _LOST
            )
        self.mended = repair(
            self._journal, sealed, lambda begin: (event.id for event in self._sealed_from(begin))
        )
        return end if self.mended is None else self._journal.restart(sealed)

    def _fresh(self, pairs: Sequence[tuple[Event, bytes]]) -> dict[str, bytes]:
        """The lines, by id, of events that are not in the log.

        An id covers its event's time, so one later than all that are not recent is recent or
        new. Raises `Blocked` for a cause that is not in the log.
        """
        lines: dict[str, bytes] = {}
        for event, line in pairs:
            name, cause = event.id, event.cause
            if cause is not None and cause not in lines and not self._is_known(cause):
                raise Blocked(
                    f"an event {event.type} cannot be recorded: its cause {cause} is not known",
                    "append the cause first, or leave it out",
                )
            if name in lines or name in self._recent:
                continue
            if event.time > self._recent.settled or not self.known(name):
                lines[name] = line
        return lines

    def _is_known(self, event_id: str) -> bool:
        return event_id in self._recent or self.known(event_id)

    def _sealed_from(self, begin: int) -> Iterator[Event]:
        return self._history.read(self._history.look(), begin)

    def _search(self, event_id: str) -> bool:
        seen = self._history.look()
        return self._history.holds(seen, event_id)


def _decoded(
    lines: bytes, first: int, decode: Callable[[bytes, int], Sequence[Event]]
) -> Sequence[Event]:
    try:
        return decode(lines, first)
    except segment.Malformed as error:
        raise Corrupt(
            f"the journal is damaged: {error}",
            "the next append sets what is damaged aside and goes on",
        ) from error


def _written(occurrence: Occurrence) -> tuple[Event, bytes]:
    if occurrence.time.tzinfo is None:
        raise Blocked(
            f"an event {occurrence.type} cannot be recorded: its time has no time zone",
            "use an aware datetime, such as datetime.now(UTC)",
        )
    try:
        event, line = written(occurrence)
    except (NotCanonical, ValueError) as error:
        raise Blocked(
            f"an event {occurrence.type} cannot be recorded: {error}",
            "data is a JSON object of text, finite numbers and whole numbers within 2^53",
        ) from error
    if len(line) > EVENT_BYTES:
        raise Blocked(
            f"an event {event.type} cannot be recorded: it has {len(line)} bytes, "
            f"{EVENT_BYTES} are allowed",
            "keep large content in git, and name it in the event",
        )
    return event, line
