"""What becomes of a lease when its time is half over: pure, as a DHCP server decides it.

A server knows its client by the MAC (RFC 2131, section 4.3.1): who asks with another one has
nothing to renew. The worst case is taken, that the server lends to MACs that it was told of: then
the address is gone with its lease, and so is the default route that came with it. `ordeal` has a
renewal for each lease that is in use; `simulated` and `lab` perform what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from controller.domains.network import address
from controller.domains.network.lease import Lease
from controller.domains.network.state import Link, Node
from controller.domains.world import Json, Operation


def in_use(host: Node) -> Iterator[Lease]:
    """The leases whose addresses their interfaces have, and that say whose they are."""
    for lease in host.leases:
        link = host.link(lease.interface)
        if lease.mac is not None and link is not None and lease.address in link.addresses:
            yield lease


def objection(link: Link, lease: Lease) -> str | None:
    """Why a server does not lend again what it lent, in one line; None if it does."""
    if not link.up:
        return f"{lease.address} runs out: {link.name} is down"
    if link.mac == lease.mac:
        return None
    return (
        f"{lease.address} was lent to {lease.mac}: {link.name}, which is {link.mac} now, loses it"
    )


def renewed(host: Node, interface: str, perform: Callable[[Operation], Json]) -> tuple[str, ...]:
    """Renew the lease of an interface; what it loses, in words."""
    lease = next((one for one in host.leases if one.interface == interface), None)
    link = host.link(interface)
    if lease is None or link is None:
        return (f"nobody lent {interface} an address",)
    lost = objection(link, lease)
    for operation in _kept(host, link, lease) if lost is None else _lost(host, link, lease):
        perform(operation)
    return () if lost is None else (lost,)


def _kept(host: Node, link: Link, lease: Lease) -> Iterator[Operation]:
    """The client makes sure that it has what it was lent."""
    if lease.address not in link.addresses:
        yield Operation("add_address", {"interface": link.name, "address": lease.address})
    everywhere = address.EVERYWHERE[4]
    known = any(way.destination == everywhere for way in host.routes)
    if lease.gateway is not None and not known:
        way: dict[str, Json] = {"interface": link.name, "destination": everywhere}
        yield Operation("add_route", way | {"gateway": lease.gateway})


def _lost(host: Node, link: Link, lease: Lease) -> Iterator[Operation]:
    for way in host.routes:
        everywhere = way.destination == address.EVERYWHERE[4]
        if everywhere and (way.interface, way.gateway) == (link.name, lease.gateway):
            asked: dict[str, Json] = {"interface": link.name, "destination": way.destination}
            yield Operation("remove_route", asked | {"metric": way.metric})
    if lease.address in link.addresses:
        yield Operation("remove_address", {"interface": link.name, "address": lease.address})
