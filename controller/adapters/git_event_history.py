"""Reads the event log's branch: verifies what it reads, and that the log only grows.

Called by the event log and the sealer. It remembers the last tip it saw, also in a file beside
the repository (`VerifiedMark`), so that a history that was rewritten is found out, and that what
was verified once is not verified again: reading it only decodes.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import pygit2
from pygit2.enums import DeltaStatus

from controller.adapters.git_event_tree import END_OF_TIME, Segment, segment_holding, segments_from
from controller.adapters.git_refs import tip
from controller.adapters.verified_mark import NOTHING, Verified, VerifiedMark
from controller.history import segment
from controller.history.event import Event
from controller.limits import SEGMENT_CACHE_EVENTS
from controller.ports import Blocked, Corrupt

EVENTS_REF: Final = "refs/heads/genome/events"
"""A branch, so that any clone and fetch carries it."""

_HINT: Final = (
    "compare with another clone: `git log --stat genome/events` shows which commit changed what; "
    "fetch the branch from a clone that verifies"
)
_DAMAGE: Final = (segment.Malformed, pygit2.GitError, KeyError)
"""How an object that is missing, damaged or of another kind shows itself."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The log as it was at one commit; `tip` is None while there is none."""

    tip: pygit2.Oid | None
    length: int


class EventHistory:
    """The log of one open repository, as far as it is there now."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._mark = VerifiedMark(Path(repository.path) / "germline" / "verified.json")
        self._verified = self._mark.read()
        self._seen = Seen(None, 0)
        self._decoded = _DecodedSegments(SEGMENT_CACHE_EVENTS)

    @property
    def verified(self) -> Verified:
        """How far this clone has verified the log."""
        return self._verified

    def look(self) -> Seen:
        """The log at the present tip. Raises `Corrupt` unless it grew from what was seen."""
        now = tip(self._repository, EVENTS_REF)
        if now is not None and now == self._seen.tip:
            return self._seen
        before = self._seen.tip or self._verified.commit
        if now is None:
            if before is not None:
                known = max(self._seen.length, self._verified.length)
                _corrupt(f"{EVENTS_REF} is gone: it had {known} events")
            return self._seen
        commit = self.commit(now)
        if before is not None and before != now:
            self._check_descent(commit, before)
            self._check_growth(self.commit(before), commit)
        if now == self._verified.commit:
            self._seen = Seen(now, self._verified.length)
        else:
            last = self._holding(commit, END_OF_TIME)
            length = 0 if last is None else last[0] + len(self._events(last))
            self._seen = Seen(now, length)
        return self._seen

    def sealed(self, before: Seen, commit: pygit2.Oid, count: int, latest: str) -> None:
        """Take note of a tip made here, of events that were verified when they were appended."""
        self._seen = Seen(commit, before.length + count)
        self._verified = self._mark.read()
        if before.tip == self._verified.commit:
            self._remember(self._seen, max(self._verified.latest, latest))

    def verify(self, seen: Seen) -> None:
        """Verify what this clone has not yet, up to `seen`, and remember it. Raises `Corrupt`."""
        if seen.tip is None or seen.tip == self._verified.commit:
            return
        latest = self._verified.latest
        for event in self.read(seen, self._verified.length):
            latest = max(latest, event.time)
        self._remember(seen, latest)

    def verify_all(self, seen: Seen) -> None:
        """Verify every commit and every event, whatever was verified before. Raises `Corrupt`."""
        self._verified = NOTHING
        self._decoded.clear()
        self.check_commits(seen)
        self.verify(seen)

    def _remember(self, seen: Seen, latest: str) -> None:
        self._verified = Verified(seen.tip, seen.length, latest)
        self._mark.write(self._verified)

    def read(self, seen: Seen, cursor: int) -> Iterator[Event]:
        """The events from a cursor up to a tip; no segment that ends before is read.

        Raises `Corrupt` where sequence numbers are not contiguous or a line does not verify.
        """
        if cursor == seen.length or seen.tip is None:
            return
        commit = self.commit(seen.tip)
        start = self._holding(commit, cursor)
        if start is None:
            _corrupt("event 0: the first segment is missing")
        expected = start[0]
        for first, blob in self._onward(commit, start[0]):
            if first != expected:
                _corrupt(
                    f"event {min(first, expected)}: a segment begins at {first} instead of "
                    f"{expected}"
                )
            events = self._events((first, blob))
            expected = first + len(events)
            yield from events[max(0, cursor - first) :]

    def holds(self, seen: Seen, event_id: str) -> bool:
        """Whether an event is sealed, found by its text, segment by segment. Raises `Corrupt`."""
        if seen.tip is None:
            return False
        text = b'"id":"%b","subject":' % event_id.encode()
        for first, blob in self._onward(self.commit(seen.tip), 0):
            content = self._object(blob, f"event {first}: its segment {blob}")
            if isinstance(content, pygit2.Blob) and text in content.data:
                return True
        return False

    def check_commits(self, seen: Seen) -> None:
        """Check that every commit, back to the first, only added to its parent.

        Finds what reading cannot: a commit that changed a segment and kept the log well
        formed. Raises `Corrupt`.
        """
        if self._repository.is_shallow:
            raise Blocked(
                "this is a shallow clone: the log's first commits are not here to be verified",
                "fetch them: git fetch --unshallow",
            )
        child = None if seen.tip is None else self.commit(seen.tip)
        while child is not None:
            if len(child.parent_ids) > 1:
                _corrupt(f"commit {child.id} of the log is a merge")
            parent = self.commit(child.parent_ids[0]) if child.parent_ids else None
            if parent is not None:
                self._check_growth(parent, child)
            child = parent

    def commit(self, commit: pygit2.Oid) -> pygit2.Commit:
        """A commit of the log. Raises `Corrupt` if it is not there."""
        found = self._object(commit, f"commit {commit} of {EVENTS_REF}")
        if not isinstance(found, pygit2.Commit):
            _corrupt(f"{EVENTS_REF} names {commit}, which is not a commit")
        return found

    def _check_descent(self, commit: pygit2.Commit, before: pygit2.Oid) -> None:
        try:
            descends = self._repository.descendant_of(commit.id, before)
        except _DAMAGE as error:
            _corrupt(f"the commits between {before} and {commit.id} cannot be read", error)
        if not descends:
            _corrupt(f"the log was rewritten: {commit.id} does not descend from {before}")

    def _check_growth(self, old: pygit2.Commit, new: pygit2.Commit) -> None:
        """The newer commit has more segments after the last one, and differs in nothing else."""
        last = self._holding(old, END_OF_TIME)
        for delta in self._repository.diff(old, new).deltas:
            path = delta.new_file.path
            first = segment.first_of(path.rsplit("/", 1)[-1])
            added = delta.status == DeltaStatus.ADDED
            if not added or first is None or (last is not None and first <= last[0]):
                _corrupt(f"event {first}: {new.id} changed what was there: {path}")

    def _events(self, found: Segment) -> Sequence[Event]:
        """The events of a segment, decoded once as long as there is room to keep them."""
        first, blob = found
        kept = self._decoded.get(found)
        if kept is not None:
            return kept
        content = self._object(blob, f"event {first}: its segment {blob}")
        if not isinstance(content, pygit2.Blob):
            _corrupt(f"event {first}: its segment {blob} is not a blob")
        try:
            # Not `content.data`, which is a copy that takes as long as inflating.
            trusted = first < self._verified.length
            events = (segment.read if trusted else segment.decode)(memoryview(content), first)
        except segment.Malformed as error:
            _corrupt(str(error), error)
        self._decoded.keep(found, events)
        return events

    def _object(self, name: pygit2.Oid, what: str) -> object:
        try:
            if _is_cut_short(self._repository, name):
                _corrupt(f"{what} is damaged: its file is cut short")
            return self._repository[name]
        except _DAMAGE as error:
            _corrupt(f"{what} is missing or damaged", error)

    def _holding(self, commit: pygit2.Commit, sequence: int) -> Segment | None:
        try:
            return segment_holding(commit.tree, sequence)
        except _DAMAGE as error:
            _corrupt(str(error), error)

    def _onward(self, commit: pygit2.Commit, first: int) -> Iterator[Segment]:
        try:
            yield from segments_from(commit.tree, first)
        except _DAMAGE as error:
            _corrupt(str(error), error)


class _DecodedSegments:
    """The segments read last, up to a number of events in all."""

    def __init__(self, events_max: int) -> None:
        self._room = events_max
        self._segments: OrderedDict[Segment, Sequence[Event]] = OrderedDict()

    def get(self, key: Segment) -> Sequence[Event] | None:
        if key in self._segments:
            self._segments.move_to_end(key)
        return self._segments.get(key)

    def keep(self, key: Segment, events: Sequence[Event]) -> None:
        self._segments[key] = events
        self._room -= len(events)
        while self._room < 0:
            self._room += len(self._segments.popitem(last=False)[1])

    def clear(self) -> None:
        while self._segments:
            self._room += len(self._segments.popitem()[1])


def _is_cut_short(repository: pygit2.Repository, name: pygit2.Oid) -> bool:
    """True for a loose object whose compressed stream has no end.

    libgit2 before the fix of its issue 7342 reads such a file forever instead of failing.
    """
    digits = str(name)
    file = Path(repository.path) / "objects" / digits[:2] / digits[2:]
    stream = zlib.decompressobj()
    try:
        stream.decompress(file.read_bytes())
    except FileNotFoundError:
        return False
    except zlib.error:
        return True
    return not stream.eof


def _corrupt(reason: str, cause: Exception | None = None) -> NoReturn:
    raise Corrupt(reason, _HINT) from cause
