"""What each operation does, refuses and costs besides, the same in memory and in Linux."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.state import Link, World
from controller.domains.world import Json, JsonObject, LiveKernel
from tests.network.conftest import KernelOf
from tests.network.worlds import (
    ADDRESS,
    BR0_MAC,
    ETH1_MAC,
    PEER,
    PEER_MAC,
    do,
    host,
    op,
    refused,
    small_world,
)


def link(kernel: LiveKernel, name: str) -> JsonObject:
    record = do(kernel, "link", interface=name)
    assert isinstance(record, dict)
    return record


# --- queries ----------------------------------------------------------------------------


def test_a_link_is_told_with_all_that_a_gene_may_ask(kernel: LiveKernel) -> None:
    assert link(kernel, "br0") == {
        "name": "br0",
        "kind": "bridge",
        "mac": BR0_MAC,
        "up": True,
        "carrier": False,
        "master": None,
        "addresses": [ADDRESS],
        "derived": [],
        "mtu": 1500,
        "permanent_mac": None,
        "stp": False,
        "multicast_snooping": False,
        "vlan_filtering": False,
        "mac_pinned": True,
    }
    assert link(kernel, "eth0")["master"] == "br0"
    assert link(kernel, "eth0")["carrier"] is True
    assert link(kernel, "tap0")["up"] is False


def test_links_are_listed_by_name(kernel: LiveKernel) -> None:
    records = do(kernel, "list_links")
    assert isinstance(records, list)
    names = [record["name"] for record in records if isinstance(record, dict)]
    assert names == ["br0", "br1", "eth0", "eth1", "tap0"]
    assert records[0] == link(kernel, "br0")


def test_a_bridge_tells_its_ports_and_what_it_learned_on_them(kernel: LiveKernel) -> None:
    assert do(kernel, "bridge_ports", bridge="br0") == ["eth0"]
    assert do(kernel, "bridge_ports", bridge="br1") == []
    assert do(kernel, "bridge_fdb", bridge="br0") == [
        {"mac": PEER_MAC, "port": "eth0", "vlan": 0, "static": False}
    ]


def test_neighbours_are_told_with_whether_they_are_pinned(kernel: LiveKernel) -> None:
    assert do(kernel, "neighbours", interface="br0") == [
        {"address": PEER, "mac": PEER_MAC, "permanent": False},
        {"address": "10.7.0.77", "mac": "02:00:00:00:00:77", "permanent": True},
    ]


def test_the_far_end_of_a_cable_is_a_port_of_a_vantage(kernel: LiveKernel) -> None:
    assert do(kernel, "vantages") == [
        {"name": "peer", "role": "peer"},
        {"name": "switch", "role": "switch"},
    ]
    assert do(kernel, "far_end", interface="eth1") == {"vantage": "switch", "interface": "p1"}
    assert do(kernel, "far_end", interface="tap0") is None


def test_a_switch_tells_where_it_would_send_a_frame(kernel: LiveKernel) -> None:
    found = do(kernel, "vantage_fdb", vantage="switch", mac=BR0_MAC)
    assert found == [{"bridge": "fabric0", "port": "p0"}]
    assert do(kernel, "vantage_fdb", vantage="switch", mac=ETH1_MAC) == []
    assert do(kernel, "vantage_fdb", vantage="peer", mac=BR0_MAC) == []


def test_a_peer_tells_who_it_thinks_has_an_address(kernel: LiveKernel) -> None:
    found = do(kernel, "vantage_neighbours", vantage="peer", address=ADDRESS)
    assert found == [{"interface": "eth0", "mac": BR0_MAC, "permanent": False}]
    assert do(kernel, "vantage_neighbours", vantage="peer", address="10.7.0.9") == []


def test_a_port_forwards_unless_something_holds_it_up(kernel: LiveKernel) -> None:
    assert do(kernel, "port_states", bridge="br0") == [{"port": "eth0", "state": "forwarding"}]
    do(kernel, "attach_port", bridge="br0", interface="tap0")
    assert {"port": "tap0", "state": "disabled"} in rows(kernel, "port_states", bridge="br0")
    do(kernel, "set_link_state", interface="br0", up=False)
    assert {"port": "eth0", "state": "disabled"} in rows(kernel, "port_states", bridge="br0")


def test_a_bridge_with_a_spanning_tree_listens_before_it_forwards(kernel: LiveKernel) -> None:
    do(kernel, "create_bridge", bridge="br2", stp=True)
    do(kernel, "set_link_state", interface="br2", up=True)
    do(kernel, "attach_port", bridge="br2", interface="eth1")
    assert do(kernel, "port_states", bridge="br2") == [{"port": "eth1", "state": "listening"}]


def test_a_ping_counts_what_came_back(kernel: LiveKernel) -> None:
    def ping(vantage: str, address: str) -> Json:
        return do(kernel, "vantage_ping", vantage=vantage, address=address, attempts=2)

    assert ping("peer", ADDRESS) == {"sent": 2, "answered": 2}
    assert ping("peer", "10.7.0.200") == {"sent": 2, "answered": 0}
    assert ping("peer", PEER) == {"sent": 2, "answered": 2}
    assert ping("switch", "10.7.0.1") == {"sent": 2, "answered": 0}


def test_a_large_packet_is_lost_where_somebody_on_the_way_takes_only_small_ones(
    kernel: LiveKernel,
) -> None:
    def answered(size: int) -> bool:
        asked = {"vantage": "peer", "address": ADDRESS, "attempts": 1, "size": size}
        found = kernel.perform(op("vantage_ping", **asked))
        assert isinstance(found, dict)
        return found["answered"] == 1

    assert answered(1500)
    assert not answered(1501)
    do(kernel, "set_mtu", interface="eth0", mtu=1400)
    assert answered(1400)
    assert answered(1404)
    assert not answered(1405)


def rows(kernel: LiveKernel, name: str, **arguments: Json) -> list[Json]:
    found = do(kernel, name, **arguments)
    assert isinstance(found, list)
    return found


def test_nothing_moves_on_a_quiet_bridge(kernel: LiveKernel) -> None:
    assert do(kernel, "watch_moves", bridge="br0", milliseconds=50) == []


# --- refusals ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("reboot", {}, "there is no operation reboot"),
        ("link", {}, "link needs interface"),
        ("link", {"interface": "eth0", "force": True}, "link has no parameter force"),
        ("link", {"interface": "gone0"}, "there is no interface gone0"),
        ("link", {"interface": "lo"}, "there is no interface lo"),
        ("bridge_ports", {"bridge": "eth0"}, "eth0 is not a bridge"),
        ("delete_bridge", {"bridge": "eth0"}, "eth0 is not a bridge"),
        ("create_bridge", {"bridge": "br0"}, "interface br0 exists already"),
        ("attach_port", {"bridge": "br0", "interface": "br1"}, "br1 is not a NIC"),
        ("attach_port", {"bridge": "br1", "interface": "eth0"}, "eth0 is a port of br0"),
        ("vantage_fdb", {"vantage": "host", "mac": BR0_MAC}, "there is no vantage host"),
        (
            "send_gratuitous_arp",
            {"interface": "eth1", "address": ADDRESS},
            "eth1 does not have the address 10.7.0.1",
        ),
        ("send_gratuitous_arp", {"interface": "tap0", "address": ADDRESS}, "tap0 is down"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(
    kernel: LiveKernel, name: str, arguments: JsonObject, reason: str
) -> None:
    before = kernel.observe()
    assert kernel.inverse(op(name, **arguments)) == ()
    assert refused(kernel, name, **arguments) == reason
    assert NETWORK.settled(kernel.observe()) == NETWORK.settled(before)


# --- bridges ----------------------------------------------------------------------------


def test_a_new_bridge_is_down_and_keeps_the_mac_it_was_given(kernel: LiveKernel) -> None:
    do(kernel, "create_bridge", bridge="br2", mac="02:00:00:00:00:aa")
    do(kernel, "attach_port", bridge="br2", interface="eth1")
    assert (link(kernel, "br2")["mac"], link(kernel, "br2")["up"]) == ("02:00:00:00:00:aa", False)


def test_a_bridge_without_a_mac_of_its_own_follows_its_lowest_port(kernel: LiveKernel) -> None:
    def mac() -> Json:
        return link(kernel, "br1")["mac"]

    do(kernel, "attach_port", bridge="br1", interface="eth1")
    assert mac() == ETH1_MAC
    do(kernel, "attach_port", bridge="br1", interface="tap0")
    assert mac() == "02:00:00:00:00:a0"
    do(kernel, "set_mac", interface="eth1", mac="02:00:00:00:00:01")
    assert mac() == "02:00:00:00:00:01"
    do(kernel, "detach_port", bridge="br1", interface="eth1")
    assert mac() == "02:00:00:00:00:a0"


def test_setting_a_bridges_mac_even_to_the_same_pins_it(kernel: LiveKernel) -> None:
    do(kernel, "attach_port", bridge="br1", interface="eth1")
    do(kernel, "set_mac", interface="br1", mac=ETH1_MAC, if_different=True)
    assert not _settings(kernel, "br1")
    do(kernel, "set_mac", interface="br1", mac=ETH1_MAC)
    assert _settings(kernel, "br1")
    do(kernel, "detach_port", bridge="br1", interface="eth1")
    assert link(kernel, "br1")["mac"] == ETH1_MAC


def _settings(kernel: LiveKernel, bridge: str) -> bool:
    found = host(kernel).link(bridge)
    assert found is not None
    assert found.bridge is not None
    return found.bridge.mac_pinned


def test_undoing_leaves_a_bridge_that_follows_its_ports_unpinned(kernel: LiveKernel) -> None:
    attach = op("attach_port", bridge="br1", interface="eth1")
    inverse = kernel.inverse(attach)
    kernel.perform(attach)
    assert kernel.undo(inverse, ()) == ()
    assert not _settings(kernel, "br1")


def test_a_deleted_bridge_comes_back_with_all_it_had(kernel: LiveKernel) -> None:
    before = NETWORK.settled(kernel.observe())
    delete = op("delete_bridge", bridge="br0")
    inverse = kernel.inverse(delete)
    kernel.perform(delete)
    assert link(kernel, "eth0")["master"] is None
    assert kernel.undo(inverse, ()) == ()
    assert NETWORK.settled(kernel.observe()) == before


def test_detaching_what_is_no_port_changes_nothing(kernel: LiveKernel) -> None:
    do(kernel, "detach_port", bridge="br1", interface="eth0")
    do(kernel, "detach_port", bridge="br0", interface="eth1")
    assert do(kernel, "bridge_ports", bridge="br0") == ["eth0"]


def test_a_port_that_leaves_forgets_its_entries(kernel: LiveKernel) -> None:
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    assert do(kernel, "bridge_fdb", bridge="br0") == []


def test_a_port_that_goes_down_forgets_its_entries(kernel: LiveKernel) -> None:
    do(kernel, "set_link_state", interface="eth0", up=False)
    assert do(kernel, "bridge_fdb", bridge="br0") == []


def test_a_bridge_has_the_smallest_mtu_of_its_ports(kernel_of: KernelOf) -> None:
    kernel = kernel_of(with_links(small_world(), eth1={"mtu": 1400}))
    do(kernel, "attach_port", bridge="br0", interface="eth1")
    assert link(kernel, "br0")["mtu"] == 1400
    do(kernel, "detach_port", bridge="br0", interface="eth1")
    assert link(kernel, "br0")["mtu"] == 1500


def with_links(world: World, **changes: dict[str, int]) -> World:
    """The same world, some links of the host changed."""

    def changed(link: Link) -> Link:
        return replace(link, **changes.get(link.name, {}))  # type: ignore[arg-type]

    nodes = tuple(
        replace(node, links=tuple(changed(link) for link in node.links))
        if node.name == world.host
        else node
        for node in world.nodes
    )
    return replace(world, nodes=nodes)


def test_an_ageing_time_may_have_a_half_second(kernel: LiveKernel) -> None:
    do(kernel, "set_ageing", bridge="br1", seconds=12.5)
    found = host(kernel).link("br1")
    assert found is not None
    assert found.bridge is not None
    assert found.bridge.ageing_s == 12.5
