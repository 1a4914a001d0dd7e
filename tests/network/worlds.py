"""The world of the conformance suite, and shorter ways to speak to a kernel."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypedDict

import pytest

from controller.domains.network import NETWORK, address
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
from controller.domains.world import Json, Kernel, LiveKernel, Operation, OperationRefused

PREFIX = f"gl{os.getpid()}"
"""Begins the names of this process's namespaces."""

BR0_MAC = "02:00:00:00:00:b0"
ETH0_MAC = "02:00:00:00:00:e0"
ETH1_MAC = "02:00:00:00:00:e1"
STRANGER_MAC = "02:00:00:00:0f:ff"
"""Nobody's."""
DUMMY_MAC = "02:00:00:00:00:d0"
PEER_MAC = "02:00:00:00:00:f0"
ADDRESS = "10.7.0.1/24"
PEER = "10.7.0.2"
ADDRESS_6 = "fd00:7::1/64"
PEER_6 = "fd00:7::2"


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


def undone(kernel: LiveKernel, *operations: Operation) -> None:
    """Perform, undo, and see that everything is as it was."""
    before = NETWORK.settled(kernel.observe())
    inverses: list[Operation] = []
    for operation in operations:
        inverses[:0] = kernel.inverse(operation)
        kernel.perform(operation)
    assert NETWORK.settled(kernel.observe()) != before
    assert kernel.undo(inverses, ()) == ()
    assert NETWORK.settled(kernel.observe()) == before


def untold(node: Node, name: str) -> Link:
    """An interface without what Linux does not tell: the frame size that a port joined with."""
    found = node.link(name)
    assert found is not None
    port = found.bond_port
    return found if port is None else replace(found, bond_port=replace(port, mtu=None))


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


def ipv6_world() -> World:
    """The small world with IPv6 and nothing else."""
    return _readdressed(lambda own: address.version(own) == 6)


def dual_world() -> World:
    """The small world with addresses, neighbours and routes of both versions of IP."""
    return _readdressed(lambda _own: True)


def _readdressed(kept: Callable[[str], bool]) -> World:
    small = small_world()
    nodes = {node.name: node for node in small.nodes}
    given = {"host": ("br0", ADDRESS_6), "peer": ("eth0", f"{PEER_6}/64")}
    for name, (interface, own) in given.items():
        nodes[name] = replace(
            nodes[name],
            links=tuple(
                replace(link, addresses=tuple(filter(kept, (*link.addresses, own))))
                if link.name == interface
                else link
                for link in nodes[name].links
            ),
            neighbours=tuple(known for known in nodes[name].neighbours if kept(known.address)),
        )
    host = nodes["host"]
    known = Neighbour("br0", "fd00:7::77", "02:00:00:00:00:77", permanent=True)
    default = Route("br0", "::/0", PEER_6, metric=1024)
    routes = tuple(way for way in host.routes if kept(way.destination))
    neighbours = (*host.neighbours, known)
    nodes["host"] = replace(host, neighbours=neighbours, routes=(*routes, default))
    return warm(canonical(replace(small, nodes=tuple(nodes.values()))))


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
