"""Kill -9 at any moment of a transaction, or of its undoing: nothing is left in between."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from controller.adapters.transaction_journal import TransactionJournal
from controller.adapters.watch import TRANSACTIONS
from tests.network.conftest import needs_root
from tests.network.test_sequences import run
from tests.transactions.conftest import Host
from tests.transactions.mortal import NAME, SEQUENCE, WITHIN_S, Life, take_back

pytestmark = needs_root

ROOT = Path(__file__).parents[2]
SAMPLE = 16
"""Moments that are tried of some hundreds, evenly; `--thorough` tries all."""


class Mortals:
    """Lives in processes of their own, in one host."""

    def __init__(self, space: str) -> None:
        command = [sys.executable, "-m", "tests.transactions.mortal", space]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def live(self, life: Life) -> int:
        """The moments of a life; 0 for one that was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(life)), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process that makes them."""
        self._process.communicate()


@pytest.fixture(scope="module")
def mortals(made: Host) -> Iterator[Mortals]:
    there = Mortals(made.space)
    yield there
    there.close()


@pytest.fixture
def every(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--thorough", default=False))


def moments(count: int, *, every: bool) -> range:
    """Which of `count` moments are tried."""
    return range(1, count + 1, 1 if every else max(1, count // SAMPLE))


@pytest.mark.timeout(3000)
def test_whoever_is_killed_during_a_transaction_leaves_what_restores_the_host(
    made: Host, mortals: Mortals, tmp_path: Path, every: bool
) -> None:
    before = made.items()
    inverses = run(made.kernel, SEQUENCE)
    after = made.items()
    assert made.kernel.undo(inverses, ()) == ()
    count = mortals.live(Life(str(tmp_path / "whole"), "transact"))
    assert made.items() == after
    assert made.kernel.undo(inverses, ()) == ()

    for moment in moments(count, every=every):
        state = tmp_path / str(moment)
        assert mortals.live(Life(str(state), "transact", moment)) == 0
        confirmed = made.items() == after and not TransactionJournal(state / TRANSACTIONS).open()
        take_back(state)
        assert made.items() == (after if confirmed else before), moment
        if confirmed:
            assert made.kernel.undo(inverses, ()) == ()


@pytest.mark.timeout(3000)
def test_whoever_is_killed_while_undoing_leaves_what_finishes_it(
    made: Host, mortals: Mortals, tmp_path: Path, every: bool
) -> None:
    before = made.items()
    count = mortals.live(Life(str(begun(made, tmp_path / "whole")), "undo"))
    assert made.items() == before

    for moment in moments(count, every=every):
        state = begun(made, tmp_path / str(moment))
        assert mortals.live(Life(str(state), "undo", moment)) == 0
        take_back(state)
        assert made.items() == before, moment
        (found,) = TransactionJournal(state / TRANSACTIONS).open()
        assert found.undone is not None
        assert found.undone.problems == ()


def begun(host: Host, state: Path) -> Path:
    """A clone whose transaction is open, its gene come back."""
    state.mkdir()
    journal = TransactionJournal(state / TRANSACTIONS)
    journal.begin(NAME, f"netns:{host.space}", NAME, WITHIN_S)
    for operation in SEQUENCE:
        journal.record(NAME, operation, host.kernel.inverse(operation))
        host.kernel.perform(operation)
    assert journal.leave(NAME, host.kernel.footprint(journal.open()[0].inverses))
    return state
