"""From a world as a value to a world that moves, and back.

`live` builds the fabric of a simulated kernel, `copied` forks one, `still` tells what it has
become. The three agree: `still(live(world))` is the world.
"""

from __future__ import annotations

from dataclasses import replace

from controller import limits
from controller.domains.network.fabric import Fabric
from controller.domains.network.live import (
    Known,
    Learned,
    LiveBond,
    LiveBridge,
    LiveLink,
    LiveNode,
    LiveVlan,
)
from controller.domains.network.state import (
    BondPort,
    BondSettings,
    BridgeSettings,
    Cable,
    End,
    FdbEntry,
    Link,
    Neighbour,
    Node,
    VlanSettings,
    World,
    joining,
)


def live(world: World) -> Fabric:
    """A fabric in the state of `world`; what was learned counts as just learned.

    Raises `ValueError` where the world names an interface that it does not have.
    """
    fabric = Fabric()
    for node in world.nodes:
        fabric.nodes[node.name] = _live_node(node)
    for cable in world.cables:
        a, b = _plug(fabric, cable.a), _plug(fabric, cable.b)
        a.far, b.far = b, a
    return fabric


def _live_node(node: Node) -> LiveNode:
    made = LiveNode(
        node.name, node.role, routes=[*node.routes], lacks=node.lacks, leases=node.leases
    )
    made.profiles = {one.id: one for one in node.profiles}
    for link in node.links:
        made.links[link.name] = LiveLink(
            made,
            link.name,
            link.kind,
            link.mac,
            link.up,
            list(link.addresses),
            link.mtu,
            link.carrier,
            link.isolated,
            None if link.bridge is None else _live_bridge(link.bridge),
            permanent_mac=link.permanent_mac,
            derived=link.derived,
            bond=None if link.bond is None else _live_bond(link.bond),
            forwards_from_s=limits.FORWARD_DELAY_SECONDS if link.waiting else 0.0,
            mtu_max=link.mtu_max,
            port_vlans={own.vid: own for own in link.port_vlans},
        )
    for link in node.links:
        _lay(made, link)
    for link in node.links:
        if link.bond is not None:
            _connect_ports(made, node, link, link.bond)
    for live_link in made.links.values():
        made.reroute(live_link)
    for known in node.neighbours:
        _find(made, known.interface).neighbours[known.address] = Known(known.mac, known.permanent)
    for entry in node.fdb:
        table = _bridge(_find(made, entry.bridge)).table
        table[entry.mac, entry.vlan] = Learned(_find(made, entry.port), 0.0, entry.static)
    return made


def _lay(made: LiveNode, link: Link) -> None:
    """Put a VLAN link on its parent, a port into its bridge, and the ends of a veth together."""
    if link.vlan is not None:
        parent = _find(made, link.vlan.parent)
        parent.vlans[link.vlan.vid] = made.links[link.name]
        made.links[link.name].vlan = LiveVlan(parent, link.vlan.vid, link.vlan.mac_pinned)
    if link.peer is not None:
        made.links[link.name].far = _find(made, link.peer)
    if link.master is not None:
        master = _find(made, link.master)
        made.links[link.name].master = master
        if master.bond is None:
            _bridge(master).ports.append(made.links[link.name])


def _live_bridge(settings: BridgeSettings) -> LiveBridge:
    return LiveBridge(
        settings.mac_pinned,
        settings.ageing_s,
        settings.stp,
        settings.multicast_snooping,
        settings.mtu_pinned,
        settings.vlan_filtering,
        settings.default_pvid,
    )


def _live_bond(settings: BondSettings) -> LiveBond:
    return LiveBond(settings.mode, settings.miimon_ms, settings.mac_pinned)


def _connect_ports(made: LiveNode, node: Node, link: Link, settings: BondSettings) -> None:
    bond = made.links[link.name].bond
    assert bond is not None
    for port in joining(node, link):
        live_port, told = made.links[port.name], port.bond_port or BondPort(port.mac)
        live_port.own_mac, live_port.own_mtu = told.mac, told.mtu
        live_port.linked = told.linked
        bond.ports.append(live_port)
    bond.active = None if settings.active is None else _find(made, settings.active)


def _find(node: LiveNode, name: str) -> LiveLink:
    link = node.links.get(name)
    if link is None:
        raise ValueError(f"{node.name} has no interface {name}")
    return link


def _bridge(link: LiveLink) -> LiveBridge:
    if link.bridge is None:
        raise ValueError(f"{link.name} is not a bridge")
    return link.bridge


def _plug(fabric: Fabric, end: End) -> LiveLink:
    node = fabric.nodes.get(end.node)
    if node is None:
        raise ValueError(f"there is no node {end.node}")
    return _find(node, end.nic)


# --- a copy -----------------------------------------------------------------------------


def copied(fabric: Fabric) -> Fabric:
    """An independent fabric in the same state, at the same time."""
    made = Fabric()
    made.now_s = fabric.now_s
    links: dict[int, LiveLink] = {}
    for node in fabric.nodes.values():
        twin = LiveNode(
            node.name, node.role, routes=[*node.routes], lacks=node.lacks, leases=node.leases
        )
        twin.profiles = {**node.profiles}
        made.nodes[node.name] = twin
        for link in node.links.values():
            twin.links[link.name] = links[id(link)] = _copied_link(twin, link)
    for node in fabric.nodes.values():
        for link in node.links.values():
            _connect(links, link)
        made.nodes[node.name].connected = [(links[id(via)], a) for via, a in node.connected]
    return made


def _copied_link(node: LiveNode, link: LiveLink) -> LiveLink:
    settings = link.bridge
    return LiveLink(
        node,
        link.name,
        link.kind,
        link.mac,
        link.up,
        list(link.addresses),
        link.mtu,
        link.carrier_beyond,
        link.isolated,
        None
        if settings is None
        else LiveBridge(
            settings.mac_pinned,
            settings.ageing_s,
            settings.stp,
            settings.multicast_snooping,
            settings.mtu_pinned,
            settings.vlan_filtering,
            settings.default_pvid,
        ),
        own_mac=link.own_mac,
        own_mtu=link.own_mtu,
        linked=link.linked,
        mtu_max=link.mtu_max,
        port_vlans={**link.port_vlans},
        forwards_from_s=link.forwards_from_s,
        neighbours={a: Known(k.mac, k.permanent) for a, k in link.neighbours.items()},
        permanent_mac=link.permanent_mac,
        derived=link.derived,
    )


def _connect(links: dict[int, LiveLink], link: LiveLink) -> None:
    twin = links[id(link)]
    if link.master is not None:
        twin.master = links[id(link.master)]
    if link.far is not None:
        twin.far = links[id(link.far)]
    if link.bridge is not None and twin.bridge is not None:
        twin.bridge.ports = [links[id(port)] for port in link.bridge.ports]
        for where, entry in link.bridge.table.items():
            twin.bridge.table[where] = Learned(links[id(entry.port)], entry.seen_s, entry.static)
    if link.vlan is not None:
        twin.vlan = replace(link.vlan, parent=links[id(link.vlan.parent)])
    twin.vlans = {vid: links[id(upper)] for vid, upper in link.vlans.items()}
    if link.bond is not None:
        active = None if link.bond.active is None else links[id(link.bond.active)]
        ports = [links[id(port)] for port in link.bond.ports]
        twin.bond = replace(link.bond, active=active, ports=ports)


# --- and back ---------------------------------------------------------------------------


def still(fabric: Fabric, host: str) -> World:
    """What a fabric has become, as a value whose subject is `host`."""
    nodes = tuple(still_node(fabric, node) for node in fabric.nodes.values())
    cables = {
        Cable(*sorted((End(node.name, link.name), End(link.far.node.name, link.far.name))))
        for node in fabric.nodes.values()
        for link in node.links.values()
        if link.far is not None and link.kind != "veth"
    }
    return World(host, nodes, tuple(sorted(cables)))


def still_node(fabric: Fabric, node: LiveNode) -> Node:
    """One node as a value."""
    neighbours: list[Neighbour] = []
    fdb: list[FdbEntry] = []
    for link in node.links.values():
        for whose, known in link.neighbours.items():
            neighbours.append(Neighbour(link.name, whose, known.mac, known.permanent))
        if link.bridge is not None:
            fabric.forget_expired(link.bridge)
            for (mac, vlan), entry in link.bridge.table.items():
                fdb.append(FdbEntry(link.name, mac, entry.port.name, entry.static, vlan))
    links = tuple(_still_link(fabric, link) for link in node.links.values())
    return Node(
        node.name,
        node.role,
        links,
        tuple(neighbours),
        tuple(fdb),
        tuple(node.routes),
        node.lacks,
        tuple(node.profiles.values()),
        node.leases,
    )


def _still_link(fabric: Fabric, link: LiveLink) -> Link:
    bridge = link.bridge
    return Link(
        link.name,
        link.kind,
        link.mac,
        link.up,
        None if link.master is None else link.master.name,
        tuple(link.addresses),
        link.mtu,
        link.carrier,
        link.isolated,
        fabric.port_state(link) in {"listening", "learning"},
        None
        if bridge is None
        else BridgeSettings(
            bridge.mac_pinned,
            bridge.ageing_s,
            bridge.stp,
            bridge.multicast_snooping,
            bridge.mtu_pinned,
            bridge.vlan_filtering,
            bridge.default_pvid,
        ),
        link.mtu_max,
        None if link.bond is None else _still_bond(link.bond),
        None if link.own_mac is None else BondPort(link.own_mac, link.linked, link.own_mtu),
        link.permanent_mac,
        None if link.vlan is None else _still_vlan(link.vlan),
        tuple(link.port_vlans.values()),
        link.derived,
        link.far.name if link.kind == "veth" and link.far is not None else None,
    )


def _still_vlan(vlan: LiveVlan) -> VlanSettings:
    return VlanSettings(vlan.parent.name, vlan.vid, vlan.mac_pinned)


def _still_bond(bond: LiveBond) -> BondSettings:
    active = None if bond.active is None else bond.active.name
    ports = tuple(port.name for port in bond.ports)
    return BondSettings(bond.mode, bond.miimon_ms, active, ports, bond.mac_pinned)
