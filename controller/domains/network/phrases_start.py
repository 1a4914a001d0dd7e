"""Phrases about what outlives a reboot: profiles, what a start makes of them, and leases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from controller.domains.network import address, boot
from controller.domains.network.lease import Lease, by_interface
from controller.domains.network.phrase import Found, Phrase, View, listed, opposite
from controller.domains.network.phrases_arranging import with_interface, with_node
from controller.domains.network.profile import PORT_TYPES, Profile, found
from controller.domains.network.spare import free_addresses, free_macs, free_name
from controller.domains.network.state import World

_TYPES: Final = {"nic": "ethernet", "bridge": "bridge", "bond": "bond", "vlan": "vlan"}
"""Kind of interface → type of a profile for it."""


def _exists(view: View) -> Found:
    name = view.names["profile"]
    there = found(view.now.subject.profiles, name) is not None
    return there, f"profile {name} {'exists' if there else 'does not exist'}"


def _comes_up(view: View) -> Found:
    name = view.names["interface"]
    chosen = boot.active(view.now.subject).get(name)
    if chosen is not None:
        return True, f"profile {chosen.id} brings {name} up"
    own = sorted(one.id for one in view.now.subject.profiles if one.interface == name)
    return False, f"no profile brings {name} up; its profiles are {listed(own)}"


def _joins(view: View) -> Found:
    name, wanted = view.names["nic"], view.names["controller"]
    chosen = boot.active(view.now.subject)
    if name not in chosen:
        return False, f"no profile brings {name} up"
    controller = boot.controller_of(chosen, chosen[name])
    return controller == wanted, f"{name} joins {controller or 'nothing'}"


def _is_lent_to(view: View) -> Found:
    lease = by_interface(view.now.subject.leases).get(view.names["interface"])
    if lease is None:
        return False, f"{view.names['interface']} has no lease"
    if lease.mac is None:
        return None, f"nobody wrote down whose the lease of {lease.interface} is"
    wanted, link = view.names.get("mac"), view.link("interface")
    mac = link.mac if wanted is None and link is not None else wanted
    return lease.mac == (mac or "").lower(), f"the lease of {lease.interface} is for {lease.mac}"


def _is_lent_to_another(view: View) -> Found:
    if view.names["interface"] not in by_interface(view.now.subject.leases):
        return False, f"{view.names['interface']} has no lease"
    return opposite(_is_lent_to)(view)


# --- arranging --------------------------------------------------------------------------


def _with_profiles(world: World, profiles: Iterable[Profile]) -> World:
    return with_node(world, replace(world.subject, profiles=tuple(profiles)))


def _with_profile(view: View) -> World:
    host, name = view.now.subject, view.names["profile"]
    if found(host.profiles, name) is not None:
        return view.now
    taken = {link.name for link in host.links} | {str(one.interface) for one in host.profiles}
    made = Profile(name, "bridge", interface=free_name("other", taken))
    return _with_profiles(view.now, (*host.profiles, made))


def _without_profile(view: View) -> World:
    kept = (one for one in view.now.subject.profiles if one.id != view.names["profile"])
    return _with_profiles(view.now, kept)


def _started(world: World, name: str, controller: str | None = None) -> World | None:
    """The world whose host has one profile for an interface, which brings it up."""
    link = world.subject.link(name)
    if link is None or link.kind not in _TYPES:
        return None
    kind = None
    if controller is not None:
        of = world.subject.link(controller)
        kind = None if of is None else _TYPES.get(of.kind)
        if kind not in PORT_TYPES:
            return None
    kept = [one for one in world.subject.profiles if one.interface != name]
    made = Profile(
        free_name(name, {one.id for one in kept}),
        _TYPES[link.kind],
        interface=name,
        controller=controller,
        port_type=kind,
        method=None
        if controller
        else "manual"
        if address.of_version(4, link.addresses)
        else "disabled",
        addresses=() if controller else link.addresses,
        parent=None if link.vlan is None else link.vlan.parent,
        vlan=None if link.vlan is None else link.vlan.vid,
    )
    return _with_profiles(world, (*kept, made))


def _brought_up(view: View) -> World | None:
    name = view.names["interface"]
    if name in boot.active(view.now.subject):
        return view.now
    return _started(with_interface(view.now, name), name)


def _not_brought_up(view: View) -> World:
    world = view.now
    while (chosen := boot.active(world.subject).get(view.names["interface"])) is not None:
        world = _with_profiles(world, (one for one in world.subject.profiles if one != chosen))
    return world


def _joining(view: View) -> World | None:
    nic, controller = view.names["nic"], view.names["controller"]
    if _joins(view)[0]:
        return view.now
    world = _started(view.now, controller)
    return world and _started(with_interface(world, nic), nic, controller)


def _lent(view: View) -> World | None:
    name = view.names["interface"]
    world = with_interface(view.now, name)
    link = world.subject.link(name)
    assert link is not None
    mac = view.names.get("mac", link.mac).lower()
    own = (*link.addresses, *free_addresses(world), "192.0.2.7/24")[0]
    kept = (one for one in world.subject.leases if one.interface != name)
    return with_node(world, replace(world.subject, leases=(*kept, Lease(name, own, mac=mac))))


def _lent_to_another(view: View) -> World | None:
    other = free_macs(view.now, 1)[0]
    return _lent(replace(view, names={**view.names, "mac": other}))


PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase(
        "Profile {profile} exists",
        ("[connection] <profile!> exists", "[connection] <profile!> is there/present"),
        _exists,
        _with_profile,
    ),
    Phrase(
        "Profile {profile} does not exist",
        (
            "[connection] <profile!> does not exist",
            "[connection] <profile!> is missing/absent/gone",
        ),
        opposite(_exists),
        _without_profile,
        some=True,
    ),
    Phrase(
        "Interface {interface} is configured to come up at boot",
        (
            "<interface> is configured to come/start up at/after boot/reboot",
            "<interface> comes/starts up [again] at/after boot/reboot",
        ),
        _comes_up,
        _brought_up,
    ),
    Phrase(
        "Interface {interface} is not configured to come up at boot",
        (
            "<interface> is not configured to come/start up at/after boot/reboot",
            "<interface> does not come/start up [again] at/after boot/reboot",
        ),
        opposite(_comes_up),
        _not_brought_up,
        some=True,
    ),
    Phrase(
        "Interface {nic} is configured to join {controller} at boot",
        (
            "<nic> is configured to join/rejoin <controller:interface> at/after boot/reboot",
            "<nic> joins/rejoins <controller:interface> at/after boot/reboot",
        ),
        _joins,
        _joining,
    ),
    Phrase(
        "The lease of {interface} is for its present MAC address",
        ("[dhcp] lease of <interface> is for present/current mac [address]",),
        _is_lent_to,
        _lent,
    ),
    Phrase(
        "The lease of {interface} is for another MAC address",
        ("[any/some] [dhcp] lease of <interface> is for another/other mac [address]",),
        _is_lent_to_another,
        _lent_to_another,
        some=True,
    ),
    Phrase(
        "The lease of {interface} is for {mac}",
        ("[dhcp] lease of <interface> is for <mac>",),
        _is_lent_to,
        _lent,
    ),
)
"""In the order in which they are tried."""
