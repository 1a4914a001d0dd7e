"""What a network refuses, and why, in words that a person and a mutation engine can use.

Both kernels ask here first, so that they refuse the same and say the same. The rules are
Linux's, stricter where Linux would do more than was asked: it would take a port away from
another bridge, and it would announce an address that the host does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from controller import link_limits
from controller.domains.network import address, profile, routing
from controller.domains.network.argument import check, flag, text, whole
from controller.domains.network.operation import CATALOGUE
from controller.domains.network.state import PORT_KINDS, Link, Node, beneath, lies_on
from controller.domains.world import Json, Operation

Arguments = Mapping[str, Json]

_WHAT: Final = {"bridge": "bridge", "bond": "bond", "nic": "NIC"}
"""Kinds of parameters that only some interfaces fit, and what these are called."""

NEEDS: Final[Mapping[str, str]] = {
    "create_bond": "bond",
    "create_dummy": "dummy",
    "create_vlan": "vlan",
    "set_vlan_filtering": "vlan_filtering",
    "add_port_vlan": "vlan_filtering",
    "remove_port_vlan": "vlan_filtering",
}
"""Operation → what a kernel must be able to make for it (`Node.lacks`)."""

WITHOUT: Final[Mapping[str, str]] = {
    "bond": "this host's kernel has no bonds",
    "dummy": "this host's kernel has no dummy interfaces",
    "vlan": "this host's kernel has no VLAN interfaces",
    "vlan_filtering": "this host's kernel has no bridges that filter VLANs",
}
"""What a host says that lacks a kind."""


def refusal(host: Node, vantages: Collection[str], operation: Operation) -> str | None:
    """Why `host`, as it is now, refuses an operation, in one line; None if it does not."""
    wrong = check(operation)
    if wrong is not None:
        return wrong
    needed = NEEDS.get(operation.name)
    if needed is not None and needed in host.lacks:
        return WITHOUT[needed]
    for parameter in CATALOGUE[operation.name].parameters:
        value = operation.arguments.get(parameter.name)
        if isinstance(value, str):
            wrong = _missing(host, vantages, parameter.kind, value)
            if wrong is not None:
                return wrong
    rule = _RULES.get(operation.name)
    return None if rule is None else rule(host, operation.arguments)


def _missing(host: Node, vantages: Collection[str], kind: str, value: str) -> str | None:
    if kind == "vantage":
        return None if value in vantages else f"there is no vantage {value}"
    if kind != "interface" and kind not in _WHAT:
        return None
    link = host.link(value)
    if link is None:
        return f"there is no interface {value}"
    if kind in {"interface", link.kind} or (kind == "nic" and link.kind in PORT_KINDS):
        return None
    return f"{value} is not a {_WHAT[kind]}"


def _create_bridge(host: Node, arguments: Arguments) -> str | None:
    return _taken(host, text(arguments, "bridge"))


def _taken(host: Node, name: str) -> str | None:
    return None if host.link(name) is None else f"interface {name} exists already"


def _attach_port(host: Node, arguments: Arguments) -> str | None:
    nic = existing(host, text(arguments, "interface"))
    bridge = text(arguments, "bridge")
    if nic.master not in {None, bridge}:
        return f"{nic.name} is a port of {nic.master}"
    if lies_on(host, nic, bridge):
        return f"{nic.name} lies on {bridge}"
    return None if nic.master == bridge else _circle(host, nic, bridge)


def _create_bond(host: Node, arguments: Arguments) -> str | None:
    return _taken(host, text(arguments, "bond"))


def _create_dummy(host: Node, arguments: Arguments) -> str | None:
    return _taken(host, text(arguments, "dummy"))


def _create_veth(host: Node, arguments: Arguments) -> str | None:
    ends = [text(arguments, which) for which in ("veth", "peer")]
    if ends[0] == ends[1]:
        return f"the two ends cannot both be called {ends[0]}"
    return next((taken for end in ends if (taken := _taken(host, end))), None)


def _circle(host: Node, port: Link, master: str) -> str | None:
    """Why frames would go round once an interface is a port of a master, in one line."""
    top = existing(host, master)
    while top.master is not None:
        top = existing(host, top.master)
    there, more = beneath(host, top), beneath(host, port)
    for link in host.links:
        if link.name in more and link.peer in there:
            return (
                f"frames would go round: {link.name} leads to {link.peer}, which is in {top.name}"
            )
    return None


def _add_bond_port(host: Node, arguments: Arguments) -> str | None:
    port, bond = existing(host, text(arguments, "interface")), text(arguments, "bond")
    if port.master == bond:
        return None
    if port.bond is not None or port.vlan is not None:
        return f"{port.name} is a {'bond' if port.vlan is None else 'VLAN'}"
    if port.master is not None:
        return f"{port.name} is a port of {port.master}"
    if port.up:
        return f"{port.name} is up: only what is down can become a bond's port"
    return _too_large(existing(host, bond).mtu, port) or _circle(host, port, bond)


def _set_active_port(host: Node, arguments: Arguments) -> str | None:
    bond, port = (existing(host, text(arguments, which)) for which in ("bond", "interface"))
    settings, joined = bond.bond, port.bond_port
    assert settings is not None
    if port.master != bond.name or joined is None:
        return f"{port.name} is not a port of {bond.name}"
    if settings.mode != "active-backup":
        return f"{bond.name} has no active port: its mode is {settings.mode}"
    if settings.active == port.name:
        return None
    if settings.active is None or not (joined.linked and port.carrier):
        return f"{port.name} has no carrier that {bond.name} has seen"
    return None


def _delete_interface(host: Node, arguments: Arguments) -> str | None:
    link = existing(host, text(arguments, "interface"))
    if link.kind == "bridge":
        return f"{link.name} is a bridge: delete_bridge removes it"
    return f"{link.name} is a NIC: no software can remove it" if link.kind == "nic" else None


def _announcing(host: Node, arguments: Arguments) -> str | None:
    link = existing(host, text(arguments, "interface"))
    announced = address.bare(text(arguments, "address"))
    if not link.up:
        return f"{link.name} is down"
    if announced not in {address.bare(own) for own in link.addresses}:
        return f"{link.name} does not have the address {announced}"
    return None


def _add_address(host: Node, arguments: Arguments) -> str | None:
    link, own = existing(host, text(arguments, "interface")), text(arguments, "address")
    if address.version(own) == 4 or own in link.addresses:
        return None
    same = (one for one in link.addresses if address.bare(one) == address.bare(own))
    return next((f"{link.name} has it as {one} already" for one in same), _small(link))


def _add_neighbour(host: Node, arguments: Arguments) -> str | None:
    link = existing(host, text(arguments, "interface"))
    return _small(link) if address.version(text(arguments, "address")) == 6 else None


def _small(link: Link) -> str | None:
    """Why an interface cannot have IPv6, in one line."""
    if link.mtu >= link_limits.MTU_MIN_IPV6:
        return None
    least = link_limits.MTU_MIN_IPV6
    return f"{link.name} has an MTU of {link.mtu}: IPv6 takes {least} bytes at least"


def _add_route(host: Node, arguments: Arguments) -> str | None:
    link = existing(host, text(arguments, "interface"))
    if address.version(text(arguments, "destination")) == 6 and link.up and _small(link):
        return _small(link)
    return routing.objection(host, link, routing.wanted(arguments))


def _write_profile(host: Node, arguments: Arguments) -> str | None:
    name = text(arguments, "profile")
    former = profile.found(host.profiles, name)
    wanted = profile.wanted(arguments, former)
    return _several(host, name) or profile.objection(wanted, former)


def _delete_profile(host: Node, arguments: Arguments) -> str | None:
    name, interface = text(arguments, "profile"), text(arguments, "interface")
    former = profile.found(host.profiles, name)
    if former is None:
        return f"there is no profile {name}"
    if former.interface != interface:
        return f"profile {name} is of interface {former.interface or 'whichever fits'}"
    return _several(host, name)


def _several(host: Node, name: str) -> str | None:
    same = sum(one.id == name for one in host.profiles)
    return f"{same} profiles are called {name}" if same > 1 else None


def _set_mtu(host: Node, arguments: Arguments) -> str | None:
    link, mtu = existing(host, text(arguments, "interface")), whole(arguments, "mtu")
    parent = None if link.vlan is None else existing(host, link.vlan.parent)
    if parent is not None and mtu > parent.mtu:
        return f"{link.name} takes an MTU of {parent.mtu} at most, that of {parent.name}"
    return _too_large(mtu, link, *(host.ports(link.name) if link.bond is not None else ()))


def _too_large(mtu: int, *links: Link) -> str | None:
    """Why one of these interfaces does not take an MTU, in one line."""
    small = next((link for link in links if mtu > link.mtu_max), None)
    return None if small is None else f"{small.name} takes an MTU of {small.mtu_max} at most"


def _create_vlan(host: Node, arguments: Arguments) -> str | None:
    parent, vid = existing(host, text(arguments, "interface")), whole(arguments, "vid")
    if parent.vlan is not None:
        return f"{parent.name} is a VLAN itself"
    for link in host.links:
        if link.vlan is not None and (link.vlan.parent, link.vlan.vid) == (parent.name, vid):
            return f"{link.name} is VLAN {vid} of {parent.name} already"
    return _taken(host, text(arguments, "vlan"))


def _set_link_state(host: Node, arguments: Arguments) -> str | None:
    link = existing(host, text(arguments, "interface"))
    if link.vlan is None or link.up or not flag(arguments, "up"):
        return None
    if link.mac == address.ZERO_MAC:
        return f"{link.name} has no MAC: {link.vlan.parent} has none"
    return None if existing(host, link.vlan.parent).up else f"{link.vlan.parent} is down"


def _port_vlan(host: Node, arguments: Arguments) -> str | None:
    member, bridge = existing(host, text(arguments, "interface")), text(arguments, "bridge")
    if bridge in {member.name, member.master}:
        return None
    return f"{member.name} is no port of {bridge}"


def _fdb_entry(host: Node, arguments: Arguments) -> str | None:
    bridge = existing(host, text(arguments, "bridge"))
    port, mac = existing(host, text(arguments, "interface")), text(arguments, "mac")
    if port.master != bridge.name:
        return f"{port.name} is no port of {bridge.name}"
    own = next((one.name for one in (bridge, *host.ports(bridge.name)) if one.mac == mac), None)
    return None if own is None else f"{mac} is {own}'s own MAC"


_RULES: Final[Mapping[str, Callable[[Node, Arguments], str | None]]] = {
    "create_bridge": _create_bridge,
    "attach_port": _attach_port,
    "create_bond": _create_bond,
    "create_dummy": _create_dummy,
    "create_veth": _create_veth,
    "add_bond_port": _add_bond_port,
    "set_active_port": _set_active_port,
    "delete_interface": _delete_interface,
    "send_gratuitous_arp": _announcing,
    "send_unsolicited_na": _announcing,
    "add_address": _add_address,
    "add_neighbour": _add_neighbour,
    "add_route": _add_route,
    "write_profile": _write_profile,
    "delete_profile": _delete_profile,
    "set_mtu": _set_mtu,
    "create_vlan": _create_vlan,
    "set_link_state": _set_link_state,
    "add_port_vlan": _port_vlan,
    "remove_port_vlan": _port_vlan,
    "add_fdb_entry": _fdb_entry,
    "remove_fdb_entry": _fdb_entry,
}


def existing(host: Node, name: str) -> Link:
    """The interface of that name, which has been found to exist."""
    link = host.link(name)
    assert link is not None
    return link
