"""Appends events as fast as it can, in a fork of its own, until it is killed or told to stop.

Tells on a pipe what was acknowledged: the ids of one append a line.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from controller.adapters.git_event_log import GitEventLog
from controller.history.event import Occurrence


def happened(name: str, number: int) -> Occurrence:
    """The n-th thing that happened to somebody, now."""
    data = {"number": number, "note": "a trial of an uplink"}
    return Occurrence("trial.recorded", name, data, datetime.now(UTC), None, f"agent:{name}")


class Writer:
    """A forked process; the log is opened in it, as after any start of a program."""

    def __init__(self, repository: Path, name: str, batches: range) -> None:
        """Begin. Appends are of random sizes within `batches`."""
        reader, writer = os.pipe()
        self.name = name
        self.process = _forked(lambda: _append(repository, name, batches, writer))
        os.close(writer)
        self._pipe = os.fdopen(reader)

    def kill(self) -> list[str]:
        """End it at once (SIGKILL). Returns the ids that it said were acknowledged."""
        os.kill(self.process, signal.SIGKILL)
        return self._told(-signal.SIGKILL)

    def stop(self) -> list[str]:
        """Let it end its append and close its log. Returns the ids as `kill` does."""
        os.kill(self.process, signal.SIGTERM)
        return self._told(0)

    def _told(self, code: int) -> list[str]:
        with self._pipe as pipe:
            lines = pipe.read().splitlines(keepends=True)
        _, status = os.waitpid(self.process, 0)
        assert os.waitstatus_to_exitcode(status) == code
        return [each for line in lines if line.endswith("\n") for each in line.split()]


class Follower:
    """A forked process that follows the log with `wait`, up to as many events as asked."""

    def __init__(self, repository: Path, into: Path) -> None:
        """Begin; ids go into a file in the order that they were seen in."""
        self._into = into
        reader, self._pipe = os.pipe()
        self.process = _forked(lambda: _follow(repository, into, reader))
        os.close(reader)

    def stop_after(self, count: int) -> list[str]:
        """Wait until it has seen so many events. Returns their ids."""
        os.write(self._pipe, f"{count}\n".encode())
        os.close(self._pipe)
        _, status = os.waitpid(self.process, 0)
        assert status == 0
        return self._into.read_text().split()


def _append(repository: Path, name: str, batches: range, tell: int) -> None:
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: ended.append(number))
    rng = random.Random(name)
    log = GitEventLog(repository)
    counted = itertools.count()
    while not ended:
        events = log.append([happened(name, next(counted)) for _ in range(rng.choice(batches))])
        _write_all(tell, " ".join(event.id for event in events) + "\n")
    log.close()


def _follow(repository: Path, into: Path, told: int) -> None:
    os.set_blocking(told, False)
    log = GitEventLog(repository)
    cursor, end = 0, sys.maxsize
    with into.open("w") as out:
        while cursor < end:
            with suppress(BlockingIOError):
                end = int(os.read(told, 100) or end)
            if log.wait(cursor, 0.05):
                for event in log.since(cursor):
                    out.write(event.id + "\n")
                    cursor += 1


def _write_all(descriptor: int, text: str) -> None:
    rest = text.encode()
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _forked(act: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        act()
        status = 0
    finally:
        if status:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        os._exit(status)
