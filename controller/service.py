"""The service: passes, one after another, for as long as it is let run.

Level-triggered: a ref that moves or an event in the journal (watchdog on the git directory), a
deadline, or the timer wakes it, and every pass reads the world again. A lost wake-up costs at
most `CONTROLLER_WAKE_SECONDS`. Whoever runs it hears of every pass, and that the loop moves.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from controller import limits
from controller.ports import Blocked, Clock, Halted, Unavailable
from controller.stories.converge import Controller, PassResult
from controller.stories.meeting import told


class Watcher(Protocol):
    """Whoever runs the service."""

    def passed(self, result: PassResult, pass_s: float, late_s: float) -> None:
        """A pass ended: how long it took, and how much later it began than it was due."""

    def alive(self) -> None:
        """The loop moves: called while it rests and before every action."""


class Wake(FileSystemEventHandler):
    """Sets a flag when something below the watched folders changes, or when it is called."""

    def __init__(self) -> None:
        self.woken = threading.Event()
        self._since: float | None = None

    def call(self) -> None:
        """Have a pass begin."""
        if self._since is None:
            self._since = time.monotonic()
        self.woken.set()

    def take(self) -> float:
        """Lower the flag; for how long it had been up, in seconds."""
        since, self._since = self._since, None
        self.woken.clear()
        return 0.0 if since is None else time.monotonic() - since

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Any change counts; what it was is read in the pass.

        Except a seal: the events in it were in the journal before.
        """
        sealed = "/refs/heads/genome" in str(event.src_path)
        if not sealed and event.event_type not in ("opened", "closed_no_write"):
            self.call()


@dataclass(frozen=True, slots=True)
class Service:
    """The loop around a controller, until `stop` is set."""

    controller: Controller
    clock: Clock
    gitdir: Path
    stop: threading.Event
    wake: Wake

    def run(self, watcher: Watcher) -> None:
        """Run passes.

        Raises what the first pass raises, so that a mistake is told at once; later a main that a
        person broke is reported and waited out. Raises `Corrupt` whenever it is met.
        """
        self.controller.hands.chronicle.pulse = lambda: self._felt(watcher)
        observer = Observer()
        for folder in _watched(self.gitdir):
            observer.schedule(self.wake, str(folder), recursive=True)
        observer.start()
        try:
            self._pass(watcher, first=True)
            while not self.stop.is_set():
                self._pass(watcher, first=False)
        finally:
            observer.stop()
            observer.join()

    def _felt(self, watcher: Watcher) -> None:
        watcher.alive()
        if self.stop.is_set():
            raise Halted("the controller was asked to stop", "the next one carries on")

    def _pass(self, watcher: Watcher, *, first: bool) -> None:
        late, begun = self.wake.take(), time.monotonic()
        result = self.controller.run_pass() if first else self._patient_pass()
        watcher.passed(result, time.monotonic() - begun, late)
        self._rest(watcher, result)

    def _patient_pass(self) -> PassResult:
        try:
            return self.controller.run_pass()
        except (Blocked, Unavailable) as trouble:
            return PassResult(0, (), None, (told(trouble),))

    def _rest(self, watcher: Watcher, result: PassResult) -> None:
        """Wait for a wake-up, the next deadline or the timer, whichever is first."""
        seconds = limits.CONTROLLER_WAKE_SECONDS
        if result.wake_at is not None:
            seconds = min(seconds, max(0.0, (result.wake_at - self.clock.now()).total_seconds()))
        ends = time.monotonic() + seconds
        while not self.stop.is_set() and not self.wake.woken.is_set():
            watcher.alive()
            left = ends - time.monotonic()
            if left <= 0:
                self.wake.call()
                return
            self.wake.woken.wait(min(limits.CONTROLLER_STOP_SECONDS, left))


def _watched(gitdir: Path) -> list[Path]:
    own = gitdir / "germline"
    refs = gitdir / "refs"
    folders = [refs / "heads", refs / "germline" / "approvals", own / "journal", own / "wake"]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    return folders
