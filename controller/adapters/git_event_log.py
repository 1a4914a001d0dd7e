"""The event log in git: answers `ports.EventLog` on the branch `genome/events`.

One commit per append: its tree adds segments (`history.segment`) and changes nothing else,
its parent is the former tip, and the branch moves by compare-and-swap. Built in the wiring.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pygit2

from controller.adapters.clock import SystemClock
from controller.adapters.git_event_history import EVENTS_REF, EventHistory, Seen
from controller.adapters.git_event_tree import tree_with
from controller.adapters.git_locks import WriterLock
from controller.adapters.git_open import GERMLINE, open_repository, signature
from controller.adapters.git_refs import attempts, move
from controller.history import segment
from controller.history.event import Event, Occurrence, seal
from controller.limits import (
    APPEND_ATTEMPTS,
    BACKOFF_FIRST_SECONDS,
    EVENT_BYTES,
    SEGMENT_BYTES,
    SEGMENT_EVENTS,
)
from controller.ports import Blocked, Clock, Corrupt, Unavailable


class GitEventLog:
    """Answers `ports.EventLog`. One object serves one thread; any number of them one log."""

    def __init__(self, repository_path: Path, clock: Clock | None = None) -> None:
        """Open the log of a repository; `clock` dates its commits. Raises `Blocked`."""
        self._repository = open_repository(repository_path)
        self._clock: Clock = clock or SystemClock()
        self._lock = WriterLock(Path(self._repository.path))
        self._history = EventHistory(self._repository)
        self._ids: set[bytes] = set()
        self._ids_length = 0

    def append(self, occurrences: Sequence[Occurrence]) -> tuple[Event, ...]:
        """See `ports.EventLog`. On return the events are in a commit that is synced to disk.

        An event has the same id only if it has the same body, so one that is in the log
        already is returned as it is there. Raises `Blocked`, and appends nothing, if one of
        them has no canonical JSON, a time without a zone, or more than `EVENT_BYTES`.
        """
        events = tuple(_sealed(occurrence) for occurrence in occurrences)
        lines = {event.id: _line(event) for event in events}
        for _ in attempts(APPEND_ATTEMPTS):
            if not lines or self._appended(lines):
                return events
        raise Unavailable(
            f"other writers moved {EVENTS_REF} {APPEND_ATTEMPTS} times in a row",
            "nothing was appended; try again",
            retry_after_s=1.0,
        )

    def since(self, cursor: int = 0) -> Iterator[Event]:
        """See `ports.EventLog`. The events up to the tip at the time of the call, no later ones.

        Reads no segment that ends before the cursor. Raises `Corrupt` (also when the log is
        shorter than the cursor) and `ValueError` for a negative cursor.
        """
        if cursor < 0:
            raise ValueError(f"a cursor is a number of events: {cursor}")
        seen = self._history.look()
        if cursor > seen.length:
            raise Corrupt(
                f"event {seen.length}: the log ends here, but {cursor} events were there",
                "the branch was set back: fetch it from a clone that has them",
            )
        return self._history.read(seen, cursor)

    def length(self) -> int:
        """The number of events in the log now. Raises `Corrupt`."""
        return self._history.look().length

    def wait(self, cursor: int, timeout_s: float) -> bool:
        """See `ports.EventLog`."""
        deadline = time.monotonic() + timeout_s
        while self.length() <= cursor:
            if time.monotonic() >= deadline:
                return False
            time.sleep(BACKOFF_FIRST_SECONDS)
        return True

    def verify(self) -> int:
        """Check every event and every commit from the first on. Returns the number of events.

        Raises `Corrupt`.
        """
        seen = self._history.look()
        self._history.check_commits(seen)
        return sum(1 for _ in self._history.read(seen, 0))

    def _appended(self, lines: dict[str, bytes]) -> bool:
        """Append the lines whose ids are not in the log; False if the tip moved meanwhile."""
        with self._lock.held():
            seen = self._history.look()
            known = self._known_ids(seen)
            fresh = {i: line for i, line in lines.items() if bytes.fromhex(i) not in known}
            if not fresh:
                return True
            try:
                commit = self._commit(seen, list(fresh.values()))
            except (pygit2.GitError, OSError) as error:
                raise Unavailable(f"events could not be written: {error}") from error
            if not move(self._repository, EVENTS_REF, seen.tip, commit, f"{len(fresh)} events"):
                return False
        self._history.appended(commit, seen.length + len(fresh))
        self._ids.update(bytes.fromhex(event_id) for event_id in fresh)
        self._ids_length = seen.length + len(fresh)
        return True

    def _known_ids(self, seen: Seen) -> set[bytes]:
        """The ids of all events up to `seen`, 32 bytes each; reads only what is new."""
        new = self._history.read(seen, self._ids_length)
        self._ids.update(bytes.fromhex(event.id) for event in new)
        self._ids_length = seen.length
        return self._ids

    def _commit(self, seen: Seen, lines: list[bytes]) -> pygit2.Oid:
        """Write the commit that adds lines after `seen`. No ref moves."""
        parent = None if seen.tip is None else self._history.commit(seen.tip)
        cut = segment.segments(lines, seen.length, SEGMENT_EVENTS, SEGMENT_BYTES)
        blobs = {
            segment.path_of(first): self._repository.create_blob(content) for first, content in cut
        }
        tree = tree_with(self._repository, None if parent is None else parent.tree, blobs)
        person = signature(GERMLINE, self._clock.now())
        last = seen.length + len(lines) - 1
        message = f"events {seen.length}..{last}\n\nEvents: {len(lines)}\n"
        parents = [] if parent is None else [parent.id]
        return self._repository.create_commit(None, person, person, message, tree, parents)


def _sealed(occurrence: Occurrence) -> Event:
    if occurrence.time.tzinfo is None:
        raise Blocked(
            f"an event {occurrence.type} cannot be recorded: its time has no time zone",
            "use an aware datetime, such as datetime.now(UTC)",
        )
    try:
        return seal(occurrence)
    except (ValueError, RecursionError) as error:
        raise _unrecordable(occurrence.type, str(error)) from error


def _line(event: Event) -> bytes:
    try:
        line = segment.encode(event)
    except segment.Unrecordable as error:
        raise _unrecordable(event.type, str(error)) from error
    if len(line) > EVENT_BYTES:
        raise Blocked(
            f"an event {event.type} cannot be recorded: it has {len(line)} bytes, "
            f"{EVENT_BYTES} are allowed",
            "keep large content in git, and name it in the event",
        )
    return line


def _unrecordable(event_type: str, problem: str) -> Blocked:
    return Blocked(
        f"an event {event_type} cannot be recorded: {problem}",
        "data is a JSON object of text, finite numbers and whole numbers within 2^53",
    )
