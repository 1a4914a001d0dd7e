"""What changing a simulated interface does besides: who follows, who forgets, who notices.

`SimulatedKernel` calls one function for each mutation of the catalogue. The side effects
are Linux's (net/bridge/br_if.c and br_stp_if.c, net/core/neighbour.c, net/ipv4/devinet.c),
compared with a real kernel by the conformance suite.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable

from controller import limits, link_limits
from controller.domains.network import address, routing, sizing, tagging
from controller.domains.network.fabric import Fabric
from controller.domains.network.live import Known, LiveBridge, LiveLink, LiveNode
from controller.domains.network.state import Kind, Route


def create_bridge(
    node: LiveNode, name: str, mac: str | None, *, stp: bool, multicast_snooping: bool
) -> None:
    """Add a bridge that is down. Without a MAC it has one that means nothing, as in Linux."""
    settings = LiveBridge(mac is not None, limits.AGEING_SECONDS_DEFAULT, stp, multicast_snooping)
    made = create_link(node, name, "bridge", mac)
    made.bridge = settings
    if "vlan_filtering" not in node.lacks:
        settings.default_pvid = link_limits.VLAN_DEFAULT_PVID
        tagging.join(settings, made)


def create_link(node: LiveNode, name: str, kind: Kind, mac: str | None) -> LiveLink:
    """Add an interface that is down."""
    given = mac or invented_mac(name)
    made = LiveLink(node, name, kind, given, False, [], link_limits.MTU_DEFAULT, False, False)
    node.links[name] = made
    return made


def invented_mac(name: str) -> str:
    """The MAC of a new interface that is given none, which Linux draws by chance."""
    chance = zlib.crc32(name.encode())
    return "02:bb:" + ":".join(f"{chance >> shift & 255:02x}" for shift in (24, 16, 8, 0))


def delete_bridge(node: LiveNode, link: LiveLink) -> None:
    """Remove a bridge; its ports are ordinary NICs again."""
    for port in _settings(link).ports:
        port.master = None
        port.isolated = False
        port.port_vlans = {}
    remove_link(node, link)


def remove_link(node: LiveNode, link: LiveLink) -> None:
    """Remove an interface that nothing hangs on, with its addresses and routes."""
    if link.vlan is not None:
        del link.vlan.parent.vlans[link.vlan.vid]
    del node.links[link.name]
    node.connected = [way for way in node.connected if way[0] is not link]
    _lose_routes(node, routing.over(node.routes, link.name))
    _lose_routes(node, routing.sent_from(node.routes, _disappearing(link, link.addresses)))


def attach_port(fabric: Fabric, link: LiveLink, nic: LiveLink) -> None:
    """Make a NIC a port. No change if it is one of this bridge."""
    if nic.master is link:
        return
    nic.master = link
    _settings(link).ports.append(nic)
    tagging.join(_settings(link), nic)
    _settings(link).owns(nic)
    start(fabric, nic)
    _ports_changed(link)


def detach_port(fabric: Fabric, link: LiveLink, nic: LiveLink) -> None:
    """Take a port away, with all that was learned or set on it."""
    if nic.master is not link:
        return
    settings = _settings(link)
    nic.master = None
    nic.isolated = False
    nic.port_vlans = {}
    settings.ports.remove(nic)
    settings.table = {at: e for at, e in settings.table.items() if e.port is not nic}
    _ports_changed(link)
    _still_alive(fabric, link)


def set_link_state(fabric: Fabric, link: LiveLink, *, up: bool) -> None:
    """Bring an interface up or down, and its VLANs; its far end and its bridge notice.

    What goes down loses its IPv6 addresses (`keep_addr_on_down` of ip-sysctl is off).
    """
    if link.up == up:
        return
    link.up = up
    link.node.reroute(link)
    ports = [] if link.bridge is None else link.bridge.ports
    if up:
        for started in (link, link.far, *ports):
            if started is not None:
                start(fabric, started)
        for upper in link.vlans.values():
            if upper.mac != address.ZERO_MAC:
                set_link_state(fabric, upper, up=True)
        return
    for upper in link.vlans.values():
        set_link_state(fabric, upper, up=False)
    link.neighbours.clear()
    _lose_routes(link.node, routing.over(link.node.routes, link.name))
    sizing.lose_ipv6(link)
    for port in (link, *ports):
        _forget_learned(port)
    if link.far is not None:
        lose_carrier(fabric, link.far)
    if link.master is not None:
        _still_alive(fabric, link.master)


def set_mac(link: LiveLink, mac: str) -> None:
    """Set a MAC, a bond's ports' too; a bridge and a VLAN link keep it from now on.

    Neighbours are forgotten, even permanent ones.
    """
    for settings in (link.bridge, link.bond, link.vlan):
        if settings is not None:
            settings.mac_pinned = True
    _wear(link, mac)


def _wear(link: LiveLink, mac: str) -> None:
    link.mac = mac
    link.neighbours.clear()
    if link.bridge is not None:
        link.bridge.owns(link)
    if link.bond is not None:
        for port in link.bond.ports:
            set_mac(port, mac)
    if link.master is not None and link.master.bridge is not None:
        link.master.bridge.owns(link)
        _follow(link.master)
    _inherit(link)


def _inherit(link: LiveLink) -> None:
    """Let the VLAN links that were given no MAC have that of their parent."""
    for upper in link.vlans.values():
        if upper.vlan is not None and not upper.vlan.mac_pinned and upper.mac != link.mac:
            _wear(upper, link.mac)


def add_address(link: LiveLink, own: str) -> None:
    """Add an address: a primary one after the primary ones, a secondary one at the end."""
    if own in link.addresses:
        return
    known = [*link.addresses]
    networks = [address.network(one) for one in address.of_version(4, known)]
    at = len(networks) if address.network(own) in networks else len(set(networks))
    link.addresses = [*address.in_order((*known[:at], own, *known[at:]))]
    link.node.reroute(link)


def remove_address(link: LiveLink, lost: tuple[str, ...]) -> None:
    """Remove addresses of one version of IP.

    With the last one of IPv4 its neighbours are forgotten too, and its routes.
    """
    link.addresses = [own for own in link.addresses if own not in lost]
    link.node.reroute(link)
    gone = _disappearing(link, lost)
    _lose_routes(link.node, routing.sent_from(link.node.routes, gone))
    link.node.routes = routing.sourceless(link.node.routes, link.name, gone)
    if any(address.version(own) == 4 for own in lost) and not address.of_version(4, link.addresses):
        kept = address.of_version(6, link.neighbours)
        link.neighbours = {whose: link.neighbours[whose] for whose in kept}
        _lose_routes(link.node, routing.over(link.node.routes, link.name, 4))


def add_neighbour(link: LiveLink, whose: str, mac: str) -> None:
    """Pin who has an address."""
    link.neighbours[whose] = Known(mac, permanent=True)


def _disappearing(link: LiveLink, lost: Iterable[str]) -> set[str]:
    """Of addresses that an interface loses, those that no other one has."""
    return {bare for own in lost if not link.node.has(bare := address.bare(own))}


def _lose_routes(node: LiveNode, lost: Collection[Route]) -> None:
    node.routes = [route for route in node.routes if route not in lost]


def _settings(link: LiveLink) -> LiveBridge:
    assert link.bridge is not None
    return link.bridge


def _ports_changed(link: LiveLink) -> None:
    sizing.follow_ports(link)
    _follow(link)


def _follow(link: LiveLink) -> None:
    """A bridge whose MAC is not pinned has the lowest one of its ports."""
    settings = _settings(link)
    if settings.mac_pinned:
        return
    lowest = min((port.mac for port in settings.ports), default=address.ZERO_MAC)
    if lowest != link.mac:
        link.mac = lowest
        link.neighbours.clear()
        _inherit(link)


def start(fabric: Fabric, port: LiveLink) -> None:
    """A port that comes to life forwards at once, or after two forward delays with STP."""
    bridge = None if port.master is None else port.master.bridge
    stp = bridge is not None and bridge.stp
    port.forwards_from_s = fabric.now_s + (limits.FORWARD_DELAY_SECONDS if stp else 0.0)
    for upper in port.vlans.values():
        start(fabric, upper)


def lose_carrier(fabric: Fabric, link: LiveLink) -> None:
    """What an interface forgets that has no carrier any more, and its bridge and VLANs with it."""
    _forget_learned(link)
    _forget_neighbours(link)
    for upper in link.vlans.values():
        lose_carrier(fabric, upper)
    if link.master is not None:
        _still_alive(fabric, link.master)


def _forget_learned(port: LiveLink) -> None:
    if port.master is None or port.master.bridge is None:
        return
    settings = _settings(port.master)
    settings.table = {
        at: entry for at, entry in settings.table.items() if entry.port is not port or entry.static
    }


def _still_alive(fabric: Fabric, link: LiveLink) -> None:
    """A bridge without a port that forwards has lost its carrier."""
    if link.bridge is not None and not any(fabric.forwards(port) for port in _settings(link).ports):
        _forget_neighbours(link)
        for upper in link.vlans.values():
            lose_carrier(fabric, upper)


def _forget_neighbours(link: LiveLink) -> None:
    """What losing the carrier does: permanent entries stay."""
    link.neighbours = {a: known for a, known in link.neighbours.items() if known.permanent}
