"""Phrases about bonds: that they are there, their mode, their ports, and which one they send by."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from controller.domains.network.bond_traffic import WITH_ACTIVE
from controller.domains.network.operation_links import BOND_MODES
from controller.domains.network.phrase import Found, Phrase, View, listed, opposite
from controller.domains.network.phrases_arranging import (
    after,
    with_bond,
    with_bond_port,
    with_node,
    without_interface,
    without_master,
)
from controller.domains.network.spare import free_name
from controller.domains.network.state import World


def _exists(view: View) -> Found:
    name, link = view.names["bond"], view.link("bond")
    if link is not None and link.bond is None:
        return False, f"{name} is a {'NIC' if link.kind == 'nic' else link.kind}"
    return link is not None, f"{name} {'does not exist' if link is None else 'exists'}"


def _is_port(view: View) -> Found:
    name, link = view.names["nic"], view.link("nic")
    if link is None:
        return False, f"{name} does not exist"
    joined = link.master is not None and link.bond_port is not None
    of = link.master if joined else "no bond"
    return joined and link.master == view.names["bond"], f"{name} is a port of {of}"


def _is_active(view: View) -> Found:
    name, link = view.names["bond"], view.link("bond")
    if link is None or link.bond is None:
        return False, f"there is no bond {name}"
    active = link.bond.active
    return active == view.names["nic"], f"{name} sends by {active or 'no one port'}"


def _has_mode(view: View) -> Found:
    name, link = view.names["bond"], view.link("bond")
    if link is None or link.bond is None:
        return False, f"there is no bond {name}"
    return link.bond.mode == view.names["mode"], f"the mode of {name} is {link.bond.mode}"


def _has_carrier(view: View) -> Found:
    name, link = view.names["bond"], view.link("bond")
    if link is None or link.bond is None:
        return False, f"there is no bond {name}"
    return link.carrier, f"{name} has {'a' if link.carrier else 'no'} carrier"


def _has_no_port(view: View) -> Found:
    name, link = view.names["bond"], view.link("bond")
    if link is None or link.bond is None:
        return None, f"there is no bond {name}"
    ports = [port.name for port in view.now.subject.ports(name)]
    return not ports, f"the ports of {name} are {listed(ports)}"


def _misses_carrier(view: View) -> Found:
    name, link = view.names["bond"], view.link("bond")
    if link is None or link.bond is None:
        return None, f"there is no bond {name}"
    ports = view.now.subject.ports(name)
    dark = [port.name for port in ports if port.bond_port is None or not port.bond_port.linked]
    return bool(dark), f"{listed(dark)} of {name} has no carrier"


def _portless(view: View) -> World | None:
    name = view.names["bond"]
    world = with_bond(view.now, name)
    for port in () if world is None else world.subject.ports(name):
        world = world and without_master(world, port.name)
    return world


def _one_dark(view: View) -> World | None:
    name = view.names["bond"]
    world = with_bond(view.now, name)
    if world is not None and not world.subject.ports(name):
        nic = free_name("spare", {link.name for link in world.subject.links})
        world = with_bond_port(world, name, nic)
    if world is None:
        return None
    port = world.subject.ports(name)[0].name
    return after(world, "set_link_state", interface=port, up=False)


def _joined(view: View) -> World | None:
    return with_bond_port(view.now, view.names["bond"], view.names["nic"])


def _activated(view: View) -> World | None:
    bond, nic = view.names["bond"], view.names["nic"]
    made = with_bond_port(view.now, bond, nic)
    return made and after(made, "set_active_port", bond=bond, interface=nic)


def _in_mode(view: View) -> World | None:
    """The bond in another mode: a value, for no operation changes that of one with ports."""
    name = view.names["bond"]
    mode = next((mode for mode in BOND_MODES if mode == view.names["mode"]), None)
    world = with_bond(view.now, name)
    if world is None or mode is None:
        return None
    host, link = world.subject, world.subject.link(name)
    assert link is not None
    assert link.bond is not None
    linked = [p.name for p in host.ports(name) if p.bond_port is not None and p.bond_port.linked]
    active = next(iter(linked), None) if mode in WITH_ACTIVE else None
    if link.bond.mode == mode:
        active = link.bond.active
    changed = replace(link, bond=replace(link.bond, mode=mode, active=active))
    links = tuple(changed if one.name == name else one for one in host.links)
    return with_node(world, replace(host, links=links))


def _dark(view: View) -> World | None:
    """The bond without a port that has a carrier."""
    name = view.names["bond"]
    world = with_bond(view.now, name)
    for port in () if world is None else world.subject.ports(name):
        world = world and after(world, "set_link_state", interface=port.name, up=False)
    return world


PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase(
        "Bond {bond} exists",
        ("<bond!> exists", "<bond!> is there/present"),
        _exists,
        lambda view: with_bond(view.now, view.names["bond"]),
    ),
    Phrase(
        "Bond {bond} does not exist",
        (
            "<bond!> does not exist",
            "<bond!> is missing/absent/gone",
            "<bond!> [is] not found",
            "<bond!> is not there/present",
        ),
        opposite(_exists),
        lambda view: without_interface(view.now, view.names["bond"]),
        some=True,
    ),
    Phrase(
        "Interface {nic} is a port of bond {bond}",
        (
            "<nic> is [attached] [as] [member/port] of/to <bond!>",
            "<nic> belongs to <bond!>",
            "<bond!> has [port/member] <nic>",
        ),
        _is_port,
        _joined,
    ),
    Phrase(
        "Interface {nic} is not a port of bond {bond}",
        (
            "<nic> is not/no [attached] [as] [member/port] of/to <bond!>",
            "<nic> does not belong to <bond!>",
            "<bond!> does not have [port/member] <nic>",
        ),
        opposite(_is_port),
        lambda view: without_master(view.now, view.names["nic"]),
    ),
    Phrase(
        "The active port of bond {bond} is {nic}",
        ("active port/nic/interface of <bond> is <nic>", "<bond!> sends by/over <nic>"),
        _is_active,
        _activated,
    ),
    Phrase(
        "The mode of bond {bond} is {mode}",
        ("mode of <bond> is <mode>", "<bond!> is in [mode] <mode>", "<bond!> has <mode!>"),
        _has_mode,
        _in_mode,
    ),
    Phrase(
        "Bond {bond} has no port",
        ("<bond!> has no port/member", "<bond!> does not have [any] port/member"),
        _has_no_port,
        _portless,
        some=True,
    ),
    Phrase(
        "A port of bond {bond} has no carrier",
        ("[any/some] port/member of <bond!> has no carrier",),
        _misses_carrier,
        _one_dark,
        some=True,
    ),
    Phrase("Bond {bond} has a carrier", ("<bond!> has carrier",), _has_carrier),
    Phrase(
        "Bond {bond} has no carrier",
        ("<bond!> has no carrier", "<bond!> does not have [any] carrier"),
        opposite(_has_carrier),
        _dark,
        some=True,
    ),
)
"""They come before those about interfaces, of which a bond is one."""
