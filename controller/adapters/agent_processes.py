"""Runs agents as processes: the port `Agents`, for real.

Each agent is a command below a keeper (`agent_keeper`) with a directory of its own, read by a
thread of its own, so that it is bounded in time and in what it says while a pass does something
else. Whoever wants to know that one is over passes `over`, which that thread calls.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final

from controller import agent_limits
from controller.adapters import agent_keeper
from controller.conductor.assignment import Assignment
from controller.ports.agents import Finished

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class AgentProcesses:
    """Agents of one controller. `close`, or `stop`, ends them all."""

    def __init__(self, over: Callable[[], None] = lambda: None) -> None:
        self._over = over
        self._changed = threading.Condition()
        self._running: dict[str, _Process] = {}
        self._finished = deque[Finished]()

    def start(self, assignment: Assignment, command: Sequence[str]) -> None:
        """Begin to run `command` on an assignment."""
        process = _Process(assignment, command, self._ended)
        with self._changed:
            self._running[assignment.id] = process
        process.thread.start()

    def running(self) -> frozenset[str]:
        """The assignments that are under way, or over and not yet collected."""
        with self._changed:
            return frozenset(self._running) | {one.assignment for one in self._finished}

    def collect(self) -> Finished | None:
        """The next one that is over; None if there is none."""
        with self._changed:
            return self._finished.popleft() if self._finished else None

    def wait(self, timeout_s: float) -> bool:
        """True as soon as there is one to collect, False if none runs or after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._finished or not self._running, timeout_s)
            return bool(self._finished)

    def stop(self, reason: str) -> None:
        """Kill all that run, and wait for their ends."""
        with self._changed:
            found = tuple(self._running.values())
        for process in found:
            process.end(reason)
        for process in found:
            process.thread.join()

    def close(self) -> None:
        """End every process of every agent."""
        self.stop("the controller ended")

    def _ended(self, finished: Finished) -> None:
        with self._changed:
            del self._running[finished.assignment]
            self._finished.append(finished)
            self._changed.notify_all()
        self._over()


class _Process:
    """One agent: its keeper, the pipe that keeps it alive, the thread that reads it."""

    def __init__(
        self, assignment: Assignment, command: Sequence[str], ended: Callable[[Finished], None]
    ) -> None:
        self._assignment = assignment
        self._command = tuple(command)
        self._ended = ended
        self._error: str | None = None
        self._deadline = time.monotonic() + assignment.budget.seconds
        self._changing = threading.Lock()
        self._life = -1
        self.thread = threading.Thread(target=self._live, name=f"agent {assignment.id[:12]}")

    def end(self, reason: str) -> None:
        """Have the keeper kill everything; the first reason counts."""
        with self._changing:
            if self._error is None:
                self._error = reason
                self._deadline = time.monotonic() + agent_limits.AGENT_END_SECONDS
            self._hang_up()

    def _hang_up(self) -> None:
        if self._life >= 0:
            os.close(self._life)
            self._life = -1

    def _live(self) -> None:
        output = b""
        try:
            with tempfile.TemporaryDirectory(
                prefix="germline-agent-", ignore_cleanup_errors=True
            ) as folder:
                output = self._run(Path(folder))
        except OSError as error:
            self.end(f"it could not be started: {error}")
        self._ended(Finished(self._assignment.id, output, self._error))

    def _run(self, folder: Path) -> bytes:
        with self._launched(folder) as keeper:
            output, said = self._read(keeper)
            status = self._status(keeper)
        if status != 0:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            words = f"it exited with status {status}" + (f": {last}" if last else "")
            self.end(words[: agent_limits.AGENT_WORDS_CHARACTERS])
        with self._changing:
            self._hang_up()
        return output

    def _launched(self, folder: Path) -> subprocess.Popen[bytes]:
        """The keeper, which lives as long as our end of a pipe is open."""
        theirs, ours = os.pipe()
        with self._changing:
            self._life = ours
            if self._error is not None:  # told to end before it began
                self._hang_up()
        with tempfile.TemporaryFile() as line, os.fdopen(theirs):
            line.write(self._assignment.to_line())
            line.seek(0)
            return self._keeper(folder, line, theirs)

    def _keeper(self, folder: Path, line: IO[bytes], control: int) -> subprocess.Popen[bytes]:
        script = [sys.executable, "-I", "-S", agent_keeper.__file__, str(control)]
        home = str(folder)
        return subprocess.Popen(
            [*script, *self._command],
            stdin=line,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={"PATH": _PATH, "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"},
            pass_fds=(control,),
            start_new_session=True,  # a terminal's Ctrl-C is for the controller
        )

    def _read(self, keeper: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
        """All that it writes, and the last of its standard error, until it has no more to say."""
        output, said = bytearray(), b""
        assert keeper.stdout is not None
        assert keeper.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(keeper.stdout, selectors.EVENT_READ)
            selector.register(keeper.stderr, selectors.EVENT_READ)
            while selector.get_map() and self._goes_on(keeper):
                for key, _ in selector.select(self._left()):
                    part = os.read(key.fd, agent_limits.AGENT_READ_BYTES)
                    if not part:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is keeper.stderr:
                        said = (said + part)[-agent_limits.AGENT_STDERR_BYTES :]
                    elif len(output) + len(part) > agent_limits.AGENT_REPLY_BYTES:
                        self.end(f"it wrote more than {agent_limits.AGENT_REPLY_BYTES} bytes")
                    else:
                        output += part
        return bytes(output), said

    def _status(self, keeper: subprocess.Popen[bytes]) -> int:
        """The exit status of a keeper that has no more to say."""
        while self._goes_on(keeper):
            try:
                return keeper.wait(self._left())
            except subprocess.TimeoutExpired:
                continue
        return keeper.wait()

    def _goes_on(self, keeper: subprocess.Popen[bytes]) -> bool:
        """Whether there is time; if not, it is told to end, and if it was told, it is killed."""
        if time.monotonic() < self._deadline:
            return True
        if self._error is None:
            self.end(f"it did not end within {self._assignment.budget.seconds:g} seconds")
            return True
        keeper.kill()
        return False

    def _left(self) -> float:
        """Seconds to wait for it: no longer than it may take to end once it is told."""
        left = self._deadline - time.monotonic()
        return min(max(0.0, left), agent_limits.AGENT_END_SECONDS)
