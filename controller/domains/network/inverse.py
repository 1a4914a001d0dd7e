"""What undoes an operation, read from the host as it is before the operation happens.

Both kernels call `inverse`. An operation that would be refused or change nothing needs no
undoing. The side effects that it restores are Linux's:

* a deleted bridge loses everything it had;
* a bridge whose MAC is not pinned follows its ports, and pinning cannot be taken back except
  by making the bridge anew, which costs nothing while it has no ports;
* permanent neighbours are lost when an interface goes down, when its MAC is set (even to the
  same) and when it loses its last address;
* configured routes over an interface are lost when it goes down or loses its last address,
  and all that send from an address are lost with it;
* a primary address takes the secondary ones of its network with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from controller import limits
from controller.domains.network import address, routing
from controller.domains.network.argument import flag, text
from controller.domains.network.refusal import Arguments, existing, refusal
from controller.domains.network.state import (
    BridgeSettings,
    Link,
    Neighbour,
    Node,
    Route,
    secondaries,
)
from controller.domains.world import Json, Operation


def inverse(host: Node, operation: Operation) -> tuple[Operation, ...]:
    """The operations that, done in this order, undo `operation` if it is performed next."""
    rule = _INVERSES.get(operation.name)
    if rule is None or refusal(host, (), operation) is not None:
        return ()
    return tuple(rule(host, operation.arguments))


def _op(name: str, **arguments: Json) -> Operation:
    return Operation(name, arguments)


def _settings(link: Link) -> BridgeSettings:
    assert link.bridge is not None
    return link.bridge


def _follows(link: Link) -> bool:
    return link.bridge is not None and not link.bridge.mac_pinned


def _neighbours(host: Node, interface: str) -> Iterator[Operation]:
    """Pin again whom the interface knew for good."""
    for known in host.neighbours:
        if known.interface == interface and known.permanent:
            yield _op("add_neighbour", interface=interface, address=known.address, mac=known.mac)


def _routes(host: Node, lost: Iterable[Route]) -> Iterator[Operation]:
    """Add routes again: first those that gateways of others may need."""
    for route in sorted(set(lost), key=lambda r: (r.gateway is not None, r.destination, r.metric)):
        again: dict[str, Json] = {"interface": route.interface, "destination": route.destination}
        if route.gateway is not None:
            again["gateway"] = route.gateway
            link = existing(host, route.interface)
            again["onlink"] = route.onlink or not routing.reaches(host, link, route.gateway)
        if route.source is not None:
            again["source"] = route.source
        yield Operation("add_route", again | {"metric": route.metric})


def _rebuild(host: Node, bridge: Link) -> Iterator[Operation]:
    """Make a bridge that is gone as it was."""
    settings = _settings(bridge)
    made: dict[str, Json] = {"bridge": bridge.name, "stp": settings.stp}
    made["multicast_snooping"] = settings.multicast_snooping
    if settings.mac_pinned:
        made["mac"] = bridge.mac
    yield Operation("create_bridge", made)
    if settings.ageing_s != limits.AGEING_SECONDS_DEFAULT:
        yield _op("set_ageing", bridge=bridge.name, seconds=settings.ageing_s)
    for port in host.ports(bridge.name):
        yield _op("attach_port", bridge=bridge.name, interface=port.name)
    if bridge.up:
        yield _op("set_link_state", interface=bridge.name, up=True)
    for own in bridge.addresses:
        yield _op("add_address", interface=bridge.name, address=own)
    yield from _restore_mac(host, bridge)
    lost = {address.bare(own) for own in bridge.addresses}
    routes = (
        *routing.over(host.routes, bridge.name),
        *routing.sent_from(host.routes, lost),
    )
    yield from _routes(host, routes)


def _restore_mac(host: Node, link: Link) -> Iterator[Operation]:
    """Give a bridge that followed its ports the MAC it had; its neighbours may be gone."""
    if _follows(link) and host.ports(link.name) and address.is_unicast_mac(link.mac):
        yield _op("set_mac", interface=link.name, mac=link.mac, if_different=True)
    yield from _neighbours(host, link.name)


def _anew(host: Node, bridge: Link) -> Iterator[Operation]:
    """Replace a bridge without ports by one whose MAC is not pinned."""
    yield _op("delete_bridge", bridge=bridge.name)
    yield from _rebuild(host, bridge)


def _create_bridge(_host: Node, arguments: Arguments) -> Iterator[Operation]:
    yield _op("delete_bridge", bridge=text(arguments, "bridge"))


def _delete_bridge(host: Node, arguments: Arguments) -> Iterator[Operation]:
    yield from _rebuild(host, existing(host, text(arguments, "bridge")))


def _attach_port(host: Node, arguments: Arguments) -> Iterator[Operation]:
    bridge = existing(host, text(arguments, "bridge"))
    nic = existing(host, text(arguments, "interface"))
    if nic.master == bridge.name:
        return
    if _follows(bridge) and not host.ports(bridge.name):
        yield from _anew(host, bridge)
        return
    yield _op("detach_port", bridge=bridge.name, interface=nic.name)
    if _follows(bridge):
        yield from _restore_mac(host, bridge)


def _detach_port(host: Node, arguments: Arguments) -> Iterator[Operation]:
    bridge = existing(host, text(arguments, "bridge"))
    nic = existing(host, text(arguments, "interface"))
    if nic.master != bridge.name:
        return
    yield _op("attach_port", bridge=bridge.name, interface=nic.name)
    if _follows(bridge):
        yield from _restore_mac(host, bridge)


def _set_link_state(host: Node, arguments: Arguments) -> Iterator[Operation]:
    link = existing(host, text(arguments, "interface"))
    if link.up != flag(arguments, "up"):
        yield _op("set_link_state", interface=link.name, up=link.up)
        yield from _neighbours(host, link.name)
        yield from _routes(host, routing.over(host.routes, link.name))


def _set_mac(host: Node, arguments: Arguments) -> Iterator[Operation]:
    link = existing(host, text(arguments, "interface"))
    same = text(arguments, "mac") == link.mac
    if same and flag(arguments, "if_different"):
        return
    if _follows(link) and not host.ports(link.name):
        yield from _anew(host, link)
        return
    if not same:
        yield _op("set_mac", interface=link.name, mac=link.mac)
    yield from _neighbours(host, link.name)
    bridge = host.link(link.master) if link.master is not None else None
    if bridge is not None and _follows(bridge):
        yield from _restore_mac(host, bridge)


def _add_address(host: Node, arguments: Arguments) -> Iterator[Operation]:
    link = existing(host, text(arguments, "interface"))
    added = text(arguments, "address")
    if added in link.addresses:
        return
    yield _op("remove_address", interface=link.name, address=added)
    if not link.addresses:
        yield from _neighbours(host, link.name)
        yield from _routes(host, routing.over(host.routes, link.name))


def _remove_address(host: Node, arguments: Arguments) -> Iterator[Operation]:
    link = existing(host, text(arguments, "interface"))
    removed = text(arguments, "address")
    if removed not in link.addresses:
        return
    lost = (removed, *secondaries(link, removed))
    for own in lost:
        yield _op("add_address", interface=link.name, address=own)
    routes = routing.sent_from(host.routes, {address.bare(own) for own in lost})
    if len(lost) == len(link.addresses):
        yield from _neighbours(host, link.name)
        routes += routing.over(host.routes, link.name)
    yield from _routes(host, routes)


def _set_ageing(host: Node, arguments: Arguments) -> Iterator[Operation]:
    bridge = existing(host, text(arguments, "bridge"))
    if arguments["seconds"] != _settings(bridge).ageing_s:
        yield _op("set_ageing", bridge=bridge.name, seconds=_settings(bridge).ageing_s)


def _pinned(host: Node, arguments: Arguments) -> Neighbour | None:
    interface, wanted = text(arguments, "interface"), address.bare(text(arguments, "address"))
    for known in host.neighbours:
        if (known.interface, known.address) == (interface, wanted) and known.permanent:
            return known
    return None


def _add_neighbour(host: Node, arguments: Arguments) -> Iterator[Operation]:
    known = _pinned(host, arguments)
    name, whose = text(arguments, "interface"), address.bare(text(arguments, "address"))
    if known is None:
        yield _op("remove_neighbour", interface=name, address=whose)
    elif known.mac != text(arguments, "mac"):
        yield _op("add_neighbour", interface=name, address=whose, mac=known.mac)


def _remove_neighbour(host: Node, arguments: Arguments) -> Iterator[Operation]:
    known = _pinned(host, arguments)
    if known is not None:
        yield _op("add_neighbour", interface=known.interface, address=known.address, mac=known.mac)


def _add_route(host: Node, arguments: Arguments) -> Iterator[Operation]:
    route = routing.wanted(arguments)
    if not routing.present(host.routes, route):
        name, to, metric = route.interface, route.destination, route.metric
        yield _op("remove_route", interface=name, destination=to, metric=metric)


def _remove_route(host: Node, arguments: Arguments) -> Iterator[Operation]:
    yield from _routes(host, routing.meant(host.routes, arguments))


_INVERSES: Final[Mapping[str, Callable[[Node, Arguments], Iterator[Operation]]]] = {
    "create_bridge": _create_bridge,
    "delete_bridge": _delete_bridge,
    "attach_port": _attach_port,
    "detach_port": _detach_port,
    "set_link_state": _set_link_state,
    "set_mac": _set_mac,
    "add_address": _add_address,
    "remove_address": _remove_address,
    "set_ageing": _set_ageing,
    "add_neighbour": _add_neighbour,
    "remove_neighbour": _remove_neighbour,
    "add_route": _add_route,
    "remove_route": _remove_route,
}
