"""A new rule against a long log: evaluated from a file of bytes, beside what else there is.

`EVENTS` says how long the log is (1,000,000 for the aims). Each measurement of memory is a process
of its own: `python -m tests.bench.backfill FILE` prints seconds, gaps and how its memory grew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from controller.conductor.graph.finding import gaps_of
from controller.conductor.graph.reading import read_events
from tests.bench import responses, rule_engines
from tests.bench.figure import Figure, peak_mb

EVENTS: Final = int(os.environ.get("EVENTS", "200000"))
SHORT: Final = 5000
RULES_EVENTS: Final = 20_000
"""Fewer for the rule engines."""
TURNS: Final = 3
AIM_SHORT_S, AIM_LONG_S = 1.0, 20.0


def evaluated(file: Path) -> int:
    """The number of gaps that the evaluator finds, from the bytes of a file."""
    ours = responses.evaluator()
    with file.open("rb") as lines:
        state = ours.step(ours.initial(), read_events(lines), responses.END)
    return len(gaps_of(ours, state, responses.END))


def by_hand(file: Path) -> int:
    """The number that the one written by hand finds."""
    with file.open("rb") as lines:
        return responses.by_hand(lines)


def figures() -> Iterator[Figure]:
    """Rates beside each other, in turns; backfills; memory."""
    with tempfile.TemporaryDirectory() as directory:
        long, short, few = (Path(directory) / name for name in ("long", "short", "few"))
        lines = responses.write(long, EVENTS)
        ours, hand = _in_turns(long, EVENTS // 200, evaluated, by_hand)
        rate = lines / ours
        name = f"five rules over {EVENTS:,} events"
        yield Figure(name, rate, "1/s", lines / hand, "by hand")
        of_few = responses.write(few, RULES_EVENTS)
        for engine, act in rule_engines.installed().items():
            theirs, same = _in_turns(few, RULES_EVENTS // 200, act, evaluated)
            yield Figure(
                "five rules, beside a rule engine", of_few / same, "1/s", of_few / theirs, engine
            )
        responses.write(short, SHORT)
        spent, _ = _in_turns(short, SHORT // 200, evaluated, by_hand)
        yield Figure(f"backfill of {SHORT:,} events", spent, "s", AIM_SHORT_S, "the aim")
        yield Figure(f"backfill of {EVENTS:,} events", ours, "s", AIM_LONG_S, "the aim")
        yield from _memory(Path(directory))


def _in_turns(file: Path, gaps: int, *acts: Callable[[Path], int]) -> tuple[float, ...]:
    """The shortest of three turns of each, in seconds of the processor, so that what else the
    machine does counts little; all must find so many gaps."""
    best = [float("inf")] * len(acts)
    for _ in range(TURNS):
        for at, act in enumerate(acts):
            start = time.process_time()
            found = act(file)
            best[at] = min(best[at], time.process_time() - start)
            assert found == gaps, (act, found, gaps)
    return tuple(best)


def _memory(directory: Path) -> Iterator[Figure]:
    """How much a process grows: with the log while nothing stays open, and with what does."""
    grown = {}
    for events, missing in ((EVENTS // 10, 0), (EVENTS, 0), (EVENTS, 100), (EVENTS, 10)):
        responses.write(directory / "memory", events, missing)
        command = [sys.executable, "-m", "tests.bench.backfill", str(directory / "memory")]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        grown[events, missing] = json.loads(done.stdout)["grown_mb"]
    tenth = f"{EVENTS // 10:,} events"
    nothing, few, many = (grown[EVENTS, missing] for missing in (0, 100, 10))
    yield Figure("memory, nothing stays open", nothing, "MB", grown[EVENTS // 10, 0], tenth)
    opened = EVENTS // 20
    yield Figure(f"memory, {opened:,} stay open", many, "MB", few, f"{opened // 10:,}")
    yield Figure("memory of an open obligation", (many - nothing) / opened * 1e6, "bytes")


if __name__ == "__main__":
    before, begin = peak_mb(), time.perf_counter()
    told = {"gaps": evaluated(Path(sys.argv[1])), "seconds": time.perf_counter() - begin}
    print(json.dumps({**told, "grown_mb": peak_mb() - before}))
