"""What nobody confirms is undone: by a transient timer of systemd, or at the next start."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from controller.ports.transactions import UNCONFIRMED
from tests.booted import lab
from tests.booted.machine import PYTHON, Booted
from tests.booted.service import Service, eventually
from tests.booted.test_interruptions import healed
from tests.stories.stage import ANNOUNCING
from tests.transactions.mortal import NAME
from tests.transactions.test_timer import CONTROLLER

pytestmark = pytest.mark.root

OUTCOME = """
import sys
from pathlib import Path
from controller.adapters.transaction_journal import TransactionJournal
(found,) = TransactionJournal(Path(sys.argv[1]) / "transactions").open()
print(found.undone.reason if found.undone else "")
"""
STATE = "/srv/state"
TIMERS = ("systemctl", "list-units", "--all", "--plain", "--no-legend", "germline-undo-*")


@pytest.fixture
def worlds(host: Booted) -> Iterator[Booted]:
    """A host with worlds in namespaces, which it makes again when it boots."""
    unit = host.path("/etc/systemd/system/lab.service")
    unit.write_text(lab.UNIT)
    host.run("systemctl", "enable", "--now", "lab")
    yield host
    host.run("systemctl", "disable", "--now", "lab")
    host.path("/etc/systemd/system/lab.service").unlink()


@pytest.fixture
def rooted(worlds: Booted) -> Iterator[Service]:
    """A genome of root's, whose world is one of those; its dominant allele does what is asked."""
    made = Service(worlds, "rooted", "root", lab.WORLD)
    made.begin(ANNOUNCING)
    made.file("germline.toml").write_text(lab.config())
    person = ("-c", "user.name=Ana", "-c", "user.email=ana@x.invalid")
    worlds.run("git", *person, "-C", made.genome, "commit", "-qam", "the host's own world")
    yield made
    made.remove()


def items(host: Booted) -> str:
    """All that is configured in the small world."""
    return host.run(PYTHON, "-m", "tests.booted.lab", "items", "small-host")


def test_a_timer_fires_when_nobody_confirms_and_puts_the_host_back(worlds: Booted) -> None:
    before = items(worlds)
    worlds.run("mkdir", "-p", STATE)
    cuts_off = (PYTHON, "-c", CONTROLLER, STATE, "netns:small-host", "8")
    with worlds.start(*cuts_off, stdout=subprocess.PIPE) as controller:
        assert controller.stdout is not None
        assert controller.stdout.readline() == "done\n"
        timer = f"germline-undo-{NAME}.timer"
        assert worlds.show(timer, "ActiveState") == "active"
        assert items(worlds) != before
        controller.kill()
    outcome = (PYTHON, "-c", OUTCOME, STATE)
    eventually(lambda: worlds.run(*outcome).strip() == UNCONFIRMED, "it is undone")
    assert items(worlds) == before
    eventually(lambda: worlds.run(*TIMERS) == "", "nothing of the timer is left")
    worlds.run("rm", "-rf", STATE)


def test_what_was_confirmed_leaves_no_timer(rooted: Service) -> None:
    rooted.install()
    with rooted.following() as log:
        rooted.ask()
        log.until("expression.finished")
        units = [line.split()[0] for line in rooted.host.run(*TIMERS).splitlines()]
        (armed,) = [unit for unit in units if unit.endswith(".timer")]
        assert rooted.host.show(armed, "ActiveState") == "active"
        log.until("transaction.confirmed")
    eventually(lambda: rooted.host.run(*TIMERS) == "", "the timer is gone")
    healed(rooted)


def test_a_loss_of_power_in_the_middle_is_undone_at_the_next_start(rooted: Service) -> None:
    rooted.install()
    with rooted.following() as log:
        rooted.ask()
        log.until("expression.finished")
        rooted.host.power_cut()
    with rooted.following() as log:
        log.until("transaction.rolled_back")
        log.until("transaction.confirmed")
    healed(rooted)
