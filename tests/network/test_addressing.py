"""Addresses, neighbours and routes: the same in memory and in Linux, and all restored."""

from __future__ import annotations

import pytest

from controller.domains.network import NETWORK
from controller.domains.world import Json, JsonObject, LiveKernel, Operation
from tests.network.worlds import (
    ADDRESS,
    BR0_MAC,
    ETH0_MAC,
    PEER,
    PEER_MAC,
    do,
    op,
    pinned,
    refused,
)

# --- addresses and neighbours -----------------------------------------------------------


def test_a_primary_address_takes_the_secondary_ones_with_it(kernel: LiveKernel) -> None:
    for own in ("10.8.0.1/24", "10.8.0.2/24", "10.9.0.1/24", "10.8.0.3/24"):
        do(kernel, "add_address", interface="eth1", address=own)
    assert do(kernel, "addresses", interface="eth1") == [
        "10.8.0.1/24",
        "10.9.0.1/24",
        "10.8.0.2/24",
        "10.8.0.3/24",
    ]
    do(kernel, "remove_address", interface="eth1", address="10.8.0.2/24")
    do(kernel, "remove_address", interface="eth1", address="10.8.0.1/24")
    assert do(kernel, "addresses", interface="eth1") == ["10.9.0.1/24"]


def test_adding_and_removing_an_address_twice_changes_nothing_the_second_time(
    kernel: LiveKernel,
) -> None:
    do(kernel, "add_address", interface="br0", address=ADDRESS)
    assert do(kernel, "addresses", interface="br0") == [ADDRESS]
    do(kernel, "remove_address", interface="br0", address="10.7.0.1/16")
    assert do(kernel, "addresses", interface="br0") == [ADDRESS]


@pytest.mark.parametrize(
    "operation",
    [
        op("set_link_state", interface="br0", up=False),
        op("set_mac", interface="br0", mac=BR0_MAC),
        op("remove_address", interface="br0", address=ADDRESS),
    ],
    ids=lambda operation: operation.name,
)
def test_pinned_neighbours_are_lost_on_the_way_and_restored(
    kernel: LiveKernel, operation: Operation
) -> None:
    inverse = kernel.inverse(operation)
    kernel.perform(operation)
    assert pinned(kernel, "br0") == []
    assert kernel.undo(inverse, ()) == ()
    assert pinned(kernel, "br0") == ["10.7.0.77"]


def test_a_bridge_that_gets_another_mac_from_a_port_loses_its_pinned_neighbours(
    kernel: LiveKernel,
) -> None:
    do(kernel, "attach_port", bridge="br1", interface="eth1")
    do(kernel, "add_neighbour", interface="br1", address=PEER, mac=PEER_MAC)
    attach = op("attach_port", bridge="br1", interface="tap0")
    inverse = kernel.inverse(attach)
    kernel.perform(attach)
    assert pinned(kernel, "br1") == []
    assert kernel.undo(inverse, ()) == ()
    assert pinned(kernel, "br1") == [PEER]


def test_a_pinned_neighbour_takes_the_place_of_a_learned_one(kernel: LiveKernel) -> None:
    do(kernel, "add_neighbour", interface="br0", address=PEER, mac=ETH0_MAC)
    assert pinned(kernel, "br0") == [PEER, "10.7.0.77"]
    do(kernel, "remove_neighbour", interface="br0", address=PEER)
    do(kernel, "remove_neighbour", interface="br0", address=PEER)
    assert pinned(kernel, "br0") == ["10.7.0.77"]


def test_announcing_teaches_the_switch_and_corrects_the_peer(kernel: LiveKernel) -> None:
    do(kernel, "set_mac", interface="br0", mac="02:00:00:00:00:bb")
    do(kernel, "send_gratuitous_arp", interface="br0", address=ADDRESS)
    answer = do(kernel, "vantage_ping", vantage="peer", address="10.7.0.1", attempts=1)
    assert answer == {"sent": 1, "answered": 1}
    found = do(kernel, "vantage_fdb", vantage="switch", mac="02:00:00:00:00:bb")
    assert found == [{"bridge": "fabric0", "port": "p0"}]


# --- routes -----------------------------------------------------------------------------

DEFAULT: Json = {
    "destination": "0.0.0.0/0",
    "gateway": PEER,
    "interface": "br0",
    "metric": 0,
    "source": None,
}


def test_setting_a_mac_keeps_the_default_route_taking_the_link_down_loses_it(
    kernel: LiveKernel,
) -> None:
    do(kernel, "set_mac", interface="br0", mac="02:00:00:00:00:bb")
    assert do(kernel, "routes") == [DEFAULT]
    down = op("set_link_state", interface="br0", up=False)
    inverse = kernel.inverse(down)
    kernel.perform(down)
    do(kernel, "set_link_state", interface="br0", up=True)
    assert do(kernel, "routes") == []
    assert kernel.undo(inverse, ()) == ()
    assert do(kernel, "routes") == [DEFAULT]


def test_a_route_is_lost_with_the_address_that_it_sends_from(kernel: LiveKernel) -> None:
    do(kernel, "add_address", interface="br0", address="10.7.0.9/24")
    do(
        kernel,
        "add_route",
        interface="br0",
        destination="10.20.0.0/16",
        gateway=PEER,
        metric=7,
        source="10.7.0.9",
    )
    before = NETWORK.settled(kernel.observe())
    remove = op("remove_address", interface="br0", address="10.7.0.9/24")
    inverse = kernel.inverse(remove)
    kernel.perform(remove)
    assert do(kernel, "routes") == [DEFAULT]
    assert kernel.undo(inverse, ()) == ()
    assert NETWORK.settled(kernel.observe()) == before


def test_a_route_comes_back_even_when_its_gateway_is_out_of_reach(kernel: LiveKernel) -> None:
    before = NETWORK.settled(kernel.observe())
    do(kernel, "add_address", interface="br0", address="10.8.0.1/24")
    undo = kernel.inverse(op("remove_address", interface="br0", address=ADDRESS))
    do(kernel, "remove_address", interface="br0", address=ADDRESS)
    assert do(kernel, "routes") == [DEFAULT]
    undo = kernel.inverse(op("set_link_state", interface="br0", up=False)) + undo
    do(kernel, "set_link_state", interface="br0", up=False)
    assert kernel.undo(undo, ()) == ()
    do(kernel, "remove_address", interface="br0", address="10.8.0.1/24")
    after = NETWORK.settled(kernel.observe())
    assert (after["links"], after["routes"]) == (before["links"], before["routes"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"interface": "tap0"}, "tap0 is down"),
        (
            {"interface": "eth1", "gateway": PEER, "metric": 9},
            f"eth1 does not reach the gateway {PEER}",
        ),
        (
            {"interface": "br0", "gateway": "10.7.0.5"},
            "there is another route to 0.0.0.0/0 with metric 0",
        ),
        (
            {"interface": "br0", "gateway": "10.7.0.1", "metric": 9},
            "the gateway 10.7.0.1 is the host itself",
        ),
        (
            {"interface": "br0", "source": "10.7.0.5", "metric": 9},
            "the host does not have the address 10.7.0.5",
        ),
    ],
)
def test_a_route_that_leads_nowhere_is_refused(
    kernel: LiveKernel, arguments: JsonObject, reason: str
) -> None:
    assert refused(kernel, "add_route", destination="0.0.0.0/0", **arguments) == reason


def test_removing_a_route_leaves_the_others(kernel: LiveKernel) -> None:
    do(kernel, "add_route", interface="br0", destination="0.0.0.0/0", gateway="10.7.0.5", metric=5)
    do(kernel, "add_route", interface="br0", destination="10.7.0.0/24", metric=5)
    do(kernel, "remove_route", interface="br0", destination="0.0.0.0/0", metric=5)
    do(kernel, "remove_route", interface="br0", destination="10.7.0.0/24", metric=5)
    do(kernel, "remove_route", interface="br0", destination="10.7.0.0/24")
    assert do(kernel, "routes") == [DEFAULT]
    answer = do(kernel, "vantage_ping", vantage="peer", address=ADDRESS, attempts=1)
    assert answer == {"sent": 1, "answered": 1}
