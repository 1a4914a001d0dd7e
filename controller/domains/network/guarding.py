"""What an operation touches of a host, and whether people have protected it.

The broker asks, through the domain, before a gene changes anything. An interface is a thing: a gene
may change those that its input names and those that it made. What people protect in `germline.toml`
are interfaces and addresses; with an address goes the interface that carries it, and the ports and
the bridge that this one is reached through, a bond's too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network
from typing import Final, Union

from controller.domains.network import address
from controller.domains.network.operation import CATALOGUE
from controller.domains.network.profile import idle_without
from controller.domains.network.state import Node
from controller.domains.world import Guard, Operation, Touch

INTERFACES: Final = "interfaces"
ADDRESSES: Final = "addresses"
"""The kinds of what may be protected. `10.0.0.1` is that address, `10.0.0.0/24` every one of that
network, `0.0.0.0/0` and `::/0` the default routes."""

Network = Union[IPv4Network, IPv6Network]

_EXISTING: Final = frozenset({"interface", "bridge", "bond", "nic"})
_DEFAULTS: Final = tuple(ip_network(everywhere) for everywhere in address.EVERYWHERE.values())


def touches(operation: Operation) -> Touch:
    """The interfaces that a mutation changes and makes; a profile is a part of its interface."""
    if "profile" in operation.arguments:
        named = (operation.arguments.get(part) for part in ("interface", "controller"))
        return Touch(frozenset(name for name in named if isinstance(name, str)), frozenset())
    return Touch(
        changes=frozenset(_arguments(operation, _EXISTING)),
        makes=frozenset(_arguments(operation, {"name"})),
    )


def guard(host: Node, protected: Mapping[str, Collection[str]]) -> Guard:
    """What keeps operations away from these interfaces and addresses of a host as it is now."""
    addresses = [_network(entry) for entry in protected.get(ADDRESSES, ())]
    why = _carriers(host, protected.get(INTERFACES, ()), addresses)

    def objection(operation: Operation) -> str | None:
        touched = touches(operation)
        for name in sorted(touched.changes | touched.makes | _dropped(host, operation)):
            if name in why:
                return f"interface {name}, which is protected{why[name]}"
        of = {"destination", "address"}
        for value in (*_arguments(operation, {"network", "address"}, of), *_written(operation)):
            if any(_concerns(_network(value), entry) for entry in addresses):
                return f"{value}, which is protected"
        return None

    return objection


def _dropped(host: Node, operation: Operation) -> frozenset[str]:
    """The interfaces whose profiles go with the one that an operation removes."""
    if operation.name != "delete_profile":
        return frozenset()
    lost = idle_without(host.profiles, str(operation.arguments["profile"]))
    return frozenset(one.interface for one in lost if one.interface is not None)


def _arguments(
    operation: Operation, kinds: Collection[str], of: Collection[str] | None = None
) -> Iterator[str]:
    """The values of an operation's parameters of these kinds, and if given of these names."""
    for parameter in CATALOGUE[operation.name].parameters:
        value = operation.arguments.get(parameter.name)
        named = of is None or parameter.name in of
        if parameter.kind in kinds and named and isinstance(value, str):
            yield value


def _written(operation: Operation) -> Iterator[str]:
    """The addresses and destinations that a profile would have after a reboot."""
    for kind in ("addresses", "routes"):
        given = operation.arguments.get(kind)
        for one in given if isinstance(given, list) else ():
            yield str(one.get("destination") if isinstance(one, dict) else one)
    gateway = operation.arguments.get("gateway")
    if isinstance(gateway, str):
        yield address.EVERYWHERE[address.version(gateway)]


def _carriers(
    host: Node, interfaces: Collection[str], addresses: Collection[Network]
) -> dict[str, str]:
    """Every interface that is protected, with why where people did not name it themselves."""
    why = dict.fromkeys(interfaces, "")
    for link in host.links:
        for own in (*link.addresses, *link.derived):
            if any(_concerns(_network(own.partition("/")[0]), entry) for entry in addresses):
                why.setdefault(link.name, f": it has {own}")
    for route in host.routes:
        ways = [route.destination] if route.gateway is None else [route.destination, route.gateway]
        if any(_concerns(_network(way), entry) for way in ways for entry in addresses):
            why.setdefault(route.interface, f": the route to {route.destination} leads over it")
    _spread_down(host, why)
    _spread_up(host, why)
    return why


def _spread_up(host: Node, why: dict[str, str]) -> None:
    """Protect what a protected interface is a port of, and what that is a port of."""
    for name in [*why]:
        link = host.link(name)
        while link is not None and link.master is not None:
            why.setdefault(link.master, f": {link.name} is a port of it")
            link = host.link(link.master)


def _spread_down(host: Node, why: dict[str, str]) -> None:
    """Protect the ports and the parent of what is protected, and those of these."""
    reached = [*why]
    while reached:
        master = reached.pop()
        below = {port.name: f": it is a port of {master}" for port in host.ports(master)}
        upper = host.link(master)
        if upper is not None and upper.vlan is not None:
            below[upper.vlan.parent] = f": {master} is a VLAN of it"
        for name in below.keys() - why.keys():
            why[name] = below[name]
            reached.append(name)


def _network(text: str) -> Network:
    """`10.0.0.1` and `10.0.0.1/24` are that address alone, `10.0.0.0/24` is a network."""
    given = ip_interface(text)
    if given.ip == given.network.network_address:
        return given.network
    return ip_network(given.ip)


def _concerns(touched: Network, entry: Network) -> bool:
    """Whether what is touched is the entry or in it, or a way of its own to an address of it."""
    if touched in _DEFAULTS or entry in _DEFAULTS:
        return touched == entry
    if isinstance(touched, IPv4Network) and isinstance(entry, IPv4Network):
        return touched.subnet_of(entry) or entry.subnet_of(touched)
    if isinstance(touched, IPv6Network) and isinstance(entry, IPv6Network):
        return touched.subnet_of(entry) or entry.subnet_of(touched)
    return False
