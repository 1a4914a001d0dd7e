"""One User-Mode Linux as an ordinary process: booted, asked in JSON, killed.

`world` asks it. Its root is this machine's file system, read only, where it also finds requests;
it answers in lines on a serial line. Virtual time passes while a request is being
served and at no other moment. A wall clock bounds every request, for a kernel that spins never
comes to its next event: the whole process group is killed then.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final, Self

from controller import twin_limits
from controller.adapters.twin.calendar import NANOSECONDS, Calendar, LinkBroken
from controller.domains.world import JsonObject
from controller.ports import Unavailable

FIRST_PROCESS: Final = "controller.adapters.twin.first_process"
GUEST: Final = "controller.adapters.twin.guest"
HANGS: Final = "`make twin` builds the kernel anew; without it the simulated world still works"


class Machine:
    """A machine that runs; `guest` is the module that it runs. Raises `Unavailable`.

    `release` is the kernel's own version, `lost` why it can no longer be asked.
    """

    def __init__(
        self,
        kernel: Path,
        *,
        answer_seconds: float = twin_limits.TWIN_ANSWER_SECONDS,
        boot_seconds: float = twin_limits.TWIN_BOOT_SECONDS,
        guest: str = GUEST,
    ) -> None:
        self._answer_seconds = answer_seconds
        self._heard = b""
        self._asked = 0
        self.lost: Unavailable | None = None
        with ExitStack() as making:
            self._directory = Path(tempfile.mkdtemp(prefix="germline-twin-"))
            making.callback(shutil.rmtree, self._directory, ignore_errors=True)
            self._console: IO[bytes] = making.enter_context(tempfile.TemporaryFile())
            self._line, theirs = socket.socketpair()
            making.callback(self._line.close)
            listener = making.enter_context(_listening(self._directory / "time"))
            with theirs:
                self._process = self._start(kernel, guest, theirs)
            making.callback(self.kill)
            self._calendar = self._called(listener, boot_seconds)
            making.callback(self._calendar.link.close)
            self.release = str(self._hear(boot_seconds)["ready"])
            self._made = making.pop_all()

    @property
    def now_s(self) -> float:
        """Its own time since it was started, in seconds."""
        return self._calendar.now_ns / NANOSECONDS

    def ask(self, request: JsonObject, takes_s: float = 0) -> JsonObject:
        """Have a request served, which takes about `takes_s` seconds of its own time.

        Raises `Unavailable` if it dies or does not answer in time. It finds the request as a file
        when it looks for one; an interrupt is lost on a kernel whose time stands still.
        """
        if self.lost is not None:
            raise self.lost
        self._asked += 1
        path = self._directory / f"request-{self._asked}"
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(request))
        draft.rename(path)
        answer = self._hear(self._answer_seconds, takes_s)
        path.unlink()
        return answer

    @property
    def pid(self) -> int:
        """The id of its process, which leads a group of its own."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while its process runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill all its processes, as somebody else might. What it is asked then is lost."""
        if self.alive:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End it at once. Closing twice is harmless."""
        self.lost = self.lost or Unavailable("the twin was ended", HANGS)
        self._made.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, kernel: Path, guest: str, line: socket.socket) -> subprocess.Popen[bytes]:
        serial = line.fileno()
        command = [
            str(kernel),
            f"mem={twin_limits.TWIN_MEMORY}",
            "rootfstype=hostfs",
            "rootflags=/",
            "ro",
            "quiet",
            f"time-travel=ext:{self._directory / 'time'}",
            f"uml_dir={self._directory}/",
            "con=null",
            "con0=null,fd:1",
            "ssl=null",
            f"ssl0=null,fd:{serial}",
            f"init={sys.executable}",
            "--",
            "-B",
            "-P",
            "-m",
            FIRST_PROCESS,
            str(self._directory),
            guest,
        ]
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._console,
                stderr=subprocess.STDOUT,
                pass_fds=(serial,),
                env={"HOME": str(self._directory), "PATH": os.defpath},
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"{kernel} does not start: {error.strerror}", HANGS) from error

    def _called(self, listener: socket.socket, seconds: float) -> Calendar:
        """The calendar, once the kernel has called for one."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            if select.select([listener], [], [], twin_limits.TWIN_POLL_SECONDS)[0]:
                return Calendar(listener.accept()[0])
        raise self._lost("it does not come up")

    def _hear(self, seconds: float, takes_s: float = 0) -> JsonObject:
        """The next line of the guest; time is granted as long as there is none."""
        calendar, deadline = self._calendar, time.monotonic() + seconds
        until_ns = calendar.now_ns + round(takes_s * NANOSECONDS)
        try:
            while b"\n" not in self._heard:
                calendar.grant(until_ns)
                left = deadline - time.monotonic()
                ready = select.select([self._line, calendar.link], [], [], max(left, 0))[0]
                if not ready or left < 0:
                    raise self._lost(f"it did not answer within {seconds:g} s")
                if calendar.link in ready:
                    calendar.answer()
                if self._line in ready:
                    self._heard += self._line.recv(twin_limits.TWIN_READ_BYTES)
        except LinkBroken as broken:
            raise self._lost(str(broken)) from broken
        line, _, self._heard = self._heard.partition(b"\n")
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def _lost(self, reason: str) -> Unavailable:
        self.kill()
        self._console.seek(0)
        said = self._console.read().decode(errors="replace").partition("\nStack:")[0]
        said = said[-twin_limits.TWIN_LAST_WORDS_CHARACTERS :]
        last = " | ".join(line.strip() for line in said.splitlines() if line.strip())
        told = f"the twin is lost: {reason}; it said: {last or 'nothing'}"
        self.lost = Unavailable(told, HANGS)
        return self.lost


def _listening(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(1)
    return listener
