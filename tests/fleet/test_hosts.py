"""Genes on other machines: what is confirmed stays, what nobody can confirm takes itself back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.genome import ADDING, CUTTING, genome, values
from tests.fleet.namespaces import Fleet

pytestmark = pytest.mark.root


def test_a_gene_is_sent_to_a_host_verified_there_and_confirmed(
    reached: Fleet, tmp_path: Path
) -> None:
    first, second = reached.hosts
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        fixture.ask("h1", values("10.78.0.1/24"))
        troubles = fixture.run_until("transaction.confirmed")
        assert troubles == []
        assert first.has("10.78.0.1/24")
        assert not second.has("10.78.0.1/24")


def test_a_host_that_a_gene_cuts_off_comes_back_by_itself(reached: Fleet, tmp_path: Path) -> None:
    host = reached.hosts[0]
    with genome(tmp_path / "genome", reached, CUTTING, grace_s=2.0) as fixture:
        demand = fixture.ask("h1", values("10.79.0.1/24"))
        troubles = fixture.run_until("transaction.rolled_back")
        (told,) = fixture.events("transaction.rolled_back")
        assert told.data["restored"] is True, (told, troubles)
        assert host.is_up()
        assert not host.has("10.79.0.1/24")
        assert not fixture.events("transaction.confirmed")
        assert fixture.organism.chronicle.ledger.demands[demand].trials
