"""Agents as processes: whatever one does, it ends, and nothing that it started outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller import agent_limits
from controller.adapters.agent_processes import AgentProcesses
from controller.conductor.assignment import Assignment, Budget, Constraints, Context, Missing
from controller.ports.agents import Finished

ROOT = Path(__file__).parents[2]
WAIT_S = 60.0
REPLY = '{"resolution": {"outcome": "needs_human", "reason": "ask ana"}}'
FOREVER = "import time\nwhile True: time.sleep(60)\n"
DAEMON = """
import os, sys, time
def daemon():
    if os.fork(): return
    os.setsid()
    if os.fork(): os._exit(0)
    open(sys.argv[1], "a").write(f"{os.readlink('/proc/self')}\\n")
    while True: time.sleep(60)
for _ in range(3): daemon()
while not os.path.exists(sys.argv[1]) or len(open(sys.argv[1]).readlines()) < 3: time.sleep(0.01)
"""


def assignment(seconds: float = WAIT_S, name: str = "a" * 64) -> Assignment:
    missing = Missing(
        kind="reaction",
        level="must",
        consequence="alert_rep",
        arguments={"customer": "c1"},
        trigger="e1",
        due=datetime(2026, 1, 1, tzinfo=UTC),
        status="open",
    )
    budget = Budget(seconds=seconds, money=1.0, tokens=10)
    return Assignment(
        id=name,
        goal="alert",
        gap=missing,
        context=Context(),
        constraints=Constraints(),
        budget=budget,
    )


@contextmanager
def agents() -> Iterator[AgentProcesses]:
    opened = AgentProcesses()
    try:
        yield opened
    finally:
        opened.close()


def python(source: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)]


def run(command: list[str], seconds: float = WAIT_S) -> Finished:
    with agents() as opened:
        opened.start(assignment(seconds), command)
        assert opened.wait(WAIT_S)
        finished = opened.collect()
        assert finished is not None
        assert opened.running() == frozenset()
    return finished


def alive(marker: str) -> list[int]:
    """The processes that have a text among their arguments."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                words = (folder / "cmdline").read_bytes()
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if marker.encode() in words and state != "Z":
                found.append(int(folder.name))
    return found


def test_an_agent_reads_its_assignment_and_writes_its_reply() -> None:
    source = """
        import json, sys
        given = json.loads(sys.stdin.readline())
        print(json.dumps({"goal": given["goal"], "id": given["id"]}))
    """
    finished = run(python(source))
    assert finished.error is None
    assert json.loads(finished.output) == {"goal": "alert", "id": "a" * 64}


def test_an_agent_sees_no_secret_and_works_in_a_directory_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GERMLINE_MASTER_KEY", "secret")
    source = """
        import json, os
        open("scratch", "w").write("x")
        seen = {"env": sorted(os.environ), "cwd": os.getcwd(), "fds": os.listdir("/proc/self/fd")}
        print(json.dumps(seen))
    """
    seen = json.loads(run(python(source)).output)
    assert set(seen["env"]) <= {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "PWD"}
    assert len(seen["fds"]) == 4  # its three streams, and the listing itself
    assert not Path(seen["cwd"]).exists()


@pytest.mark.parametrize("ends", [f"print('{REPLY}')", FOREVER, "os._exit(3)"])
def test_daemons_that_an_agent_leaves_behind_are_gone_when_it_is(tmp_path: Path, ends: str) -> None:
    marker = tmp_path / "daemons"
    finished = run(python(DAEMON + ends, marker), 3.0 if ends == FOREVER else WAIT_S)
    assert len(marker.read_text().splitlines()) == 3
    assert alive(str(marker)) == []
    expected = {FOREVER: "did not end within", "os._exit(3)": "status 3"}.get(ends)
    assert (expected in str(finished.error)) if expected else finished.error is None


def test_daemons_are_found_without_a_pid_namespace_too(tmp_path: Path) -> None:
    """The keeper alone, where the kernel makes no such namespace."""
    marker, reading = tmp_path / "daemons", os.pipe()
    patched = f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from controller.adapters import agent_keeper
        agent_keeper._leave_pid_namespace = lambda: False
        sys.exit(agent_keeper.main(int(sys.argv[1]), sys.argv[2:]))
    """
    command = python(DAEMON + FOREVER, marker)
    keeper = subprocess.Popen(python(patched, reading[0], *command), pass_fds=(reading[0],))
    os.close(reading[0])
    while not marker.exists() or len(marker.read_text().splitlines()) < 3:
        assert keeper.poll() is None
    os.close(reading[1])
    assert keeper.wait(WAIT_S) == 128 + signal.SIGKILL
    assert alive(str(marker)) == []


def test_an_agent_that_ignores_sigterm_ends_at_its_deadline(tmp_path: Path) -> None:
    marker = tmp_path / "stubborn"
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER
    finished = run(python(stubborn, marker), 1.0)
    assert "did not end within 1 seconds" in str(finished.error)
    assert alive(str(marker)) == []


@pytest.mark.parametrize("stream", [1, 2])
def test_an_agent_that_never_stops_talking_is_held(tmp_path: Path, stream: int) -> None:
    marker = tmp_path / "flood"
    flood = f"import os\nwhile True: os.write({stream}, b'x' * 65536)\n"
    finished = run(python(flood, marker), WAIT_S if stream == 1 else 1.0)
    assert len(finished.output) <= agent_limits.AGENT_REPLY_BYTES
    assert ("it wrote more than" if stream == 1 else "did not end") in str(finished.error)
    assert alive(str(marker)) == []


def test_a_command_that_is_not_there_is_told() -> None:
    finished = run(["/nowhere/agent"])
    assert "/nowhere/agent: No such file" in str(finished.error)


def test_an_agent_that_closes_its_streams_and_stays_ends_at_its_deadline(tmp_path: Path) -> None:
    marker = tmp_path / "silent"
    finished = run(python("import os\nfor n in range(3): os.close(n)\n" + FOREVER, marker), 1.0)
    assert "did not end" in str(finished.error)
    assert alive(str(marker)) == []


def test_stopping_ends_all_of_them_with_the_reason(tmp_path: Path) -> None:
    with agents() as opened:
        for number in range(5):
            opened.start(assignment(name=f"{number}" * 64), python(FOREVER, tmp_path / "many"))
        assert len(opened.running()) == 5
        opened.stop("the controller is paused")
        ended = [opened.collect() for _ in range(5)]
        assert {one.error for one in ended if one} == {"the controller is paused"}
        assert opened.collect() is None
        assert not opened.wait(0)
    assert alive(str(tmp_path / "many")) == []


def test_agents_do_not_outlive_a_controller_that_is_killed(tmp_path: Path) -> None:
    marker = tmp_path / "daemons"
    source = f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from tests.agents.test_processes import AgentProcesses, assignment, DAEMON, FOREVER, python
        AgentProcesses().start(assignment(), python(DAEMON + FOREVER, sys.argv[1]))
    """
    controller = subprocess.Popen(python(source, marker))
    while not marker.exists() or len(marker.read_text().splitlines()) < 3:
        assert controller.poll() is None
    assert alive(str(marker)) != []
    controller.kill()
    controller.wait()
    left = alive(str(marker))
    for pid in left:
        _gone(pid)
    assert alive(str(marker)) == []


def _gone(pid: int) -> None:
    """Wait until a process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    import select

    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    assert poll.poll(WAIT_S * 1000)
    os.close(descriptor)
