"""A genome on a booted host, and its controller as a service of that host."""

from __future__ import annotations

import http.client
import json
import select
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.domains.network.scenario import draw
from controller.history.event import Event
from controller.history.segment import decode
from tests.booted.machine import GERMLINE, PYTHON, Booted

PATIENCE_S = 90.0
LOCUS = "bridge_uplink"

_BEGIN = """
import sys
from pathlib import Path
from controller.adapters.clock import SystemClock
from controller.demo.setting import simulated
from controller.domains.network.scenario import draw
with simulated(Path(sys.argv[1]), draw(0), sys.argv[2] or None, SystemClock()):
    pass
"""
"""The demonstration's genome and world, with another allele as the dominant one if it is given."""


class Following:
    """The log as it grows, event by event."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.seen: Counter[str] = Counter()
        self._left = b""

    def until(self, kind: str, count: int = 1) -> None:
        """Return when there have been so many events of a type, since the first one of all."""
        ends = time.monotonic() + PATIENCE_S
        assert self.process.stdout is not None
        while self.seen[kind] < count:
            left = ends - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, left))
            assert ready, f"no {kind} came, but {self.seen}"
            text = self.process.stdout.read1(1 << 16)  # type: ignore[attr-defined]
            assert text, f"the log is followed no more: {self.seen}"
            *lines, self._left = (self._left + text).split(b"\n")
            self.seen.update(str(json.loads(line)["type"]) for line in lines)


@dataclass(frozen=True, slots=True)
class Service:
    """A genome in /srv, whose owner is `user`."""

    host: Booted
    name: str
    user: str
    world: str = "simulated"

    @property
    def genome(self) -> str:
        """Its directory on the host."""
        return f"/srv/{self.name}"

    @property
    def unit(self) -> str:
        """The name of its unit."""
        return f"germline-{self.name}.service"

    @property
    def pid(self) -> str:
        """The controller's process, by its number on the host; `0` while there is none."""
        return self.host.show(self.unit, "MainPID")

    def begin(self, allele: str = "") -> None:
        """Make the genome."""
        self.host.run("install", "-d", "-o", self.user, self.genome)
        self.host.run(PYTHON, "-c", _BEGIN, self.genome, allele, user=self.user)

    def germline(self, *arguments: str, user: str = "", check: bool = True) -> str:
        """What a command on the genome said."""
        command = (GERMLINE, "-C", self.genome, *arguments)
        return self.host.run(*command, user=user or self.user, check=check)

    def install(self, *options: str) -> None:
        """As root does it; returns when the service is up."""
        self.germline("service", "install", *options, user="root")

    def configure(self, section: str = "Service", **settings: str) -> None:
        """Other settings for a section of the unit, from its next start on."""
        folder = self.host.path(f"/etc/systemd/system/{self.unit}.d")
        folder.mkdir(exist_ok=True)
        lines = [f"{name}={value}" for name, value in settings.items()]
        (folder / "test.conf").write_text("\n".join([f"[{section}]", *lines, ""]))
        self.host.run("systemctl", "daemon-reload")

    def systemctl(self, verb: str, *options: str) -> None:
        """Do this to the unit, and wait for it."""
        self.host.run("systemctl", verb, *options, self.unit)

    def remove(self) -> None:
        """Nothing of it is left."""
        self.germline("service", "uninstall", user="root", check=False)
        self.host.run("rm", "-rf", self.genome, f"/etc/systemd/system/{self.unit}.d")

    def ask(self) -> None:
        """Demand that the uplink moves; nobody waits for it."""
        values = json.dumps(draw(0).input)
        options = ("--input", values, "--on", self.world, "--timeout", "0")
        command = (GERMLINE, "-C", self.genome, "express", LOCUS, *options)
        self.host.run("systemd-run", "--quiet", "--collect", f"--uid={self.user}", *command)

    def events(self) -> tuple[Event, ...]:
        """The log, from the first event on."""
        return decode(self.germline("events", "log", "--format", "json").encode(), 0)

    @contextmanager
    def following(self) -> Iterator[Following]:
        """The log from its first event on, and on."""
        command = (GERMLINE, "-C", self.genome, "events", "log", "--follow", "--format", "json")
        piped = {"stdout": subprocess.PIPE, "text": False}
        with self.host.start(*command, user=self.user, **piped) as process:
            try:
                yield Following(process)  # type: ignore[arg-type]
            finally:
                process.kill()

    def answered(self, path: str) -> tuple[int, str]:
        """What its endpoint says."""
        socket_of = str(self.host.path(f"/run/germline-{self.name}/metrics.sock"))
        connection = http.client.HTTPConnection("localhost", timeout=PATIENCE_S)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(socket_of)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def file(self, inside: str) -> Path:
        """A file of the genome, from here."""
        return self.host.path(f"{self.genome}/{inside}")


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Return when something comes true."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, f"never: {what}"
        time.sleep(0.1)
