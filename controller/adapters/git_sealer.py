"""Seals journalled events into git: what waits becomes segments, one pack and one commit.

Called by the event log: by a thread while events wait, and directly where somebody wants them
sealed now. Objects are durable before the ref moves, the ref before the journal lets go, so a
death in between costs a repeated seal and nothing else.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pygit2

from controller.adapters.atomic_file import make_directory, sync_directory
from controller.adapters.git_event_history import EVENTS_REF, EventHistory, Seen
from controller.adapters.git_event_tree import tree_with
from controller.adapters.git_locks import WriterLock
from controller.adapters.git_open import GERMLINE, open_repository, signature
from controller.adapters.git_pack import (
    BLOB,
    COMMIT,
    TREE,
    consolidate,
    keep_whole,
    kept_pack,
    name_of,
    sweep,
)
from controller.adapters.git_refs import attempts, move
from controller.adapters.journal import Journal
from controller.adapters.journal_repair import agrees, repair
from controller.history import segment
from controller.limits import (
    APPEND_ATTEMPTS,
    SEAL_EVENTS,
    SEAL_EVENTS_MAX,
    SEAL_PAUSE_SECONDS,
    SEAL_RETRY_SECONDS,
    SEAL_SECONDS,
    SEGMENT_BYTES,
    SEGMENT_EVENTS,
    WRITER_LOCK_SECONDS,
)
from controller.ports import Clock, ControllerError, Corrupt, Unavailable


class Sealer:
    """Seals the journal of one repository. One object serves one thread."""

    def __init__(self, git_directory: Path, clock: Clock) -> None:
        self._repository = open_repository(git_directory)
        self._directory = git_directory
        self._clock = clock
        self._history = EventHistory(self._repository)
        self._journal = Journal(git_directory / "germline" / "journal")
        self._writers = WriterLock(git_directory)
        self._swept = False

    def seal(self, to_the_end: bool = False) -> int:
        """Seal everything that waits now. Returns the number of sealed events in all.

        `to_the_end` leaves no journal file behind that holds events. Raises `Unavailable` when
        the disk or other writers do not let it, `Corrupt` when the log does not verify.
        """
        try:
            with self._turn():
                if not self._swept:
                    sweep(self._directory)
                    keep_whole(self._directory)
                    self._swept = True
                self._put_in_place()
                end = self._journal.length() or 0
                while (sealed := self._history.look().length) < end:
                    count, lines = self._waiting(sealed)
                    if not count:
                        break
                    self._commit(count, lines)
                if self._journal.files():
                    self._sync_ref()
                    self._journal.release(sealed, to_the_end)
                consolidate(self._repository)
                return sealed
        except (pygit2.GitError, OSError) as error:
            raise Unavailable(
                f"events could not be sealed: {error}",
                "they are safe in the journal; make room on the disk, and they will be",
                retry_after_s=SEAL_RETRY_SECONDS,
            ) from error

    def waiting(self) -> bool:
        """Whether there are events to seal. Raises `Corrupt`."""
        return (self._journal.length() or 0) > self._history.look().length

    def close(self) -> None:
        """Close its files."""
        self._journal.close()

    def _sync_ref(self) -> None:
        """A move of the ref that was reported as failed may have happened, and not be durable."""
        folder = self._directory / Path(EVENTS_REF).parent
        if folder.is_dir():
            sync_directory(folder)

    def _waiting(self, sealed: int) -> tuple[int, bytes]:
        """Lines that follow the sealed ones, about `SEAL_EVENTS_MAX` at most, and their number."""
        count, pieces = 0, []
        for at, lines in self._journal.read(sealed):
            if at != sealed + count or count >= SEAL_EVENTS_MAX:
                break
            pieces.append(lines)
            count += lines.count(b"\n")
        return count, b"".join(pieces)

    def _put_in_place(self) -> None:
        """Let the journal follow the tip, also when a fetch or a push moved it meanwhile."""
        sealed = self._history.look().length
        if not agrees(self._journal, sealed, self._sealed_ids):
            with self._journal.held(lambda: sealed):
                if repair(self._journal, sealed, self._sealed_ids) is not None:
                    self._journal.restart(sealed)

    def _sealed_ids(self, begin: int) -> Iterator[str]:
        return (event.id for event in self._history.read(self._history.look(), begin))

    def _commit(self, count: int, lines: bytes) -> None:
        latest = self._latest(lines)
        for _ in attempts(APPEND_ATTEMPTS):
            seen = self._history.look()
            commit, objects = self._made(seen, count, lines)
            with kept_pack(self._directory, objects), self._writers.held():
                make_directory(self._directory / Path(EVENTS_REF).parent)
                moved = move(self._repository, EVENTS_REF, seen.tip, commit, f"{count} events")
            if moved:
                self._history.sealed(seen, commit, count, latest)
                return
            if self._history.look().length != seen.length:
                self._put_in_place()
                return
        raise Unavailable(
            f"other writers moved {EVENTS_REF} {APPEND_ATTEMPTS} times in a row",
            "the events are safe in the journal",
            retry_after_s=1.0,
        )

    def _latest(self, lines: bytes) -> str:
        """The latest time of lines that are still what was written. Raises `Corrupt`."""
        try:
            return segment.latest(lines, self._history.look().length)
        except segment.Malformed as error:
            raise Corrupt(
                f"the journal is damaged: {error}",
                "stop whatever writes it; the next start sets what is damaged aside and goes on",
            ) from error

    def _made(
        self, seen: Seen, count: int, lines: bytes
    ) -> tuple[pygit2.Oid, list[tuple[int, bytes]]]:
        """The commit that adds lines after `seen`: its name, and every object that it needs."""
        parent = None if seen.tip is None else self._history.commit(seen.tip)
        cut = dict(segment.segments(lines, seen.length, SEGMENT_EVENTS, SEGMENT_BYTES))
        blobs = {segment.path_of(first): name_of(BLOB, each) for first, each in cut.items()}
        root, trees = tree_with(self._repository, parent and parent.tree_id, blobs)
        person = signature(GERMLINE, self._clock.now())
        who = f"{person.name} <{person.email}> {person.time} {_offset(person.offset)}"
        last = seen.length + count - 1
        commit = "\n".join(
            [
                f"tree {root.hex()}",
                *([] if parent is None else [f"parent {parent.id}"]),
                f"author {who}",
                f"committer {who}",
                "",
                f"events {seen.length}..{last}\n\nEvents: {count}\n",
            ]
        ).encode()
        objects = [*((BLOB, each) for each in cut.values()), *((TREE, each) for each in trees)]
        return pygit2.Oid(raw=name_of(COMMIT, commit)), [*objects, (COMMIT, commit)]

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One seal at a time per repository. Raises `Unavailable` after `WRITER_LOCK_SECONDS`."""
        own = self._directory / "germline"
        make_directory(own)
        lock = os.open(own / "seal.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = time.monotonic() + WRITER_LOCK_SECONDS
        try:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() >= deadline:
                        raise Unavailable(
                            "another process has been sealing events for too long",
                            "they are safe in the journal",
                        ) from error
                    time.sleep(0.005)
            yield
        finally:
            os.close(lock)


class SealingThread:
    """Seals by itself while events wait, and is no thread otherwise."""

    def __init__(self, git_directory: Path, clock: Clock) -> None:
        self._directory = git_directory
        self._clock = clock
        self._condition = threading.Condition()
        self._waiting = 0
        self._closing = False
        self._thread: threading.Thread | None = None
        self.sealed = 0

    def notice(self, count: int) -> None:
        """So many more events are in the journal."""
        with self._condition:
            self._waiting += count
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
                self._thread.start()
            elif self._waiting - count < SEAL_EVENTS <= self._waiting:
                self._condition.notify()

    def close(self) -> None:
        """Let a seal that is under way end, and begin no other."""
        with self._condition:
            self._closing = True
            self._condition.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        sealer = Sealer(self._directory, self._clock)
        try:
            while self._due(SEAL_SECONDS):
                try:
                    self.sealed = sealer.seal()
                    with self._condition:
                        self._condition.wait_for(lambda: self._closing, SEAL_PAUSE_SECONDS)
                except ControllerError:
                    # Said again, and to somebody, by whoever seals next: the service, or `close`.
                    with self._condition:
                        self._condition.wait_for(lambda: self._closing, SEAL_RETRY_SECONDS)
                        self._waiting = max(1, self._waiting)
        finally:
            sealer.close()

    def _due(self, seconds: float) -> bool:
        """Wait until a seal is due; False when there is nothing more to seal."""
        with self._condition:
            if self._waiting == 0 or self._closing:
                self._thread = None
                return False
            self._condition.wait_for(lambda: self._closing or self._waiting >= SEAL_EVENTS, seconds)
            self._waiting = 0
        return True


def _offset(minutes: int) -> str:
    """A time zone as git writes it: +hhmm."""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
