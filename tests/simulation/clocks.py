"""Two kinds of time: the world's, which only passes, and a machine's clock, which people set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Time:
    """Seconds since the world began. They only grow."""

    passed_s: float = 0.0

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        assert seconds >= 0
        self.passed_s += seconds


class WallClock:
    """Answers `ports.Clock`: what a machine says, which may be wrong. A look takes a moment."""

    LOOK_S = 0.00005

    def __init__(self, time: Time, start: datetime = START) -> None:
        self._time = time
        self._start = start
        self.ahead_s = 0.0

    def now(self) -> datetime:
        """The time that the machine takes it to be."""
        self._time.pass_by(self.LOOK_S)
        seconds = round(self._time.passed_s + self.ahead_s, 6)
        return self._start + timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds} seconds")
        self._time.pass_by(seconds)

    def jump(self, seconds: float) -> None:
        """Somebody, or a time server, sets the clock forward or back."""
        self.ahead_s += seconds
