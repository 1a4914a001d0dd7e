"""Answers `ports.Clock`: the machine's time, and a time that moves only when told to.

Built in the wiring; the core never reads a clock, it is handed `now`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's wall clock, in UTC."""

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for `seconds`; none or fewer return at once."""
        if seconds > 0:
            time.sleep(seconds)


class VirtualClock:
    """Time that passes only by `sleep`, so that a year is as quick as a moment."""

    def __init__(self, start: datetime) -> None:
        """Begin at `start`, which needs a time zone. Raises `ValueError` without one."""
        if start.tzinfo is None:
            raise ValueError("a clock starts at a moment with a time zone")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The present of this clock, in UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass. Raises `ValueError` for fewer than none: time has one direction."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds} seconds")
        self._now += timedelta(seconds=seconds)
