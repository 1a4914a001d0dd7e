"""The journal: where an event is durable before it is in git.

Files of lines in `<git dir>/germline/journal/`, each named by the sequence number of its first
event. Lines are the ones that segments hold; they prove themselves by their ids, so there are
no frames. Files are written ahead with zeros (a sync of bytes that exist moves no metadata), so
what a file holds ends at its first zero byte.

Called by the event log to append and by everyone to read. A whole line, once written, stays
until it is sealed: readers and the sealer need no lock. Writers take turns by a lock whose file
names the file that is written now.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller.adapters.atomic_file import make_directory, sync_directory, write_atomically
from controller.history.segment import SEQUENCE_DIGITS, SUFFIX, first_of
from controller.limits import (
    JOURNAL_AHEAD_BYTES,
    JOURNAL_FILE_BYTES,
    JOURNAL_KEEP_BYTES,
    JOURNAL_LOCK_POLL_SECONDS,
    JOURNAL_LOCK_SECONDS,
    JOURNAL_READ_BYTES,
)
from controller.ports import Unavailable

_MODE: Final = 0o644
_DISTRUSTED: Final = b"!"
_AHEAD: Final = bytes(JOURNAL_AHEAD_BYTES)
_HINT: Final = "nothing that was acknowledged is lost; make room on the disk and try again"


@dataclass(slots=True)
class _Tail:
    """The file that is written now, and its end: `sequence` events lie before `offset`."""

    name: bytes
    descriptor: int
    place: str
    sequence: int
    offset: int
    size: int


class Journal:
    """One object serves one thread; any number of objects and processes share the files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock: int | None = None
        self._tail: _Tail | None = None
        self._marks: dict[int, tuple[int, int]] = {}
        self._distrusted = False

    # --- writing ------------------------------------------------------------------------

    @contextmanager
    def held(self, sealed: Callable[[], int]) -> Iterator[int]:
        """Hold the journal's lock; gives the sequence number that the next event gets.

        `sealed` tells the number of sealed events, asked only for a journal that has no file.
        Raises `Unavailable` after `JOURNAL_LOCK_SECONDS`, or where the disk refuses.
        """
        try:
            lock = self._opened_lock()
            _wait(lock, self.directory)
            try:
                yield self._at_the_end(lock, sealed)
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)
        except OSError as error:
            raise Unavailable(f"the journal cannot be written: {error}", _HINT) from error

    def write(self, lines: bytes, count: int) -> int:
        """Add whole lines at the end; with the lock held. Returns the descriptor to `sync`.

        Not durable yet. Raises OSError, and leaves whole lines at most, when the disk is full.
        """
        tail = self._tail
        assert tail is not None
        if tail.offset > JOURNAL_FILE_BYTES:
            tail = self._next_file(tail.sequence)
        written = 0
        try:
            while written < len(lines):
                written += os.pwrite(tail.descriptor, lines[written:], tail.offset + written)
        except OSError:
            self._drop_tail()
            raise
        tail.offset += len(lines)
        tail.sequence += count
        if tail.offset > tail.size:
            tail.size = tail.offset + self._write_ahead(tail, len(lines))
        return tail.descriptor

    def sync(self, descriptor: int) -> None:
        """Make durable what was written so far; without the lock. Raises `Unavailable`."""
        try:
            os.fdatasync(descriptor)
        except OSError as error:
            self._distrust()
            raise Unavailable(
                f"the journal cannot be synced: {error}",
                "the events may or may not be recorded; appending them again does no harm",
            ) from error

    def release(self, sealed: int, to_the_end: bool = False) -> None:
        """Let go of files that hold nothing but events before `sealed`, which are in git.

        `to_the_end` also gives up a short file that would be written on. Raises `Unavailable`.
        """
        with self.held(lambda: sealed):
            tail = self._tail
            assert tail is not None
            if tail.sequence <= sealed and tail.offset > (0 if to_the_end else JOURNAL_KEEP_BYTES):
                self._next_file(tail.sequence)
            names = self.files()
            for first, follower in itertools.pairwise(names):
                if follower <= sealed:
                    self.path(first).unlink(missing_ok=True)
                    self._marks.pop(first, None)

    def restart(self, first: int) -> int:
        """Go on with the file of this name, whatever was written before; with the lock held.

        Returns the sequence number that the next event gets.
        """
        assert self._lock is not None
        self._drop_tail()
        self._marks.clear()
        os.pwrite(self._lock, b"%012d" % first, 0)
        return self._at_the_end(self._lock, lambda: first)

    def rewrite(self, first: int, lines: bytes) -> None:
        """Put a file of these lines, durable, in the place of one; with the lock held.

        Whoever has the old one open notices when it next gets the lock.
        """
        write_atomically(self.path(first), lines)
        sync_directory(self.directory)

    def close(self) -> None:
        """Close every file. The journal stays."""
        self._drop_tail()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # --- reading ------------------------------------------------------------------------

    def files(self) -> list[int]:
        """The sequence numbers that files begin with, in order."""
        try:
            names = [entry.name for entry in os.scandir(self.directory)]
        except FileNotFoundError:
            return []
        return sorted(first for name in names if (first := first_of(name)) is not None)

    def path(self, first: int) -> Path:
        """The file whose first event has this sequence number."""
        return self.directory / f"{first:0{SEQUENCE_DIGITS}d}{SUFFIX}"

    def read(self, sequence: int) -> Iterator[tuple[int, bytes]]:
        """Whole lines from an event on: (sequence number of the first, lines), as they come.

        Ends at the journal's end as it is when it gets there. Begins later than asked where
        the events before are not in the journal any more.
        """
        firsts = self.files()
        begin = max(0, bisect_right(firsts, sequence) - 1)
        for first in firsts[begin:]:
            try:
                descriptor = os.open(self.path(first), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                yield from self._lines(descriptor, first, sequence)
            finally:
                os.close(descriptor)

    def length(self) -> int | None:
        """The number of events up to the journal's end, or None if it has no file."""
        firsts = self.files()
        if not firsts:
            return None
        begin, _ = self._marks.get(firsts[-1], (firsts[-1], 0))
        end = firsts[-1]
        for at, lines in self.read(begin):
            end = at + lines.count(b"\n")
        return max(end, begin)

    def _lines(self, descriptor: int, first: int, sequence: int) -> Iterator[tuple[int, bytes]]:
        """The file's lines from an event on, in pieces; remembers where the last one ended."""
        at, offset = self._marks.get(first, (first, 0))
        if at > sequence:
            at, offset = first, 0
        while lines := _whole_lines(descriptor, offset):
            count = lines.count(b"\n")
            if at + count > sequence:
                skipped = _nth_line(lines, max(0, sequence - at))
                yield max(at, sequence), lines[skipped:]
            at, offset = at + count, offset + len(lines)
            self._marks[first] = (at, offset)

    # --- the end ------------------------------------------------------------------------

    def _opened_lock(self) -> int:
        if self._lock is None:
            make_directory(self.directory)
            path = self.directory / "lock"
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        return self._lock

    def _at_the_end(self, lock: int, sealed: Callable[[], int]) -> int:
        """Open the file that is written now and find its end. Returns the next number."""
        name, trusted = _current(lock)
        if name and (self._distrusted or not trusted):
            self._drop_tail()
            self.rewrite(int(name), self._content(int(name)))
            os.ftruncate(lock, SEQUENCE_DIGITS)
            self._distrusted = False
        tail = self._tail
        reopened = tail is None or tail.name != name or not self._is_the_file(tail)
        if tail is None or reopened:
            self._drop_tail()
            firsts = self.files()
            first = max([int(name) if name else -1, *firsts[-1:]])
            tail = self._open(lock, first if first >= 0 else sealed())
        elif not _is_written(tail):
            return tail.sequence  # nobody else appended since
        while lines := _whole_lines(tail.descriptor, tail.offset):
            tail.sequence += lines.count(b"\n")
            tail.offset += len(lines)
        if reopened or _is_written(tail):
            # Nobody is writing now: what lies behind the last whole line is a dead writer's.
            os.ftruncate(tail.descriptor, tail.offset)
            tail.size = tail.offset
        return tail.sequence

    def _is_the_file(self, tail: _Tail) -> bool:
        """False when the file was replaced, moved or removed behind our back.

        Not by `stat`: since Linux 6.13 a look at a file's times has the next write change them
        precisely, which makes its sync half as dear again.
        """
        return _place(tail.descriptor) == tail.place and tail.place.endswith(SUFFIX)

    def _open(self, lock: int, first: int) -> _Tail:
        name = b"%012d" % first
        path = self.path(first)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        size = os.lseek(descriptor, 0, os.SEEK_END)
        self._tail = _Tail(name, descriptor, _place(descriptor), first, 0, size)
        sync_directory(self.directory)  # whoever made the file may have died before doing so
        if _current(lock)[0] != name:
            os.pwrite(lock, name, 0)
        return self._tail

    def _next_file(self, first: int) -> _Tail:
        """Go on in a new file; what the old one holds is made durable before."""
        assert self._tail is not None
        assert self._lock is not None
        try:
            os.fdatasync(self._tail.descriptor)
        except OSError:
            self._distrust()
            raise
        os.ftruncate(self._tail.descriptor, self._tail.offset)
        os.pwrite(self._lock, b"%012d" % first, 0)
        self._drop_tail()
        return self._open(self._lock, first)

    def _write_ahead(self, tail: _Tail, length: int) -> int:
        """Zeros after the end, unless lines come in such pieces that it would not pay."""
        if length > JOURNAL_AHEAD_BYTES // 4:
            return 0
        return os.pwrite(tail.descriptor, _AHEAD, tail.offset)

    def _content(self, first: int) -> bytes:
        """The whole lines of a file, if it is there."""
        if not self.path(first).exists():
            return b""
        with self.path(first).open("rb") as file:
            offset = 0
            while lines := _whole_lines(file.fileno(), offset):
                offset += len(lines)
            return os.pread(file.fileno(), offset, 0)

    def _distrust(self) -> None:
        """A sync failed: what it did not write counts as written for the kernel from now on.

        So the file is written anew before anything more is acknowledged, by whoever is next.
        The mark need not be durable: it is about what is in memory only. Where even the mark
        finds no room, this process knows, and any other meets the same disk.
        """
        self._drop_tail()
        self._distrusted = True
        assert self._lock is not None
        with suppress(OSError):
            os.pwrite(self._lock, _DISTRUSTED, SEQUENCE_DIGITS)

    def _drop_tail(self) -> None:
        if self._tail is not None:
            os.close(self._tail.descriptor)
            self._tail = None


def _current(lock: int) -> tuple[bytes, bool]:
    """What the lock's file says: the name of the file that is written now (empty where it is no
    name), and whether syncs of it can be trusted."""
    text = os.pread(lock, SEQUENCE_DIGITS + 1, 0)
    name = text[:SEQUENCE_DIGITS]
    if len(name) < SEQUENCE_DIGITS or not name.isdigit():
        return b"", True
    return name, text[SEQUENCE_DIGITS:] != _DISTRUSTED


def _place(descriptor: int) -> str:
    """Where an open file is now, see proc(5): another text once it is moved or removed."""
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def _is_written(tail: _Tail) -> bool:
    """Whether anything but zeros written ahead begins at its end."""
    return os.pread(tail.descriptor, 1, tail.offset) not in (b"", b"\0")


def _whole_lines(descriptor: int, offset: int) -> bytes:
    """Whole lines from an offset on, up to about `JOURNAL_READ_BYTES`; empty at the end."""
    held = b""
    while piece := os.pread(descriptor, JOURNAL_READ_BYTES, offset + len(held)):
        zero = piece.find(b"\0")
        held += piece if zero < 0 else piece[:zero]
        end = held.rfind(b"\n") + 1
        if end or zero >= 0:
            return held[:end]
    return held[: held.rfind(b"\n") + 1]


def _nth_line(lines: bytes, count: int) -> int:
    """The offset after so many lines."""
    at = 0
    for _ in range(count):
        at = lines.index(b"\n", at) + 1
    return at


def _wait(lock: int, directory: Path) -> None:
    deadline = None
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            deadline = deadline or time.monotonic() + JOURNAL_LOCK_SECONDS
            if time.monotonic() >= deadline:
                raise Unavailable(
                    f"another process holds the journal {directory} for too long",
                    "see which process has it open: fuser -v FILE",
                ) from error
            time.sleep(JOURNAL_LOCK_POLL_SECONDS)
