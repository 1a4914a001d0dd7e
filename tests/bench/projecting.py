"""The seed's 50,000 events: tables built, a graph promoted beside them, and taken back."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from controller.stories.project import answer, opened
from tests.bench.figure import Figure, peak_mb
from tests.projections.office import Office, office

EVENTS = 50_000


def figures() -> list[Figure]:
    """Measured in a process of its own, whose memory is the figure's."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.projecting", folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    first, promotion, back, one, memory = (float(part) for part in done.stdout.split())
    return [
        Figure(f"tables of {EVENTS} events, built, verified, live", first, "s"),
        Figure("a graph of them, built, verified, compared, live", promotion, "s"),
        Figure("taken back", back, "s", promotion, "promotion"),
        Figure("one query of the graph", one * 1000, "ms"),
        Figure("memory at its peak", memory, "MB"),
    ]


def measure(folder: Path) -> None:
    """Print seconds of each step, and the peak of this process's memory in MB."""
    with office(folder / "genome", EVENTS) as house:
        first = timed(house)
        house.choose("graph")
        promotion = timed(house)
        house.git("revert", "--no-edit", "HEAD")
        back = timed(house)
        builder, tools = house.builder("graph"), house.organism.projector
        with closing(opened(tools, builder)) as store:
            started = time.perf_counter()
            for number in range(1, 51):
                answer(tools, builder, store, {"customer": f"c{number}"})
            one = (time.perf_counter() - started) / 50
    print(first, promotion, back, one, peak_mb())


def timed(house: Office) -> float:
    """Seconds of one pass, which must leave no gap."""
    started = time.perf_counter()
    assert house.run_pass() == ()
    return time.perf_counter() - started


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
