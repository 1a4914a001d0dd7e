"""Turns among the writers of one repository on one machine, and the locks of dead ones.

Every writer of this program holds `WriterLock` while it moves refs. The kernel releases it
when its holder dies, however it dies; git's own lock *files* stay behind then, and block
everyone. Whoever gets the writer lock after a death knows that such files can only be the
dead one's (or a living stock git's, which keeps them for milliseconds), and removes them.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from controller.limits import BACKOFF_MAX_SECONDS, STALE_LOCK_SECONDS, WRITER_LOCK_SECONDS
from controller.ports import Unavailable

LOCK_FILES: Final = (
    "packed-refs.lock",
    "refs/heads/main.lock",
    "refs/heads/draft/**/*.lock",
    "refs/heads/genome/events.lock",
    "refs/notes/germline/*.lock",
    "refs/germline/**/*.lock",
)
"""The lock files of the refs that this program writes; no ref's name ends in `.lock`."""


class WriterLock:
    """One writer at a time per git directory, across processes and threads.

    The lock file holds the holder's process id while the lock is held and is empty
    otherwise, so the next holder can tell a death from a release.
    """

    def __init__(self, git_directory: Path) -> None:
        self._git_directory = git_directory
        self._file = git_directory / "germline" / "writer.lock"

    @contextmanager
    def held(self) -> Iterator[tuple[str, ...]]:
        """Hold the lock; gives the lock files that a dead holder left and that are gone now.

        Raises `Unavailable` after `WRITER_LOCK_SECONDS`.
        """
        self._file.parent.mkdir(exist_ok=True)
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._wait(descriptor)
            died = os.fstat(descriptor)
            removed = _sweep(self._git_directory, died.st_mtime) if died.st_size else ()
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            try:
                yield removed
            finally:
                os.ftruncate(descriptor, 0)
                # A child forked meanwhile shares the lock: closing alone would not end it.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)

    def _wait(self, descriptor: int) -> None:
        deadline = time.monotonic() + WRITER_LOCK_SECONDS
        wait = BACKOFF_MAX_SECONDS / 32
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise Unavailable(
                        f"another writer holds {self._file}",
                        "see which process it is: its id is in the file",
                    ) from error
                time.sleep(wait)
                wait = min(2 * wait, BACKOFF_MAX_SECONDS)
            else:
                return


def remove_locks_from_before_the_boot(git_directory: Path) -> tuple[str, ...]:
    """Remove lock files older than the machine's start: no process of that time lives.

    Called with the writer lock held. Returns their paths inside the git directory.
    """
    return _remove(git_directory, [p for p in _found(git_directory) if _mtime(p) < _boot_time()])


def _sweep(git_directory: Path, since: float) -> tuple[str, ...]:
    """Remove lock files made after a dead holder got the lock, once they are old enough."""
    suspects = [path for path in _found(git_directory) if _mtime(path) >= since]
    if suspects:
        youngest = max(_mtime(path) for path in suspects)
        time.sleep(max(0.0, min(youngest + STALE_LOCK_SECONDS - time.time(), STALE_LOCK_SECONDS)))
    still = {path: _mtime(path) for path in _found(git_directory)}
    return _remove(
        git_directory,
        [p for p in suspects if since <= still.get(p, 0) <= time.time() - STALE_LOCK_SECONDS],
    )


def _found(git_directory: Path) -> list[Path]:
    return [path for pattern in LOCK_FILES for path in git_directory.glob(pattern)]


def _remove(git_directory: Path, paths: list[Path]) -> tuple[str, ...]:
    for path in paths:
        path.unlink(missing_ok=True)
    return tuple(str(path.relative_to(git_directory)) for path in paths)


def _mtime(path: Path) -> float:
    """When a file was last written, in seconds since the epoch; now, if it has just gone."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return time.time()


def _boot_time() -> float:
    """When this machine started, in seconds since the epoch (proc_stat(5), `btime`)."""
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0
