"""What nobody confirms in time is undone, whatever became of its controller and its watchdog."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.adapters.clock import SystemClock
from controller.adapters.host_timer import HostTimer
from controller.adapters.journalled_worlds import JournalledWorlds
from controller.adapters.transaction_journal import (
    TransactionJournal,
    Uptime,
    uptime,
)
from controller.adapters.watch import TRANSACTIONS
from controller.domains.world import JsonObject
from controller.ports import Unavailable
from controller.ports.transactions import BUILT_ON, UNCONFIRMED, Undone
from controller.stories.undo import undo, undo_overdue
from tests.network.conftest import needs_root
from tests.transactions.conftest import Host
from tests.transactions.mortal import NAME, SEQUENCE

pytestmark = needs_root
ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0

CONTROLLER = """
import sys, time
from pathlib import Path
from controller.adapters.clock import SystemClock
from controller.adapters.host_timer import HostTimer
from controller.adapters.transaction_journal import TransactionJournal
from controller.adapters.watch import TRANSACTIONS
from controller.adapters.journalled_worlds import JournalledWorlds
from tests.transactions.mortal import NAME, SEQUENCE

state, world, within_s = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
journal = TransactionJournal(state / TRANSACTIONS)
kernel = JournalledWorlds(state, SystemClock()).kernel(world)
journal.begin(NAME, world, NAME, within_s)
HostTimer(journal).arm(NAME, world, within_s)
for operation in SEQUENCE:
    journal.record(NAME, operation, kernel.inverse(operation))
    kernel.perform(operation)
print("done", flush=True)
time.sleep(3600)
"""
"""A controller that cuts its own host off, and then hangs for ever."""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """What a clone keeps beside git; its watchdog is ended with the test."""
    TransactionJournal(tmp_path / TRANSACTIONS)
    yield tmp_path
    for process in watchdogs(tmp_path):
        os.kill(process, signal.SIGKILL)


def watchdogs(state: Path) -> list[int]:
    """The processes that watch this clone, by what they were started with."""
    wanted = f"controller.rescue\0{state}\0--watch\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something comes true within a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def outcome(state: Path) -> Undone | None:
    (found,) = TransactionJournal(state / TRANSACTIONS).open()
    return found.undone


def cut_off(
    state: Path, space: str, within_s: float = 3600.0, controller: str = CONTROLLER
) -> subprocess.Popen[str]:
    """A controller that has changed the host, or was overruled on the way; it confirms nothing."""
    command = [sys.executable, "-c", controller, str(state), f"netns:{space}", str(within_s)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert started.stdout is not None
    started.stdout.readline()
    return started


def much_later() -> Uptime:
    """This machine, a day from now."""
    now = uptime()
    return Uptime(now.machine, now.boot, now.now_s + 86_400)


def kill(started: subprocess.Popen[str]) -> None:
    started.kill()
    started.communicate()


def test_a_host_whose_controller_was_killed_heals_itself(host: Host, state: Path) -> None:
    kill(cut_off(state, host.space, 5.0))
    assert eventually(lambda: outcome(state) is not None)
    assert outcome(state) == Undone(UNCONFIRMED)


def test_a_controller_that_hangs_is_overruled_and_its_gene_does_not_go_on(
    host: Host, state: Path
) -> None:
    before, hanging = host.items(), cut_off(state, host.space)
    assert host.items() != before
    journal = TransactionJournal(state / TRANSACTIONS, much_later)
    with closing(JournalledWorlds(state, SystemClock())) as worlds:
        assert undo_overdue(worlds, journal) == ((NAME, Undone(UNCONFIRMED)),)
    assert not journal.confirm(NAME)
    assert not journal.leave(NAME, {})
    kill(hanging)


def test_the_controller_does_what_a_killed_watchdog_cannot(host: Host, state: Path) -> None:
    kill(cut_off(state, host.space))
    (watchdog,) = watchdogs(state)
    os.kill(watchdog, signal.SIGKILL)
    journal = TransactionJournal(state / TRANSACTIONS)
    with closing(JournalledWorlds(state, SystemClock())) as worlds:
        assert undo(worlds, journal, NAME, "its expression was cut short").problems == ()


def test_what_was_confirmed_in_time_is_left_alone(host: Host, state: Path) -> None:
    journal, world = TransactionJournal(state / TRANSACTIONS), f"netns:{host.space}"
    inverses = host.kernel.inverse(SEQUENCE[0])
    journal.begin(NAME, world, NAME, 0.0)
    journal.record(NAME, SEQUENCE[0], inverses)
    host.kernel.perform(SEQUENCE[0])
    after = host.items()
    assert journal.confirm(NAME)
    with closing(JournalledWorlds(state, SystemClock())) as worlds:
        assert undo_overdue(worlds, journal) == ()
    assert host.items() == after
    assert host.kernel.undo(inverses, ()) == ()


def test_one_watchdog_sees_to_all_transactions_of_a_clone(host: Host, state: Path) -> None:
    journal, world = TransactionJournal(state / TRANSACTIONS), f"netns:{host.space}"
    for name in ("a", "b", "c"):
        journal.begin(name, world, name, 1.0)
        HostTimer(journal).arm(name, world, 1.0)
    assert len(watchdogs(state)) == 1
    assert eventually(lambda: all(found.undone is not None for found in journal.open()))


RUN = """
import sys, time
from pathlib import Path
from controller.adapters.clock import SystemClock
from controller.adapters.host_timer import HostTimer
from controller.adapters.journalled_worlds import JournalledWorlds
from controller.adapters.transaction_journal import TransactionJournal
from controller.adapters.watch import TRANSACTIONS
from controller.domains.world import Operation
from tests.transactions.test_timer import TASKS

state, world, within_s = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
journal = TransactionJournal(state / TRANSACTIONS)
kernel = JournalledWorlds(state, SystemClock()).kernel(world)
for task, (name, arguments) in TASKS.items():
    operation = Operation(name, arguments)
    journal.begin(task, world, task, within_s)
    HostTimer(journal).arm(task, world, within_s)
    inverses = kernel.inverse(operation)
    journal.record(task, operation, inverses)
    kernel.perform(operation)
    if task != [*TASKS][-1]:
        journal.leave(task, kernel.footprint(inverses))
    within_s = 3600.0
print("done", flush=True)
time.sleep(3600)
"""
"""A controller in the middle of a run, whose first task has far less time than the others."""
TASKS: dict[str, tuple[str, JsonObject]] = {
    "1": ("create_bridge", {"bridge": "br2"}),
    "2": ("add_address", {"interface": "br2", "address": "10.9.0.1/24"}),
    "3": ("attach_port", {"bridge": "br2", "interface": "eth1"}),
}


def test_a_run_whose_controller_was_killed_is_undone_as_a_whole(host: Host, state: Path) -> None:
    before = host.items()
    kill(cut_off(state, host.space, 5.0, RUN))
    assert host.items() != before
    journal = TransactionJournal(state / TRANSACTIONS)
    assert eventually(lambda: all(found.undone is not None for found in journal.open()))
    assert {found.id: found.undone for found in journal.open()} == {
        "1": Undone(UNCONFIRMED),
        "2": Undone(BUILT_ON),
        "3": Undone(BUILT_ON),
    }
    assert host.items() == before


def test_who_starts_the_watchdog_does_not_wait_for_what_undoing_needs() -> None:
    asked = (
        "import sys, controller.rescue; "
        "print({'grammar', 'pyroute2', 'controller.ports'} & sys.modules.keys())"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_a_world_that_is_away_is_undone_when_it_is_back(host: Host, state: Path) -> None:
    journal = TransactionJournal(state / TRANSACTIONS)
    journal.begin(NAME, "netns:nowhere", NAME, 0.0)
    with closing(JournalledWorlds(state, SystemClock())) as worlds:
        ((name, trouble),) = undo_overdue(worlds, journal)
    assert name == NAME
    assert isinstance(trouble, Unavailable)
    assert outcome(state) is None
