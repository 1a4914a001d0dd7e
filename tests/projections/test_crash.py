"""Kill -9 between any two steps of a promotion: the old one stays live, the next pass finishes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from controller.adapters.git_event_log import GitEventLog
from controller.wiring import open_organism
from tests.projections.office import LOCUS, office

EVENTS = 400
STEPS = ["built", "verified", "compared", "promoted", "retired"]
PATIENCE_S = 60.0


def killed_after(path: Path, length: int) -> None:
    """Run a real pass until the log is so long, then kill it unwarned."""
    command = [sys.executable, "-m", "controller", "-C", str(path), "controller", "--once"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    log, deadline = GitEventLog(path), time.monotonic() + PATIENCE_S
    while log.length() < length and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert log.length() >= length


@pytest.mark.parametrize("step", range(len(STEPS)), ids=STEPS)
def test_a_promotion_that_is_killed_after_a_step_is_finished_by_the_next_pass(
    tmp_path: Path, step: int
) -> None:
    path = tmp_path / "genome"
    with office(path, EVENTS) as house:
        house.run_pass()
        tables, graph = (house.builder(m).allele.sha for m in ("relational", "graph"))
        assert house.live() == tables
        house.choose("graph")
        before = house.organism.log.length()
    killed_after(path, before + 2 + step)  # main.moved comes first
    with open_organism(path) as organism:
        shelf = organism.projector.shelf
        swapped = shelf.pointer(LOCUS).live
        assert swapped in (tables, graph)
        told = [e.type for e in organism.log.since(before)]
        assert swapped == graph or "projection.promoted" not in told
        assert organism.controller.run_pass().gaps == ()
        assert shelf.pointer(LOCUS).live == graph
        assert shelf.pointer(LOCUS).previous == tables
        assert shelf.pointer(LOCUS).announced
        told = [e.type.partition(".")[2] for e in organism.log.since(before)]
        assert [name for name in STEPS if name not in told] == []
