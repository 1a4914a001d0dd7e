"""What a host starts from: connection profiles as values, whoever keeps them.

A profile says what one interface is to be after a reboot. `keyfile` reads and writes it as
NetworkManager does, `boot` foretells what comes of it, `state` has those of a host. The names of
the settings are nm-settings(5)'s, ports and controllers for what it once called slaves and masters.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from controller import profile_limits
from controller.domains.network import address as ip
from controller.domains.world import Json, JsonObject

TYPES: Final = ("ethernet", "bridge", "bond", "vlan")
"""What `write_profile` writes. A host may have profiles of other types, which say nothing here."""
METHODS: Final = ("auto", "manual", "disabled")
"""Where IPv4 addresses come from: DHCP, the profile, nowhere."""
PORT_TYPES: Final = ("bridge", "bond")
BOND_MODES: Final = (
    "balance-rr",
    "active-backup",
    "balance-xor",
    "broadcast",
    "802.3ad",
    "balance-tlb",
    "balance-alb",
)
"""By their numbers, which are as good (bonding.rst)."""


@dataclass(frozen=True, slots=True)
class Way:
    """A static route of a profile. Without a metric it has that of the interface's type."""

    destination: str
    gateway: str | None = None
    metric: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One connection profile. What is None is left to NetworkManager.

    `interface` is the name of the interface, `hardware_mac` the permanent MAC of the only NIC that
    it is for. `controller` is a bridge or bond, by interface name, uuid or id, whose port the
    interface becomes; `autoconnect_ports` is what a controller does with ports that do not come by
    themselves. `method`, `gateway` and `metric` are about IPv4, `addresses` and `routes` about both
    versions of IP; IPv4's come first. `cloned_mac` is the MAC that it gets.
    """

    id: str
    type: str
    uuid: str | None = None
    interface: str | None = None
    autoconnect: bool = True
    priority: int = 0
    controller: str | None = None
    port_type: str | None = None
    autoconnect_ports: bool | None = None
    hardware_mac: str | None = None
    cloned_mac: str | None = None
    mtu: int | None = None
    method: str | None = None
    addresses: tuple[str, ...] = ()
    gateway: str | None = None
    routes: tuple[Way, ...] = ()
    metric: int | None = None
    stp: bool | None = None
    bridge_mac: str | None = None
    mode: str | None = None
    miimon: int | None = None
    parent: str | None = None
    vlan: int | None = None

    def names(self, controller: str) -> bool:
        """True when another profile's `controller` or `parent` means this one."""
        return controller in {self.interface, self.uuid, self.id}


def is_id(text: str) -> bool:
    """True for what may name a profile: one line of print, so short that a file can bear it."""
    size = len(text.encode("utf-8", "replace"))
    return (
        0 < size <= profile_limits.PROFILE_ID_BYTES and text.isprintable() and text == text.strip()
    )


def found(profiles: Collection[Profile], name: str) -> Profile | None:
    """The profile of that id."""
    return next((one for one in profiles if one.id == name), None)


def wanted(arguments: Mapping[str, Json], former: Profile | None) -> Profile:
    """The profile that `write_profile` asks for; arguments are of the catalogue's kinds.

    It replaces what the operation has parameters for, and keeps the rest of a `former` one.
    """
    name = str(arguments["profile"])
    kept = former or Profile(name, "", str(uuid.uuid5(uuid.NAMESPACE_OID, f"profile {name}")))
    controller = _text(arguments.get("controller"))
    method = _text(arguments.get("method"))
    addresses = ip.by_version(_texts(arguments.get("addresses")))
    own = bool(ip.of_version(4, addresses))
    if addresses and not own and method == "manual":
        method = "disabled"
    gateway, routes = _text(arguments.get("gateway")), _routes(arguments.get("routes"))
    if gateway is not None and ip.version(gateway) == 6:
        gateway, routes = None, (*routes, Way(ip.EVERYWHERE[6], gateway))
    return replace(
        kept,
        type=str(arguments["type"]),
        interface=str(arguments["interface"]),
        autoconnect=arguments.get("autoconnect") is not False,
        controller=controller,
        port_type=_port_type(arguments) if controller else None,
        autoconnect_ports=_flag(arguments.get("autoconnect_ports")),
        cloned_mac=_text(arguments.get("cloned_mac")),
        mtu=_whole(arguments.get("mtu")),
        method=method or (None if controller else "manual" if own else "auto"),
        addresses=addresses,
        gateway=gateway,
        routes=tuple(sorted(routes, key=lambda way: ip.version(way.destination))),
        stp=_flag(arguments.get("stp")),
        mode=_text(arguments.get("mode")),
        miimon=_whole(arguments.get("miimon")),
        parent=_text(arguments.get("parent")),
        vlan=_whole(arguments.get("vlan")),
    )


def _port_type(arguments: Mapping[str, Json]) -> str:
    return _text(arguments.get("port_type")) or "bridge"


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _flag(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _routes(value: Json) -> tuple[Way, ...]:
    records = value if isinstance(value, list) else []
    return tuple(
        Way(str(one["destination"]), _text(one.get("gateway")), _whole(one.get("metric")) or None)
        for one in records
        if isinstance(one, dict)
    )


_ROUTE_FIELDS: Final = frozenset({"destination", "gateway", "metric", "interface", "source"})
"""What the query `routes` tells of one, so that a gene can write down what it was told."""


def are_routes(value: Json) -> bool:
    """True for a list of routes as the query `routes` gives them; whose they are is left out."""
    return isinstance(value, list) and all(_is_route(one) for one in value)


def _is_route(value: Json) -> bool:
    if not isinstance(value, dict) or not value.keys() <= _ROUTE_FIELDS:
        return False
    to, gateway, metric = value.get("destination"), value.get("gateway"), value.get("metric")
    return (
        isinstance(to, str)
        and ip.is_network(to)
        and (gateway is None or (isinstance(gateway, str) and ip.is_gateway(gateway)))
        and (metric is None or (isinstance(metric, int) and not isinstance(metric, bool)))
    )


def objection(profile: Profile, former: Profile | None) -> str | None:
    """Why a profile makes no sense, in one line; None if NetworkManager would take it."""
    if former is not None and former.interface not in {None, profile.interface}:
        return f"profile {profile.id} is of interface {former.interface}"
    if profile.type == "vlan" and (profile.parent is None or profile.vlan is None):
        return "a profile of a VLAN needs its parent and its id"
    if profile.controller is not None and (profile.method or profile.addresses):
        return f"a port of {profile.controller} has no addresses of its own"
    own = ip.of_version(4, profile.addresses)
    if profile.method == "manual" and not own:
        return "the method manual needs an address"
    if profile.gateway is not None and not own:
        return "a gateway needs an address beside it"
    ways = ip.of_version(4, (way.destination for way in profile.routes))
    if profile.method == "disabled" and (own or ways):
        return "the method disabled leaves no room for addresses and routes"
    return None


def record(profile: Profile) -> JsonObject:
    """The profile as the query `profiles` tells it, with the names of `write_profile`."""
    return {
        "profile": profile.id,
        "interface": profile.interface,
        "type": profile.type,
        "autoconnect": profile.autoconnect,
        "controller": profile.controller,
        "port_type": profile.port_type,
        "autoconnect_ports": profile.autoconnect_ports,
        "method": profile.method,
        "addresses": [*profile.addresses],
        "gateway": profile.gateway,
        "routes": [
            {"destination": way.destination, "gateway": way.gateway, "metric": way.metric}
            for way in profile.routes
        ],
        "cloned_mac": profile.cloned_mac or profile.bridge_mac,
        "mtu": profile.mtu,
        "stp": profile.stp,
        "mode": profile.mode,
        "miimon": profile.miimon,
        "parent": profile.parent,
        "vlan": profile.vlan,
    }


def settled(profile: Profile) -> JsonObject:
    """What a plan tells of a profile: what it says, not what it leaves open."""
    said = record(profile)
    del said["profile"]
    return {name: value for name, value in said.items() if value is not None and value != []}


def idle_without(profiles: Collection[Profile], name: str) -> tuple[Profile, ...]:
    """The profiles that come to nothing once that of this id is gone: those of its ports, of the
    VLANs on what it makes, and of what needs these. A NIC is there without a profile."""
    gone = [one for one in profiles if one.id == name]
    left = [one for one in profiles if one.id != name]
    found: list[Profile] = []
    while gone:
        former = gone.pop()
        needy = [one for one in left if former.type != "ethernet" and _needs(one, former, left)]
        left = [one for one in left if one not in needy]
        gone += needy
        found += needy
    return tuple(found)


def _needs(one: Profile, former: Profile, left: Collection[Profile]) -> bool:
    meant = [said for said in (one.controller, one.parent) if said is not None]
    return any(
        former.names(said) and not any(other.names(said) for other in left) for said in meant
    )
