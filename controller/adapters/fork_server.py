"""The controller's side of the zygote: starts it, asks it for gene processes, ends it.

`process_sandbox` holds one. What a gene says does not pass here; only descriptors and the
kernel's own account of how a process ended do.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller.adapters import zygote
from controller.limits import (
    SANDBOX_LAST_WORDS_BYTES,
    SANDBOX_REPORT_BYTES,
    SANDBOX_START_SECONDS,
    SANDBOX_STOP_SECONDS,
)
from controller.ports import Unavailable

_ROOT: Final = str(Path(zygote.__file__).parents[2])
_BOOT: Final = (
    "import sys; sys.path.append(sys.argv[1]); "
    f"from {zygote.__name__} import main; main(int(sys.argv[2]))"
)


class ZygoteDied(Exception):
    """The zygote hung up or fell silent. `start` makes a new one."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the kernel saw a gene's process end: exit status, or minus the signal's number."""

    status: int
    cpu_ms: float


class ForkServer:
    """One zygote. Not started until `start`; `close` may be followed by `start` again."""

    def __init__(self, python: str, settings: zygote.Settings) -> None:
        self._python = python
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._pidfd: int | None = None
        self.missing: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """True between `start` and `close`."""
        return self._process is not None

    def start(self) -> None:
        """Start a zygote and wait until it is locked in. Raises `Unavailable`."""
        self.close()
        try:
            control = self._launch()
            control.send(self._settings.to_json())
            self.missing = tuple(json.loads(control.recv(SANDBOX_REPORT_BYTES)))
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"the sandbox did not start: {self.close() or error}",
                "run the command again; if it stays so, the reason is on the line above",
            ) from error

    def _launch(self) -> socket.socket:
        """Start the process; the socket to it."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(SANDBOX_START_SECONDS)
        with theirs:
            # As -I, but with a seed for hashes: sets iterate alike in every zygote.
            self._process = subprocess.Popen(
                [self._python, "-P", "-s", "-S", "-B", "-c", _BOOT, _ROOT, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env={"PYTHONHASHSEED": "0"},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # a terminal's Ctrl-C is for the controller
            )
        return self._control

    def fork(self, gene_socket: socket.socket) -> None:
        """Fork a gene's process that has `gene_socket`. Raises `ZygoteDied`."""
        control = self._connected()
        try:
            socket.send_fds(control, [b"+"], [gene_socket.fileno()])
            message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        except OSError as error:
            raise ZygoteDied(str(error)) from error
        if not message:
            raise ZygoteDied("it hung up")
        if not descriptors:  # the report of a gene that an interrupt kept from being read
            raise ZygoteDied("it is out of step")
        self._pidfd = descriptors[0]

    def ended(self, timeout_s: float) -> Ended | None:
        """How the gene's process ended, or None if it still lives. Raises `ZygoteDied`."""
        control = self._connected()
        control.settimeout(timeout_s)
        try:
            message = control.recv(SANDBOX_REPORT_BYTES)
        except TimeoutError:
            return None
        except OSError as error:
            raise ZygoteDied(str(error)) from error
        finally:
            control.settimeout(SANDBOX_START_SECONDS)
        if not message:
            raise ZygoteDied("it hung up")
        self._forget_gene()
        status, cpu_ms = json.loads(message)
        return Ended(status, cpu_ms)

    def kill(self) -> Ended:
        """Kill the gene's process, with all of its PID namespace. Raises `ZygoteDied`."""
        if self._pidfd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        ended = self.ended(SANDBOX_STOP_SECONDS)
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
        self._forget_gene()
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

    def _connected(self) -> socket.socket:
        if self._control is None:
            raise ZygoteDied("it was not started")
        return self._control

    def _forget_gene(self) -> None:
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
