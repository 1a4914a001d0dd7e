"""The world of the conformance suite, and shorter ways to speak to a kernel."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, TypedDict

import pytest
from hypothesis import strategies as st

from controller.domains.network.profile import Profile
from controller.domains.network.scenario import warm
from controller.domains.network.state import (
    BondMode,
    BondPort,
    BondSettings,
    BridgeSettings,
    Cable,
    End,
    Link,
    Neighbour,
    Node,
    PortVlan,
    Route,
    VlanSettings,
    World,
    canonical,
    from_json,
)
from controller.domains.world import Json, Kernel, Operation, OperationRefused

PREFIX = f"gl{os.getpid()}"
"""Begins the names of this process's namespaces."""

BR0_MAC = "02:00:00:00:00:b0"
ETH0_MAC = "02:00:00:00:00:e0"
ETH1_MAC = "02:00:00:00:00:e1"
DUMMY_MAC = "02:00:00:00:00:d0"
PEER_MAC = "02:00:00:00:00:f0"
ADDRESS = "10.7.0.1/24"
PEER = "10.7.0.2"


class PortOf(TypedDict):
    """What makes a profile one of a port."""

    controller: str
    port_type: str


def op(name: str, **arguments: Json) -> Operation:
    """An operation, written as a call."""
    return Operation(name, arguments)


def do(kernel: Kernel, name: str, **arguments: Json) -> Json:
    """Perform it."""
    return kernel.perform(op(name, **arguments))


def host(kernel: Kernel) -> Node:
    return from_json(kernel.observe()).subject


def limited_as(world: World, kernel: Kernel) -> World:
    """The world whose host lacks what the kernel says that its host lacks."""
    subject = replace(world.subject, lacks=host(kernel).lacks)
    return replace(world, nodes=tuple(subject if n.name == world.host else n for n in world.nodes))


def pinned(kernel: Kernel, interface: str) -> list[Json]:
    known = do(kernel, "neighbours", interface=interface)
    assert isinstance(known, list)
    return [n["address"] for n in known if isinstance(n, dict) and n["permanent"]]


def refused(kernel: Kernel, name: str, **arguments: Json) -> str:
    with pytest.raises(OperationRefused) as raised:
        do(kernel, name, **arguments)
    return raised.value.reason


def small_world() -> World:
    """A host with a bridge on eth0, a spare eth1, a tap and a bridge without ports.

    Both NICs lead to one switch with a peer behind it; the switch knows where everybody is.
    """
    host = Node(
        "host",
        "host",
        (
            Link("br0", "bridge", BR0_MAC, addresses=(ADDRESS,), bridge=BridgeSettings()),
            Link("br1", "bridge", "02:00:00:00:00:b1", bridge=BridgeSettings(mac_pinned=False)),
            Link("eth0", "nic", ETH0_MAC, master="br0"),
            Link("eth1", "nic", ETH1_MAC),
            Link("tap0", "nic", "02:00:00:00:00:a0", up=False),
        ),
        neighbours=(Neighbour("br0", "10.7.0.77", "02:00:00:00:00:77", permanent=True),),
        routes=(Route("br0", "0.0.0.0/0", PEER),),
    )
    switch = Node(
        "switch",
        "switch",
        (
            Link("fabric0", "bridge", "02:00:00:00:01:00", bridge=BridgeSettings(ageing_s=120)),
            Link("p0", "nic", "02:00:00:00:01:10", master="fabric0", isolated=True),
            Link("p1", "nic", "02:00:00:00:01:11", master="fabric0", isolated=True),
            Link("p8", "nic", "02:00:00:00:01:18", master="fabric0"),
        ),
    )
    peer = Node("peer", "peer", (Link("eth0", "nic", PEER_MAC, addresses=(f"{PEER}/24",)),))
    cables = (
        Cable(End("host", "eth0"), End("switch", "p0")),
        Cable(End("host", "eth1"), End("switch", "p1")),
        Cable(End("peer", "eth0"), End("switch", "p8")),
    )
    return warm(canonical(World("host", (host, switch, peer), cables)))


def profiled() -> World:
    """The small world, whose host starts from a profile of its bridge and one of its uplink."""
    world = small_world()
    profiles = (
        Profile(
            "Management",
            "bridge",
            interface="br0",
            addresses=(ADDRESS,),
            gateway=PEER,
            method="manual",
            stp=False,
        ),
        Profile("Management Uplink", "ethernet", interface="eth0", **PORT_OF_BR0),
    )
    return with_host(world, profiles=profiles)


PORT_OF_BR0: PortOf = {"controller": "br0", "port_type": "bridge"}


def with_host(world: World, **changes: Any) -> World:
    """The same world, its host changed."""
    return replace(
        world,
        nodes=tuple(
            replace(node, **changes) if node.name == world.host else node for node in world.nodes
        ),
    )


def bonded_world() -> World:
    """The small world's host with a bond of both NICs, which has the address, and a dummy."""
    small = small_world()
    host = small.subject
    bond = BondSettings(active="eth0", ports=("eth0", "eth1"))
    kept = [link for link in host.links if link.name in {"br1", "tap0"}]
    links = (
        Link("bond0", "bond", ETH0_MAC, addresses=(ADDRESS,), carrier=True, bond=bond),
        Link("dummy0", "dummy", DUMMY_MAC, up=False),
        *(
            replace(link, mac=ETH0_MAC, master="bond0", bond_port=BondPort(link.mac))
            for link in host.links
            if link.name in {"eth0", "eth1"}
        ),
        *kept,
    )
    pinned = Neighbour("bond0", "10.7.0.77", "02:00:00:00:00:77", permanent=True)
    routes = (Route("bond0", "0.0.0.0/0", PEER),)
    changed = Node("host", "host", links, (pinned,), routes=routes)
    others = (replace(n, neighbours=(), fdb=()) for n in small.nodes if n.name != "host")
    return warm(canonical(replace(small, nodes=(changed, *others))))


TAGGED = "10.9.0.1/24"
TAGGED_PEER = "10.9.0.2"


def tagged_world() -> World:
    """The small world with VLAN 100 on eth1 and on the peer, and a bridge that filters.

    The switch carries all tags. Linux's own bridges begin with VLAN 1 on every port.
    """
    small = small_world()
    filters = BridgeSettings(vlan_filtering=True, default_pvid=1)
    begun = (PortVlan(1, pvid=True, untagged=True),)
    host = replace(
        small.subject,
        links=(
            *(
                replace(link, bridge=filters, port_vlans=begun) if link.name == "br1" else link
                for link in small.subject.links
            ),
            Link("eth1.100", "vlan", ETH1_MAC, addresses=(TAGGED,), vlan=VlanSettings("eth1", 100)),
        ),
    )
    peer = small.node("peer")
    assert peer is not None
    tagged = (f"{TAGGED_PEER}/24",)
    upper = Link("eth0.100", "vlan", PEER_MAC, addresses=tagged, vlan=VlanSettings("eth0", 100))
    peer = replace(peer, links=(*peer.links, upper))
    nodes = {node.name: node for node in small.nodes} | {"host": host, "peer": peer}
    return warm(canonical(replace(small, nodes=tuple(nodes.values()))))


def aggregated_world(mode: BondMode, facing: BondMode) -> World:
    """The bonded world with a bond in another mode, and one at the switch that faces it."""
    bonded = bonded_world()
    switch = bonded.node("switch")
    assert switch is not None
    lag_mac = "02:00:00:00:01:aa"
    lag = BondSettings(facing, ports=("p0", "p1"), mac_pinned=True)
    uplinks = {"p0", "p1"}
    ports = (
        replace(link, mac=lag_mac, master="lag", isolated=False, bond_port=BondPort(link.mac))
        for link in switch.links
        if link.name in uplinks
    )
    rest = (link for link in switch.links if link.name not in uplinks)
    lagged = Link("lag", "bond", lag_mac, master="fabric0", carrier=True, bond=lag)
    changed = replace(switch, links=(lagged, *ports, *rest), fdb=())
    links = (
        replace(link, bond=replace(link.bond, mode=mode, active=None)) if link.bond else link
        for link in bonded.subject.links
    )
    host = replace(bonded.subject, links=tuple(links), neighbours=())
    peer = bonded.node("peer")
    assert peer is not None
    nodes = (host, changed, replace(peer, neighbours=()))
    return canonical(World("host", nodes, bonded.cables))


_BRIDGES = st.sampled_from(["br0", "br1", "br2"])
_NICS = st.sampled_from(["eth0", "eth1", "tap0"])
_INTERFACES = st.one_of(_NICS, _BRIDGES, st.just("gone0"))
_MACS = st.sampled_from([BR0_MAC, ETH1_MAC, "02:00:00:00:00:01", "02:00:00:00:0f:ff"])
_CIDRS = st.sampled_from([ADDRESS, "10.7.0.9/24", "10.7.0.10/24", "10.8.0.1/16", "10.8.0.1/24"])
_HOSTS = st.sampled_from(["10.7.0.77", "10.7.0.2", "10.8.0.5"])
_FLAGS = st.booleans()
_PROFILES = st.sampled_from(["br0", "uplink", "a name / with marks"])
_LIKELY = st.sampled_from(["br0", "br0", "br0", "eth1", "br1"])
"""Where most of what can be lost is."""

_BONDS = st.sampled_from(["bond0", "bond0", "bond1"])
_MEMBERS = st.sampled_from(["eth0", "eth1", "tap0", "dummy0", "bond0"])

BONDING: st.SearchStrategy[Operation] = st.one_of(
    st.builds(
        op,
        st.just("create_bond"),
        bond=_BONDS,
        mode=st.sampled_from(["active-backup", "active-backup", "balance-rr"]),
        mac=st.one_of(st.none(), _MACS),
    ),
    st.builds(op, st.just("create_dummy"), dummy=st.sampled_from(["dummy0", "dummy1"]), mac=_MACS),
    st.builds(op, st.just("add_bond_port"), bond=_BONDS, interface=_MEMBERS),
    st.builds(op, st.just("add_bond_port"), bond=_BONDS, interface=_MEMBERS),
    st.builds(op, st.just("remove_bond_port"), bond=_BONDS, interface=_MEMBERS),
    st.builds(op, st.just("set_active_port"), bond=_BONDS, interface=_MEMBERS),
    st.builds(op, st.just("delete_interface"), interface=_MEMBERS),
    st.builds(op, st.just("set_link_state"), interface=_MEMBERS, up=_FLAGS),
    st.builds(op, st.just("set_mac"), interface=_MEMBERS, mac=_MACS, if_different=_FLAGS),
    st.builds(op, st.just("set_mtu"), interface=_MEMBERS, mtu=st.sampled_from([1400, 1500, 2000])),
    st.builds(op, st.just("attach_port"), bridge=_BRIDGES, interface=_MEMBERS),
    st.builds(op, st.just("add_address"), interface=_MEMBERS, address=_CIDRS),
    st.builds(op, st.just("remove_address"), interface=_MEMBERS, address=_CIDRS),
)
"""One change of a bond, of a dummy, or of what may be a port of one."""

MUTATIONS: st.SearchStrategy[Operation] = st.one_of(
    BONDING,
    st.builds(op, st.just("create_bridge"), bridge=_BRIDGES, mac=st.one_of(st.none(), _MACS)),
    st.builds(op, st.just("delete_bridge"), bridge=_INTERFACES),
    st.builds(op, st.just("attach_port"), bridge=_BRIDGES, interface=_INTERFACES),
    st.builds(op, st.just("attach_port"), bridge=_BRIDGES, interface=_NICS),
    st.builds(op, st.just("detach_port"), bridge=_BRIDGES, interface=_NICS),
    st.builds(op, st.just("set_link_state"), interface=_INTERFACES, up=_FLAGS),
    st.builds(op, st.just("set_mac"), interface=_INTERFACES, mac=_MACS, if_different=_FLAGS),
    st.builds(op, st.just("add_address"), interface=_LIKELY, address=_CIDRS),
    st.builds(op, st.just("remove_address"), interface=_LIKELY, address=_CIDRS),
    st.builds(
        op, st.just("set_ageing"), bridge=_BRIDGES, seconds=st.sampled_from([10, 300, 900.5])
    ),
    st.builds(op, st.just("add_neighbour"), interface=_INTERFACES, address=_HOSTS, mac=_MACS),
    st.builds(op, st.just("remove_neighbour"), interface=_LIKELY, address=_HOSTS),
    st.builds(
        op,
        st.just("add_route"),
        interface=_LIKELY,
        destination=st.sampled_from(["0.0.0.0/0", "10.7.0.0/24", "10.20.0.0/16"]),
        gateway=st.sampled_from([None, PEER, PEER, "10.8.0.9"]),
        metric=st.sampled_from([None, 0, 5]),
        source=st.sampled_from([None, None, "10.7.0.1", "10.7.0.9"]),
    ),
    st.builds(
        op,
        st.just("remove_route"),
        interface=_LIKELY,
        destination=st.sampled_from(["0.0.0.0/0", "0.0.0.0/0", "10.20.0.0/16"]),
        metric=st.sampled_from([None, None, 5]),
    ),
    st.builds(
        op,
        st.just("write_profile"),
        profile=_PROFILES,
        interface=st.sampled_from(["br0", "br0", "eth1"]),
        type=st.sampled_from(["bridge", "ethernet"]),
        autoconnect=st.sampled_from([None, True, False]),
        controller=st.sampled_from([None, None, "br1"]),
        addresses=st.sampled_from([None, [], [ADDRESS], ["10.7.0.9/24", "10.8.0.1/16"]]),
        gateway=st.sampled_from([None, None, PEER]),
        stp=st.sampled_from([None, False]),
    ),
    st.builds(
        op,
        st.just("delete_profile"),
        profile=_PROFILES,
        interface=st.sampled_from(["br0", "br0", "eth1"]),
    ),
    st.builds(op, st.just("send_gratuitous_arp"), interface=_BRIDGES, address=_CIDRS),
    st.builds(
        op,
        st.just("set_mtu"),
        interface=_INTERFACES,
        mtu=st.sampled_from([1280, 1400, 1500, 9000]),
    ),
    st.builds(op, st.just("set_stp"), bridge=_BRIDGES, on=_FLAGS),
    st.builds(op, st.just("set_multicast_snooping"), bridge=_BRIDGES, on=_FLAGS),
    st.builds(
        op,
        st.sampled_from(["add_fdb_entry", "add_fdb_entry", "remove_fdb_entry"]),
        bridge=_BRIDGES,
        mac=_MACS,
        interface=_NICS,
    ),
)
"""One mutation of the small world, sensible or not."""

_VLANS = st.sampled_from(["eth1.100", "eth1.100", "br0.7", "eth0.7"])
_VIDS = st.sampled_from([1, 7, 100])
_PARENTS = st.sampled_from(["eth1", "br0", "eth0", "br1", "eth1.100"])
_MEMBERS = st.sampled_from(["br0", "br1", "eth0", "eth1", "eth1.100"])
VLANNING: st.SearchStrategy[Operation] = st.one_of(
    st.builds(
        op,
        st.just("create_vlan"),
        vlan=_VLANS,
        interface=_PARENTS,
        vid=_VIDS,
        mac=st.one_of(st.none(), st.none(), _MACS),
    ),
    st.builds(op, st.just("delete_interface"), interface=_VLANS),
    st.builds(op, st.just("attach_port"), bridge=_BRIDGES, interface=st.one_of(_VLANS, _NICS)),
    st.builds(op, st.just("detach_port"), bridge=_BRIDGES, interface=st.one_of(_VLANS, _NICS)),
    st.builds(op, st.just("set_link_state"), interface=st.one_of(_VLANS, _INTERFACES), up=_FLAGS),
    st.builds(op, st.just("set_mac"), interface=st.one_of(_VLANS, _INTERFACES), mac=_MACS),
    st.builds(
        op,
        st.just("set_mtu"),
        interface=st.one_of(_VLANS, st.just("eth1"), st.just("br0")),
        mtu=st.sampled_from([1280, 1400, 1500]),
    ),
    st.builds(op, st.just("add_address"), interface=_VLANS, address=_CIDRS),
    st.builds(op, st.just("set_vlan_filtering"), bridge=_BRIDGES, on=_FLAGS),
    st.builds(
        op,
        st.just("add_port_vlan"),
        bridge=_BRIDGES,
        interface=_MEMBERS,
        vid=_VIDS,
        pvid=_FLAGS,
        untagged=_FLAGS,
    ),
    st.builds(op, st.just("remove_port_vlan"), bridge=_BRIDGES, interface=_MEMBERS, vid=_VIDS),
)
"""One mutation of the tagged world that has to do with VLANs."""
