"""What Linux says about one namespace, read over netlink into a `Node`.

`netlink` reads its host and vantages with it. Left out: loopback, interfaces that are not
Ethernet, entries that the kernel made for itself.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from controller import limits, link_limits
from controller.domains.network import address, dumping
from controller.domains.network.bond_readout import attributes, bond_port, bond_settings
from controller.domains.network.message import Message
from controller.domains.network.namespace import Inside
from controller.domains.network.state import (
    BridgeSettings,
    FdbEntry,
    Kind,
    Link,
    Neighbour,
    Node,
    PortVlan,
    Role,
    Route,
    lowest_mtu,
)
from controller.domains.network.vlan_readout import port_vlans, vlan_settings

_IFF_UP: Final = 0x1
_IFF_LOOPBACK: Final = 0x8
_IFF_LOWER_UP: Final = 0x10000
_ARPHRD_ETHER: Final = 1
_NUD_UNUSABLE: Final = 0x01 | 0x20 | 0x40
"""Incomplete, failed, or an address that needs no neighbour (linux/neighbour.h)."""
NUD_PERMANENT: Final = 0x80
NUD_NOARP: Final = 0x40
NTF_MASTER: Final = 0x04
NTF_STICKY: Final = 0x40
"""An entry of the bridge's table, not of its port's own list; one that does not move."""
_RT_TABLE_MAIN: Final = 254
_FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6})
BY_ITSELF: Final = frozenset({1, 2, 9})
"""Routes of protocols redirect, kernel and ra (linux/rtnetlink.h): nobody configured them."""
IFA_PERMANENT: Final = 0x80
"""An IPv6 address without an end, which no router gave (linux/if_addr.h)."""
_RTN_UNICAST: Final = 1
RTNH_F_ONLINK: Final = 4
_NET_ADDR_SET: Final = b"3"
_MASTERS: Final = frozenset({"bridge", "bond"})
_MADE: Final[Mapping[str, Kind]] = {"bridge": "bridge", "bond": "bond", "dummy": "dummy"}
"""Linux's kinds that software makes and that are told apart here; any other link is a NIC."""
_CENTISECONDS: Final = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """A node, and the numbers by which the kernel knows its interfaces.

    `peers` tells for each veth that stands for a NIC the id of its peer's namespace (None: this
    one) and index.
    """

    node: Node
    index: Mapping[str, int]
    peers: Mapping[str, tuple[int | None, int]]

    def name(self, index: int) -> str | None:
        """The interface with that index."""
        return next((name for name, number in self.index.items() if number == index), None)


class Tables:
    """Linux's tables of one namespace at one moment, each dumped when it is first asked for."""

    def __init__(self, inside: Inside) -> None:
        self._dumper = inside.dumper

    @cached_property
    def links(self) -> list[Message]:
        """Interfaces, without their counters."""
        return self._dumper.rows(dumping.LINKS)

    @cached_property
    def addresses(self) -> list[Message]:
        """IPv4 and IPv6."""
        return self._dumper.rows(dumping.ADDRESSES)

    @cached_property
    def neighbours(self) -> list[Message]:
        """IPv4 and IPv6."""
        return self._dumper.rows(dumping.NEIGHBOURS)

    @cached_property
    def routes(self) -> list[Message]:
        """IPv4 and IPv6, all tables."""
        found = self._dumper.rows(dumping.ROUTES)
        return [message for message in found if message["family"] in _FAMILIES]

    @cached_property
    def fdb(self) -> list[Message]:
        """The forwarding tables of all bridges."""
        return self._dumper.rows(dumping.FDB)

    @cached_property
    def vlans(self) -> list[Message]:
        """The VLANs of bridges and ports; none where the kernel's bridges know none."""
        bridges = (info(m, "IFLA_INFO_DATA") for m in self.links if kind(m) == "bridge")
        if all(data.get_attr("IFLA_BR_VLAN_DEFAULT_PVID") is None for data in bridges):
            return []
        return self._dumper.rows(dumping.VLANS)


def read(
    inside: Inside, name: str, role: Role, tables: Tables | None = None, *, learned: bool = True
) -> Reading:
    """Everything about this namespace, as the node `name`; not what it learned, if so asked."""
    tables = tables or Tables(inside)
    links = {
        message["index"]: message
        for message in tables.links
        if not message["flags"] & _IFF_LOOPBACK and message["ifi_type"] == _ARPHRD_ETHER
    }
    names = {index: str(message.get_attr("IFLA_IFNAME")) for index, message in links.items()}
    told: dict[int, list[Message]] = {}
    for message in tables.addresses:
        told.setdefault(message["index"], []).append(message)
    members = port_vlans(tables.vlans)
    node = Node(
        name,
        role,
        tuple(
            _link(inside, links, names, told.get(index, ()), members.get(index, ()), index)
            for index in links
        ),
        tuple(_neighbours(tables.neighbours, names)),
        tuple(fdb_entries(tables.fdb, names)) if learned else (),
        tuple(
            way
            for message in configured(tables.routes)
            if (way := route(message, names)) is not None
        ),
    )
    apart = {i: m for i, m in links.items() if local_peer(m, links) is None}
    peers = {names[i]: found for i, m in apart.items() if (found := _peer(m)) is not None}
    return Reading(node, {name: index for index, name in names.items()}, peers)


def wait_for_carrier(inside: Inside, index: int) -> None:
    """Wait until the kernel has told everybody about an interface's carrier, but not for long.

    A bridge forwards on a port only then (net/core/link_watch.c).
    """
    deadline = time.monotonic() + limits.LINK_SETTLE_SECONDS
    while time.monotonic() < deadline:
        message = inside.dumper.link(index)
        carrier = bool(message["flags"] & _IFF_LOWER_UP)
        if carrier == (message.get_attr("IFLA_OPERSTATE") in {"UP", "UNKNOWN", "DORMANT"}):
            return
        time.sleep(0.002)


_PORT_STATES: Final = ("disabled", "listening", "learning", "forwarding", "blocking")
"""By their numbers in linux/if_bridge.h, BR_STATE_*."""
_WAITING: Final = (1, 2)


def port_states(inside: Inside, ports: Iterable[int]) -> list[str]:
    """What their bridges let these interfaces do, each a port."""
    messages = [inside.dumper.link(index) for index in ports]
    return [
        _PORT_STATES[info(message, "IFLA_INFO_SLAVE_DATA").get_attr("IFLA_BRPORT_STATE")]
        for message in messages
    ]


def _link(
    inside: Inside,
    links: Mapping[int, Message],
    names: Mapping[int, str],
    told: Sequence[Message],
    members: tuple[PortVlan, ...],
    index: int,
) -> Link:
    message = links[index]
    up = bool(message["flags"] & _IFF_UP)
    is_bridge = kind(message) == "bridge"
    made = _MADE.get(kind(message) or "", "nic")
    peer = local_peer(message, links)
    made = made if peer is None else "veth"
    settable = made == "bond" or kind(message) == "vlan"
    pinned = settable and is_pinned(inside, links, index, names[index])
    vlan = vlan_settings(message, names, mac_pinned=pinned)
    master = message.get_attr("IFLA_MASTER")
    port = attributes(message, "IFLA_INFO_SLAVE_DATA", "bridge")
    return Link(
        names[index],
        made if vlan is None else "vlan",
        str(message.get_attr("IFLA_ADDRESS")),
        up,
        names[master] if master in links and kind(links[master]) in _MASTERS else None,
        address.in_order(_cidr(one) for one in told if not _is_derived(one)),
        int(message.get_attr("IFLA_MTU")),
        carrier=up and not is_bridge and bool(message["flags"] & _IFF_LOWER_UP),
        isolated=bool(port is not None and port.get_attr("IFLA_BRPORT_ISOLATED")),
        waiting=port is not None and port.get_attr("IFLA_BRPORT_STATE") in _WAITING,
        bridge=_settings(inside, links, index, names) if is_bridge else None,
        mtu_max=message.get_attr("IFLA_MAX_MTU") or link_limits.MTU_MAX,
        bond=bond_settings(inside, message, names, mac_pinned=pinned),
        bond_port=bond_port(message),
        permanent_mac=permanent_mac(message),
        vlan=vlan,
        port_vlans=members,
        derived=tuple(sorted(_cidr(one) for one in told if _is_derived(one))),
        peer=None if peer is None else names[peer],
    )


def _settings(
    inside: Inside, links: Mapping[int, Message], index: int, names: Mapping[int, str]
) -> BridgeSettings:
    data = info(links[index], "IFLA_INFO_DATA")
    return BridgeSettings(
        mac_pinned=is_pinned(inside, links, index, names[index]),
        ageing_s=data.get_attr("IFLA_BR_AGEING_TIME") / _CENTISECONDS,
        stp=bool(data.get_attr("IFLA_BR_STP_STATE")),
        multicast_snooping=bool(data.get_attr("IFLA_BR_MCAST_SNOOPING")),
        mtu_pinned=links[index].get_attr("IFLA_MTU") != ports_mtu(links, index),
        vlan_filtering=bool(data.get_attr("IFLA_BR_VLAN_FILTERING")),
        default_pvid=int(data.get_attr("IFLA_BR_VLAN_DEFAULT_PVID") or 0),
    )


def is_pinned(inside: Inside, links: Mapping[int, Message], index: int, name: str) -> bool:
    """Whether somebody has set the MAC, which only sysfs tells; without it, a good guess."""
    if inside.sysfs is not None:
        found = os.open(f"class/net/{name}/addr_assign_type", os.O_RDONLY, dir_fd=inside.sysfs)
        try:
            return os.read(found, 8).strip() == _NET_ADDR_SET
        finally:
            os.close(found)
    mac, lies = (links[index].get_attr(attr) for attr in ("IFLA_ADDRESS", "IFLA_LINK"))
    if kind(links[index]) == "vlan":
        return lies not in links or bool(links[lies].get_attr("IFLA_ADDRESS") != mac)
    ports = (m for m in links.values() if m.get_attr("IFLA_MASTER") == index)
    return bool(min((port.get_attr("IFLA_ADDRESS") for port in ports), default=None) != mac)


def permanent_mac(message: Message) -> str | None:
    """The MAC that a NIC was built with; None where Linux does not know."""
    found = message.get_attr("IFLA_PERM_ADDRESS")
    return None if found is None else str(found)


def ports_mtu(links: Mapping[int, Message], index: int) -> int:
    """The MTU that a bridge has if nobody has set one."""
    ports = (m for m in links.values() if m.get_attr("IFLA_MASTER") == index)
    return lowest_mtu(int(m.get_attr("IFLA_MTU")) for m in ports)


def kind(message: Message) -> str | None:
    """What sort of interface it is, such as `bridge`; None for a physical one."""
    info = message.get_attr("IFLA_LINKINFO")
    return None if info is None else info.get_attr("IFLA_INFO_KIND")


def info(message: Message, part: str) -> Any:
    """A part of the link's information; None where it has none."""
    info = message.get_attr("IFLA_LINKINFO")
    return None if info is None else info.get_attr(part)


def _peer(message: Message) -> tuple[int | None, int] | None:
    index = message.get_attr("IFLA_LINK")
    if kind(message) != "veth" or not index:
        return None
    return message.get_attr("IFLA_LINK_NETNSID"), index


def local_peer(message: Message, links: Collection[int]) -> int | None:
    """The index of a veth's other end, if that is among these interfaces of the same namespace."""
    found = _peer(message)
    return found[1] if found is not None and found[0] is None and found[1] in links else None


def _cidr(message: Message) -> str:
    own = message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS")
    return f"{own}/{message['prefixlen']}"


def _is_derived(message: Message) -> bool:
    """True for an IPv6 address of the link, and for one that a router gave."""
    if message["family"] != socket.AF_INET6:
        return False
    flags = message.get_attr("IFA_FLAGS") or message["flags"]
    return not flags & IFA_PERMANENT or address.is_link_local(message.get_attr("IFA_ADDRESS"))


def configured(messages: Iterable[Message]) -> list[Message]:
    """The main table's routes that somebody configured: one way each, not the kernel's own."""
    return [
        message
        for message in messages
        if message["table"] == _RT_TABLE_MAIN
        and message["proto"] not in BY_ITSELF
        and message["type"] == _RTN_UNICAST
        and message.get_attr("RTA_OIF")
    ]


def route(message: Message, names: Mapping[int, str]) -> Route | None:
    """A route as a value; None if it leads over an interface that is left out."""
    name = names.get(message.get_attr("RTA_OIF"))
    if name is None:
        return None
    anywhere = "::" if message["family"] == socket.AF_INET6 else "0.0.0.0"
    return Route(
        name,
        f"{message.get_attr('RTA_DST') or anywhere}/{message['dst_len']}",
        message.get_attr("RTA_GATEWAY"),
        message.get_attr("RTA_PRIORITY") or 0,
        message.get_attr("RTA_PREFSRC"),
        bool(message["flags"] & RTNH_F_ONLINK),
    )


def _neighbours(messages: Iterable[Message], names: Mapping[int, str]) -> Iterable[Neighbour]:
    for message in messages:
        mac = message.get_attr("NDA_LLADDR")
        if message["state"] & _NUD_UNUSABLE or mac is None or message["ifindex"] not in names:
            continue
        permanent = bool(message["state"] & NUD_PERMANENT)
        whose = str(message.get_attr("NDA_DST"))
        yield Neighbour(names[message["ifindex"]], whose, str(mac), permanent)


def fdb_entries(messages: Iterable[Message], names: Mapping[int, str]) -> list[FdbEntry]:
    """What bridges have learned or were told, without their own addresses."""
    found = {
        FdbEntry(
            names[message.get_attr("NDA_MASTER")],
            str(message.get_attr("NDA_LLADDR")),
            names[message["ifindex"]],
            bool(message["state"] & NUD_NOARP),
            message.get_attr("NDA_VLAN") or 0,
        )
        for message in messages
        if is_learned(message) and message.get_attr("NDA_MASTER") in names
        if message["ifindex"] in names
    }
    return sorted(found, key=lambda entry: (entry.bridge, entry.mac, entry.port, entry.vlan))


def is_learned(message: Message) -> bool:
    """True for an entry of a bridge's table that is not one of its own addresses."""
    return not message["state"] & NUD_PERMANENT and message.get_attr("NDA_LLADDR") is not None
