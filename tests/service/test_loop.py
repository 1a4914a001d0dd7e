"""The service: what wakes it, what it survives, how it stops."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from controller.adapters.clock import SystemClock
from controller.ports import Blocked, ControllerError, Halted
from controller.service import Service, Wake
from controller.stories.converge import Controller, PassResult

FAR = timedelta(hours=1)


class Passes:
    """Counts passes; each result is what it was told to give."""

    def __init__(self, wake_in: timedelta | None, trouble: ControllerError | None = None) -> None:
        self._wake_in = wake_in
        self._trouble = trouble
        self._count = 0
        self.ran = threading.Semaphore(0)
        self.hands = SimpleNamespace(chronicle=SimpleNamespace(pulse=None))

    def run_pass(self) -> PassResult:
        """One more; from the second on there may be trouble."""
        self._count += 1
        self.ran.release()
        if self._trouble is not None and self._count == 2:
            raise self._trouble
        wake = datetime.now(UTC) + self._wake_in if self._wake_in is not None else None
        return PassResult(0, (), wake, ())


class Watcher:
    """Hears of every pass, and counts how often the loop moved."""

    def __init__(self) -> None:
        self.beats = 0
        self.late: list[float] = []

    def passed(self, result: PassResult, pass_s: float, late_s: float) -> None:
        """A pass ended."""
        self.late.append(late_s)

    def alive(self) -> None:
        """The loop moves."""
        self.beats += 1


def running(
    passes: Passes, gitdir: Path, stop: threading.Event, watcher: Watcher | None = None
) -> threading.Thread:
    service = Service(cast(Controller, passes), SystemClock(), gitdir, stop, Wake())
    thread = threading.Thread(target=service.run, args=(watcher or Watcher(),))
    thread.start()
    return thread


def test_a_moved_ref_wakes_the_controller_long_before_the_timer(tmp_path: Path) -> None:
    passes, stop = Passes(FAR), threading.Event()
    thread = running(passes, tmp_path, stop)
    try:
        assert passes.ran.acquire(timeout=20)
        (tmp_path / "refs" / "heads" / "main").write_text("0" * 40)
        assert passes.ran.acquire(timeout=20)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def test_a_main_that_a_person_broke_is_waited_out(tmp_path: Path) -> None:
    passes, stop = Passes(timedelta(milliseconds=50), Blocked("main has errors")), threading.Event()
    thread = running(passes, tmp_path, stop)
    try:
        assert passes.ran.acquire(timeout=20)
        assert passes.ran.acquire(timeout=20)
        (tmp_path / "refs" / "heads" / "main").write_text("0" * 40)
        assert passes.ran.acquire(timeout=20)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def test_a_deadline_wakes_the_controller(tmp_path: Path) -> None:
    passes, stop = Passes(timedelta(milliseconds=50)), threading.Event()
    thread = running(passes, tmp_path, stop)
    try:
        for _ in range(3):
            assert passes.ran.acquire(timeout=20)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def test_a_resting_controller_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    passes, stop = Passes(None), threading.Event()
    thread = running(passes, tmp_path, stop)
    assert passes.ran.acquire(timeout=20)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_an_action_that_is_about_to_begin_is_not_begun_once_it_is_to_stop(tmp_path: Path) -> None:
    passes, stop, watcher = Passes(None), threading.Event(), Watcher()
    thread = running(passes, tmp_path, stop, watcher)
    assert passes.ran.acquire(timeout=20)
    before = watcher.beats
    passes.hands.chronicle.pulse()
    assert watcher.beats > before
    stop.set()
    with pytest.raises(Halted, match="asked to stop"):
        passes.hands.chronicle.pulse()
    thread.join(20)
    assert watcher.late[0] == 0.0
