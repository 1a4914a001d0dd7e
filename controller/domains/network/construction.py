"""What the lab does inside each namespace to make a node exist as a world describes it.

`lab.materialise` calls these in this order: quieten, plug or make_tap, build, settle, teach.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from controller import limits
from controller.domains.network import address, addressing
from controller.domains.network.bond_readout import MODES, wait_for_bonds
from controller.domains.network.change import add_route
from controller.domains.network.change_links import set_active_port
from controller.domains.network.change_vlans import let_through, shut_out
from controller.domains.network.namespace import Inside, Namespace
from controller.domains.network.readout import (
    NTF_MASTER,
    NTF_STICKY,
    NUD_NOARP,
    NUD_PERMANENT,
    wait_for_carrier,
)
from controller.domains.network.state import (
    Cable,
    End,
    FdbEntry,
    Link,
    Node,
    VlanSettings,
    World,
    joining,
)
from controller.domains.network.vlan_flags import flags_of

_SYSCTL: Final = Path("/proc/sys/net")
_NUD_REACHABLE: Final = 0x02

_QUIET: Final = {
    "ipv6/conf/{where}/addr_gen_mode": 1,  # no addresses of links: no router solicitations
    "ipv6/conf/{where}/accept_ra": 0,
    "ipv6/conf/{where}/accept_dad": 0,
    "ipv6/conf/{where}/dad_transmits": 0,
    "ipv6/conf/{where}/ndisc_notify": 0,
    "ipv6/conf/{where}/keep_addr_on_down": 0,
    "ipv4/conf/{where}/arp_ignore": 1,  # an idle NIC does not answer for the bridge
    "ipv4/conf/{where}/arp_announce": 2,
    "ipv4/conf/{where}/arp_notify": 0,
    "ipv4/conf/{where}/rp_filter": 1,
    "ipv4/conf/{where}/promote_secondaries": 0,
}
_PATIENT: Final = {
    "base_reachable_time_ms": limits.LAB_NEIGHBOUR_MILLISECONDS,
    "delay_first_probe_time": limits.LAB_NEIGHBOUR_MILLISECONDS // 1000,
    "gc_stale_time": limits.LAB_NEIGHBOUR_MILLISECONDS // 1000,
}


def quieten(inside: Inside) -> None:
    """Let a new namespace say nothing of its own accord, and answer only for what it has."""
    for pattern, value in _QUIET.items():
        for where in ("all", "default"):
            _write(pattern.format(where=where), value)
    inside.ip.link("set", index=socket.if_nametoindex("lo"), state="up")


def plug(world: World, cable: Cable, spaces: Mapping[str, Namespace]) -> None:
    """Make the two NICs of a cable, down, each in its namespace."""
    a, b = _nic(world, cable.a), _nic(world, cable.b)
    door = os.open(spaces[cable.b.node].path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        spaces[cable.a.node].run(
            lambda inside: inside.ip.link(
                "add", kind="veth", **_identity(a), peer=_identity(b) | {"net_ns_fd": door}
            )
        )
    finally:
        os.close(door)


def make_tap(link: Link, inside: Inside) -> None:
    """Make a NIC without a cable: a tap that nobody holds has no carrier."""
    inside.ip.link("add", ifname=link.name, kind="tuntap", mode="tap")
    index = socket.if_nametoindex(link.name)
    inside.ip.link("set", index=index, address=link.mac, mtu=link.mtu)


def build(node: Node, inside: Inside) -> None:
    """Make a node's bridges, connect its ports, bring up what is up, give it its addresses."""
    for link in node.links:
        if link.bridge is not None:
            inside.ip.link("add", ifname=link.name, kind="bridge", **_bridge(link))
        elif link.peer is not None:
            _make_veth(node, link, inside)
        elif link.kind in _MADE:
            inside.ip.link("add", ifname=link.name, kind=link.kind, **_MADE[link.kind](link))
    _join(node, inside)
    for link in node.links:
        if link.vlan is not None:
            _make_vlan(inside, link, link.vlan)
    for link in sorted(node.links, key=lambda link: link.vlan is not None):
        index = socket.if_nametoindex(link.name)
        _write_neighbour_sysctls(link.name)
        if link.master is not None and not _is_in_bond(node, link):
            inside.ip.link("set", index=index, master=socket.if_nametoindex(link.master))
            inside.ip.brport("set", index=index, isolated=int(link.isolated))
        _let_through(node, link, inside)
        for own in link.addresses:
            inside.ip.addr("add", index=index, **addressing.of(own))
        if link.up or link.vlan is not None or _is_in_bond(node, link):
            inside.ip.link("set", index=index, state="up" if link.up else "down")
    for link in node.links:
        if link.vlan is not None or (link.bridge is not None and link.bridge.mtu_pinned):
            inside.ip.link("set", index=socket.if_nametoindex(link.name), mtu=link.mtu)


def _make_veth(node: Node, link: Link, inside: Inside) -> None:
    """Make both ends of a veth once."""
    other = next(one for one in node.links if one.name == link.peer)
    if link.name < other.name:
        inside.ip.link("add", kind="veth", **_identity(link), peer=_identity(other))


def _make_vlan(inside: Inside, link: Link, vlan: VlanSettings) -> None:
    own = {"address": link.mac} if vlan.mac_pinned else {}
    lies = socket.if_nametoindex(vlan.parent)
    inside.ip.link("add", ifname=link.name, kind="vlan", link=lies, vlan_id=vlan.vid, **own)


def _let_through(node: Node, link: Link, inside: Inside) -> None:
    """Give a port, or a bridge itself, its VLANs, in place of those that all begin with."""
    bridge = link if link.master is None else node.link(link.master)
    if bridge is None or bridge.bridge is None:
        return
    index, wanted = socket.if_nametoindex(link.name), {own.vid: own for own in link.port_vlans}
    begun = bridge.bridge.default_pvid
    if begun and begun not in wanted:
        shut_out(inside, index, begun)
    for own in wanted.values():
        let_through(inside, index, own.vid, flags_of(own))


def _is_in_bond(node: Node, link: Link) -> bool:
    master = None if link.master is None else node.link(link.master)
    return master is not None and master.bond is not None


def _join(node: Node, inside: Inside) -> None:
    """Let ports join their bonds, while all of them are down: a joined one has the bond's MAC."""
    for link in node.links:
        for port in () if link.bond is None else joining(node, link):
            index = socket.if_nametoindex(port.name)
            inside.ip.link("set", index=index, master=socket.if_nametoindex(link.name))
        if link.bond is not None and node.ports(link.name):
            index = socket.if_nametoindex(link.name)
            (message,) = inside.ip.get_links(index)
            if message.get_attr("IFLA_ADDRESS") != link.mac:
                inside.ip.link("set", index=index, address=link.mac)


def settle(node: Node, inside: Inside) -> None:
    """Wait until every interface knows its carrier: the far ends are up now."""
    for link in node.links:
        wait_for_carrier(inside, socket.if_nametoindex(link.name))
    wait_for_bonds(inside)
    for link in node.links:
        if link.bond is not None and link.bond.active is not None:
            bond, port = (socket.if_nametoindex(n) for n in (link.name, link.bond.active))
            set_active_port(inside, bond, port)


def teach(node: Node, inside: Inside) -> None:
    """Put neighbours, routes and what bridges have learned into the kernel's tables."""
    for known in node.neighbours:
        inside.ip.neigh(
            "replace",
            ifindex=socket.if_nametoindex(known.interface),
            dst=known.address,
            family=addressing.FAMILIES[address.version(known.address)],
            lladdr=known.mac,
            state=NUD_PERMANENT if known.permanent else _NUD_REACHABLE,
        )
    for route in sorted(node.routes, key=lambda route: route.gateway is not None):
        add_route(inside, route, socket.if_nametoindex(route.interface))
    for entry in node.fdb:
        _learn(node, entry, inside)


def _learn(node: Node, entry: FdbEntry, inside: Inside) -> None:
    """Without a VLAN, Linux puts an entry into every VLAN of the port: those go again."""
    port = socket.if_nametoindex(entry.port)
    told = {"ifindex": port, "lladdr": entry.mac}
    inside.ip.fdb(
        "replace",
        flags=NTF_MASTER | (NTF_STICKY if entry.static else 0),
        state=NUD_NOARP if entry.static else _NUD_REACHABLE,
        **told,
        **({"vlan": entry.vlan} if entry.vlan else {}),
    )
    link = node.link(entry.port)
    for own in link.port_vlans if link is not None and not entry.vlan else ():
        if replace(entry, vlan=own.vid) not in node.fdb:
            inside.ip.fdb("del", flags=NTF_MASTER, vlan=own.vid, **told)


def uncabled(world: World) -> Iterator[tuple[str, Link]]:
    """(node, NIC) of every NIC that no cable of the world is plugged into."""
    plugged = {end for cable in world.cables for end in (cable.a, cable.b)}
    for node in world.nodes:
        for link in node.links:
            if link.kind == "nic" and End(node.name, link.name) not in plugged:
                yield node.name, link


def _nic(world: World, end: End) -> Link:
    node = world.node(end.node)
    link = None if node is None else node.link(end.nic)
    if link is None:
        raise ValueError(f"a cable ends in {end.nic} of {end.node}, which is not there")
    return link


def _identity(link: Link) -> dict[str, object]:
    own = link.mac if link.bond_port is None else link.bond_port.mac
    return {"ifname": link.name, "address": own, "mtu": link.mtu}


def _bridge(link: Link) -> dict[str, object]:
    assert link.bridge is not None
    made: dict[str, object] = {
        "br_ageing_time": round(link.bridge.ageing_s * 100),
        "br_stp_state": int(link.bridge.stp),
        "br_mcast_snooping": int(link.bridge.multicast_snooping),
        "br_vlan_default_pvid": link.bridge.default_pvid,
    }
    made |= {"br_vlan_filtering": 1} if link.bridge.vlan_filtering else {}
    return made | ({"address": link.mac} if link.bridge.mac_pinned else {})


def _bond(link: Link) -> dict[str, object]:
    assert link.bond is not None
    made = {"bond_mode": MODES.index(link.bond.mode), "bond_miimon": link.bond.miimon_ms}
    return made | ({"address": link.mac} if link.bond.mac_pinned else {})


def _dummy(link: Link) -> dict[str, object]:
    own = link.mac if link.bond_port is None else link.bond_port.mac
    return {"address": own, "mtu": link.mtu}


_MADE: Final[Mapping[str, Callable[[Link], dict[str, object]]]] = {"bond": _bond, "dummy": _dummy}
"""Kind → with which settings one is made, for those that software makes on its own."""


def _write_neighbour_sysctls(name: str) -> None:
    for key, value in _PATIENT.items():
        for family in ("ipv4", "ipv6"):
            _write(f"{family}/neigh/{name}/{key}", value)


def _write(key: str, value: int) -> None:
    path = _SYSCTL / key
    if path.exists():
        path.write_text(f"{value}\n")
