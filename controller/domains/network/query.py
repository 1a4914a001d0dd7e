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
    own: JsonObject = {}
    if link.bridge is not None:
        settings = link.bridge
        own = {
            "stp": settings.stp,
            "multicast_snooping": settings.multicast_snooping,
            "vlan_filtering": settings.vlan_filtering,
        }
    keeps = link.bridge or link.bond
    if keeps is not None:
        own["mac_pinned"] = keeps.mac_pinned
    if link.vlan is not None:
        own = {"parent": link.vlan.parent, "vid": link.vlan.vid}
    if link.peer is not None:
        own = {"peer": link.peer}
    return {
        "name": link.name,
        "kind": link.kind,
        "mac": link.mac,
        "up": link.up,
        "carrier": link.carrier,
        "master": link.master,
        "addresses": list(link.addresses),
        "derived": list(link.derived),
        "mtu": link.mtu,
        "permanent_mac": link.permanent_mac,
        **own,
    }


def _list_links(host: Node, _arguments: Arguments) -> Json:
    return [_record(link) for link in sorted(host.links, key=lambda link: link.name)]


def _link(host: Node, arguments: Arguments) -> Json:
    return _record(existing(host, text(arguments, "interface")))


def _bridge_ports(host: Node, arguments: Arguments) -> Json:
    return [*sorted(port.name for port in host.ports(text(arguments, "bridge")))]


def _bond(host: Node, arguments: Arguments) -> Json:
    bond = existing(host, text(arguments, "bond"))
    settings = bond.bond
    assert settings is not None
    return {
        "name": bond.name,
        "mode": settings.mode,
        "miimon_ms": settings.miimon_ms,
        "active": settings.active,
        "ports": [_bond_port(port) for port in host.ports(bond.name)],
    }


def _bond_port(link: Link) -> JsonObject:
    port = link.bond_port
    assert port is not None
    return {
        "name": link.name,
        "up": link.up,
        "carrier": link.carrier,
        "linked": port.linked,
        "mac": port.mac,
    }


def _addresses(host: Node, arguments: Arguments) -> Json:
    return list(existing(host, text(arguments, "interface")).addresses)


def _bridge_fdb(host: Node, arguments: Arguments) -> Json:
    bridge = text(arguments, "bridge")
    entries = sorted((e.mac, e.port, e.vlan, e.static) for e in host.fdb if e.bridge == bridge)
    return [
        {"mac": mac, "port": port, "vlan": vlan, "static": static}
        for mac, port, vlan, static in entries
    ]


def _port_vlans(host: Node, arguments: Arguments) -> Json:
    bridge = existing(host, text(arguments, "bridge"))
    members = sorted((bridge, *host.ports(bridge.name)), key=lambda link: link.name)
    return [
        {"interface": link.name, "vid": own.vid, "pvid": own.pvid, "untagged": own.untagged}
        for link in members
        for own in sorted(link.port_vlans, key=lambda own: own.vid)
    ]


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
    "bond": _bond,
    "addresses": _addresses,
    "bridge_fdb": _bridge_fdb,
    "port_vlans": _port_vlans,
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
    found = sorted({(entry.bridge, entry.port) for entry in switch.fdb if entry.mac == mac})
    return [{"bridge": bridge, "port": port} for bridge, port in found]


def allowed(switch: Node, port: str) -> Json:
    """The answer of `vantage_port_vlans`: what a switch lets through a port."""
    link = switch.link(port)
    bridge = None if link is None or link.master is None else switch.link(link.master)
    if link is None or bridge is None or bridge.bridge is None:
        return None
    vlans: Json = [
        {"vid": own.vid, "pvid": own.pvid, "untagged": own.untagged}
        for own in sorted(link.port_vlans, key=lambda own: own.vid)
    ]
    return {"filters": bridge.bridge.vlan_filtering, "vlans": vlans}


def acquaintances(vantage: Node, whose: str) -> Json:
    """The answer of `vantage_neighbours`: who has an address, as a vantage knows it."""
    found = sorted(
        (n.interface, n.mac, n.permanent) for n in vantage.neighbours if n.address == whose
    )
    return [{"interface": i, "mac": mac, "permanent": permanent} for i, mac, permanent in found]


def port_state_records(states: Mapping[str, str]) -> Json:
    """The answer of `port_states`, from each port's state."""
    return [{"port": port, "state": states[port]} for port in sorted(states)]


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
