"""Fleets whose process was killed: the next one ends them, and no other."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fleet.namespaces import Fleet, command_of, sweep

pytestmark = pytest.mark.root

OWNER = """
import sys
from pathlib import Path
from tests.fleet.namespaces import fleet

with fleet(Path(sys.argv[1]), 1):
    print("made", flush=True)
    sys.stdin.read()
"""


def spaces() -> set[str]:
    """The names of all network namespaces."""
    listed = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True)
    return {line.split()[0] for line in listed.stdout.splitlines() if line}


def ends(pid: int) -> None:
    """Return when a process runs no more; whoever adopted it may not have waited for it yet."""
    deadline = time.monotonic() + 10.0
    while command_of(pid):
        assert time.monotonic() < deadline, command_of(pid)
        time.sleep(0.02)


@contextmanager
def another(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that has made a fleet of one host."""
    command = [sys.executable, "-c", OWNER, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"made\n"
        yield owner


def test_the_fleet_of_a_killed_process_is_ended_by_the_next(hosts: Fleet, tmp_path: Path) -> None:
    with another(tmp_path) as owner:
        host, own = f"glf{owner.pid}-h1", {one.space for one in hosts.hosts}
        running = subprocess.run(["ip", "netns", "pids", host], check=True, capture_output=True)
        assert running.stdout.split()
        owner.kill()
        owner.wait()
        assert {host, f"glf{owner.pid}-ctl"} <= spaces()
        assert {host, f"glf{owner.pid}-ctl"} <= set(sweep())
        assert not {host, f"glf{owner.pid}-ctl"} & spaces()
        assert own <= spaces()
        for pid in running.stdout.split():
            ends(int(pid))


def test_the_fleet_of_a_living_process_is_left_alone(hosts: Fleet, tmp_path: Path) -> None:
    with another(tmp_path) as owner:
        assert f"glf{owner.pid}-h1" not in sweep()
        assert f"glf{owner.pid}-h1" in spaces()
        owner.communicate(b"")
        assert f"glf{owner.pid}-h1" not in spaces()
