"""From a world as a value to a world that moves, and back.

`live` builds the fabric of a simulated kernel, `copied` forks one, `still` tells what it has
become. The three agree: `still(live(world))` is the world.
"""

from __future__ import annotations

from controller.domains.network.fabric import Fabric
from controller.domains.network.live import Known, Learned, LiveBridge, LiveLink, LiveNode
from controller.domains.network.state import (
    BridgeSettings,
    Cable,
    End,
    FdbEntry,
    Link,
    Neighbour,
    Node,
    World,
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
    made = LiveNode(node.name, node.role, routes=[*node.routes], leases=node.leases)
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
        )
    for link in node.links:
        if link.master is not None:
            master = _find(made, link.master)
            made.links[link.name].master = master
            _bridge(master).ports.append(made.links[link.name])
    for live_link in made.links.values():
        made.reroute(live_link)
    for known in node.neighbours:
        _find(made, known.interface).neighbours[known.address] = Known(known.mac, known.permanent)
    for entry in node.fdb:
        table = _bridge(_find(made, entry.bridge)).table
        table[entry.mac] = Learned(_find(made, entry.port), 0.0, entry.static)
    return made


def _live_bridge(settings: BridgeSettings) -> LiveBridge:
    return LiveBridge(
        settings.mac_pinned, settings.ageing_s, settings.stp, settings.multicast_snooping
    )


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
        twin = LiveNode(node.name, node.role, routes=[*node.routes], leases=node.leases)
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
            settings.mac_pinned, settings.ageing_s, settings.stp, settings.multicast_snooping
        ),
        forwards_from_s=link.forwards_from_s,
        neighbours={a: Known(k.mac, k.permanent) for a, k in link.neighbours.items()},
        permanent_mac=link.permanent_mac,
    )


def _connect(links: dict[int, LiveLink], link: LiveLink) -> None:
    twin = links[id(link)]
    if link.master is not None:
        twin.master = links[id(link.master)]
    if link.far is not None:
        twin.far = links[id(link.far)]
    if link.bridge is not None and twin.bridge is not None:
        twin.bridge.ports = [links[id(port)] for port in link.bridge.ports]
        for mac, entry in link.bridge.table.items():
            twin.bridge.table[mac] = Learned(links[id(entry.port)], entry.seen_s, entry.static)


# --- and back ---------------------------------------------------------------------------


def still(fabric: Fabric, host: str) -> World:
    """What a fabric has become, as a value whose subject is `host`."""
    nodes = tuple(still_node(fabric, node) for node in fabric.nodes.values())
    cables = {
        Cable(*sorted((End(node.name, link.name), End(link.far.node.name, link.far.name))))
        for node in fabric.nodes.values()
        for link in node.links.values()
        if link.far is not None
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
            for mac, entry in link.bridge.table.items():
                fdb.append(FdbEntry(link.name, mac, entry.port.name, entry.static))
    links = tuple(_still_link(link) for link in node.links.values())
    return Node(
        node.name,
        node.role,
        links,
        tuple(neighbours),
        tuple(fdb),
        tuple(node.routes),
        tuple(node.profiles.values()),
        node.leases,
    )


def _still_link(link: LiveLink) -> Link:
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
        None
        if bridge is None
        else BridgeSettings(
            bridge.mac_pinned, bridge.ageing_s, bridge.stp, bridge.multicast_snooping
        ),
        link.permanent_mac,
    )
