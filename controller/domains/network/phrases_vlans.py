"""Phrases about VLANs, and about what else a bridge or a link is set to: frame size, STP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from controller.domains.network.phrase import Found, Phrase, View, listed, opposite
from controller.domains.network.phrases_arranging import (
    after,
    with_bridge,
    with_interface,
    with_port,
    without_interface,
)
from controller.domains.network.state import Link, PortVlan, World

_ON: Final = frozenset({"true", "on", "enabled", "1"})


def _number(view: View, slot: str) -> int | None:
    """The whole number in a slot; None if there is none, such as for an unknown VLAN."""
    told = view.names[slot]
    return int(told) if told.isdecimal() else None


# --- VLAN links -------------------------------------------------------------------------


def _carries(view: View) -> Found:
    name, link = view.names["vlan"], view.link("vlan")
    if link is None:
        return False, f"{name} does not exist"
    if link.vlan is None:
        return False, f"{name} carries no VLAN"
    found = link.vlan.parent, link.vlan.vid
    told = f"{name} carries VLAN {link.vlan.vid} of {link.vlan.parent}"
    return found == (view.names["interface"], _number(view, "vid")), told


def _carried(view: View) -> World | None:
    if _carries(view)[0]:
        return view.now
    vid, parent = _number(view, "vid"), view.names["interface"]
    world: World | None = with_interface(view.now, parent)
    taken = [] if world is None else [one.name for one in world.subject.links if _same(view, one)]
    for name in taken:
        world = world and without_interface(world, name)
    return world and after(world, "create_vlan", vlan=view.names["vlan"], interface=parent, vid=vid)


def _same(view: View, link: Link) -> bool:
    """True for what is in the way of the VLAN link: of its name, or of its VLAN."""
    if link.name == view.names["vlan"]:
        return True
    wanted = view.names["interface"], _number(view, "vid")
    return link.vlan is not None and (link.vlan.parent, link.vlan.vid) == wanted


# --- the VLANs of ports -----------------------------------------------------------------


def _in_vlan(view: View) -> tuple[PortVlan | None, str]:
    """The port's membership that is spoken of, and in words which ones there are."""
    name, link = view.names["nic"], view.link("nic")
    if link is None:
        return None, f"{name} does not exist"
    if view.names["bridge"] not in {link.master, link.name}:
        return None, f"{name} is a port of {link.master or 'no bridge'}"
    told = [f"{own.vid} {'untagged' if own.untagged else 'tagged'}" for own in link.port_vlans]
    vid = _number(view, "vid")
    own = next((one for one in link.port_vlans if one.vid == vid), None)
    return own, f"{name} carries VLANs: {listed(told)}"


def _member(*, untagged: bool | None) -> Callable[[View], Found]:
    def holds(view: View) -> Found:
        own, told = _in_vlan(view)
        return own is not None and untagged in {None, own.untagged}, told

    return holds


def _joined(*, untagged: bool) -> Callable[[View], World | None]:
    def arranged(view: View) -> World | None:
        bridge, nic, vid = view.names["bridge"], view.names["nic"], _number(view, "vid")
        world = with_bridge(view.now, bridge) if bridge == nic else None
        world = world or with_port(view.now, bridge, nic)
        told = {"bridge": bridge, "interface": nic, "vid": vid, "untagged": untagged}
        return world and after(world, "add_port_vlan", **told)

    return arranged


def _left(view: View) -> World | None:
    told = {"bridge": view.names["bridge"], "interface": view.names["nic"]}
    if _in_vlan(view)[0] is None:
        return view.now
    return after(view.now, "remove_port_vlan", **told, vid=_number(view, "vid"))


# --- settings ---------------------------------------------------------------------------


def _has_mtu(view: View) -> Found:
    name, link = view.names["interface"], view.link("interface")
    if link is None:
        return False, f"{name} does not exist"
    return link.mtu == _number(view, "mtu"), f"the MTU of {name} is {link.mtu}"


def _resized(view: View) -> World | None:
    name, mtu = view.names["interface"], _number(view, "mtu")
    return after(with_interface(view.now, name), "set_mtu", interface=name, mtu=mtu)


def _switched(view: View, setting: str) -> tuple[bool | None, str]:
    """A bridge's setting, and what it is called in words."""
    name, link = view.names["bridge"], view.link("bridge")
    if link is None or link.bridge is None:
        return None, f"there is no bridge {name}"
    return getattr(link.bridge, setting), name


def _stp(wanted: Callable[[View], bool]) -> Callable[[View], Found]:
    def holds(view: View) -> Found:
        on, name = _switched(view, "stp")
        if on is None:
            return False, name
        return on == wanted(view), f"STP of {name} is {'on' if on else 'off'}"

    return holds


def _stp_set(wanted: Callable[[View], bool]) -> Callable[[View], World | None]:
    def arranged(view: View) -> World | None:
        made = with_bridge(view.now, view.names["bridge"])
        return made and after(made, "set_stp", bridge=view.names["bridge"], on=wanted(view))

    return arranged


def _told(view: View) -> bool:
    return view.names["stp"].lower() in _ON


def _filters(view: View) -> Found:
    on, name = _switched(view, "vlan_filtering")
    if on is None:
        return False, name
    return on, f"{name} {'filters' if on else 'does not filter'} VLANs"


def _filtering(*, on: bool) -> Callable[[View], World | None]:
    def arranged(view: View) -> World | None:
        made = with_bridge(view.now, view.names["bridge"])
        return made and after(made, "set_vlan_filtering", bridge=view.names["bridge"], on=on)

    return arranged


PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase(
        "Interface {vlan} carries VLAN {vid} of {interface}",
        ("<vlan> carries <vid!> of/on <interface>", "<vlan> is <vid!> of <interface>"),
        _carries,
        _carried,
    ),
    Phrase(
        "Port {nic} of bridge {bridge} carries VLAN {vid} tagged",
        ("<nic> of <bridge> carries <vid!> tagged",),
        _member(untagged=False),
        _joined(untagged=False),
    ),
    Phrase(
        "Port {nic} of bridge {bridge} carries VLAN {vid} untagged",
        ("<nic> of <bridge> carries <vid!> untagged",),
        _member(untagged=True),
        _joined(untagged=True),
    ),
    Phrase(
        "Port {nic} of bridge {bridge} does not carry VLAN {vid}",
        ("<nic> of <bridge> does not carry <vid!>",),
        opposite(_member(untagged=None)),
        _left,
    ),
    Phrase(
        "Bridge {bridge} filters VLANs",
        ("<bridge> filters vlans",),
        _filters,
        _filtering(on=True),
    ),
    Phrase(
        "Bridge {bridge} does not filter VLANs",
        ("<bridge> does not filter vlans",),
        opposite(_filters),
        _filtering(on=False),
    ),
    Phrase(
        "The MTU of interface {interface} is {mtu}",
        ("mtu of <interface> is <mtu>", "<interface> has <mtu!>"),
        _has_mtu,
        _resized,
    ),
    Phrase(
        "STP of bridge {bridge} is on",
        ("stp of/on <bridge> is on/enabled", "<bridge> has stp [enabled]"),
        _stp(lambda _view: True),
        _stp_set(lambda _view: True),
    ),
    Phrase(
        "STP of bridge {bridge} is off",
        ("stp of/on <bridge> is off/disabled", "<bridge> has no stp"),
        _stp(lambda _view: False),
        _stp_set(lambda _view: False),
    ),
    Phrase(
        "STP of bridge {bridge} is {stp}",
        ("stp of/on <bridge> is <stp>",),
        _stp(_told),
        _stp_set(_told),
    ),
)
"""Numbers and switches may come from the contract's fields: `{vid}`, `{mtu}`, `{stp}`."""
