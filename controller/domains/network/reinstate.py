"""Takes the steps of an undoing (`restoring`) in Linux, inside the host's namespace.

`netlink` calls `take`. What Linux refuses leaves it as `OperationRefused`, with its words.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pyroute2.netlink.exceptions import NetlinkError

from controller.domains.network import address
from controller.domains.network.addressing import FAMILIES
from controller.domains.network.bond_readout import wait_for_bonds
from controller.domains.network.change_links import set_active_port
from controller.domains.network.change_vlans import let_through, shut_out
from controller.domains.network.footprint import parts
from controller.domains.network.namespace import Inside
from controller.domains.network.readout import (
    NTF_MASTER,
    NTF_STICKY,
    NUD_PERMANENT,
    kind,
    wait_for_carrier,
)
from controller.domains.network.restoring import Step
from controller.domains.world import Json, JsonObject, OperationRefused

_MADE_AGAIN: Final = frozenset({"bridge", "bond", "dummy", "vlan", "veth"})
_RTNH_F_ONLINK: Final = 4
_UNREACHABLE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL})
"""What Linux says to a gateway that it does not reach by itself."""


def take(inside: Inside, step: Step) -> None:
    """Take one step. Raises `OperationRefused`."""
    try:
        if step.action in _ACTIONS:
            _ACTIONS[step.action](inside, step.item, step.value)
            return
        kind, interface, which = parts(step.item)
        doing = (_REMOVE if step.action == "remove" else _PUT)[kind]
        doing(inside, interface, which, step.value)
    except NetlinkError as error:
        raise OperationRefused(f"Linux refuses: {os.strerror(error.code)}") from error
    except OSError as error:
        raise OperationRefused(f"Linux refuses: {error.strerror}") from error


def _index(interface: str) -> int:
    return socket.if_nametoindex(interface)


def _object(value: Json) -> JsonObject:
    assert isinstance(value, dict)
    return value


# --- interfaces -------------------------------------------------------------------------


def _release(inside: Inside, interface: str, _value: Json) -> None:
    inside.ip.link("set", index=_index(interface), master=0)


def _delete(inside: Inside, interface: str, _value: Json) -> None:
    inside.ip.link("del", index=_index(interface))


def _create(inside: Inside, interface: str, value: Json) -> None:
    wanted = _object(value)
    if wanted["kind"] not in _MADE_AGAIN:
        raise OperationRefused(f"{interface}, a {wanted['kind']}, cannot be made again")
    mac, parent, peer = wanted["mac"], wanted.get("parent"), wanted.get("peer")
    if wanted["kind"] == "veth" and peer is None:
        raise OperationRefused(f"{interface} cannot be made again: its other end was elsewhere")
    told: dict[str, Json] = {} if mac is None else {"address": mac}
    told |= {} if parent is None else _vlan(_object(parent))
    told |= {} if peer is None else {"peer": {"ifname": peer}}
    inside.ip.link("add", ifname=interface, kind=wanted["kind"], **told)


def _vlan(parent: JsonObject) -> dict[str, Json]:
    return {
        "link": _index(str(parent["interface"])),
        "vlan_id": parent["vid"],
        "vlan_protocol": parent["protocol"],
        "vlan_flags": parent["flags"],
    }


_ACTIONS: Final[Mapping[str, Callable[[Inside, str, Json], None]]] = {
    "release": _release,
    "delete": _delete,
    "create": _create,
}


def _put_mac(inside: Inside, interface: str, _which: str, value: Json) -> None:
    """Set a MAC; an interface that refuses while it is up is taken down for it."""
    index = _index(interface)
    try:
        inside.ip.link("set", index=index, address=value)
    except NetlinkError as error:
        if error.code != errno.EBUSY:
            raise
        inside.ip.link("set", index=index, state="down")
        inside.ip.link("set", index=index, address=value)


def _put_master(inside: Inside, interface: str, _which: str, value: Json) -> None:
    """Make it a port again; a bond takes only what is down, and brings it up."""
    index = _index(interface)
    if value is None:
        _release(inside, interface, None)
        return
    master = _index(str(value))
    (message,) = inside.ip.get_links(master)
    if kind(message) == "bond":
        inside.ip.link("set", index=index, state="down")
    inside.ip.link("set", index=index, master=master)
    if kind(message) == "bond":
        wait_for_carrier(inside, index)
        wait_for_bonds(inside)


def _put_bridge(inside: Inside, interface: str, which: str, value: Json) -> None:
    inside.ip.link("set", index=_index(interface), kind="bridge", **{which: value})


def _put_bond(inside: Inside, interface: str, which: str, value: Json) -> None:
    inside.ip.link("set", index=_index(interface), kind="bond", **{which: value})


def _put_primary(inside: Inside, interface: str, _which: str, value: Json) -> None:
    port = 0 if value is None else _index(str(value))
    inside.ip.link("set", index=_index(interface), kind="bond", bond_primary=port)


def _put_active(inside: Inside, interface: str, _which: str, value: Json) -> None:
    wait_for_bonds(inside)
    set_active_port(inside, _index(interface), _index(str(value)))


def _put_port(inside: Inside, interface: str, which: str, value: Json) -> None:
    inside.ip.brport("set", index=_index(interface), **{which: value})


def _put_mtu(inside: Inside, interface: str, _which: str, value: Json) -> None:
    inside.ip.link("set", index=_index(interface), mtu=value)


def _put_queue(inside: Inside, interface: str, _which: str, value: Json) -> None:
    inside.ip.link("set", index=_index(interface), txqlen=value)


def _put_group(inside: Inside, interface: str, _which: str, value: Json) -> None:
    inside.ip.link("set", index=_index(interface), group=value)


def _put_up(inside: Inside, interface: str, _which: str, value: Json) -> None:
    index = _index(interface)
    inside.ip.link("set", index=index, state="up" if value else "down")
    if value:
        wait_for_carrier(inside, index)
        wait_for_bonds(inside)


def _put_sysctl(_inside: Inside, interface: str, which: str, value: Json) -> None:
    family, group, name = which.split("/")
    if value is not None:
        (Path("/proc/sys/net") / family / group / interface / name).write_text(str(value))


# --- addresses, neighbours, tables ------------------------------------------------------


def _put_address(inside: Inside, interface: str, which: str, value: Json) -> None:
    """Give an address back; one that differs only in how it was given is given anew."""
    inside.ip.addr("add", index=_index(interface), **_address(which), **_given(_object(value)))


def _given(value: JsonObject) -> dict[str, Json]:
    names = {"scope": "scope", "peer": "address", "broadcast": "broadcast", "label": "label"}
    given = {to: value[name] for name, to in names.items() if name in value}
    return given | ({"ifa_flags": value["flags"]} if value.get("flags") else {})


def _address(which: str) -> dict[str, Json]:
    own, _, length = which.partition("/")
    return {"local": own, "address": own, "prefixlen": int(length), "family": _family(own)}


def _family(own: str) -> int:
    return FAMILIES[address.version(own)]


def _remove_address(inside: Inside, interface: str, which: str, _value: Json) -> None:
    inside.ip.addr("del", index=_index(interface), **_address(which))


def _put_neighbour(inside: Inside, interface: str, which: str, value: Json) -> None:
    inside.ip.neigh(
        "replace",
        ifindex=_index(interface),
        dst=which,
        family=_family(which),
        lladdr=_object(value)["mac"],
        state=NUD_PERMANENT,
    )


def _remove_neighbour(inside: Inside, interface: str, which: str, _value: Json) -> None:
    inside.ip.neigh("del", ifindex=_index(interface), dst=which, family=_family(which))


def _entry(interface: str, which: str) -> dict[str, Json]:
    mac, _, vlan = which.partition(" ")
    known: dict[str, Json] = {"ifindex": _index(interface), "lladdr": mac, "flags": NTF_MASTER}
    return known | ({"vlan": int(vlan)} if vlan != "0" else {})


def _put_fdb(inside: Inside, interface: str, which: str, value: Json) -> None:
    told = _object(value)
    flags = NTF_MASTER | (NTF_STICKY if told["sticky"] else 0)
    inside.ip.fdb("replace", state=told["state"], **_entry(interface, which) | {"flags": flags})


def _remove_fdb(inside: Inside, interface: str, which: str, _value: Json) -> None:
    inside.ip.fdb("del", **_entry(interface, which))


def _put_vlan(inside: Inside, interface: str, which: str, value: Json) -> None:
    flags = _object(value)["flags"]
    assert isinstance(flags, int)
    let_through(inside, _index(interface), int(which), flags)


def _remove_vlan(inside: Inside, interface: str, which: str, _value: Json) -> None:
    shut_out(inside, _index(interface), int(which))


def _put_route(inside: Inside, _table: str, _which: str, value: Json) -> None:
    """Configure a route again, onlink where its gateway is not reached without it."""
    route = _object(value)
    try:
        inside.ip.route("add", **_route(route, onlink=False))
    except NetlinkError as error:
        if error.code not in _UNREACHABLE:
            raise
        inside.ip.route("add", **_route(route, onlink=True))


def _remove_route(inside: Inside, _table: str, _which: str, value: Json) -> None:
    inside.ip.route("del", **_route(_object(value), onlink=False))


def _route(value: JsonObject, *, onlink: bool) -> dict[str, object]:
    route: dict[str, object] = {
        name: value[name] for name in ("family", "proto", "type", "scope", "table", "tos")
    }
    route["dst"] = value["destination"]
    route["flags"] = _RTNH_F_ONLINK if onlink else 0
    route |= {"priority": value["metric"]} if value["metric"] else {}
    route |= {"prefsrc": value["source"]} if value["source"] else {}
    metrics, ways = _object(value["metrics"]), value["ways"]
    route |= {"metrics": {"attrs": [*metrics.items()]}} if metrics else {}
    assert isinstance(ways, list)
    hops = [_hop(_object(way), onlink=onlink) for way in ways]
    if len(hops) > 1:
        return route | {"multipath": hops}
    return route | {name: given for name, given in hops[0].items() if name in ("oif", "gateway")}


def _hop(way: JsonObject, *, onlink: bool) -> dict[str, object]:
    hop: dict[str, object] = {"oif": _index(str(way["interface"])), "hops": way["hops"]}
    hop |= {"flags": _RTNH_F_ONLINK} if onlink and way["gateway"] else {}
    return hop | ({"gateway": way["gateway"]} if way["gateway"] else {})


Doing = Callable[[Inside, str, str, Json], None]

_PUT: Final[Mapping[str, Doing]] = {
    "mac": _put_mac,
    "worn": _put_mac,
    "bridge": _put_bridge,
    "bond": _put_bond,
    "primary": _put_primary,
    "active": _put_active,
    "master": _put_master,
    "port": _put_port,
    "vlan": _put_vlan,
    "mtu": _put_mtu,
    "queue": _put_queue,
    "group": _put_group,
    "sysctl": _put_sysctl,
    "up": _put_up,
    "address": _put_address,
    "neighbour": _put_neighbour,
    "fdb": _put_fdb,
    "route": _put_route,
}

_REMOVE: Final[Mapping[str, Doing]] = {
    "address": _remove_address,
    "neighbour": _remove_neighbour,
    "fdb": _remove_fdb,
    "vlan": _remove_vlan,
    "route": _remove_route,
}
