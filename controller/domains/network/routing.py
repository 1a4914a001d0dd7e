"""Configured routes: which one an operation speaks of, which are refused, which are lost.

`refusal` and both kernels ask here. The rules are Linux's (net/ipv4/fib_semantics.c,
net/ipv6/route.c).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from controller import link_limits
from controller.domains.network import address
from controller.domains.network.argument import flag, text
from controller.domains.network.state import Link, Node, Route
from controller.domains.world import Json


def wanted(arguments: Mapping[str, Json]) -> Route:
    """The route that `add_route` is asked for."""
    gateway, source = (arguments.get(name) for name in ("gateway", "source"))
    return Route(
        text(arguments, "interface"),
        text(arguments, "destination"),
        None if gateway is None else text(arguments, "gateway"),
        metric(arguments),
        None if source is None else text(arguments, "source"),
        flag(arguments, "onlink"),
    )


def present(routes: Iterable[Route], route: Route) -> bool:
    """True when this very route is there; `onlink` only tells how it was added."""
    return any(_like(known) == _like(route) for known in routes)


def meant(routes: Iterable[Route], arguments: Mapping[str, Json]) -> tuple[Route, ...]:
    """The routes that `remove_route` is to take away."""
    asked = text(arguments, "interface"), text(arguments, "destination"), metric(arguments)
    return tuple(r for r in routes if (r.interface, r.destination, r.metric) == asked)


def objection(host: Node, link: Link, route: Route) -> str | None:
    """Why Linux would not add a route over `link`, in one line; None if it would."""
    if not link.up:
        return f"{link.name} is down"
    if present(host.routes, route):
        return None
    if _taken(host, route):
        return f"there is another route to {route.destination} with metric {route.metric}"
    if route.source is not None and not _is_own(host, route.source):
        return f"the host does not have the address {route.source}"
    if route.source is not None and _mixed(route.destination, route.source):
        return f"{route.source} is no source for {route.destination}: one is IPv4, the other IPv6"
    gateway = route.gateway
    if gateway is not None and _mixed(route.destination, gateway):
        return f"{gateway} is no gateway for {route.destination}: one is IPv4, the other IPv6"
    if gateway is not None and _is_own(host, gateway, though_down=_knows_when_down(gateway)):
        return f"the gateway {gateway} is the host itself"
    if gateway is not None and not route.onlink and not reaches(host, link, gateway):
        return f"{link.name} does not reach the gateway {gateway}"
    return None


def reaches(host: Node, link: Link, gateway: str) -> bool:
    """True when a gateway is in a network of the interface, has a route straight to it, or is an
    address of the link itself."""
    if address.is_link_local(gateway):
        return True
    networks = [*link.addresses]
    networks += [r.destination for r in host.routes if r.interface == link.name and not r.gateway]
    return any(address.covers(network, gateway) for network in networks)


def over(
    routes: Iterable[Route], interface: str, version: address.Version | None = None
) -> tuple[Route, ...]:
    """The routes over an interface, those of one version if it is given: they are lost when it goes
    down, and IPv4's when it loses its last address."""
    return tuple(
        route
        for route in routes
        if route.interface == interface and version in {None, address.version(route.destination)}
    )


def sent_from(routes: Iterable[Route], gone: Collection[str]) -> tuple[Route, ...]:
    """The routes that are lost with these source addresses, whatever interface they use."""
    return tuple(
        route
        for route in routes
        if route.source in gone and address.version(route.destination) == 4
    )


def sourceless(routes: Iterable[Route], interface: str, gone: Collection[str]) -> list[Route]:
    """The routes once an interface has lost these addresses: IPv6's over it stay, and send from
    whatever is left (net/ipv6/route.c, `fib6_remove_prefsrc`)."""
    return [
        replace(route, source=None)
        if route.interface == interface
        and route.source in gone
        and address.version(route.destination) == 6
        else route
        for route in routes
    ]


def _like(route: Route) -> tuple[str, str, str | None, int, str | None]:
    return route.interface, route.destination, route.gateway, route.metric, route.source


def metric(arguments: Mapping[str, Json]) -> int:
    """The metric that a route is asked for with. IPv6 has none that is 0: Linux takes 1024."""
    given = arguments.get("metric")
    asked = given if isinstance(given, int) else 0
    if asked or address.version(text(arguments, "destination")) == 4:
        return asked
    return link_limits.ROUTE_METRIC_6


def _mixed(one: str, other: str) -> bool:
    return address.version(one) != address.version(other)


def _taken(host: Node, route: Route) -> bool:
    key = route.destination, route.metric
    if any((known.destination, known.metric) == key for known in host.routes):
        return True
    connected = (own for link in host.links if link.up for own in link.addresses)
    destination = address.network(route.destination)
    own = link_limits.CONNECTED_METRIC[address.version(route.destination)]
    return route.metric == own and any(address.network(one) == destination for one in connected)


def _knows_when_down(gateway: str) -> bool:
    """IPv6 takes an address for its own as soon as it is there (`ip6_validate_gw`)."""
    return address.version(gateway) == 6


def _is_own(host: Node, bare: str, *, though_down: bool = False) -> bool:
    links = (link for link in host.links if link.up or though_down)
    return any(address.bare(own) == bare for link in links for own in link.addresses)
