"""Kill -9 at any moment: the next start carries on, nothing half applied, nothing lost.

A child process runs the controller's passes in real time against the simulated world and is
killed at random moments, again and again, until the story has reached its end.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from controller.adapters.clock import SystemClock
from controller.adapters.git_event_log import GitEventLog
from controller.demo.setting import LOCUS, PERSON, PHENOTYPE, simulated
from controller.domains.network.scenario import Scenario, draw
from controller.stories.mainline import read_main
from controller.stories.request import request
from controller.wiring import Organism, open_organism

MAX_KILLS = 60
PATIENCE_S = 20.0
SHORT_WINDOW = (b"    within 3s\n", b"    within 300ms\n")


def begun(path: Path, scenario: Scenario) -> None:
    """A genome whose verification window is short, with one demand in its log."""
    with simulated(path, scenario, None, SystemClock()), open_organism(path) as organism:
        main = read_main(organism.repository, organism.hands.bench.domain)
        contract = "contracts/network/bridge_uplink.sg"
        text = main.files[contract].replace(*SHORT_WINDOW)
        assert text != main.files[contract]
        organism.repository.commit_main({contract: text}, "A shorter window", PERSON)
        request(
            organism.chronicle,
            organism.hands.worlds,
            read_main(organism.repository, organism.hands.bench.domain),
            LOCUS,
            "simulated",
            scenario.input,
            PHENOTYPE,
            f"person:{PERSON}",
        )


def run_until(path: Path, events: int, jitter_s: float) -> None:
    """Let a real `germline controller` work until the log is so long, then kill it unwarned."""
    command = [sys.executable, "-m", "controller", "-C", str(path), "controller"]
    child = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    log, deadline = GitEventLog(path), time.monotonic() + PATIENCE_S
    while log.length() < events and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(jitter_s)
    os.kill(child.pid, signal.SIGKILL)
    _, errors = child.communicate()
    assert child.returncode == -signal.SIGKILL, errors.decode()


def finished(organism: Organism) -> bool:
    """True when the demand is confirmed and main is as the log has it."""
    organism.chronicle.refresh()
    ledger = organism.chronicle.ledger
    (record,) = ledger.standing_demands()
    trials = ledger.trials_of(record)
    return bool(trials) and trials[-1].end == "confirmed" and not organism.controller.gaps()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_controller_that_is_killed_again_and_again_reaches_the_end(
    tmp_path: Path, seed: int
) -> None:
    path, scenario, rng = tmp_path / "genome", draw(seed), random.Random(seed)
    begun(path, scenario)
    done = False
    for _ in range(MAX_KILLS):
        length = GitEventLog(path).length()
        run_until(path, length + rng.randint(1, 4), rng.uniform(0.0, 0.05))
        with open_organism(path) as organism:
            done = finished(organism)
        if done:
            break
    assert done, "it never reached the end"
    check_the_end(path, scenario)


def check_the_end(path: Path, scenario: Scenario) -> None:
    with open_organism(path) as organism:
        assert finished(organism)
        organism.controller.run_pass()
        assert organism.hands.transactions.open() == ()
        assert organism.log.verify() == organism.log.length()
        drafts = list(organism.chronicle.ledger.drafts.values())
        assert [draft.state for draft in drafts].count("merged") == 1
        state = organism.hands.bench.domain.settled(
            organism.hands.worlds.kernel("simulated").observe()
        )
        links = state["links"]
        assert isinstance(links, dict)
        moved, left = (links[str(scenario.input[key])] for key in ("to_nic", "from_nic"))
        assert isinstance(moved, dict)
        assert isinstance(left, dict)
        assert moved["master"] == scenario.input["bridge"]
        assert left["master"] is None
    for command in (["fsck", "--strict"], ["diff", "--exit-code", "HEAD"]):
        done = subprocess.run(["git", *command], cwd=path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_two_controllers_do_not_work_on_one_clone(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    begun(path, draw(0))
    with open_organism(path) as organism, organism.lock():
        command = [sys.executable, "-m", "controller", "-C", str(path), "controller", "--once"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"process {os.getpid()}" in done.stderr
    assert "Hint:" in done.stderr


def test_a_controller_that_is_asked_to_stop_stops_at_once(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    begun(path, draw(0))
    command = [sys.executable, "-m", "controller", "-C", str(path), "controller"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert "Ctrl-C stops it" in child.stdout.readline()
    child.send_signal(signal.SIGTERM)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 0, errors
