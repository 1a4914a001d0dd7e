"""Things that happened to people, and the log that they are in."""

from __future__ import annotations

from pathlib import Path

from controller.adapters.git_event_log import GitEventLog
from controller.history.event import Event, Occurrence
from tests.git.writer import occurrence

BRANCH = "refs/heads/genome/events"


def named(name: str, count: int, start: int = 0) -> list[Occurrence]:
    """`count` things that happened to somebody, from number `start` on."""
    return [occurrence(name, number) for number in range(start, start + count)]


def stored(path: Path) -> list[Event]:
    """What a reader that has seen nothing yet finds in the log."""
    return list(GitEventLog(path).since())
