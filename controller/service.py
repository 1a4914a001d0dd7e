"""The service: passes, one after another, for as long as it is let run.

Level-triggered: a ref that moves or an event in the journal (watchdog on the git directory), a
deadline, or the timer wakes it, and every pass reads the world again. A lost wake-up costs at
most `CONTROLLER_WAKE_SECONDS`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from controller import limits
from controller.ports import Blocked, Clock, Unavailable
from controller.stories.converge import Controller, PassResult, told

Report = Callable[[PassResult], None]


class Wake(FileSystemEventHandler):
    """Sets a flag when something below the watched folders changes."""

    def __init__(self) -> None:
        self.woken = threading.Event()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Any change counts; what it was is read in the pass.

        Except a seal: the events in it were in the journal before.
        """
        sealed = "/refs/heads/genome" in str(event.src_path)
        if not sealed and event.event_type not in ("opened", "closed_no_write"):
            self.woken.set()


def serve(
    controller: Controller, clock: Clock, gitdir: Path, stop: threading.Event, report: Report
) -> None:
    """Run passes until `stop` is set.

    Raises what the first pass raises, so that a mistake is told at once; later a main that a
    person broke is reported and waited out. Raises `Corrupt` whenever it is met.
    """
    wake, first = Wake(), True
    observer = Observer()
    for folder in _watched(gitdir):
        observer.schedule(wake, str(folder), recursive=True)
    observer.start()
    try:
        while not stop.is_set():
            wake.woken.clear()
            result = controller.run_pass() if first else _patient_pass(controller)
            first = False
            report(result)
            _rest(clock, result, wake, stop)
    finally:
        observer.stop()
        observer.join()


def _patient_pass(controller: Controller) -> PassResult:
    try:
        return controller.run_pass()
    except (Blocked, Unavailable) as trouble:
        return PassResult(0, (), None, (told(trouble),))


def _watched(gitdir: Path) -> list[Path]:
    own = gitdir / "germline"
    folders = [gitdir / "refs" / "heads", own / "journal", own / "wake"]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    return folders


def _rest(clock: Clock, result: PassResult, wake: Wake, stop: threading.Event) -> None:
    """Wait for a wake-up, the next deadline or the timer, whichever is first."""
    seconds = limits.CONTROLLER_WAKE_SECONDS
    if result.wake_at is not None:
        seconds = min(seconds, max(0.0, (result.wake_at - clock.now()).total_seconds()))
    waited = 0.0
    while waited < seconds and not stop.is_set() and not wake.woken.is_set():
        slice_s = min(limits.CONTROLLER_STOP_SECONDS, seconds - waited)
        wake.woken.wait(slice_s)
        waited += slice_s
