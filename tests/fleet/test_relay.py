"""Genes that reach their hosts by way of an `ansible-runner worker`, and what comes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.adapters.ansible_courier import AnsibleCourier, Parcel
from controller.ports import Unavailable
from tests.fleet.genome import ADDING, CUTTING, genome, values
from tests.fleet.namespaces import Fleet

pytestmark = pytest.mark.root
VIA = '[hosts]\nvia = ["ansible-runner", "worker"]\n'


def test_a_gene_that_travels_by_a_worker_is_verified_and_confirmed(
    reached: Fleet, tmp_path: Path
) -> None:
    first, second, *_ = reached.hosts
    with genome(tmp_path / "genome", reached, ADDING, settings=VIA) as fixture:
        fixture.ask("h1", values("10.88.0.1/24"))
        assert fixture.run_until("transaction.confirmed") == []
        assert first.has("10.88.0.1/24")
        assert not second.has("10.88.0.1/24")


def test_a_host_that_is_cut_off_behind_a_worker_comes_back_by_itself(
    reached: Fleet, tmp_path: Path
) -> None:
    with genome(tmp_path / "genome", reached, CUTTING, 2.0, VIA) as fixture:
        fixture.ask("h2", values("10.89.0.1/24"))
        fixture.run_until("transaction.rolled_back")
        (told,) = fixture.events("transaction.rolled_back")
        assert told.data["restored"] is True
        assert reached.hosts[1].is_up()


def test_a_worker_tells_a_request_that_took_too_long_as_a_run_here_does(
    reached: Fleet, tmp_path: Path
) -> None:
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        parcel = Parcel(fixture.kernel("h2").settings, b"{}")
    said = []
    for via in ((), ("ansible-runner", "worker")):
        courier = AnsibleCourier(via=lambda via=via: via)
        reply = courier.deliver({"h2": parcel}, reached.known_hosts(), 0.0)["h2"]
        courier.close()
        assert isinstance(reply, Unavailable)
        said.append(reply.reason)
    assert said[0] == said[1]
    assert not reached.hosts[1].runs("serve")
