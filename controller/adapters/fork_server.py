"""The controller's side of the zygote: starts it, keeps genes ready, ends it.

`process_sandbox` holds one. A few genes wait, forked and locked, so that a call does not wait for
them; each has one call and is replaced by a new one. What a gene says does not pass here; only
descriptors and the kernel's own account of how a process ended do.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller.adapters import older_python, zygote
from controller.adapters.gene_group import GeneGroup
from controller.gene_limits import (
    GENES_READY,
    SANDBOX_LAST_WORDS_BYTES,
    SANDBOX_REPORT_BYTES,
    SANDBOX_START_SECONDS,
    SANDBOX_STOP_SECONDS,
)
from controller.ports import Unavailable

_ROOT: Final = str(Path(zygote.__file__).parents[2])
_BOOT: Final = (
    "import sys; sys.path[:] = [*filter(None, sys.path), sys.argv[1]]; "
    f"from {older_python.__name__} import supply; supply(sys.version_info); "
    f"from {zygote.__name__} import main; main(int(sys.argv[2]))"
)


class ZygoteDied(Exception):
    """The zygote hung up or fell silent. `start` makes a new one."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the kernel saw a gene's process end: exit status, or minus the signal's number."""

    status: int
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Gene:
    """A process that waits for its one call: its id below the zygote, its handle, its socket."""

    pid: int
    pidfd: int
    socket: socket.socket

    def close(self) -> None:
        """Let go of it. Its process sees an end of file and exits."""
        os.close(self.pidfd)
        self.socket.close()


class ForkServer:
    """One zygote. Not started until `start`; `close` may be followed by `start` again.

    `ready` genes are kept waiting; with none, each is forked when it is asked for. `group` makes
    the control group that all of them are put into.
    """

    def __init__(
        self,
        python: str,
        settings: zygote.Settings,
        ready: int = GENES_READY,
        group: Callable[[], GeneGroup] = GeneGroup.of_this_machine,
    ) -> None:
        self._python = python
        self._settings = settings
        self._kept = ready
        self._make_group = group
        self._group: GeneGroup | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready: deque[Gene] = deque()
        self._asked = 0
        self._ended: dict[int, Ended] = {}
        self.missing: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """True between `start` and `close`."""
        return self._process is not None

    def start(self) -> None:
        """Start a zygote and wait until it is locked in. Raises `Unavailable`."""
        self.close()
        try:
            self._group = self._make_group()
            control = self._launch()
            control.send(self._settings.to_json())
            lacking = json.loads(control.recv(SANDBOX_REPORT_BYTES))
            self.missing = (*lacking, *self._group.missing)
            self._ask(self._kept)
        except (OSError, ValueError, ZygoteDied) as error:
            raise Unavailable(
                f"the sandbox did not start: {self.close() or error}",
                "run the command again; if it stays so, the reason is on the line above",
            ) from error

    def _launch(self) -> socket.socket:
        """Start the process in its control group; the socket to it."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(SANDBOX_START_SECONDS)
        with theirs:
            # As -I, but with a seed for hashes: sets iterate alike in every zygote. The directory
            # that it begins in is taken off the path by `_BOOT`: -P is of Python 3.11.
            self._process = subprocess.Popen(
                [self._python, "-s", "-S", "-B", "-c", _BOOT, _ROOT, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env={"PYTHONHASHSEED": "0"},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # a terminal's Ctrl-C is for the controller
            )
        assert self._group is not None
        self._group.take_in(self._process.pid)  # before it may fork: it waits for its settings
        return self._control

    def take(self) -> Gene:
        """A gene's process that has had no call. Raises `ZygoteDied`."""
        while self._hear(0.0):
            pass
        while not self._ready or _is_over(self._ready[0]):
            if not self._ready and not self._asked:
                self._ask(1, zygote.NOW)
            if not self._hear(SANDBOX_START_SECONDS):
                raise ZygoteDied("it fell silent")
        return self._ready.popleft()

    def ended(self, gene: Gene, timeout_s: float) -> Ended | None:
        """How a gene's process ended, or None if it still lives. Raises `ZygoteDied`.

        With its end, another gene is asked for to take its place.
        """
        while gene.pid not in self._ended:
            if not self._hear(timeout_s):
                return None
        self._ask(self._kept - len(self._ready) - self._asked)
        return self._ended.pop(gene.pid)

    def kill(self, gene: Gene) -> Ended:
        """Kill a gene's process, with all of its PID namespace. Raises `ZygoteDied`."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(gene.pidfd, signal.SIGKILL)
        ended = self.ended(gene, SANDBOX_STOP_SECONDS)
        if ended is None:
            raise ZygoteDied("it fell silent")
        return ended

    def close(self) -> str:
        """End the zygote and whatever it forked, and wait for it. Harmless when closed.

        Returns the last line that the zygote wrote to its standard error, if it did.
        """
        if self._control is not None:
            self._control.close()
            self._control = None
        while self._ready:
            self._ready.pop().close()
        self._asked = 0
        self._ended.clear()
        said = self._wait()
        if self._group is not None:
            self._group.remove()
            self._group = None
        return said

    def _wait(self) -> str:
        if self._process is None:
            return ""
        with self._process as process:
            try:
                process.wait(SANDBOX_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            assert process.stderr is not None
            said = process.stderr.read(SANDBOX_LAST_WORDS_BYTES)
        self._process = None
        return said.decode(errors="replace").strip().rpartition("\n")[2]

    def _ask(self, genes: int, message: bytes = zygote.EARLY) -> None:
        """Have so many more forked. They are heard of later."""
        for _ in range(genes):
            try:
                self._connected().send(message)
            except OSError as error:
                raise ZygoteDied(str(error)) from error
            self._asked += 1

    def _hear(self, timeout_s: float) -> bool:
        """Take one message of the zygote's: a gene, or an end. False if there is none."""
        control = self._connected()
        control.settimeout(timeout_s)
        try:
            message, descriptors, _, _ = socket.recv_fds(control, SANDBOX_REPORT_BYTES, 2)
        except (TimeoutError, BlockingIOError):
            return False
        except OSError as error:
            raise ZygoteDied(str(error)) from error
        if not message:
            raise ZygoteDied("it hung up")
        pid, *end = json.loads(message)
        if end:
            self._note_end(pid, Ended(*end))
        else:
            pidfd, gene_socket = descriptors
            self._ready.append(Gene(pid, pidfd, socket.socket(fileno=gene_socket)))
            self._asked -= 1
        return True

    def _note_end(self, pid: int, ended: Ended) -> None:
        """One that ends before its call is not worth asking about, nor replacing in a loop."""
        for gene in self._ready:
            if gene.pid == pid:
                self._ready.remove(gene)
                gene.close()
                return
        self._ended[pid] = ended

    def _connected(self) -> socket.socket:
        if self._control is None:
            raise ZygoteDied("it was not started")
        return self._control


def _is_over(gene: Gene) -> bool:
    """Whether its process has ended, which the zygote will say in a moment."""
    poll = select.poll()
    poll.register(gene.pidfd, select.POLLIN)
    return bool(poll.poll(0))
