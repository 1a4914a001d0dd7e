"""The items of some interfaces (`footprint`) in the model, and the steps that put them back.

`SimulatedKernel` calls both. Each step has the side effects that it has in Linux (`rewiring`), so
that an undoing is as hard here as it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from controller.domains.network import address, rewiring
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
from controller.domains.network.live import LiveBridge, LiveLink, LiveNode
from controller.domains.network.replica import still_node
from controller.domains.network.restoring import Step
from controller.domains.network.state import Route, secondaries
from controller.domains.world import Json, OperationRefused


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
        follows = not link.bridge.ports and not link.bridge.mac_pinned
        mac = None if follows else mac  # type: ignore[assignment]
    yield key("mac", name), mac
    if link.master is not None:
        yield key("port", name, "isolated"), link.isolated
    if link.addresses:
        yield key("order", name), [*link.addresses]
    yield from ((key("address", name, own), {}) for own in link.addresses)
    for whose, known in link.neighbours.items():
        if known.permanent:
            yield key("neighbour", name, whose), {"mac": known.mac}


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
    """Take one step. Raises `OperationRefused`."""
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
    settings = _link(node, name).bridge
    if settings is None:
        raise OperationRefused(f"{name} is not a bridge")
    return settings


def _release(fabric: Fabric, node: LiveNode, name: str, _value: Json) -> None:
    link = _link(node, name)
    if link.master is not None:
        rewiring.detach_port(fabric, link.master, link)


def _delete(_fabric: Fabric, node: LiveNode, name: str, _value: Json) -> None:
    rewiring.delete_bridge(node, _link(node, name))


def _create(_fabric: Fabric, node: LiveNode, name: str, value: Json) -> None:
    assert isinstance(value, dict)
    if value["kind"] != "bridge":
        raise OperationRefused(f"{name}, a {value['kind']}, cannot be made again")
    mac = value["mac"]
    assert mac is None or isinstance(mac, str)
    rewiring.create_bridge(node, name, mac, stp=False, multicast_snooping=True)


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
    else:
        rewiring.attach_port(fabric, _link(node, str(value)), _link(node, name))


def _put_bridge(_f: Fabric, node: LiveNode, name: str, which: str, value: Json) -> None:
    setattr(_bridge(node, name), which, value)


def _put_port(_f: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    _link(node, name).isolated = value is True


def _put_mtu(_f: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    assert isinstance(value, int)
    _link(node, name).mtu = value


def _put_up(fabric: Fabric, node: LiveNode, name: str, _which: str, value: Json) -> None:
    rewiring.set_link_state(fabric, _link(node, name), up=value is True)


def _put_address(_f: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    rewiring.add_address(_link(node, name), which)


def _remove_address(fabric: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    link, still = _link(node, name), still_node(fabric, node).link(name)
    if still is not None and which in link.addresses:
        rewiring.remove_address(link, (which, *secondaries(still, which)))


def _put_neighbour(_f: Fabric, node: LiveNode, name: str, which: str, value: Json) -> None:
    assert isinstance(value, dict)
    rewiring.add_neighbour(_link(node, name), which, str(value["mac"]))


def _remove_neighbour(_f: Fabric, node: LiveNode, name: str, which: str, _value: Json) -> None:
    _link(node, name).neighbours.pop(which, None)


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
    "bridge": _put_bridge,
    "port": _put_port,
    "mtu": _put_mtu,
    "up": _put_up,
    "address": _put_address,
    "neighbour": _put_neighbour,
    "route": _put_route,
    "profile": _put_profile,
}

_REMOVE: Final[Mapping[str, Doing]] = {
    "address": _remove_address,
    "neighbour": _remove_neighbour,
    "route": _remove_route,
    "profile": _remove_profile,
}
