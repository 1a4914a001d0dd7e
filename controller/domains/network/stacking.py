"""VLAN links in a simulated host: what is made on an interface, and follows it.

`vlans` makes and `rewiring` changes them. The rules are Linux's (net/8021q/vlan.c): a VLAN link
goes up and down with its parent, is never larger, and has its MAC until it is given one.
"""

from __future__ import annotations

from collections.abc import Iterator

from controller.domains.network.live import LiveLink


def lying_on(link: LiveLink) -> tuple[LiveLink, ...]:
    """The VLAN links of an interface."""
    return tuple(link.vlans.values())


def remove(link: LiveLink) -> None:
    """Let a VLAN link be no longer on its parent."""
    if link.vlan is not None:
        del link.vlan.parent.vlans[link.vlan.vid]


def following_mac(link: LiveLink) -> Iterator[LiveLink]:
    """The VLAN links that have another MAC than their interface and were given none."""
    for upper in link.vlans.values():
        if upper.vlan is not None and not upper.vlan.mac_pinned and upper.mac != link.mac:
            yield upper
