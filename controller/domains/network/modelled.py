"""The items of some interfaces (`footprint`) in the model, as `inventory` reads them from Linux.

`SimulatedKernel` asks for them before an operation, after a gene, and while it undoes
(`modelled_undoing`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from controller.domains.network import address
from controller.domains.network.disk import packed
from controller.domains.network.footprint import Footprint, Items, key, profile_key, profile_of
from controller.domains.network.keyfile_writing import render
from controller.domains.network.live import LiveBond, LiveBridge, LiveLink, LiveNode
from controller.domains.network.state import Route, lowest_mtu
from controller.domains.network.vlan_flags import flags_of
from controller.domains.world import Json

_NUD_NOARP: Final = 0x40
"""A static entry's state, as Linux has it (linux/neighbour.h)."""


def footprint(node: LiveNode, names: Collection[str]) -> Footprint:
    """The items of the named interfaces as they are."""
    items: Items = {}
    for link in node.links.values():
        if link.name in names:
            items.update(_items(link))
    own = {
        address.bare(a)
        for link in node.links.values()
        if link.name in names
        for a in link.addresses
    }
    for route in node.routes:
        if route.interface in names or route.source in own:
            items[route_key(route)] = _route(route)
    meant = {profile_of(name) for name in names}
    for one in node.profiles.values():
        if one.id in meant:
            items[profile_key(one.id)] = packed(one.id, render(one))
    return Footprint(frozenset(names), items)


def _items(link: LiveLink) -> Iterator[tuple[str, Json]]:
    name, mac = link.name, link.mac
    yield key("link", name), link.kind
    yield key("up", name), link.up
    yield key("master", name), None if link.master is None else link.master.name
    yield key("mtu", name), link.mtu
    if link.bridge is not None:
        yield key("pinned", name), link.bridge.mac_pinned
        yield key("bridge", name, "ageing_s"), link.bridge.ageing_s
        yield key("bridge", name, "stp"), link.bridge.stp
        yield key("bridge", name, "multicast_snooping"), link.bridge.multicast_snooping
        yield key("bridge", name, "default_pvid"), link.bridge.default_pvid
        yield key("bridge", name, "vlan_filtering"), link.bridge.vlan_filtering
        yield key("follows_mtu", name), link.mtu == lowest_mtu(p.mtu for p in link.bridge.ports)
    if link.bond is not None:
        yield from _bond_items(name, link.bond)
    if link.vlan is not None:
        yield key("pinned", name), link.vlan.mac_pinned
        yield key("parent", name), {"interface": link.vlan.parent.name, "vid": link.vlan.vid}
    if link.kind == "veth" and link.far is not None:
        yield key("peer", name), link.far.name
    for own in link.port_vlans.values():
        yield key("vlan", name, own.vid), {"flags": flags_of(own)}
    if link.own_mac is not None:
        yield key("worn", name), mac
    yield key("mac", name), link.own_mac or _own_mac(link)
    if link.master is not None and link.master.bridge is not None:
        yield key("port", name, "isolated"), link.isolated
        yield from _told(link, link.master.bridge)
    order = address.of_version(4, link.addresses)
    if order:
        yield key("order", name), [*order]
    yield from ((key("address", name, own), {}) for own in link.addresses)
    for whose, known in link.neighbours.items():
        if known.permanent:
            yield key("neighbour", name, whose), {"mac": known.mac}


def _bond_items(name: str, bond: LiveBond) -> Iterator[tuple[str, Json]]:
    yield key("pinned", name), bond.mac_pinned
    yield key("bond", name, "mode"), bond.mode
    yield key("bond", name, "miimon_ms"), bond.miimon_ms
    yield key("joined", name), [port.name for port in bond.ports]
    if bond.active is not None:
        yield key("active", name), bond.active.name


def _own_mac(link: LiveLink) -> str | None:
    """The MAC, None where it means nothing: what `state.own_mac` says, of a link that changes."""
    if link.bond is not None and not link.bond.mac_pinned and not link.bond.ports:
        return None
    if link.vlan is not None and not link.vlan.mac_pinned:
        return _own_mac(link.vlan.parent)
    if link.bridge is not None and not link.bridge.mac_pinned:
        return link.mac if any(_own_mac(port) for port in link.bridge.ports) else None
    return link.mac


def _told(port: LiveLink, settings: LiveBridge) -> Iterator[tuple[str, Json]]:
    """What somebody put into the bridge's table about a port."""
    for (mac, vlan), entry in settings.table.items():
        if entry.static and entry.port is port:
            yield key("fdb", port.name, mac, vlan), {"state": _NUD_NOARP, "sticky": True}


def _route(route: Route) -> dict[str, Json]:
    return {
        "destination": route.destination,
        "metric": route.metric,
        "source": route.source,
        "ways": [{"interface": route.interface, "gateway": route.gateway}],
    }


def route_key(route: Route) -> str:
    """The name of a route's item."""
    way = f"{route.interface}>{route.gateway or ''}"
    return key("route", "254", route.destination, route.metric, way)
