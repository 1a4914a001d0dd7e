"""A shadow of an observed network, with a guess at what is plugged in where nobody can look.

`domain` calls `shadow`, the twin `completed`. Without a guess a shadow could not show what a
change of the host does to the rest of the network. The standard outside is one learning switch
with Linux's default ageing time and a peer in every network of the host (its gateway, where it
has one), behind all NICs that have a carrier and no known far end. Of several such ports of one
bridge only the first, by name, leads there: the others are taken for guests (`eno1` comes before
`tap0` and `vnet0`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.spare import free_addresses, free_macs
from controller.domains.network.state import (
    BridgeSettings,
    Cable,
    End,
    Link,
    Node,
    World,
    from_json,
)
from controller.domains.world import JsonObject

SWITCH = "assumed-switch"
PEER = "assumed-peer"
WARMING_SECONDS = 1.0
"""Of a shadow's time, for those outside to have talked to the host."""
_FABRIC = "fabric0"
_PEER_PORT = "peer0"


def shadow(observed: JsonObject) -> SimulatedKernel:
    """A shadow world in the observed state. Raises `ValueError` if that is not a world."""
    world = from_json(observed)
    whole = completed(world)
    kernel = SimulatedKernel(whole)
    if whole is not world:
        kernel.advance(WARMING_SECONDS)
    return kernel


def completed(world: World) -> World:
    """The world with the standard outside where NICs lead to nobody knows what; else itself."""
    uplinks = tuple(_uplinks(world))
    return _with_outside(world, uplinks) if uplinks else world


def _uplinks(world: World) -> Iterator[str]:
    """The host's NICs that lead somewhere unknown, by name, one for each bridge."""
    plugged = {
        end.nic for cable in world.cables for end in (cable.a, cable.b) if end.node == world.host
    }
    bridges: set[str] = {
        link.master for link in world.subject.links if link.name in plugged and link.master
    }
    for link in sorted(world.subject.links, key=lambda link: link.name):
        if link.kind != "nic" or not link.carrier or link.name in plugged:
            continue
        if link.master is not None and link.master in bridges:
            continue
        if link.master is not None:
            bridges.add(link.master)
        yield link.name


def _with_outside(world: World, uplinks: tuple[str, ...]) -> World:
    gateways = {route.gateway for route in world.subject.routes if route.gateway is not None}
    own = tuple(free_addresses(world, gateways))
    ports = [f"port{number}" for number in range(len(uplinks))]
    macs = free_macs(world, 3 + len(ports))
    switch = Node(
        SWITCH,
        "switch",
        (
            Link(_FABRIC, "bridge", macs[0], bridge=BridgeSettings()),
            Link(_PEER_PORT, "nic", macs[1], master=_FABRIC),
            *(
                Link(port, "nic", macs[3 + number], master=_FABRIC, isolated=True)
                for number, port in enumerate(ports)
            ),
        ),
    )
    peer = Node(PEER, "peer", (Link("eth0", "nic", macs[2], addresses=own),))
    cables = (
        Cable(End(PEER, "eth0"), End(SWITCH, _PEER_PORT)),
        *(
            Cable(End(SWITCH, port), End(world.host, nic))
            for port, nic in zip(ports, uplinks, strict=True)
        ),
    )
    return replace(world, nodes=(*world.nodes, switch, peer), cables=(*world.cables, *cables))
