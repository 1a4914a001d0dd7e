"""Incidents with bonds and VLANs on a real kernel that has them, whatever this machine's has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.adapters.twin.machine import Machine


@pytest.fixture(scope="module")
def site(twin_kernel: Path) -> Iterator[Machine]:
    with Machine(twin_kernel, guest="tests.twin.bonds_and_vlans") as machine:
        yield machine


def test_a_bond_whose_active_nic_loses_its_carrier_goes_on_with_the_other(site: Machine) -> None:
    seen = site.ask({"incident": "failover"})
    assert seen == {"before": ["p0"], "answered": 3, "after": ["p1"]}


def test_a_bond_whose_ports_nobody_connects_after_a_reboot_is_not_reachable(site: Machine) -> None:
    seen = site.ask({"incident": "ports_not_connected"})
    assert seen["alone"] == 0
    assert seen["connected_s"] is not None


def test_a_switch_that_lets_a_vlan_through_one_port_only_loses_it_at_a_failover(
    site: Machine,
) -> None:
    seen = site.ask({"incident": "vlan_of_one_port"})
    assert seen == {"before": [3, 3], "after": [3, 0], "mended": 3}


def test_a_bridge_on_a_vlan_is_reachable_half_a_minute_later_with_stp(site: Machine) -> None:
    seen = site.ask({"incident": "vlan_bridge"})
    assert isinstance(seen["0"], int)
    assert isinstance(seen["1"], int)
    assert seen["0"] < 10
    assert 25 < seen["1"] < 40


def test_a_bond_that_somebody_set_up_by_hand_comes_back_as_it_was(site: Machine) -> None:
    seen = site.ask({"incident": "put_back"})
    assert seen["kept"] == ["eth1", 100, 1400, ["10.0.0.1", "10.1.0.1"]]
    assert (seen["problems"], seen["differs"], seen["answered"]) == ([], [], 3)


def test_host_and_switch_agree_on_an_aggregate_of_two_links(site: Machine) -> None:
    seen = site.ask({"incident": "lacp"})
    assert isinstance(seen["agreed_s"], int)
    assert seen["where"] == ["lag"]
