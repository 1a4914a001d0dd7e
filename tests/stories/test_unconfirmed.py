"""What a host's timer undid while no controller ran is told to the log, and the demand goes on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from controller.adapters.clock import VirtualClock
from controller.adapters.journalled_worlds import JournalledWorlds
from controller.adapters.transaction_journal import (
    TransactionJournal,
    Uptime,
    uptime,
)
from controller.adapters.watch import TRANSACTIONS
from controller.domains.network import NETWORK
from controller.domains.world import Operation
from controller.ports import Unavailable
from controller.ports.transactions import UNCONFIRMED
from controller.stories.recover import recover
from controller.stories.undo import undo_overdue
from controller.wiring import Organism, open_organism
from tests.stories.stage import ANNOUNCING, START, stage


def tomorrow() -> Uptime:
    now = uptime()
    return Uptime(now.machine, now.boot, now.now_s + 86_400)


def settled(organism: Organism) -> object:
    return NETWORK.settled(organism.hands.worlds.kernel("simulated").observe())


def test_a_controller_that_comes_back_learns_what_its_timer_did(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        before = settled(on.organism)
        demand = on.ask()
        on.organism.controller.run_pass()
        assert settled(on.organism) != before
        path, state = on.path, on.organism.gitdir / "germline"

    clock = VirtualClock(START)
    with closing(JournalledWorlds(state, clock)) as worlds:
        journal = TransactionJournal(state / TRANSACTIONS, tomorrow)
        assert [undone.problems for _, undone in undo_overdue(worlds, journal)] == [()]  # type: ignore[union-attr]

    with open_organism(path, clock) as organism:
        organism.chronicle.refresh()
        assert settled(organism) == before
        assert recover(organism.hands, organism.repository) == ()
        (told,) = (e for e in organism.log.since(0) if e.type == "transaction.rolled_back")
        assert told.data["reason"] == UNCONFIRMED
        assert (told.data["restored"], told.data["left"]) == (True, [])
        assert organism.hands.transactions.open() == ()
        assert [gap.obligation.trigger for gap in organism.controller.gaps()] == [demand]


def test_a_journal_that_cannot_be_read_is_told_in_every_pass_and_stops_none(
    tmp_path: Path,
) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        folder = on.organism.gitdir / "germline" / TRANSACTIONS
        (folder / "000000000001-foreign.jsonl").write_bytes(b"no line of ours\n")
        demand = on.ask()
        for _ in range(2):
            result = on.organism.controller.run_pass()
            assert any("foreign.jsonl does not verify" in told for told in result.troubles)
        assert on.record(demand).trials
        assert (folder / "000000000001-foreign.jsonl").exists()


class FullDisk(TransactionJournal):
    """A journal whose disk has room for one operation."""

    def record(self, transaction: str, operation: Operation, inverse: Sequence[Operation]) -> None:
        """The first one only."""
        if self.open()[0].operations == 1:
            raise Unavailable("the journal of transactions fails: No space left on device")
        super().record(transaction, operation, inverse)


def test_a_disk_that_fills_up_under_the_journal_stops_the_gene_and_undoes_it_at_once(
    tmp_path: Path,
) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        before, demand = settled(on.organism), on.ask()
        full = FullDisk(on.organism.gitdir / "germline" / TRANSACTIONS)
        controller = on.organism.controller
        hands = replace(controller.hands, transactions=full)
        result = replace(controller, hands=hands).run_pass()
        assert any("No space left" in told for told in result.troubles)
        assert settled(on.organism) == before
        assert on.settle() == ()
        assert [end for _, end in on.outcomes(demand)] == ["interrupted", "confirmed"]
        (told,) = on.events("transaction.rolled_back")
        assert "No space left" in str(told.data["reason"])
