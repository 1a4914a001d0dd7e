"""A shadow of an observed network, with a guess at what is plugged in where nobody can look.

`domain` calls `shadow`, the twin `completed`. Without a guess a shadow could not show what a
change of the host does to the rest of the network. The standard outside is one learning switch
with Linux's default ageing time and a peer in every network and VLAN of the host (its gateway,
where it has one), behind all NICs that have a carrier and no known far end. Of several such ports
of one bridge only the first, by name, leads there: the others are taken for guests (`eno1` comes
before `tap0` and `vnet0`). All ports of a bond lead there, to one aggregate where it sends by all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from controller.domains.network import address
from controller.domains.network.bond_traffic import WITH_ACTIVE
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.spare import free_addresses, free_macs
from controller.domains.network.state import (
    BondMode,
    BondPort,
    BondSettings,
    BridgeSettings,
    Cable,
    End,
    Link,
    Node,
    VlanSettings,
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
    """The host's NICs that lead somewhere unknown, by name: of a bridge's ports one, of a bond's
    all."""
    host = world.subject
    plugged = {
        end.nic for cable in world.cables for end in (cable.a, cable.b) if end.node == world.host
    }
    lanes = {bridge: lane for nic in plugged for bridge, lane in [_lane(host, nic)] if bridge}
    for link in sorted(host.links, key=lambda link: link.name):
        if link.kind != "nic" or not link.carrier or link.name in plugged:
            continue
        bridge, lane = _lane(host, link.name)
        if bridge is None or lanes.setdefault(bridge, lane) == lane:
            yield link.name


def _lane(host: Node, nic: str) -> tuple[str | None, str]:
    """The bridge that a NIC leads to, if any, and the port by which: itself, or its bond."""
    link = host.link(nic)
    bond = None if link is None else _bond_of(host, link)
    port = bond or link
    return (None if port is None else port.master, nic if port is None else port.name)


def _bond_of(host: Node, link: Link) -> Link | None:
    master = None if link.master is None else host.link(link.master)
    return master if master is not None and master.bond is not None else None


def _with_outside(world: World, uplinks: tuple[str, ...]) -> World:
    gateways = {route.gateway for route in world.subject.routes if route.gateway is not None}
    own = tuple(free_addresses(world, gateways))
    ports = [f"port{number}" for number in range(len(uplinks))]
    macs = free_macs(world, 3 + 2 * len(ports))
    lags = _aggregates(world.subject, dict(zip(uplinks, ports)), macs[3 + len(ports) :])
    in_lag = {name: lag for lag in lags if lag.bond is not None for name in lag.bond.ports}
    switch = Node(
        SWITCH,
        "switch",
        (
            Link(_FABRIC, "bridge", macs[0], bridge=BridgeSettings()),
            Link(_PEER_PORT, "nic", macs[1], master=_FABRIC),
            *lags,
            *(_port(port, macs[3 + at], in_lag.get(port)) for at, port in enumerate(ports)),
        ),
    )
    peer = Node(PEER, "peer", tuple(_peer_links(world.subject, macs[2], own)))
    cables = (
        Cable(End(PEER, "eth0"), End(SWITCH, _PEER_PORT)),
        *(Cable(End(SWITCH, port), End(world.host, nic)) for port, nic in zip(ports, uplinks)),
    )
    return replace(world, nodes=(*world.nodes, switch, peer), cables=(*world.cables, *cables))


def _peer_links(host: Node, mac: str, own: Sequence[str]) -> Iterator[Link]:
    """The peer's NIC, and a VLAN link of it for each VLAN by which the host has an address."""
    by_vlan: dict[int, list[str]] = {0: []}
    for one in own:
        by_vlan.setdefault(_vlan_of(host, one), []).append(one)
    yield Link("eth0", "nic", mac, addresses=tuple(by_vlan.pop(0)))
    for vid, addresses in sorted(by_vlan.items()):
        vlan = VlanSettings("eth0", vid)
        yield Link(f"eth0.{vid}", "vlan", mac, addresses=tuple(addresses), vlan=vlan)


def _vlan_of(host: Node, cidr: str) -> int:
    """The VLAN in which the host is in a network; 0 where its frames have no tag."""
    network = address.network(cidr)
    found = (
        _vlan_beneath(host, link)
        for link in host.links
        for own in link.addresses
        if address.network(own) == network
    )
    return next(found, 0)


def _vlan_beneath(host: Node, link: Link) -> int:
    if link.vlan is not None:
        return link.vlan.vid
    return next((vid for port in host.ports(link.name) if (vid := _vlan_beneath(host, port))), 0)


def _aggregates(host: Node, ports: Mapping[str, str], macs: Sequence[str]) -> tuple[Link, ...]:
    """The bonds that a switch needs for the host's: one for each that sends by all of its ports.

    `ports` are the switch's by the host's NICs; `macs` are free.
    """
    joined: dict[str, list[str]] = {}
    for nic, port in ports.items():
        link = host.link(nic)
        bond = None if link is None else _bond_of(host, link)
        if bond is not None and bond.bond is not None and bond.bond.mode not in WITH_ACTIVE:
            joined.setdefault(bond.name, []).append(port)
    return tuple(
        Link(
            f"lag{number}",
            "bond",
            mac,
            master=_FABRIC,
            carrier=True,
            isolated=True,
            bond=BondSettings(_facing(host, name), ports=tuple(members), mac_pinned=True),
        )
        for number, ((name, members), mac) in enumerate(zip(joined.items(), macs))
    )


def _facing(host: Node, bond: str) -> BondMode:
    """The mode of the other end: LACP for LACP, else what needs no agreement."""
    link = host.link(bond)
    negotiates = link is not None and link.bond is not None and link.bond.mode == "802.3ad"
    return "802.3ad" if negotiates else "balance-xor"


def _port(name: str, mac: str, lag: Link | None) -> Link:
    if lag is None:
        return Link(name, "nic", mac, master=_FABRIC, isolated=True)
    return Link(name, "nic", lag.mac, master=lag.name, bond_port=BondPort(mac))
