"""Phrases about what the host has now: interfaces, bridges and ports, states, addresses."""

from __future__ import annotations

from typing import Final

from controller.domains.network import address
from controller.domains.network.phrase import Found, Phrase, View, listed, opposite
from controller.domains.network.phrases_arranging import (
    after,
    with_bridge,
    with_interface,
    with_port,
    without_interface,
    without_master,
)
from controller.domains.network.spare import free_name
from controller.domains.network.state import World

_GONE: Final = (
    "does not exist",
    "is missing/absent/gone",
    "[is] not found",
    "is not there/present",
)
_THERE: Final = ("exists", "is there/present")


def _exists(view: View) -> Found:
    there = view.link("interface") is not None
    return there, f"{view.names['interface']} {'exists' if there else 'does not exist'}"


def _bridge_exists(view: View) -> Found:
    name, link = view.names["bridge"], view.link("bridge")
    if link is not None and link.bridge is None:
        return False, f"{name} is a NIC"
    return link is not None, f"{name} {'does not exist' if link is None else 'exists'}"


def _is_port(view: View) -> Found:
    name, link = view.names["nic"], view.link("nic")
    if link is None:
        return False, f"{name} does not exist"
    of = "no bridge" if link.master is None else link.master
    return link.master == view.names["bridge"], f"{name} is a port of {of}"


def _is_any_port(view: View) -> Found:
    name, link = view.names["nic"], view.link("nic")
    if link is None:
        return None, f"{name} does not exist"
    of = "no bridge" if link.master is None else link.master
    return link.master is not None, f"{name} is a port of {of}"


def _is_anothers(view: View) -> Found:
    name, link = view.names["nic"], view.link("nic")
    if link is None:
        return None, f"{name} does not exist"
    other = link.master is not None and link.master != view.names["master"]
    return other, f"{name} is a port of {link.master or 'nothing'}"


def _is_up(view: View) -> Found:
    return _state(view, wanted=True)


def _is_down(view: View) -> Found:
    return _state(view, wanted=False)


def _state(view: View, *, wanted: bool) -> Found:
    name, link = view.names["interface"], view.link("interface")
    if link is None:
        return False, f"{name} does not exist"
    return link.up is wanted, f"{name} is {'up' if link.up else 'down'}"


def _has_address(view: View) -> Found:
    name, wanted, link = view.names["interface"], view.names["address"], view.link("interface")
    if link is None:
        return False, f"{name} does not exist"
    own = link.addresses if "/" in wanted else tuple(address.bare(a) for a in link.addresses)
    return wanted in own, f"{name} has {listed(link.addresses)}"


def _has_no_address(view: View) -> Found:
    name, link = view.names["interface"], view.link("interface")
    if link is None:
        return False, f"{name} does not exist"
    return not link.addresses, f"{name} has {listed(link.addresses)}"


def _has_mac(view: View) -> Found:
    name, link = view.names["interface"], view.link("interface")
    if link is None:
        return False, f"{name} does not exist"
    return link.mac == view.names["mac"].lower(), f"{name} has {link.mac}"


def _leads_default(view: View) -> Found:
    name = view.names["interface"]
    ways = [r for r in view.now.subject.routes if r.destination in address.EVERYWHERE.values()]
    over = sorted({route.interface for route in ways})
    return name in over, f"the default route leads over {listed(over)}"


def _free(view: View) -> World | None:
    name = view.names["nic"]
    return without_master(with_interface(view.now, name), name)


def _enslaved(view: View) -> World | None:
    link = view.link("nic")
    if link is not None and link.master is not None:
        return view.now
    bridge = free_name("other", {one.name for one in view.now.subject.links})
    return with_port(view.now, bridge, view.names["nic"])


def _enslaved_elsewhere(view: View) -> World | None:
    if _is_anothers(view)[0]:
        return view.now
    taken = {one.name for one in view.now.subject.links} | {view.names["master"]}
    return with_port(view.now, free_name("other", taken), view.names["nic"])


def _raised(view: View) -> World | None:
    return _switched(view, up=True)


def _lowered(view: View) -> World | None:
    return _switched(view, up=False)


def _switched(view: View, *, up: bool) -> World | None:
    name = view.names["interface"]
    return after(with_interface(view.now, name), "set_link_state", interface=name, up=up)


def _addressed(view: View) -> World | None:
    name, own = view.names["interface"], view.names["address"]
    cidr = own if "/" in own else f"{own}/32"
    return after(with_interface(view.now, name), "add_address", interface=name, address=cidr)


def _unaddressed(view: View) -> World | None:
    """Without the address, or without any where none is named."""
    name, wanted = view.names["interface"], view.names.get("address")
    world: World | None = with_interface(view.now, name)
    while world is not None:
        link = world.subject.link(name)
        own = [a for a in link.addresses if wanted in {None, a, address.bare(a)}] if link else []
        if not own:
            return world
        world = after(world, "remove_address", interface=name, address=own[0])
    return None


PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase(
        "Bridge {bridge} exists",
        tuple(f"<bridge!> {words}" for words in _THERE),
        _bridge_exists,
        lambda view: with_bridge(view.now, view.names["bridge"]),
    ),
    Phrase(
        "Bridge {bridge} does not exist",
        tuple(f"<bridge!> {words}" for words in _GONE),
        opposite(_bridge_exists),
        lambda view: without_interface(view.now, view.names["bridge"]),
        some=True,
    ),
    Phrase(
        "Interface {interface} exists",
        tuple(f"<interface> {words}" for words in _THERE),
        _exists,
        lambda view: with_interface(view.now, view.names["interface"]),
    ),
    Phrase(
        "Interface {interface} does not exist",
        tuple(f"<interface> {words}" for words in _GONE),
        opposite(_exists),
        lambda view: without_interface(view.now, view.names["interface"]),
        some=True,
    ),
    Phrase(
        "Interface {nic} is enslaved",
        ("<nic> is enslaved/taken", "<nic> is [bridge] port", "<nic> is port of any bridge"),
        _is_any_port,
        _enslaved,
        some=True,
    ),
    Phrase(
        "Interface {nic} is not enslaved",
        (
            "<nic> is not enslaved/taken",
            "<nic> is free",
            "<nic> is no/not [bridge] port",
            "<nic> is no/not port of any bridge",
        ),
        opposite(_is_any_port),
        _free,
    ),
    Phrase(
        "Interface {nic} is a port of bridge {bridge}",
        (
            "<nic> is [attached] [as] [bridge] [member/port] of/to <bridge>",
            "<nic> is attached as <bridge!> port",
            "<nic> belongs to <bridge>",
            "<bridge!> has [port] <nic>",
        ),
        _is_port,
        lambda view: with_port(view.now, view.names["bridge"], view.names["nic"]),
    ),
    Phrase(
        "Interface {nic} is not a port of bridge {bridge}",
        (
            "<nic> is not/no [attached] [as] [bridge] [member/port] of/to <bridge>",
            "<nic> does not belong to <bridge>",
            "<bridge!> does not have [port] <nic>",
        ),
        opposite(_is_port),
        _free,
    ),
    Phrase(
        "Interface {nic} is a port of something besides {master}",
        (
            "<nic> is [a] port of something/anything besides/but <master:interface>",
            "<nic> belongs to something/anything besides/but <master:interface>",
        ),
        _is_anothers,
        _enslaved_elsewhere,
        some=True,
    ),
    Phrase(
        "Interface {interface} is up",
        ("<interface> is [in] up [state]",),
        _is_up,
        _raised,
    ),
    Phrase(
        "Interface {interface} is down",
        ("<interface> is [in] down [state]", "<interface> is not up"),
        _is_down,
        _lowered,
        some=True,
    ),
    Phrase(
        "Interface {interface} has no address",
        ("<interface> has no [ip] address", "<interface> does not have any [ip] address"),
        _has_no_address,
        _unaddressed,
        some=True,
    ),
    Phrase(
        "Interface {interface} has at least one address",
        ("<interface> has [at] [least] any/some/one [ip] address",),
        opposite(_has_no_address),
    ),
    Phrase(
        "Interface {interface} has address {address}",
        ("<interface> has <address>", "<address> is on <interface>"),
        _has_address,
        _addressed,
    ),
    Phrase(
        "Interface {interface} does not have address {address}",
        (
            "<interface> does not have <address>",
            "<interface> has no/not <address>",
            "<address> is not on <interface>",
        ),
        opposite(_has_address),
        _unaddressed,
    ),
    Phrase(
        "Interface {interface} has MAC address {mac}",
        ("<interface> has <mac!>",),
        _has_mac,
        lambda view: after(
            with_interface(view.now, view.names["interface"]),
            "set_mac",
            interface=view.names["interface"],
            mac=view.names["mac"].lower(),
        ),
    ),
    Phrase(
        "The default route leads over {interface}",
        ("default route leads/goes over/through/via <interface>",),
        _leads_default,
    ),
)
"""In the order in which they are tried: the one that says more by the same words comes first."""
