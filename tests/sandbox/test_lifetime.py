"""Processes of a sandbox end with it, with the controller, and with one another."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.domains.world import Json, JsonObject
from controller.gene_limits import SANDBOX_START_SECONDS
from controller.ports import Died, Grant, Returned, Unavailable
from tests.sandbox.host import descendants
from tests.sandbox.reach import HARMLESS, nothing_granted

ROOT = Path(__file__).parents[2]


def test_nothing_runs_before_the_first_call_and_nothing_after_close() -> None:
    before = descendants(os.getpid())
    sandbox = ProcessSandbox(ready=0)
    assert descendants(os.getpid()) == before
    assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
    assert len(descendants(os.getpid()) - before) == 2  # the launcher and the zygote
    sandbox.close()
    sandbox.close()
    assert descendants(os.getpid()) == before


def test_a_closed_sandbox_starts_anew() -> None:
    sandbox = ProcessSandbox()
    for _ in range(2):
        assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
        sandbox.close()


def test_two_sandboxes_do_not_hold_each_other_open() -> None:
    before = descendants(os.getpid())
    first, second = ProcessSandbox(), ProcessSandbox()
    for sandbox in (first, second):
        assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
    first.close()
    assert isinstance(second.call(HARMLESS, "", (), nothing_granted), Returned)
    second.close()
    assert descendants(os.getpid()) == before


def test_a_sandbox_outlives_the_thread_that_started_it() -> None:
    with ProcessSandbox(ready=0) as sandbox:
        thread = threading.Thread(target=sandbox.missing)
        thread.start()
        thread.join()
        before = descendants(os.getpid())
        assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
        assert descendants(os.getpid()) == before


def test_a_zygote_that_was_killed_between_calls_is_replaced() -> None:
    before = descendants(os.getpid())
    with ProcessSandbox() as sandbox:
        assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
        kill_and_wait(descendants(os.getpid()) - before)
        assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
    assert descendants(os.getpid()) == before


def test_a_zygote_killed_during_a_call_takes_the_gene_with_it() -> None:
    before = descendants(os.getpid())

    def kill_everything(operation: str, arguments: JsonObject) -> Json:
        mine = descendants(os.getpid()) - before
        assert len(mine) == 3  # launcher, zygote, gene
        (launcher,) = (pid for pid in mine if parent(pid) == os.getpid())
        os.kill(launcher, signal.SIGKILL)
        return None

    source = "def execute(text):\n    gene_sdk.look()\n    while True: pass\n"
    with ProcessSandbox(ready=0) as sandbox:
        outcome = sandbox.call(source, "", (Grant("look", ()),), kill_everything)
        assert outcome == Died("killed", "the process that genes are forked from ended")
        assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
    assert descendants(os.getpid()) == before


def kill_and_wait(pids: Iterable[int]) -> None:
    """Kill these processes and return when they have ended; some end with the first of them."""
    handles: list[int] = []
    for pid in pids:
        with suppress(ProcessLookupError):
            handles.append(os.pidfd_open(pid))
    for handle in handles:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    for handle in handles:
        ended, _, _ = select.select([handle], [], [], SANDBOX_START_SECONDS)
        os.close(handle)
        assert ended


def test_each_call_takes_a_gene_that_was_ready_and_another_takes_its_place() -> None:
    before = descendants(os.getpid())
    seen: set[int] = set()
    with ProcessSandbox(ready=2) as sandbox:
        sandbox.missing()
        for _ in range(5):
            settle(len(before) + 4)  # launcher, zygote and the two
            seen |= descendants(os.getpid()) - before
            assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
    assert len(seen) == 4 + 4  # each call but the last was seen to bring another
    assert descendants(os.getpid()) == before


def settle(processes: int) -> None:
    """Return when there are so many processes below this one. The test's timeout bounds it."""
    while len(descendants(os.getpid())) != processes:
        pass


def test_a_gene_that_was_killed_while_it_was_ready_is_not_given_a_call() -> None:
    before = descendants(os.getpid())
    with ProcessSandbox(ready=3) as sandbox:
        sandbox.missing()
        settle(len(before) + 5)
        mine = descendants(os.getpid()) - before
        kill_and_wait(sorted(mine, key=lambda pid: -len(ancestors(pid)))[:3])
        outcome = sandbox.call(HARMLESS, "", (), nothing_granted)
        assert isinstance(outcome, Returned)


def ancestors(pid: int) -> list[int]:
    """Parents of parents, up to the first process."""
    above = []
    while pid := parent(pid):
        above.append(pid)
    return above


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


CONTROLLER = """
import sys
from controller.adapters.process_sandbox import ProcessSandbox
from controller.ports import Grant

def serve(operation, arguments):
    print("serving", flush=True)
    sys.stdin.read()

source = "def execute(text):\\n    gene_sdk.look()\\n    while True: pass\\n"
ProcessSandbox().call(source, "", (Grant("look", ()),), serve)
"""


def test_a_killed_controller_leaves_no_process() -> None:
    controller = subprocess.Popen(
        [sys.executable, "-c", CONTROLLER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with controller:
        assert controller.stdout is not None
        assert controller.stdout.readline() == b"serving\n"
        processes = [os.pidfd_open(pid) for pid in descendants(controller.pid)]
        assert len(processes) >= 3  # launcher, zygote, the gene, and others that are ready
        controller.kill()
    for pidfd in processes:
        ended, _, _ = select.select([pidfd], [], [], SANDBOX_START_SECONDS)
        os.close(pidfd)
        assert ended


def test_an_interpreter_that_is_none_is_unavailable() -> None:
    sandbox = ProcessSandbox(python="/bin/false")
    with pytest.raises(Unavailable, match="the sandbox did not start"):
        sandbox.missing()
    sandbox.close()


def test_an_interpreter_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    sandbox = ProcessSandbox(python=str(tmp_path / "python"))
    with pytest.raises(Unavailable, match="the sandbox did not start"):
        sandbox.call(HARMLESS, "", (), nothing_granted)
    sandbox.close()
