"""Configured routes: which one an operation speaks of, which are refused, which are lost.

`refusal` and both kernels ask here. The rules are Linux's (net/ipv4/fib_semantics.c).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

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
        _metric(arguments),
        None if source is None else text(arguments, "source"),
        flag(arguments, "onlink"),
    )


def present(routes: Iterable[Route], route: Route) -> bool:
    """True when this very route is there; `onlink` only tells how it was added."""
    return any(_like(known) == _like(route) for known in routes)


def meant(routes: Iterable[Route], arguments: Mapping[str, Json]) -> tuple[Route, ...]:
    """The routes that `remove_route` is to take away."""
    asked = text(arguments, "interface"), text(arguments, "destination"), _metric(arguments)
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
    gateway = route.gateway
    if gateway is not None and _is_own(host, gateway):
        return f"the gateway {gateway} is the host itself"
    if gateway is not None and not route.onlink and not reaches(host, link, gateway):
        return f"{link.name} does not reach the gateway {gateway}"
    return None


def reaches(host: Node, link: Link, gateway: str) -> bool:
    """True when a gateway is in a network of the interface, or has a route straight to it."""
    networks = [*link.addresses]
    networks += [r.destination for r in host.routes if r.interface == link.name and not r.gateway]
    return any(address.covers(network, gateway) for network in networks)


def over(routes: Iterable[Route], interface: str) -> tuple[Route, ...]:
    """The routes that are lost when an interface goes down or loses its last address."""
    return tuple(route for route in routes if route.interface == interface)


def sent_from(routes: Iterable[Route], gone: Collection[str]) -> tuple[Route, ...]:
    """The routes that are lost with these source addresses, whatever interface they use."""
    return tuple(route for route in routes if route.source in gone)


def _like(route: Route) -> tuple[str, str, str | None, int, str | None]:
    return route.interface, route.destination, route.gateway, route.metric, route.source


def _metric(arguments: Mapping[str, Json]) -> int:
    metric = arguments.get("metric")
    return metric if isinstance(metric, int) else 0


def _taken(host: Node, route: Route) -> bool:
    key = route.destination, route.metric
    if any((known.destination, known.metric) == key for known in host.routes):
        return True
    connected = (own for link in host.links if link.up for own in link.addresses)
    destination = address.network(route.destination)
    return route.metric == 0 and any(address.network(own) == destination for own in connected)


def _is_own(host: Node, bare: str) -> bool:
    return any(
        address.bare(own) == bare for link in host.links if link.up for own in link.addresses
    )
