"""`germline controller` as a service manager sees it: a real process and notification socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from controller import limits
from controller.wiring import open_log
from tests.cli.terminal import germline, git

PATIENCE_S = 150.0


class Manager:
    """What systemd would hear, and the process that says it."""

    def __init__(self, line: socket.socket, process: subprocess.Popen[str]) -> None:
        self.line, self.process = line, process
        self.heard: list[str] = []

    def hears(self, text: str) -> str:
        """The first message from now on that has the text in it."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            try:
                self.heard.append(self.line.recv(4096).decode())
            except TimeoutError:
                assert self.process.poll() is None, self.process.communicate()[1]
                continue
            if text in self.heard[-1]:
                return self.heard[-1]
        raise AssertionError(f"never heard {text}: {self.heard[-5:]}")

    def ends(self) -> int:
        """Wait for the process."""
        return self.process.wait(PATIENCE_S)


@contextmanager
def managed(genome: Path, at: Path, *options: str) -> Iterator[Manager]:
    """A controller under a manager that listens."""
    place = at / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(place))
        line.settimeout(1.0)
        process = subprocess.Popen(
            [sys.executable, "-m", "controller", "-C", str(genome), "controller", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "NOTIFY_SOCKET": str(place),
                "WATCHDOG_USEC": "600000",
                "JOURNAL_STREAM": "8:1",
            },
        )
        try:
            yield Manager(line, process)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


def genome(tmp_path: Path) -> Path:
    made = tmp_path / "genome"
    assert germline("init", str(made)).code == 0
    return made


def recorded(made: Path) -> set[str]:
    """The types of events that are in the log now."""
    with open_log(made) as past:
        return {event.type for event in past.log.since(0)}


def eventually(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_it_says_when_it_is_ready_that_it_lives_and_that_it_stops(tmp_path: Path) -> None:
    with managed(genome(tmp_path), tmp_path) as manager:
        assert "STATUS=1 events, 0 gaps" in manager.hears("READY=1")
        manager.hears("WATCHDOG=1")
        manager.hears("WATCHDOG=1")
        manager.process.send_signal(signal.SIGTERM)
        manager.hears("STOPPING=1")
        assert manager.ends() == 0
        out, err = manager.process.communicate()
        assert out.startswith("<6>The controller works on")
        assert err == ""


def test_a_hangup_has_all_read_again_and_says_so(tmp_path: Path) -> None:
    made = genome(tmp_path)
    with managed(made, tmp_path) as manager:
        manager.hears("READY=1")
        manager.process.send_signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in manager.hears("RELOADING=1")
        manager.hears("READY=1")


def test_a_status_tells_of_a_pause_and_of_a_main_that_cannot_be_read(tmp_path: Path) -> None:
    made = genome(tmp_path)
    with managed(made, tmp_path) as manager:
        manager.hears("READY=1")
        assert germline("pause", "look first", at=made).code == 0
        manager.hears("STATUS=paused by a person")
        assert germline("resume", at=made).code == 0
        manager.hears("STATUS=3 events, 0 gaps")
        (made / "contracts" / "network" / "bridge_uplink.sg").write_text("gene {")
        git(made, "commit", "-qam", "a mistake")
        manager.hears("STATUS=main has 7 errors")
        git(made, "revert", "--no-edit", "HEAD")
        manager.hears("events, 0 gaps")


def test_a_loop_that_is_blocked_is_silent_so_that_the_manager_kills_it(tmp_path: Path) -> None:
    with managed(genome(tmp_path), tmp_path) as manager:
        manager.hears("WATCHDOG=1")
        manager.process.send_signal(signal.SIGSTOP)
        silent_since = time.monotonic()
        manager.line.settimeout(0.5)
        while time.monotonic() - silent_since < 0.5:
            try:
                manager.line.recv(4096)  # what was on its way
                silent_since = time.monotonic()
            except TimeoutError:
                break
        manager.process.send_signal(signal.SIGCONT)
        manager.line.settimeout(1.0)
        manager.hears("WATCHDOG=1")


def test_it_stops_in_the_middle_of_a_pass_and_the_next_one_carries_on(tmp_path: Path) -> None:
    made = genome(tmp_path)
    called = [sys.executable, "-m", "controller", "-C", str(made)]
    values = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}'
    with managed(made, tmp_path) as manager:
        manager.hears("READY=1")
        asked = subprocess.Popen(
            [*called, "express", "bridge_uplink", "--input", values, "--on", "simulated"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            eventually(lambda: "expression.started" in recorded(made))
            manager.process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            assert manager.ends() == 0
            assert time.monotonic() - begun < limits.CONTROLLER_END_SECONDS
        finally:
            asked.kill()
            asked.communicate()
    verified = germline("events", "verify", at=made)
    assert verified.code == 0, verified.err
