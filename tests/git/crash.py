"""Kills a process at a line of its choice: what a power switch does, but repeatable."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import controller.adapters

_PACKAGE = str(Path(controller.adapters.__file__).parent)


def survives(action: Callable[[], object], kill_at_line: int) -> bool:
    """Do it in a child that is killed (SIGKILL) at the n-th line it runs of the adapters.

    True if it came to its end before that line. A failure of the action itself ends the
    child with another status, and that is an assertion here.
    """
    child = os.fork()
    if child == 0:
        _run_and_die(action, kill_at_line)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the action failed by itself"
    return True


def lines_run(action: Callable[[], object]) -> int:
    """How many lines of the adapters it runs, done in a child that is not killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _run_and_die(action, sys.maxsize, writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        count = int(told.read())
    os.waitpid(child, 0)
    return count


def _run_and_die(action: Callable[[], object], kill_at_line: int, tell: int | None = None) -> None:
    left = kill_at_line

    def on_line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return on_line

    def on_call(frame: FrameType, event: str, argument: Any) -> Any:
        return on_line if frame.f_code.co_filename.startswith(_PACKAGE) else None

    status = 1
    try:
        sys.settrace(on_call)
        action()
        sys.settrace(None)
        if tell is not None:
            os.write(tell, str(kill_at_line - left).encode())
        status = 0
    finally:
        os._exit(status)
