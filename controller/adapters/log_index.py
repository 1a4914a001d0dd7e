"""The index of the log in files: answers `ports.Index`. Built in the wiring.

    <git dir>/germline/index/<first>-<end>.run      (form: history.index)

It is brought up to date when it is asked. What is missing in files is read from the log and
written in runs; adjacent ones of like size merge into larger ones, up to a bound, so there are
few; the latest few events are kept in memory only. A lock makes processes take turns. A file
that is damaged, and whatever comes after it, is made again, as is everything if the log is not
one that grew from what was indexed. Candidates are checked by reading the events.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final

from controller.adapters.atomic_file import write_atomically
from controller.adapters.git_log_tip import GitLogTip
from controller.history.event import Event
from controller.history.index import Run, RunBuilder, Unreadable, decode, encode, merge, twins
from controller.history.reading import read_at
from controller.limits import (
    BACKOFF_MAX_SECONDS,
    INDEX_BATCH_EVENTS,
    INDEX_BLOCK_EVENTS,
    INDEX_LOCK_SECONDS,
    INDEX_PREFIX_DIGITS,
    INDEX_RUN_EVENTS,
    INDEX_RUN_RATIO,
)
from controller.ports import Blocked, Corrupt, EventLog, Unavailable

_NAME: Final = re.compile(r"(\d{12})-(\d{12})\.run")
_PREFIX: Final = re.compile(rf"[0-9a-f]{{{INDEX_PREFIX_DIGITS},64}}")
_ID_DIGITS: Final = 64


class LogIndex:
    """The index of one clone's log. One object serves one thread; any number of them one log."""

    def __init__(self, log: EventLog, git_directory: Path) -> None:
        self._log = log
        self._tip = GitLogTip(git_directory)
        self._directory = git_directory / "germline" / "index"
        self._lock = git_directory / "germline" / "index.lock"
        self._runs = list[Run]()
        self._tail = RunBuilder(0)
        self._tail_run = self._tail.run("")
        self._opened = False

    def find(self, prefix: str) -> int | None:
        """See `ports.Index`. A prefix has at least `INDEX_PREFIX_DIGITS` hex digits."""
        if not _PREFIX.fullmatch(prefix):
            return None
        found = self._asked(lambda run: run.by_id(prefix), lambda e: e.id.startswith(prefix))
        named = list(islice(found, 2))
        if len(named) > 1:
            raise Blocked(f"several events begin with {prefix}", "give more digits of its id")
        return named[0] if named else None

    def known(self, event_id: str) -> bool:
        """See `ports.Index`."""
        return len(event_id) == _ID_DIGITS and self.find(event_id) is not None

    def by_subject(self, subject: str) -> Iterator[int]:
        """See `ports.Index`."""
        return self._asked(lambda run: run.by_subject(subject), lambda e: e.subject == subject)

    def consequences(self, event_id: str) -> Iterator[int]:
        """See `ports.Index`."""
        return self._asked(lambda run: run.by_cause(event_id), lambda e: e.cause == event_id)

    def between(self, earliest: datetime, latest: datetime) -> Iterator[range]:
        """See `ports.Index`. Adjacent ranges are one."""
        self.catch_up()
        blocks = chain.from_iterable(run.between(earliest, latest) for run in self._all())
        return _joined(blocks)

    def repeated(self) -> Iterator[tuple[int, int]]:
        """See `ports.Index`."""
        self.catch_up()
        for numbers in twins(self._all()):
            seen = dict[str, int]()
            for number, event in read_at(self._log.since, numbers):
                if event.id in seen:
                    yield seen[event.id], number
                seen.setdefault(event.id, number)

    def catch_up(self) -> int:
        """Take in what was appended; the number of events that the index covers then.

        Raises `Corrupt` as the log does, `Unavailable` if files cannot be written or another
        process works on them for longer than `INDEX_LOCK_SECONDS`.
        """
        length = self._log.length()
        if not self._opened or length < self._tail.end:
            self._under_lock(lambda: self._open(length))
        if length - self._tail.first >= INDEX_BLOCK_EVENTS:
            self._write_up_to(length)
        if length > self._tail.end:
            self._tail.add(islice(self._log.since(self._tail.end), length - self._tail.end))
            self._tail_run = self._tail.run("")
        return self._tail.end

    def forget(self) -> None:
        """See `ports.Index`. Raises `Unavailable`."""
        self._under_lock(self._delete)
        self._opened = False

    # --- reading

    def _all(self) -> list[Run]:
        return [*self._runs, self._tail_run]

    def _asked(
        self, candidates: Callable[[Run], Iterable[int]], meant: Callable[[Event], bool]
    ) -> Iterator[int]:
        self.catch_up()
        numbers = chain.from_iterable(sorted(candidates(run)) for run in self._all())
        return (number for number, event in read_at(self._log.since, numbers) if meant(event))

    # --- files

    def _open(self, length: int) -> None:
        """Read the files that hold, in their order, and delete the others."""
        known = {(run.first, run.end): run for run in self._runs}
        self._runs, used = [], set[Path]()
        for path in self._files():
            first, end = _covers(path)
            if first != (self._runs[-1].end if self._runs else 0):
                continue
            run = known.get((first, end)) or _read(path)
            if run is not None:
                self._runs.append(run)
                used.add(path)
        if self._runs and not self._stands(self._runs[-1], length):
            self._runs = []
            self._delete()
        for path in set(self._files()) - used:
            path.unlink(missing_ok=True)
        self._opened = True
        self._begin_tail()

    def _files(self) -> list[Path]:
        """By where they begin, of those the longest first."""
        found = [path for path in self._directory.glob("*.run") if _NAME.fullmatch(path.name)]
        return sorted(found, key=lambda path: (_covers(path)[0], -_covers(path)[1]))

    def _stands(self, last: Run, length: int) -> bool:
        """True if the log grew from the one that was indexed."""
        if last.end > length or not self._tip.grew_from(last.commit):
            return False
        event = next(self._log.since(last.end - 1), None)
        return event is not None and event.id == last.last

    def _write_up_to(self, length: int) -> None:
        """Write runs of whole blocks, letting others have their turn between batches."""
        while length - self._tail.first >= INDEX_BLOCK_EVENTS:
            self._under_lock(lambda: self._write_one(length))

    def _write_one(self, length: int) -> None:
        self._open(length)
        blocks = (length - self._tail.first) // INDEX_BLOCK_EVENTS
        count = min(blocks * INDEX_BLOCK_EVENTS, INDEX_BATCH_EVENTS)
        if count == 0:
            return
        builder = RunBuilder(self._tail.first)
        builder.add(islice(self._log.since(builder.first), count))
        if builder.end != builder.first + count:
            raise Corrupt(f"event {builder.end}: the log ends here, but had {length} events")
        self._add(builder.run(self._tip.commit()))
        self._begin_tail()

    def _add(self, run: Run) -> None:
        """Store one more run, merged with those before it that are not much larger."""
        keep = len(self._runs)
        size = run.size
        while (
            keep > 0
            and self._runs[keep - 1].size <= INDEX_RUN_RATIO * size
            and self._runs[keep - 1].size + size <= INDEX_RUN_EVENTS
        ):
            keep -= 1
            size += self._runs[keep].size
        merged = merge([*self._runs[keep:], run]) if keep < len(self._runs) else run
        write_atomically(self._path(merged), encode(merged))
        for old in self._runs[keep:]:
            self._path(old).unlink(missing_ok=True)
        stored = _read(self._path(merged))
        if stored is None:
            raise Unavailable(f"{self._path(merged)} does not read back as it was written")
        self._runs[keep:] = [stored]

    def _path(self, run: Run) -> Path:
        return self._directory / f"{run.first:012d}-{run.end:012d}.run"

    def _begin_tail(self) -> None:
        self._tail = RunBuilder(self._runs[-1].end if self._runs else 0)
        self._tail_run = self._tail.run("")

    def _delete(self) -> None:
        self._runs = []
        self._begin_tail()
        if self._directory.exists():
            shutil.rmtree(self._directory)

    def _under_lock(self, act: Callable[[], None]) -> None:
        try:
            with _held(self._lock):
                act()
        except OSError as error:
            raise Unavailable(f"the index of the log cannot be kept: {error}") from error


def _joined(ranges: Iterable[range]) -> Iterator[range]:
    joined: range | None = None
    for one in ranges:
        if joined is not None and joined.stop == one.start:
            joined = range(joined.start, one.stop)
        else:
            if joined is not None:
                yield joined
            joined = one
    if joined is not None:
        yield joined


def _covers(path: Path) -> tuple[int, int]:
    return int(path.name[:12]), int(path.name[13:25])


def _read(path: Path) -> Run | None:
    """A file's run, mapped into memory, or None if it is damaged or of another form."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        run = decode(memoryview(mapped))
    except (FileNotFoundError, ValueError, Unreadable):
        return None
    return run if (run.first, run.end) == _covers(path) else None


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Hold a lock file; the kernel lets it go if this process dies. Raises `Unavailable`."""
    lock.parent.mkdir(exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + INDEX_LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unavailable("another process is indexing the log") from None
                time.sleep(BACKOFF_MAX_SECONDS)
        yield
    finally:
        os.close(descriptor)
