"""How large a frame an interface of a simulated host may carry, and who follows whom.

`rewiring` and `bridging` ask here. The rules are Linux's (net/bridge/br_if.c and br_device.c).
"""

from __future__ import annotations

from controller import link_limits
from controller.domains.network import address, routing
from controller.domains.network.live import LiveLink
from controller.domains.network.state import lowest_mtu


def set_mtu(link: LiveLink, mtu: int) -> None:
    """Give an interface an MTU in bytes, a bond's ports too.

    A bridge that has another one keeps it from now on.
    """
    if link.mtu == mtu:
        return
    if link.bridge is not None:
        link.bridge.mtu_pinned = True
    for port in () if link.bond is None else link.bond.ports:
        set_mtu(port, mtu)
    resize(link, mtu)


def follow_ports(link: LiveLink) -> None:
    """A bridge whose MTU was not set has the lowest one of its ports."""
    if link.bridge is not None and not link.bridge.mtu_pinned:
        resize(link, lowest_mtu(port.mtu for port in link.bridge.ports))


def resize(link: LiveLink, mtu: int) -> None:
    """Give an interface an MTU, and a bond's ports; its bridge follows if nobody has set it.

    A VLAN link is never larger than its parent. The port of a bond keeps in mind what it joined
    with, and where nobody knows that, what it had before its first change.
    """
    if link.own_mac is not None and link.own_mtu is None:
        link.own_mtu = link.mtu
    link.mtu = mtu
    if mtu < link_limits.MTU_MIN_IPV6:
        lose_ipv6(link)
    for port in () if link.bond is None else link.bond.ports:
        resize(port, mtu)
    for upper in link.vlans.values():
        if upper.mtu > mtu:
            resize(upper, mtu)
    if link.master is not None:
        follow_ports(link.master)


def lose_ipv6(link: LiveLink) -> None:
    """Take the IPv6 addresses of an interface away, and whom it knew and reached by them."""
    link.derived = ()
    link.addresses = address.of_version(4, link.addresses)
    kept = address.of_version(4, link.neighbours)
    link.neighbours = {whose: link.neighbours[whose] for whose in kept}
    lost = routing.over(link.node.routes, link.name, 6)
    link.node.routes = [route for route in link.node.routes if route not in lost]
    link.node.reroute(link)
