"""Takes the steps of an undoing (`restoring`) in the model, as `reinstate` does in Linux.

`SimulatedKernel` calls `take`. Each step has the side effects that it has in Linux (`rewiring`), so
that an undoing is as hard here as it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from controller.domains.network.disk import unpacked
from controller.domains.network.fabric import Fabric
from controller.domains.network.footprint import parts, profile_of
from controller.domains.network.keyfile import parse
from controller.domains.network.live import LiveBridge, LiveLink, LiveNode
from controller.domains.network.modelled import route_key
from controller.domains.network.replica import still_node
from controller.domains.network.restoring import Step
from controller.domains.network.state import Route, secondaries
from controller.domains.network.vlan_flags import port_vlan
from controller.domains.world import Json, OperationRefused


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
    gone = route_key(_meant(value))
    node.routes = [route for route in node.routes if route_key(route) != gone]


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
