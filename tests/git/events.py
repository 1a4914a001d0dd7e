"""Things that happened to people, and the log that they are in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from controller.adapters.git_event_log import GitEventLog
from controller.history.event import Event, Occurrence
from tests.git.writer import occurrence

FOR_EVER_SECONDS = 3600.0
"""Longer than any test: what waits for so long does not happen by itself."""
BRANCH = "refs/heads/genome/events"


def named(name: str, count: int, start: int = 0) -> list[Occurrence]:
    """`count` things that happened to somebody, from number `start` on."""
    return [occurrence(name, number) for number in range(start, start + count)]


def stored(path: Path) -> list[Event]:
    """What a reader that has seen nothing yet finds in the log."""
    return list(GitEventLog(path).since())


def sealed(log: GitEventLog, occurrences: list[Occurrence]) -> tuple[Event, ...]:
    """Append, and seal at once: a commit of its own."""
    events = log.append(occurrences)
    log.seal()
    return events


def unpack(path: Path) -> None:
    """Make every packed object a loose one, as a fetch of little would have left it."""
    for pack in list((path / "objects" / "pack").glob("*.pack")):
        content = pack.read_bytes()
        for beside in pack.parent.glob(f"{pack.stem}.*"):
            beside.unlink()
        subprocess.run(["git", "unpack-objects", "-q"], cwd=path, input=content, check=True)


def start_over(path: Path) -> None:
    """Leave nothing of the log: what somebody does who wants another one."""
    subprocess.run(["git", "update-ref", "-d", BRANCH], cwd=path, check=True)
    (path / "germline" / "verified.json").unlink(missing_ok=True)
    shutil.rmtree(path / "germline" / "journal")
