"""The items of some interfaces (`footprint`) in the model, and the steps that put them back.

`SimulatedKernel` calls both. Each step has the side effects that it has in Linux (`rewiring`), so
that an undoing is as hard here as it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from controller import link_limits
from controller.domains.network import (
    address,
    bonding,
    bridging,
    linking,
    rewiring,
    sizing,
    tagging,
    vlans,
)
from controller.domains.network.disk import packed, unpacked
from controller.domains.network.fabric import Fabric
from controller.domains.network.footprint import (
    Footprint,
    Items,
    key,
    parts,
    profile_key,
    profile_of,
)
from controller.domains.network.keyfile import parse
from controller.domains.network.keyfile_writing import render
from controller.domains.network.live import LiveBond, LiveBridge, LiveLink, LiveNode
from controller.domains.network.replica import still_node
from controller.domains.network.restoring import Step
from controller.domains.network.state import Route, lowest_mtu, secondaries
from controller.domains.network.vlan_flags import flags_of, port_vlan
from controller.domains.world import Json, OperationRefused

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
            items[_route_key(route)] = _route(route)
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


def _route_key(route: Route) -> str:
    way = f"{route.interface}>{route.gateway or ''}"
    return key("route", "254", route.destination, route.metric, way)


def take(fabric: Fabric, node: LiveNode, step: Step) -> None:
    """Take one step, and let bonds look. Raises `OperationRefused`."""
    _take(fabric, node, step)
    bonding.look(fabric)


def _take(fabric: Fabric, node: LiveNode, step: Step) -> None:
    if step.action in _ACTIONS:
        _ACTIONS[step.action](fabric, node, step.item, step.value)
        return
    kind, interface, which = parts(step.item)
    (_REMOVE if step.action == "remove" else _PUT)[kind](fabric, node, interface, which, step.value)


def _link(node: LiveNode, name: str) -> LiveLink:
    if name not in node.links:
        raise OperationRefused(f"there is no interface {name}")
    return node.links[name]


def _bridge(node: LiveNode, name: str) -> LiveBridge:
    return _settings(_link(node, name))


def _settings(link: LiveLink) -> LiveBridge:
    if link.bridge is None:
        raise OperationRefused(f"{link.name} is not a bridge")
    return link.bridge


def _release(fabric: Fabric, node: LiveNode, name: str, _value: Json) -> None:
    _link(node, name)
    linking.release(fabric, node, name)


def _delete(fabric: Fabric, node: LiveNode, name: str, _value: Json) -> None:
    _link(node, name)
    linking.delete(fabric, node, name)


def _create(_fabric: Fabric, node: LiveNode, name: str, value: Json) -> None:
    assert isinstance(value, dict)
    mac = value["mac"]
    assert mac is None or isinstance(mac, str)
    kind = value["kind"]
    if kind == "bridge":
        rewiring.create_bridge(node, name, mac, stp=False, multicast_snooping=True)
    elif kind == "bond":
        bonding.create_bond(node, name, "balance-rr", 0, mac)
    elif kind == "dummy":
        rewiring.create_link(node, name, "dummy", mac)
    elif kind == "veth":
        linking.create_pair(node, (name, mac), (str(value["peer"]), None))
    elif kind == "vlan":
        parent = value["parent"]
        assert isinstance(parent, dict)
        vid = parent["vid"]
        assert isinstance(vid, int)
        vlans.create_vlan(_link(node, str(parent["interface"])), name, vid, mac)
    else:
        raise OperationRefused(f"{name}, a {kind}, cannot be made again")


_ACTIONS: Final[Mapping[str, Callable[[Fabric, LiveNode, str, Json], None]]] = {
    "release": _release,
    "delete": _delete,
    "create": _create,
}


def _put_mac(_f: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    rewiring.set_mac(_link(node, name), str(value))


def _put_master(fabric: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    if value is None:
        _release(fabric, node, name, None)
        return
    master, port = _link(node, str(value)), _link(node, name)
    if master.bond is None:
        rewiring.attach_port(fabric, master, port)
    else:
        rewiring.set_link_state(fabric, port, up=False)
        bonding.join(fabric, master, port)


def _put_bridge(_f: Fabric, node: LiveNode, name: str, which: str, value: Json) -> None:
    if which == "default_pvid":
        assert isinstance(value, int)
        tagging.begin_with(_link(node, name), value)
    else:
        setattr(_bridge(node, name), which, value)


def _put_vlan(_f: Fabric, node: LiveNode, name: str, which: str, value: Json) -> None:
    assert isinstance(value, dict)
    flags = value["flags"]
    assert isinstance(flags, int)
    tagging.let_through(_master(node, name), _link(node, name), port_vlan(int(which), flags))


def _remove_vlan(_f: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    tagging.shut_out(_master(node, name), _link(node, name), int(which))


def _master(node: LiveNode, name: str) -> LiveBridge:
    """The bridge that a port is of, or that an interface is itself."""
    link = _link(node, name)
    found = link if link.master is None else link.master
    return _settings(found)


def _put_bond(_f: Fabric, node: LiveNode, name: str, which: str, value: Json) -> None:
    setattr(bonding.settings(_link(node, name)), which, value)


def _put_active(fabric: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    port = _link(node, str(value))
    if port.master is not _link(node, name) or not port.linked:
        raise OperationRefused(f"{port.name} is no linked port of {name}")
    bonding.activate(fabric, _link(node, name), port)


def _put_port(_f: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    _link(node, name).isolated = value is True


def _put_mtu(_f: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    assert isinstance(value, int)
    link = _link(node, name)
    if link.vlan is not None and value > link.vlan.parent.mtu:
        raise OperationRefused(f"{link.vlan.parent.name} has a smaller MTU")
    sizing.set_mtu(link, value)


def _put_up(fabric: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    link = _link(node, name)
    if link.vlan is not None and value is True and not link.vlan.parent.up:
        raise OperationRefused(f"{link.vlan.parent.name} is down")
    rewiring.set_link_state(fabric, link, up=value is True)


def _put_address(_f: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    link = _link(node, name)
    if address.version(which) == 6 and link.mtu < link_limits.MTU_MIN_IPV6:
        raise OperationRefused(f"{name} has an MTU of {link.mtu}")
    rewiring.add_address(link, which)


def _remove_address(fabric: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    link, still = _link(node, name), still_node(fabric, node).link(name)
    if still is not None and which in link.addresses:
        rewiring.remove_address(link, (which, *secondaries(still, which)))


def _put_neighbour(_f: Fabric, node: LiveNode, name: str, which: str, value: Json) -> None:
    assert isinstance(value, dict)
    rewiring.add_neighbour(_link(node, name), which, str(value["mac"]))


def _remove_neighbour(_f: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    _link(node, name).neighbours.pop(which, None)


def _put_fdb(fabric: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    mac, _, vlan = which.partition(" ")
    if _link(node, name).master is None:
        raise OperationRefused(f"{name} is no port")
    bridging.learn_by_word(fabric, _link(node, name), mac, int(vlan))


def _remove_fdb(_f: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    mac, _, vlan = which.partition(" ")
    if _link(node, name).master is not None:
        bridging.forget_at(_link(node, name), mac, int(vlan))


def _meant(value: Json) -> Route:
    assert isinstance(value, dict)
    ways = value["ways"]
    assert isinstance(ways, list)
    (way,) = ways
    assert isinstance(way, dict)
    gateway, metric, source = way["gateway"], value["metric"], value["source"]
    assert isinstance(metric, int)
    return Route(
        str(way["interface"]),
        str(value["destination"]),
        None if gateway is None else str(gateway),
        metric,
        None if source is None else str(source),
    )


def _put_route(_f: Fabric, node: LiveNode, _table: str, _which: str, value: Json) -> None:
    route = _meant(value)
    if not _link(node, route.interface).up:
        raise OperationRefused(f"{route.interface} is down")
    node.routes.append(route)


def _remove_route(_f: Fabric, node: LiveNode, _table: str, _which: str, value: Json) -> None:
    gone = _route_key(_meant(value))
    node.routes = [route for route in node.routes if _route_key(route) != gone]


def _put_profile(_f: Fabric, node: LiveNode, _scope: str, _which: str, value: Json) -> None:
    one = parse(unpacked(value)[1])
    node.profiles[one.id] = one


def _remove_profile(_f: Fabric, node: LiveNode, scope: str, _which: str, _value: Json) -> None:
    node.profiles.pop(str(profile_of(scope)), None)


Doing = Callable[[Fabric, LiveNode, str, str, Json], None]

_PUT: Final[Mapping[str, Doing]] = {
    "mac": _put_mac,
    "master": _put_master,
    "worn": _put_mac,
    "bridge": _put_bridge,
    "bond": _put_bond,
    "active": _put_active,
    "port": _put_port,
    "vlan": _put_vlan,
    "mtu": _put_mtu,
    "up": _put_up,
    "address": _put_address,
    "neighbour": _put_neighbour,
    "fdb": _put_fdb,
    "route": _put_route,
    "profile": _put_profile,
}

_REMOVE: Final[Mapping[str, Doing]] = {
    "address": _remove_address,
    "neighbour": _remove_neighbour,
    "fdb": _remove_fdb,
    "vlan": _remove_vlan,
    "route": _remove_route,
    "profile": _remove_profile,
}
