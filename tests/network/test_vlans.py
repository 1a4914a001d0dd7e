"""VLAN links and bridges that filter VLANs, the same in memory and in Linux."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import (
    BridgeSettings,
    Link,
    PortVlan,
    VlanSettings,
    World,
    to_json,
)
from controller.domains.world import Json, LiveKernel
from tests.network.conftest import KernelOf
from tests.network.worlds import (
    ADDRESS,
    ETH1_MAC,
    PEER_MAC,
    STRANGER_MAC,
    TAGGED,
    TAGGED_PEER,
    bonded_world,
    do,
    host,
    limited_as,
    op,
    refused,
    small_world,
    tagged_world,
    undone,
)


@pytest.fixture
def kernel(vlan_kernel_of: KernelOf) -> LiveKernel:
    return vlan_kernel_of(tagged_world())


def link(kernel: LiveKernel, name: str = "eth1.100") -> Link:
    found = host(kernel).link(name)
    assert found is not None
    return found


def answered(kernel: LiveKernel, address: str = TAGGED) -> Json:
    record = do(kernel, "vantage_ping", vantage="peer", address=address, attempts=1)
    assert isinstance(record, dict)
    return record["answered"]


# --- VLAN links -------------------------------------------------------------------------


def test_a_vlan_is_told_with_its_parent_and_id(kernel: LiveKernel) -> None:
    record = do(kernel, "link", interface="eth1.100")
    assert isinstance(record, dict)
    assert (record["kind"], record["parent"], record["vid"]) == ("vlan", "eth1", 100)
    assert (record["mac"], record["mtu"], record["carrier"]) == (ETH1_MAC, 1500, True)


def test_who_is_in_a_vlan_is_reached_and_who_is_in_another_is_not(kernel: LiveKernel) -> None:
    assert answered(kernel) == 1
    do(kernel, "delete_interface", interface="eth1.100")
    do(kernel, "create_vlan", vlan="eth1.7", interface="eth1", vid=7)
    do(kernel, "set_link_state", interface="eth1.7", up=True)
    do(kernel, "add_address", interface="eth1.7", address=TAGGED)
    assert answered(kernel) == 0
    do(kernel, "delete_interface", interface="eth1.7")
    do(kernel, "create_vlan", vlan="again", interface="eth1", vid=100)
    do(kernel, "set_link_state", interface="again", up=True)
    do(kernel, "add_address", interface="again", address=TAGGED)
    do(kernel, "send_gratuitous_arp", interface="again", address=TAGGED)
    assert answered(kernel) == 1


def test_a_vlan_goes_down_and_up_with_its_parent(kernel: LiveKernel) -> None:
    do(kernel, "set_link_state", interface="eth1", up=False)
    assert not link(kernel).up
    said = refused(kernel, "set_link_state", interface="eth1.100", up=True)
    assert said == "eth1 is down"
    do(kernel, "set_link_state", interface="eth1", up=True)
    assert link(kernel).up
    assert answered(kernel) == 1


def test_a_vlan_has_its_parents_mac_until_it_is_given_one(kernel: LiveKernel) -> None:
    do(kernel, "set_mac", interface="eth1", mac=STRANGER_MAC)
    assert link(kernel).mac == STRANGER_MAC
    do(kernel, "set_mac", interface="eth1.100", mac=STRANGER_MAC)
    do(kernel, "set_mac", interface="eth1", mac=ETH1_MAC)
    assert link(kernel).mac == STRANGER_MAC
    do(kernel, "create_vlan", vlan="own", interface="eth1", vid=7, mac=STRANGER_MAC)
    assert link(kernel, "own").mac == STRANGER_MAC
    assert answered(kernel) == 1


def test_a_vlan_is_never_larger_than_its_parent(kernel: LiveKernel) -> None:
    do(kernel, "set_mtu", interface="eth1", mtu=1400)
    assert link(kernel).mtu == 1400
    said = refused(kernel, "set_mtu", interface="eth1.100", mtu=1500)
    assert said == "eth1.100 takes an MTU of 1400 at most, that of eth1"
    do(kernel, "set_mtu", interface="eth1", mtu=1500)
    assert link(kernel).mtu == 1400


def test_a_vlan_goes_with_the_bridge_that_it_lies_on_and_comes_back(kernel: LiveKernel) -> None:
    do(kernel, "create_vlan", vlan="br0.7", interface="br0", vid=7, mac=STRANGER_MAC)
    do(kernel, "set_link_state", interface="br0.7", up=True)
    do(kernel, "add_address", interface="br0.7", address="10.8.0.1/24")
    do(kernel, "attach_port", bridge="br1", interface="br0.7")
    delete = op("delete_bridge", bridge="br0")
    inverse, before = kernel.inverse(delete), NETWORK.settled(kernel.observe())
    kernel.perform(delete)
    assert host(kernel).link("br0.7") is None
    assert kernel.undo(inverse, ()) == ()
    assert NETWORK.settled(kernel.observe()) == before


def test_a_bridge_on_a_vlan_is_reached_through_it(kernel: LiveKernel) -> None:
    do(kernel, "remove_address", interface="eth1.100", address=TAGGED)
    do(kernel, "create_bridge", bridge="br100", mac=STRANGER_MAC)
    do(kernel, "attach_port", bridge="br100", interface="eth1.100")
    do(kernel, "add_address", interface="br100", address=TAGGED)
    do(kernel, "set_link_state", interface="br100", up=True)
    do(kernel, "send_gratuitous_arp", interface="br100", address=TAGGED)
    assert answered(kernel) == 1
    found = do(kernel, "bridge_fdb", bridge="br100")
    assert isinstance(found, list)
    assert [(e["mac"], e["port"]) for e in found if isinstance(e, dict)] == [(PEER_MAC, "eth1.100")]


def test_a_vlan_is_made_again_with_everything_on_it(kernel: LiveKernel) -> None:
    do(kernel, "add_neighbour", interface="eth1.100", address="10.9.0.77", mac=STRANGER_MAC)
    do(kernel, "add_route", interface="eth1.100", destination="10.20.0.0/16", gateway="10.9.0.9")
    do(kernel, "set_mtu", interface="eth1.100", mtu=1400)
    undone(kernel, op("delete_interface", interface="eth1.100"))
    undone(kernel, op("set_link_state", interface="eth1", up=False))
    undone(kernel, op("set_mac", interface="eth1.100", mac=STRANGER_MAC))
    do(kernel, "set_mac", interface="eth1", mac=STRANGER_MAC)
    assert link(kernel).mac == STRANGER_MAC


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("create_vlan", {"vlan": "x", "interface": "eth9", "vid": 7}, "no interface eth9"),
        ("create_vlan", {"vlan": "x", "interface": "eth1.100", "vid": 7}, "is a VLAN itself"),
        ("create_vlan", {"vlan": "x", "interface": "eth1", "vid": 0}, "not a VLAN id from 1 to"),
        ("create_vlan", {"vlan": "x", "interface": "eth1", "vid": 4095}, "not a VLAN id from 1 to"),
        ("create_vlan", {"vlan": "br0", "interface": "eth1", "vid": 7}, "br0 exists already"),
        (
            "create_vlan",
            {"vlan": "x", "interface": "eth1", "vid": 100},
            "eth1.100 is VLAN 100 of eth1 already",
        ),
        ("add_port_vlan", {"bridge": "br1", "interface": "eth1", "vid": 7}, "is no port of br1"),
        ("set_vlan_filtering", {"bridge": "eth1", "on": True}, "eth1 is not a bridge"),
    ],
)
def test_what_makes_no_sense_is_refused(
    kernel: LiveKernel, name: str, arguments: dict[str, Json], reason: str
) -> None:
    assert kernel.inverse(op(name, **arguments)) == ()
    assert reason in refused(kernel, name, **arguments)


def test_a_vlan_does_not_become_a_port_of_the_bridge_that_it_lies_on(kernel: LiveKernel) -> None:
    do(kernel, "create_vlan", vlan="br0.7", interface="br0", vid=7)
    said = refused(kernel, "attach_port", bridge="br0", interface="br0.7")
    assert said == "br0.7 lies on br0"
    do(kernel, "attach_port", bridge="br1", interface="br0.7")


# --- bridges that filter ----------------------------------------------------------------


def vlans(kernel: LiveKernel, bridge: str) -> list[tuple[Json, ...]]:
    told = do(kernel, "port_vlans", bridge=bridge)
    assert isinstance(told, list)
    return [tuple(own.values()) for own in told if isinstance(own, dict)]


def test_a_port_of_a_new_bridge_begins_in_vlan_1(kernel: LiveKernel) -> None:
    do(kernel, "create_bridge", bridge="br2")
    do(kernel, "attach_port", bridge="br2", interface="eth1")
    assert vlans(kernel, "br2") == [("br2", 1, True, True), ("eth1", 1, True, True)]
    do(kernel, "detach_port", bridge="br2", interface="eth1")
    assert vlans(kernel, "br2") == [("br2", 1, True, True)]


def test_only_one_vlan_is_that_of_frames_without_a_tag(kernel: LiveKernel) -> None:
    do(kernel, "add_port_vlan", bridge="br1", interface="br1", vid=7, pvid=True)
    assert vlans(kernel, "br1") == [("br1", 1, False, True), ("br1", 7, True, False)]
    do(kernel, "add_port_vlan", bridge="br1", interface="br1", vid=7)
    do(kernel, "remove_port_vlan", bridge="br1", interface="br1", vid=1)
    do(kernel, "remove_port_vlan", bridge="br1", interface="br1", vid=1)
    assert vlans(kernel, "br1") == [("br1", 7, False, False)]


def test_a_bridge_that_filters_lets_through_only_what_its_ports_are_in(kernel: LiveKernel) -> None:
    def let(interface: str) -> None:
        do(kernel, "add_port_vlan", bridge="br0", interface=interface, vid=7, pvid=True)
        do(
            kernel,
            "add_port_vlan",
            bridge="br0",
            interface=interface,
            vid=7,
            untagged=True,
            pvid=True,
        )

    assert answered(kernel, ADDRESS) == 1
    do(kernel, "set_vlan_filtering", bridge="br0", on=True)
    assert answered(kernel, ADDRESS) == 0
    let("eth0")
    assert answered(kernel, ADDRESS) == 0
    let("br0")
    assert answered(kernel, ADDRESS) == 1
    do(kernel, "remove_port_vlan", bridge="br0", interface="eth0", vid=7)
    assert answered(kernel, ADDRESS) == 0
    do(kernel, "set_vlan_filtering", bridge="br0", on=False)
    assert answered(kernel, ADDRESS) == 1


def test_a_bridge_that_filters_learns_in_each_vlan_for_itself(kernel: LiveKernel) -> None:
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    do(kernel, "attach_port", bridge="br1", interface="eth0")
    do(kernel, "set_link_state", interface="br1", up=True)
    do(kernel, "add_port_vlan", bridge="br1", interface="eth0", vid=100)
    answered(kernel, "10.7.0.200")
    answered(kernel, "10.9.0.200")
    told = do(kernel, "bridge_fdb", bridge="br1")
    assert isinstance(told, list)
    found = {(e["mac"], e["port"], e["vlan"]) for e in told if isinstance(e, dict)}
    assert {(PEER_MAC, "eth0", 1), (PEER_MAC, "eth0", 100)} <= found


def test_a_tag_is_taken_off_where_a_port_is_untagged(kernel: LiveKernel) -> None:
    """The peer's VLAN 100 comes in tagged and reaches the bridge's own address without a tag."""
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    do(kernel, "delete_interface", interface="eth1.100")
    do(kernel, "attach_port", bridge="br1", interface="eth0")
    do(kernel, "set_link_state", interface="br1", up=True)
    do(kernel, "add_address", interface="br1", address=TAGGED)
    do(kernel, "add_port_vlan", bridge="br1", interface="eth0", vid=100)
    assert answered(kernel) == 0
    own = {"bridge": "br1", "interface": "br1", "vid": 100}
    do(kernel, "add_port_vlan", **own, pvid=True, untagged=True)
    do(kernel, "send_gratuitous_arp", interface="br1", address=TAGGED)
    assert answered(kernel) == 1
    do(kernel, "add_port_vlan", **own)
    assert answered(kernel) == 0
    do(kernel, "remove_address", interface="br1", address=TAGGED)
    do(kernel, "create_vlan", vlan="br1.100", interface="br1", vid=100)
    do(kernel, "set_link_state", interface="br1.100", up=True)
    do(kernel, "add_address", interface="br1.100", address=TAGGED)
    do(kernel, "send_gratuitous_arp", interface="br1.100", address=TAGGED)
    assert answered(kernel) == 1


def test_vlans_of_ports_and_what_was_told_of_them_come_back(kernel: LiveKernel) -> None:
    do(kernel, "attach_port", bridge="br1", interface="eth1")
    do(kernel, "add_port_vlan", bridge="br1", interface="eth1", vid=7, pvid=True, untagged=True)
    do(kernel, "add_fdb_entry", bridge="br1", mac=STRANGER_MAC, interface="eth1")
    undone(kernel, op("remove_port_vlan", bridge="br1", interface="eth1", vid=7))
    undone(kernel, op("detach_port", bridge="br1", interface="eth1"))
    undone(kernel, op("add_port_vlan", bridge="br1", interface="br1", vid=9, pvid=True))
    undone(kernel, op("set_vlan_filtering", bridge="br1", on=False))
    undone(kernel, op("delete_bridge", bridge="br1"))


# --- kernels that have none -------------------------------------------------------------


def test_a_kernel_without_vlans_says_so_before_anything_is_touched(kernel_of: KernelOf) -> None:
    """In memory, a host that lacks them; on a real kernel, whatever that one lacks."""
    world = small_world()
    poor = replace(world.subject, lacks=("vlan", "vlan_filtering"))
    nodes = tuple(poor if node.name == world.host else node for node in world.nodes)
    kernel = kernel_of(replace(world, nodes=nodes))
    said = {
        "vlan": ("create_vlan", {"vlan": "v", "interface": "eth1", "vid": 7}),
        "vlan_filtering": ("set_vlan_filtering", {"bridge": "br1", "on": True}),
    }
    before = NETWORK.settled(kernel.observe())
    for lacking in {*said} & {*host(kernel).lacks}:
        name, arguments = said[lacking]
        assert kernel.inverse(op(name, **arguments)) == ()
        assert "this host's kernel has no" in refused(kernel, name, **arguments)
    assert NETWORK.settled(kernel.observe()) == before
    model = SimulatedKernel(limited_as(world, kernel))
    for name, arguments in said.values():
        if host(kernel).lacks:
            assert "this host's kernel has no" in refused(model, name, **arguments)


def test_a_world_with_vlans_is_observed_as_it_was_made(vlan_kernel_of: KernelOf) -> None:
    world = tagged_world()
    kernel: LiveKernel = vlan_kernel_of(world)
    assert link(kernel) == world.subject.link("eth1.100")
    assert link(kernel, "br1") == world.subject.link("br1")


def test_a_world_with_vlans_of_ports_is_observed_as_it_was_made(
    vlan_kernel_of: KernelOf,
) -> None:
    world: World = tagged_world()
    begun = (PortVlan(7, untagged=True), PortVlan(9, pvid=True))
    settings = BridgeSettings(vlan_filtering=True, default_pvid=1)
    links = tuple(
        replace(one, bridge=settings, port_vlans=begun)
        if one.name == "br0"
        else replace(one, port_vlans=begun)
        if one.name == "eth0"
        else one
        for one in world.subject.links
    )
    subject = replace(world.subject, links=links, fdb=())
    nodes = tuple(subject if node.name == world.host else node for node in world.nodes)
    made = host(vlan_kernel_of(replace(world, nodes=nodes)))
    for name in ("br0", "eth0"):
        found, meant = made.link(name), subject.link(name)
        assert found is not None
        assert meant is not None
        assert (found.bridge, found.port_vlans) == (meant.bridge, meant.port_vlans)


# --- around a VLAN ----------------------------------------------------------------------


def test_what_a_protected_vlan_lies_on_is_protected_too() -> None:
    guard = NETWORK.guard(to_json(tagged_world()), {"addresses": ("10.9.0.1",)})
    said = guard(op("set_link_state", interface="eth1", up=False))
    assert said == "interface eth1, which is protected: eth1.100 is a VLAN of it"
    assert guard(op("set_link_state", interface="eth0", up=False)) is None


def test_a_vlan_of_a_bond_is_reached_by_whichever_port_it_sends() -> None:
    world = bonded_world()
    peer = world.node("peer")
    assert peer is not None
    vlan = VlanSettings("eth0", 100)
    upper = Link("eth0.100", "vlan", PEER_MAC, addresses=(f"{TAGGED_PEER}/24",), vlan=vlan)
    peer = replace(peer, links=(*peer.links, upper))
    nodes = tuple(peer if node.name == "peer" else node for node in world.nodes)
    kernel = SimulatedKernel(replace(world, nodes=nodes))
    do(kernel, "create_vlan", vlan="bond0.100", interface="bond0", vid=100)
    do(kernel, "set_link_state", interface="bond0.100", up=True)
    do(kernel, "add_address", interface="bond0.100", address=TAGGED)
    assert answered(kernel) == 1
    do(kernel, "set_link_state", interface="eth0", up=False)
    do(kernel, "send_gratuitous_arp", interface="bond0.100", address=TAGGED)
    assert answered(kernel) == 1
