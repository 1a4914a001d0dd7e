"""What each mutation of the catalogue asks of Linux, inside the host's namespace.

`netlink` calls these after it has found that the operation makes sense in the world as it
was read. Where the catalogue promises no change, nothing is asked.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Final

from controller.domains.network import (
    address,
    addressing,
    change_bridging,
    change_links,
    change_vlans,
    readout,
    routing,
    wire,
)
from controller.domains.network.argument import amount, flag, text
from controller.domains.network.bond_readout import wait_for_bonds
from controller.domains.network.namespace import Inside
from controller.domains.network.readout import (
    NUD_PERMANENT,
    RTNH_F_ONLINK,
    Reading,
    wait_for_carrier,
)
from controller.domains.network.refusal import Arguments, existing
from controller.domains.network.state import Route

_RTPROT_STATIC: Final = 4
_RT_SCOPE_UNIVERSE: Final = 0
_RT_SCOPE_LINK: Final = 253


def _index(reading: Reading, arguments: Arguments, parameter: str = "interface") -> int:
    return reading.index[text(arguments, parameter)]


def _create_bridge(inside: Inside, _reading: Reading, arguments: Arguments) -> None:
    mac = arguments.get("mac")
    inside.ip.link(
        "add",
        ifname=text(arguments, "bridge"),
        kind="bridge",
        br_stp_state=int(flag(arguments, "stp")),
        br_mcast_snooping=int(flag(arguments, "multicast_snooping")),
        **({} if mac is None else {"address": mac}),
    )


def _delete_bridge(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    inside.ip.link("del", index=_index(reading, arguments, "bridge"))


def _attach_port(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    bridge, nic = _index(reading, arguments, "bridge"), _index(reading, arguments)
    inside.ip.link("set", index=nic, master=bridge)


def _detach_port(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    nic = existing(reading.node, text(arguments, "interface"))
    if nic.master == text(arguments, "bridge"):
        inside.ip.link("set", index=_index(reading, arguments), master=0)


def _set_link_state(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    index, up = _index(reading, arguments), flag(arguments, "up")
    inside.ip.link("set", index=index, state="up" if up else "down")
    wait_for_carrier(inside, index)
    for link in reading.node.links:
        below = link.peer if link.vlan is None else link.vlan.parent
        if below is not None and reading.index[below] == index:
            wait_for_carrier(inside, reading.index[link.name])
    if any(link.bond is not None for link in reading.node.links):
        wait_for_bonds(inside)


def _set_mac(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    link, mac = existing(reading.node, text(arguments, "interface")), text(arguments, "mac")
    if link.mac != mac or not flag(arguments, "if_different"):
        inside.ip.link("set", index=_index(reading, arguments), address=mac)


def _add_address(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    own, index = text(arguments, "address"), _index(reading, arguments)
    if own not in existing(reading.node, text(arguments, "interface")).addresses:
        inside.ip.addr("add", index=index, **addressing.of(own))
        if address.version(own) == 6:
            addressing.await_detection(inside, index, own)


def _remove_address(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    own = text(arguments, "address")
    if own in existing(reading.node, text(arguments, "interface")).addresses:
        inside.ip.addr("del", index=_index(reading, arguments), **addressing.of(own))


def _set_ageing(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    inside.ip.link(
        "set",
        index=_index(reading, arguments, "bridge"),
        kind="bridge",
        br_ageing_time=round(amount(arguments, "seconds") * 100),
    )


def _add_neighbour(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    whose = address.bare(text(arguments, "address"))
    inside.ip.neigh(
        "replace",
        ifindex=_index(reading, arguments),
        dst=whose,
        family=addressing.FAMILIES[address.version(whose)],
        lladdr=text(arguments, "mac"),
        state=NUD_PERMANENT,
    )


def _remove_neighbour(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    interface, whose = text(arguments, "interface"), address.bare(text(arguments, "address"))
    if any((n.interface, n.address) == (interface, whose) for n in reading.node.neighbours):
        family = addressing.FAMILIES[address.version(whose)]
        inside.ip.neigh("del", ifindex=_index(reading, arguments), dst=whose, family=family)


def _add_route(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    wanted = routing.wanted(arguments)
    if not routing.present(reading.node.routes, wanted):
        add_route(inside, wanted, _index(reading, arguments))


def add_route(inside: Inside, route: Route, index: int) -> None:
    """Configure a route over the interface with that index."""
    parts = {"gateway": route.gateway, "prefsrc": route.source, "priority": route.metric or None}
    inside.ip.route(
        "add",
        dst=route.destination,
        family=addressing.FAMILIES[address.version(route.destination)],
        oif=index,
        proto=_RTPROT_STATIC,
        scope=_RT_SCOPE_UNIVERSE if route.gateway else _RT_SCOPE_LINK,
        flags=RTNH_F_ONLINK if route.onlink and route.gateway else 0,
        **{name: value for name, value in parts.items() if value is not None},
    )


def _remove_route(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    names = {index: name for name, index in reading.index.items()}
    meant = routing.meant(reading.node.routes, arguments)
    for message in readout.configured(readout.Tables(inside).routes):
        way = readout.route(message, names)
        if way in meant:
            inside.ip.route(
                "del",
                dst=way.destination,
                family=message["family"],
                oif=_index(reading, arguments),
                proto=message["proto"],
                scope=message["scope"],
                **({"gateway": way.gateway} if way.gateway else {}),
                **({"priority": way.metric} if way.metric else {}),
            )


def _send_gratuitous_arp(_inside: Inside, reading: Reading, arguments: Arguments) -> None:
    link, own = existing(reading.node, text(arguments, "interface")), text(arguments, "address")
    if address.version(own) == 4:
        _send(link.name, wire.gratuitous_arp(link.mac, address.bare(own)))


def _send_unsolicited_na(_inside: Inside, reading: Reading, arguments: Arguments) -> None:
    link, own = existing(reading.node, text(arguments, "interface")), text(arguments, "address")
    if address.version(own) == 6:
        _send(link.name, wire.unsolicited_na(link.mac, address.bare(own)))


def _send(interface: str, frame: bytes) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((interface, 0))
        raw.send(frame)


CHANGES: Final[Mapping[str, Callable[[Inside, Reading, Arguments], None]]] = {
    "create_bridge": _create_bridge,
    "delete_bridge": _delete_bridge,
    "attach_port": _attach_port,
    "detach_port": _detach_port,
    "set_link_state": _set_link_state,
    "set_mac": _set_mac,
    "add_address": _add_address,
    "remove_address": _remove_address,
    "set_ageing": _set_ageing,
    "add_neighbour": _add_neighbour,
    "remove_neighbour": _remove_neighbour,
    "add_route": _add_route,
    "remove_route": _remove_route,
    "send_gratuitous_arp": _send_gratuitous_arp,
    "send_unsolicited_na": _send_unsolicited_na,
    **change_links.CHANGES,
    **change_bridging.CHANGES,
    **change_vlans.CHANGES,
}
