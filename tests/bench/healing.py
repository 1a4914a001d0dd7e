"""How fast a failure is healed: candidates a second, and seconds from the verdict to health."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from controller.history.event import Event
from controller.wiring import open_organism
from tests.bench.figure import Figure
from tests.stories.stage import stage

SEEDS = (0, 1, 2)


def figures() -> list[Figure]:
    """The simulated kernel always; the real one as root."""
    found = _simulated()
    if os.geteuid() == 0:
        found += _real()
    return found


def _simulated() -> list[Figure]:
    tried, searching, whole = 0, 0.0, 0.0
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as path, stage(Path(path), seed) as on:
            on.ask()
            start = time.perf_counter()
            while not on.events("search.finished"):
                before = time.perf_counter()
                result = on.organism.controller.run_pass()
                if result.wake_at is not None:
                    on.clock.sleep((result.wake_at - on.clock.now()).total_seconds())
            searching += time.perf_counter() - before
            on.settle()
            whole += time.perf_counter() - start
            count = on.events("search.finished")[0].data["tried"]
            assert isinstance(count, int)
            tried += count
    return [
        Figure("candidates a second in the search", tried / searching, "1/s"),
        Figure("candidates until the repair", tried / len(SEEDS), "candidates"),
        Figure("the whole story, simulated", whole / len(SEEDS), "s"),
    ]


def _real() -> list[Figure]:
    healed, search = [], []
    for seed in SEEDS[:1]:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "genome"
            command = [sys.executable, "-m", "controller", "demo", "--world", "netns"]
            command += ["--seed", str(seed), "--keep", str(path)]
            subprocess.run(command, check=True, capture_output=True)
            with open_organism(path) as organism:
                events = list(organism.log.since(0))
        failed = _first(events, "trial.judged")
        found = _first(events, "search.finished")
        rolled_back = [e for e in events if e.type == "transaction.rolled_back"][-1]
        confirmed = _first(events, "transaction.confirmed")
        healed.append((_at(confirmed) - _at(failed)).total_seconds())
        search.append((_at(found) - _at(rolled_back)).total_seconds())
    windows = 6.0
    return [
        Figure("failure to healed, real kernel", healed[0], "s", windows, "two windows of 3 s"),
        Figure("of that the search", search[0], "s"),
    ]


def _first(events: list[Event], kind: str) -> Event:
    return next(event for event in events if event.type == kind)


def _at(event: Event) -> datetime:
    return event.at
