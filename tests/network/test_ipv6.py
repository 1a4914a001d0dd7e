"""IPv6, the same in memory and in Linux: addresses, neighbours, routes, announcements, undoing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.lab import materialise
from controller.domains.network.namespace import Inside
from controller.domains.network.state import to_json
from controller.domains.world import Json, JsonObject, Kernel, LiveKernel, Operation
from tests.network.conftest import KernelOf, needs_root
from tests.network.worlds import (
    ADDRESS,
    ADDRESS_6,
    BR0_MAC,
    ETH0_MAC,
    ETH1_MAC,
    PEER,
    PEER_6,
    PEER_MAC,
    PREFIX,
    bonded_world,
    do,
    dual_world,
    host,
    ipv6_world,
    limited_as,
    op,
    pinned,
    refused,
    undone,
)

DEFAULT: JsonObject = {
    "destination": "::/0",
    "gateway": PEER_6,
    "interface": "br0",
    "metric": 1024,
    "source": None,
}


@pytest.fixture
def kernel(kernel_of: KernelOf) -> LiveKernel:
    return kernel_of(dual_world())


def settled(kernel: Kernel) -> JsonObject:
    return NETWORK.settled(kernel.observe())


def answered(kernel: Kernel, address: str = ADDRESS_6, size: int | None = None) -> Json:
    asked: JsonObject = {"vantage": "peer", "address": address, "attempts": 2}
    found = kernel.perform(op("vantage_ping", **asked | ({} if size is None else {"size": size})))
    assert isinstance(found, dict)
    return found["answered"]


def test_a_world_without_ipv4_is_made_and_observed_as_it_is(kernel_of: KernelOf) -> None:
    kernel = kernel_of(ipv6_world())
    made, wanted = host(kernel), ipv6_world().subject
    assert settled(kernel) == NETWORK.settled(to_json(limited_as(ipv6_world(), kernel)))
    assert (made.neighbours, made.fdb) == (wanted.neighbours, wanted.fdb)
    assert answered(kernel) == 2


def test_addresses_neighbours_and_routes_of_both_versions_are_told(kernel: LiveKernel) -> None:
    assert do(kernel, "addresses", interface="br0") == [ADDRESS, ADDRESS_6]
    assert DEFAULT in rows(do(kernel, "routes"))
    known = rows(do(kernel, "neighbours", interface="br0"))
    assert {"address": PEER_6, "mac": PEER_MAC, "permanent": False} in known
    assert {"address": "fd00:7::77", "mac": "02:00:00:00:00:77", "permanent": True} in known
    found = do(kernel, "vantage_neighbours", vantage="peer", address=ADDRESS_6)
    assert found == [{"interface": "eth0", "mac": BR0_MAC, "permanent": False}]


def rows(found: Json) -> list[Json]:
    assert isinstance(found, list)
    return found


def test_a_new_address_answers_at_once_and_is_told_after_those_of_ipv4(kernel: LiveKernel) -> None:
    do(kernel, "add_address", interface="br0", address="fd00:7::9/64")
    do(kernel, "add_address", interface="br0", address="10.7.0.9/24")
    do(kernel, "add_address", interface="br0", address="fd00:7::9/64")
    told = [ADDRESS, "10.7.0.9/24", ADDRESS_6, "fd00:7::9/64"]
    assert do(kernel, "addresses", interface="br0") == told
    assert answered(kernel, "fd00:7::9") == 2
    do(kernel, "remove_address", interface="br0", address="fd00:7::9/64")
    assert answered(kernel, "fd00:7::9") == 0
    assert answered(kernel) == 2


def test_an_address_is_not_given_twice_with_two_lengths(kernel: LiveKernel) -> None:
    said = refused(kernel, "add_address", interface="br0", address="fd00:7::1/80")
    assert said == f"br0 has it as {ADDRESS_6} already"


def test_the_last_address_of_ipv4_leaves_ipv6_alone(kernel: LiveKernel) -> None:
    do(kernel, "remove_address", interface="br0", address=ADDRESS)
    assert do(kernel, "routes") == [DEFAULT]
    assert pinned(kernel, "br0") == ["fd00:7::77"]
    assert (answered(kernel), answered(kernel, ADDRESS)) == (2, 0)


def test_the_last_address_of_ipv6_leaves_routes_and_pinned_neighbours(kernel: LiveKernel) -> None:
    do(kernel, "remove_address", interface="br0", address=ADDRESS_6)
    assert DEFAULT in rows(do(kernel, "routes"))
    assert "fd00:7::77" in pinned(kernel, "br0")
    assert (answered(kernel), answered(kernel, ADDRESS)) == (0, 2)


def test_what_goes_down_has_lost_its_ipv6_addresses_when_it_comes_back(kernel: LiveKernel) -> None:
    for up in (False, True):
        do(kernel, "set_link_state", interface="br0", up=up)
    assert do(kernel, "addresses", interface="br0") == [ADDRESS]
    assert do(kernel, "routes") == []
    assert answered(kernel) == 0


def test_frames_that_are_too_small_for_ipv6_take_it_away(kernel: LiveKernel) -> None:
    do(kernel, "set_mtu", interface="br0", mtu=1279)
    assert do(kernel, "addresses", interface="br0") == [ADDRESS]
    assert pinned(kernel, "br0") == ["10.7.0.77"]
    said = refused(kernel, "add_address", interface="br0", address=ADDRESS_6)
    assert said == "br0 has an MTU of 1279: IPv6 takes 1280 bytes at least"
    do(kernel, "set_mtu", interface="br0", mtu=1280)
    do(kernel, "add_address", interface="br0", address=ADDRESS_6)
    assert answered(kernel) == 2


def test_a_packet_is_as_large_as_was_asked_for(kernel: LiveKernel) -> None:
    assert (answered(kernel, size=1500), answered(kernel, size=1501)) == (2, 0)
    do(kernel, "set_mtu", interface="eth0", mtu=1400)
    assert (answered(kernel, size=1404), answered(kernel, size=1405)) == (2, 0)


@pytest.mark.parametrize(
    "operation",
    [
        op("set_link_state", interface="br0", up=False),
        op("set_mac", interface="br0", mac="02:00:00:00:00:01"),
        op("remove_address", interface="br0", address=ADDRESS_6),
        op("add_address", interface="eth1", address="fd00:8::1/64"),
        op("delete_bridge", bridge="br0"),
        op("set_mtu", interface="br0", mtu=1000),
        op("remove_route", interface="br0", destination="::/0"),
        op("add_route", interface="br0", destination="fd00:9::/64", gateway=PEER_6),
        op("remove_neighbour", interface="br0", address="fd00:7::77"),
        op("add_neighbour", interface="br0", address=PEER_6, mac=ETH1_MAC),
    ],
    ids=lambda operation: operation.name,
)
def test_whatever_it_costs_is_restored(kernel: LiveKernel, operation: Operation) -> None:
    undone(kernel, operation)


# --- routes -----------------------------------------------------------------------------


def test_a_route_without_a_metric_has_the_one_that_linux_gives(kernel: LiveKernel) -> None:
    route = {"interface": "br0", "destination": "fd00:9::/64", "gateway": PEER_6}
    for _ in range(2):
        do(kernel, "add_route", **route)
    told: JsonObject = {**route, "metric": 1024, "source": None}
    assert told in rows(do(kernel, "routes"))
    said = refused(kernel, "add_route", **route | {"gateway": "fd00:7::3"})
    assert said == "there is another route to fd00:9::/64 with metric 1024"
    do(kernel, "remove_route", interface="br0", destination="fd00:9::/64")
    assert told not in rows(do(kernel, "routes"))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"gateway": "fd00:8::1"}, "br0 does not reach the gateway fd00:8::1"),
        ({"gateway": "fd00:7::1"}, "the gateway fd00:7::1 is the host itself"),
        ({"gateway": PEER}, "10.7.0.2 is no gateway for fd00:9::/64: one is IPv4, the other IPv6"),
        ({"source": "fd00:7::5"}, "the host does not have the address fd00:7::5"),
        (
            {"destination": "fd00:7::/64", "metric": 256},
            "there is another route to fd00:7::/64 with metric 256",
        ),
    ],
)
def test_a_route_that_leads_nowhere_is_refused(
    kernel: LiveKernel, arguments: JsonObject, reason: str
) -> None:
    asked: JsonObject = {"interface": "br0", "destination": "fd00:9::/64"}
    assert refused(kernel, "add_route", **asked | arguments) == reason


def test_a_route_over_a_router_of_the_link_needs_no_network_of_its_own(kernel: LiveKernel) -> None:
    do(kernel, "add_route", interface="br0", destination="fd00:9::/64", gateway="fe80::1")
    gateways = [way["gateway"] for way in rows(do(kernel, "routes")) if isinstance(way, dict)]
    assert "fe80::1" in gateways


def test_a_route_sends_from_elsewhere_once_its_source_is_gone(kernel: LiveKernel) -> None:
    do(kernel, "add_address", interface="br0", address="fd00:7::9/64")
    route: JsonObject = {"interface": "br0", "destination": "fd00:9::/64", "gateway": PEER_6}
    do(kernel, "add_route", **route, source="fd00:7::9")
    assert {**route, "metric": 1024, "source": "fd00:7::9"} in rows(do(kernel, "routes"))
    do(kernel, "remove_address", interface="br0", address="fd00:7::9/64")
    assert {**route, "metric": 1024, "source": None} in rows(do(kernel, "routes"))


# --- announcing -------------------------------------------------------------------------


def test_the_peer_learns_a_new_mac_from_an_unsolicited_advertisement(kernel: LiveKernel) -> None:
    def seen() -> Json:
        return do(kernel, "vantage_neighbours", vantage="peer", address=ADDRESS_6)

    do(kernel, "set_mac", interface="br0", mac="02:00:00:00:00:bb")
    assert seen() == [{"interface": "eth0", "mac": BR0_MAC, "permanent": False}]
    do(kernel, "send_unsolicited_na", interface="br0", address=ADDRESS_6)
    assert seen() == [{"interface": "eth0", "mac": "02:00:00:00:00:bb", "permanent": False}]


def test_who_does_not_know_the_address_does_not_learn_it_from_an_advertisement(
    kernel: LiveKernel,
) -> None:
    do(kernel, "add_address", interface="br0", address="fd00:7::9/64")
    do(kernel, "send_unsolicited_na", interface="br0", address="fd00:7::9/64")
    assert do(kernel, "vantage_neighbours", vantage="peer", address="fd00:7::9") == []


def test_a_switch_learns_from_an_advertisement_where_the_bridge_went(kernel: LiveKernel) -> None:
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    do(kernel, "attach_port", bridge="br0", interface="eth1")
    do(kernel, "send_unsolicited_na", interface="br0", address=ADDRESS_6)
    found = do(kernel, "vantage_fdb", vantage="switch", mac=BR0_MAC)
    assert found == [{"bridge": "fabric0", "port": "p1"}]
    assert answered(kernel) == 2


def test_an_announcement_says_nothing_of_the_other_version(kernel: LiveKernel) -> None:
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    do(kernel, "attach_port", bridge="br0", interface="eth1")
    do(kernel, "send_gratuitous_arp", interface="br0", address=ADDRESS_6)
    do(kernel, "send_unsolicited_na", interface="br0", address=ADDRESS)
    found = do(kernel, "vantage_fdb", vantage="switch", mac=BR0_MAC)
    assert found == [{"bridge": "fabric0", "port": "p0"}]


def test_what_an_interface_does_not_have_is_not_announced(kernel: LiveKernel) -> None:
    said = refused(kernel, "send_unsolicited_na", interface="eth1", address=ADDRESS_6)
    assert said == "eth1 does not have the address fd00:7::1"


def test_a_bond_that_fails_over_tells_of_its_ipv6_addresses_too(
    bonding_kernel_of: KernelOf,
) -> None:
    kernel = bonding_kernel_of(bonded_world())
    do(kernel, "remove_address", interface="bond0", address=ADDRESS)
    do(kernel, "add_address", interface="bond0", address=ADDRESS_6)
    do(kernel, "set_active_port", bond="bond0", interface="eth1")
    found = do(kernel, "vantage_fdb", vantage="switch", mac=ETH0_MAC)
    assert found == [{"bridge": "fabric0", "port": "p1"}]


@pytest.mark.root
@needs_root[1]
def test_an_address_that_somebody_else_on_the_link_has_is_refused_and_not_kept() -> None:
    with materialise(dual_world(), PREFIX) as lab:
        lab.spaces["host"].run(partial(ask_first, "br0"))
        kernel = lab.kernel()
        said = refused(kernel, "add_address", interface="br0", address=f"{PEER_6}/64")
        assert said == f"somebody else on the link has {PEER_6}"
        assert do(kernel, "addresses", interface="br0") == [ADDRESS, ADDRESS_6]
        do(kernel, "add_address", interface="br0", address="fd00:7::9/64")
        assert answered(kernel, "fd00:7::9") == 2


@pytest.mark.root
@needs_root[1]
def test_the_address_of_a_link_is_shown_and_is_nobodys_configuration() -> None:
    with materialise(dual_world(), PREFIX) as lab:
        kernel = lab.kernel()
        before = settled(kernel)
        lab.spaces["host"].run(partial(generate, "eth1"))
        record = do(kernel, "link", interface="eth1")
        assert isinstance(record, dict)
        assert record["derived"] == ["fe80::ff:fe00:e1/64"]
        assert record["addresses"] == []
        assert settled(kernel) == before


def ask_first(interface: str, _inside: Inside) -> None:
    """Let Linux ask whether somebody has an address before it takes it for its own."""
    for name in ("accept_dad", "dad_transmits"):
        for where in ("all", interface):
            Path(f"/proc/sys/net/ipv6/conf/{where}/{name}").write_text("1")


def generate(interface: str, inside: Inside) -> None:
    """Let Linux give an interface an address of its link, as it does by itself."""
    Path(f"/proc/sys/net/ipv6/conf/{interface}/addr_gen_mode").write_text("0")
    index = inside.ip.link_lookup(ifname=interface)[0]
    for state in ("down", "up"):
        inside.ip.link("set", index=index, state=state)
