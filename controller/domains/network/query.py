"""What the queries of the catalogue answer, read from nodes as values.

Both kernels call these, so that a gene sees the same shapes in both. Queries that need
frames or time (`vantage_ping`, `watch_moves`) are each kernel's own; `moved` shapes the
answer of the latter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from controller.domains.network import lease, profile
from controller.domains.network.argument import text
from controller.domains.network.refusal import Arguments, existing
from controller.domains.network.state import End, Link, Node, sorted_routes
from controller.domains.world import Json, JsonObject

Move = tuple[str, str, str]
"""One MAC address that moved: mac, the port before, the port after."""


def _record(link: Link) -> JsonObject:
    return {
        "name": link.name,
        "kind": link.kind,
        "mac": link.mac,
        "up": link.up,
        "carrier": link.carrier,
        "master": link.master,
        "addresses": list(link.addresses),
        "mtu": link.mtu,
        "permanent_mac": link.permanent_mac,
    }


def _list_links(host: Node, _arguments: Arguments) -> Json:
    return [_record(link) for link in sorted(host.links, key=lambda link: link.name)]


def _link(host: Node, arguments: Arguments) -> Json:
    return _record(existing(host, text(arguments, "interface")))


def _bridge_ports(host: Node, arguments: Arguments) -> Json:
    return [*sorted(port.name for port in host.ports(text(arguments, "bridge")))]


def _addresses(host: Node, arguments: Arguments) -> Json:
    return list(existing(host, text(arguments, "interface")).addresses)


def _bridge_fdb(host: Node, arguments: Arguments) -> Json:
    bridge = text(arguments, "bridge")
    entries = sorted((e.mac, e.port) for e in host.fdb if e.bridge == bridge)
    return [{"mac": mac, "port": port} for mac, port in entries]


def _neighbours(host: Node, arguments: Arguments) -> Json:
    interface = text(arguments, "interface")
    known = sorted(
        (n.address, n.mac, n.permanent) for n in host.neighbours if n.interface == interface
    )
    return [{"address": a, "mac": mac, "permanent": permanent} for a, mac, permanent in known]


def _routes(host: Node, _arguments: Arguments) -> Json:
    return [
        {
            "destination": route.destination,
            "gateway": route.gateway,
            "interface": route.interface,
            "metric": route.metric,
            "source": route.source,
        }
        for route in sorted_routes(host.routes)
    ]


def _profiles(host: Node, _arguments: Arguments) -> Json:
    return [profile.record(one) for one in sorted(host.profiles, key=lambda one: one.id)]


def _leases(host: Node, _arguments: Arguments) -> Json:
    return [lease.record(one) for one in sorted(host.leases, key=lambda one: one.interface)]


HOST_QUERIES: Final[Mapping[str, Callable[[Node, Arguments], Json]]] = {
    "list_links": _list_links,
    "link": _link,
    "bridge_ports": _bridge_ports,
    "addresses": _addresses,
    "bridge_fdb": _bridge_fdb,
    "neighbours": _neighbours,
    "routes": _routes,
    "profiles": _profiles,
    "leases": _leases,
}
"""The queries that the host's own state answers."""


def vantage_records(roles: Mapping[str, str]) -> Json:
    """The answer of `vantages`, from the names and roles of all nodes but the host."""
    return [{"name": name, "role": roles[name]} for name in sorted(roles)]


def far_end_record(end: End | None) -> Json:
    """The answer of `far_end`."""
    return None if end is None else {"vantage": end.node, "interface": end.nic}


def whereabouts(switch: Node, mac: str) -> Json:
    """The answer of `vantage_fdb`: where a switch would send frames for a MAC."""
    found = sorted((entry.bridge, entry.port) for entry in switch.fdb if entry.mac == mac)
    return [{"bridge": bridge, "port": port} for bridge, port in found]


def moved(moves: Iterable[Move]) -> Json:
    """The answer of `watch_moves`: per MAC its ports and how often it went between them."""
    ports: dict[str, set[str]] = {}
    transitions: dict[str, int] = {}
    for mac, before, after in moves:
        ports.setdefault(mac, set()).update((before, after))
        transitions[mac] = transitions.get(mac, 0) + 1
    return [
        {"mac": mac, "ports": [*sorted(ports[mac])], "transitions": transitions[mac]}
        for mac in sorted(ports)
    ]
