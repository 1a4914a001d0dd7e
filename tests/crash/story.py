"""What a process does with a log, from its first event to its end: what the disk fails under.

`python -m tests.crash.story REPOSITORY` reads one line of JSON per life: a directory that is
copied, what fails, and where; it lives in a fork, and one line of JSON tells how it went. So
Python starts once. With `disk.c` loaded before libc.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from controller.adapters import git_pack, journal
from controller.adapters.clock import VirtualClock
from controller.adapters.git_event_log import GitEventLog
from controller.ports import ControllerError
from tests.git.events import named
from tests.git.stock import NOON

Ask = Callable[[list[str]], None]
SMALL_PACKS = 2
"""So that a short story has a consolidation in it."""
SMALL_FILE_BYTES = 2000
"""So that a short story has several journal files in it."""


@dataclass(frozen=True, slots=True)
class Life:
    """The n-th call fails (from 1; 0 for none) with `error`; `kind` 1: the n-th write writes half;
    `kind` 2: the n-th sync fails.

    `sticky`: every later call fails too, until the story's last append. `diary` is where calls
    are written down, if they are.
    """

    repository: str
    call: int = 0
    error: int = 0
    kind: int = 0
    sticky: bool = False
    diary: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """How a life went: acknowledged ids, refusals (kind, reason, hint), calls, a traceback."""

    acknowledged: list[str]
    refusals: list[tuple[str, str, str]]
    calls: int
    failure: str = ""


def tell(repository: Path, heal: Callable[[], object], acknowledge: Ask) -> list[Any]:
    """Append, seal, consolidate, let go of journal files; again after the disk has healed."""
    refusals = []
    log: GitEventLog | None = None

    def step(act: Callable[[], object]) -> None:
        try:
            act()
        except ControllerError as error:
            refusals.append((type(error).__name__, error.reason, error.hint))

    def append(name: str, count: int) -> None:
        nonlocal log
        log = log or GitEventLog(repository, VirtualClock(NOON))
        acknowledge([event.id for event in log.append(named(name, count))])

    for number in range(5):
        step(lambda at=number: append(f"one{at}", 1))  # type: ignore[misc]
        step(lambda at=number: append(f"many{at}", 7))  # type: ignore[misc]
        step(lambda: log and log.seal())
    step(lambda: append("unsealed", 3))
    step(lambda: log and log.close())
    log = None
    step(lambda: append("reopened", 2))
    heal()
    append("healed", 1)
    assert log is not None
    log.append(named("healed", 1))
    log.close()
    return refusals


def live(life: Life) -> Told:
    """Do it in this process, with the disk as `life` says."""
    disk = ctypes.CDLL(os.environ["LD_PRELOAD"])
    git_pack.PACKS_SMALL = SMALL_PACKS  # type: ignore[misc]
    journal.JOURNAL_FILE_BYTES = SMALL_FILE_BYTES  # type: ignore[misc]
    journal.JOURNAL_KEEP_BYTES = SMALL_FILE_BYTES // 2  # type: ignore[misc]
    acknowledged: list[str] = []
    witness = os.open(f"{life.repository}.acknowledged", os.O_RDWR | os.O_CREAT | os.O_APPEND)

    def acknowledge(ids: list[str]) -> None:
        acknowledged.extend(ids)
        if life.diary:
            os.write(witness, "".join(f"{each}\n" for each in ids).encode())

    def heal() -> None:
        heard.append(disk.disk_calls())
        disk.disk_arm(ctypes.c_long(0), 0, 0, 0)

    heard: list[int] = []
    if life.diary:
        disk.disk_record(life.diary.encode())
    disk.disk_arm(ctypes.c_long(life.call), life.error, life.kind, int(life.sticky))
    refusals = tell(Path(life.repository), heal, acknowledge)
    return Told(acknowledged, refusals, heard[0])


def main() -> None:
    """A fork for each life that standard input asks for."""
    template = Path(sys.argv[1])
    for line in sys.stdin:
        life = Life(**json.loads(line))
        if not Path(life.repository).exists():
            shutil.copytree(template, life.repository)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            told = Told([], [], -1, "the story did not end")
            try:
                told = live(life)
            finally:
                if told.failure:
                    told = Told([], [], -1, traceback.format_exc())
                os.write(writer, json.dumps(asdict(told)).encode())
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            print(answer.read(), flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
