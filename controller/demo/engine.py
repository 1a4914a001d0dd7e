"""What turns the wheel of the story: passes in this process, or a controller of its own.

On the simulated kernel time is virtual and passes run here, so that minutes take a moment. On
the real kernel `germline controller` runs as a process of its own, as it would in production,
and the story only reads the log.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from controller import limits
from controller.adapters.clock import VirtualClock
from controller.ports import Unavailable
from controller.wiring import Organism


class Engine(Protocol):
    """Lets the controller work for a moment."""

    def turn(self) -> None:
        """Return when something may have happened."""


class PassesHere:
    """Runs passes itself and skips the waiting, on a virtual clock."""

    def __init__(self, organism: Organism, clock: VirtualClock) -> None:
        self._organism = organism
        self._clock = clock

    def turn(self) -> None:
        """One pass; then on to the next deadline."""
        result = self._organism.controller.run_pass()
        if result.wake_at is not None:
            ahead = (result.wake_at - self._clock.now()).total_seconds()
            self._clock.sleep(max(0.0, ahead))


class PassesThere:
    """Watches a controller's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def turn(self) -> None:
        """Wait a moment. Raises `Unavailable` if the controller has ended."""
        if self._process.poll() is not None:
            trouble = self._process.stderr.read() if self._process.stderr else ""
            raise Unavailable(f"the controller ended: {trouble.strip()}", "see its message")
        time.sleep(limits.EXPRESS_POLL_SECONDS)


@contextmanager
def controller_process(repository: Path) -> Iterator[PassesThere]:
    """`germline controller` on a repository, ended by its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "controller", "-C", str(repository), "controller"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield PassesThere(process)
    finally:
        process.terminate()
        try:
            process.wait(limits.CONTROLLER_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr:
            process.stderr.close()
