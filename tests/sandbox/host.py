"""A small host for hostile genes to attack: everything in it tells whether it was touched."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path


def descendants(pid: int) -> frozenset[int]:
    """Processes below `pid`, zombies included, whatever namespace they are in."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2]
            except OSError:  # it ended meanwhile
                continue
            children.setdefault(int(after_name.split()[1]), []).append(int(entry.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting.extend(below)
    return frozenset(found)


@dataclass(frozen=True)
class Host:
    """Files, listeners and a process. `secret` is in the file and in the environment."""

    directory: Path
    secret: str
    listeners: tuple[socket.socket, ...]
    victim: subprocess.Popen[bytes]

    @property
    def secret_file(self) -> Path:
        """A file that only its owner reads."""
        return self.directory / "secret"

    def targets(self) -> str:
        """What an attempt gets as its input."""
        unix, tcp = self.listeners
        return json.dumps(
            {
                "secret_file": str(self.secret_file),
                "writable_directory": str(self.directory),
                "unix_socket": unix.getsockname(),
                "tcp_port": tcp.getsockname()[1],
                "victim_pid": self.victim.pid,
                "controller_pid": os.getpid(),
            }
        )

    def assert_untouched(self) -> None:
        """Nothing was written, removed, connected to or killed."""
        assert sorted(path.name for path in self.directory.iterdir()) == ["secret", "unix"]
        assert self.secret_file.read_text() == self.secret
        assert self.victim.poll() is None
        for listener in self.listeners:
            try:
                connection, _ = listener.accept()
            except BlockingIOError:
                continue
            connection.close()
            raise AssertionError(f"somebody connected to {listener}")


@contextmanager
def a_host(directory: Path) -> Iterator[Host]:
    """A host in an empty directory; gone afterwards."""
    secret = secrets.token_hex()
    (directory / "secret").write_text(secret)
    os.environ["GERMLINE_TEST_SECRET"] = secret
    with ExitStack() as stack:
        stack.callback(os.environ.pop, "GERMLINE_TEST_SECRET")
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(str(directory / "unix"))
        tcp = stack.enter_context(socket.socket())
        tcp.bind(("127.0.0.1", 0))
        for listener in (unix, tcp):
            listener.listen()
            listener.setblocking(False)
        victim = stack.enter_context(subprocess.Popen(["sleep", "600"]))
        stack.callback(victim.kill)
        yield Host(directory, secret, (unix, tcp), victim)
