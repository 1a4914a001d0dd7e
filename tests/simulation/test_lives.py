"""Hundreds of lives of a whole controller, each with faults of its own, judged by the checkers.

One that a checker complains of is lived again, and told, by `make simulate SEED=n`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.checkers import complaints
from tests.simulation.story import play

LIVES = 180
"""About a minute of one core: a life takes a third of a second."""
BATCH = 10


@pytest.mark.parametrize("first", range(0, LIVES, BATCH))
def test_whatever_fails_nothing_is_forgotten_and_nothing_is_done_twice(first: int) -> None:
    found = {seed: complaints(play(seed).evidence) for seed in range(first, first + BATCH)}
    assert {seed: wrong for seed, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("seed", [5, 7, 44])
def test_the_same_seed_is_the_same_life(seed: int) -> None:
    once, again = play(seed), play(seed)
    assert [event.id for event in once.evidence.events] == [e.id for e in again.evidence.events]
    assert once.fingerprint == again.fingerprint


def test_the_same_seed_is_the_same_life_in_another_process() -> None:
    code = "from tests.simulation.story import play; print(play(7).fingerprint)"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": order},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for order in ("1", "2")
    }
    assert told == {play(7).fingerprint}


def test_every_kind_of_fault_happens_in_some_life() -> None:
    happened = set[str]()
    for seed in range(25):
        happened |= play(seed).counted.keys()
    assert happened == {"crash", "disk", "world", "refusal", "gene", "repository", "meanwhile"}
