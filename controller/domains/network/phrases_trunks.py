"""A phrase about the other end of a trunk: whether the switch there lets a VLAN through.

Judged by the observed world, for a switch's VLANs are configuration and do not change by looking.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from controller import link_limits
from controller.domains.network.phrase import Found, Phrase, View, listed
from controller.domains.network.phrases_arranging import after, with_node, without_interface
from controller.domains.network.state import End, Link, Node, World


def _shut_out(view: View) -> Found:
    name, link = view.names["interface"], view.link("interface")
    if link is None or link.vlan is None:
        return None, f"{name} carries no VLAN"
    ends = [*_ends(view.now, link.vlan.parent)]
    if not ends:
        return None, f"nobody sees where {link.vlan.parent} leads"
    vid = link.vlan.vid
    shut = [f"{node.name} {port.name}" for node, port, _ in ends if not _passes(node, port, vid)]
    return bool(shut), f"VLAN {vid} does not pass {listed(shut)}"


def _passes(switch: Node, port: Link, vid: int) -> bool:
    bridge = None if port.master is None else switch.link(port.master)
    if bridge is None or bridge.bridge is None or not bridge.bridge.vlan_filtering:
        return True
    return any(own.vid == vid for own in port.port_vlans)


def _ends(world: World, trunk: str) -> Iterator[tuple[Node, Link, str]]:
    """The ports of switches that a trunk leads to, by itself or by its own ports."""
    ports = [port.name for port in world.subject.ports(trunk)] or [trunk]
    for name in ports:
        far = world.far_end(End(world.host, name))
        node = None if far is None else world.node(far.node)
        link = None if node is None or far is None else node.link(far.nic)
        if node is not None and link is not None and node.role == "switch" and link.master:
            yield node, link, link.master


def _shutting_out(view: View) -> World | None:
    """Every switch at the trunk's other end filters, and does not let the VLAN through."""
    begun = _with_vlan(view)
    link = None if begun is None else begun.subject.link(view.names["interface"])
    if begun is None or link is None or link.vlan is None:
        return None
    world, vid, found = begun, link.vlan.vid, False
    for node, port, master in [*_ends(begun, link.vlan.parent)]:
        found = True
        switch = world.node(node.name)
        assert switch is not None
        links = (_closed(one, port.name, master, vid) for one in switch.links)
        world = with_node(world, replace(switch, links=tuple(links)))
    return world if found else None


def _with_vlan(view: View) -> World | None:
    """The world in which the interface carries a VLAN; if need be, of a NIC that leads out."""
    name, link = view.names["interface"], view.link("interface")
    if link is not None and link.vlan is not None:
        return view.now
    world = without_interface(view.now, name)
    nics = () if world is None else world.subject.links
    for nic in nics:
        if world is not None and nic.kind == "nic" and [*_ends(world, nic.name)]:
            vid = link_limits.VLAN_ID_MAX
            return after(world, "create_vlan", vlan=name, interface=nic.name, vid=vid)
    return None


def _closed(link: Link, port: str, master: str, vid: int) -> Link:
    if link.name == master and link.bridge is not None:
        return replace(link, bridge=replace(link.bridge, vlan_filtering=True))
    if link.name == port:
        return replace(link, port_vlans=tuple(one for one in link.port_vlans if one.vid != vid))
    return link


PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase(
        "A switch does not let the VLAN of interface {interface} through",
        (
            "[any/some] switch does not let/pass vlan of <interface> [through]",
            "vlan of <interface> does not pass [any/some/every] switch",
        ),
        _shut_out,
        _shutting_out,
        some=True,
    ),
)
