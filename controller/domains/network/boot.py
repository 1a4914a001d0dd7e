"""What a host makes of its profiles when it starts: pure, as NetworkManager does it.

`restart` performs it in both kernels, phrases ask what comes up. What is not in a profile is gone
(`cold`); a profile that connects by itself brings its interface up, and as a port its controller
too; a controller brings its other ports only where it says so (nm-settings(5), `autoconnect` and
`autoconnect-slaves`). NetworkManager 1.42 was asked about each of these rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from controller import limits
from controller.domains.network import address as ip
from controller.domains.network.lease import by_interface
from controller.domains.network.profile import BOND_MODES, TYPES, Profile
from controller.domains.network.state import Link, Node
from controller.domains.world import Json, Operation
from controller.profile_limits import ROUTE_METRICS


def cold(host: Node) -> Node:
    """The host with nothing but its NICs, as they were built, and what is on its disk."""
    return replace(host, links=tuple(_cold_nics(host)), neighbours=(), fdb=(), routes=())


def _cold_nics(host: Node) -> Iterator[Link]:
    for link in host.links:
        if link.kind == "nic":
            own = link.mac if link.bond_port is None else link.bond_port.mac
            yield Link(
                link.name,
                "nic",
                link.permanent_mac or own,
                up=False,
                mtu_max=link.mtu_max,
                permanent_mac=link.permanent_mac,
            )


# --- which profiles -----------------------------------------------------------------------


def active(host: Node) -> Mapping[str, Profile]:
    """Which interfaces a start brings up, each with its profile, controllers before their ports."""
    start = _Start(cold(host))
    ranked = sorted(host.profiles, key=lambda one: (-one.priority, one.interface is None, one.id))
    for one in ranked:
        if one.autoconnect:
            start.activate(one)
    return start.active


@dataclass(slots=True)
class _Start:
    host: Node
    active: dict[str, Profile] = field(default_factory=dict)
    waiting: list[Profile] = field(default_factory=list)

    def activate(self, profile: Profile) -> bool:
        """Bring a profile up, with what it needs. False if it cannot be."""
        name = self._interface(profile)
        if name is None or self.active.get(name, profile) != profile or profile in self.waiting:
            return False
        if name in self.active:
            return True
        self.waiting.append(profile)
        needs_met = self._needs_met(profile)
        self.waiting.remove(profile)
        if not needs_met:
            return False
        self.active[name] = profile
        if profile.autoconnect_ports:
            for port in self.host.profiles:
                if port.controller is not None and profile.names(port.controller):
                    self.activate(port)
        return True

    def _needs_met(self, profile: Profile) -> bool:
        if profile.controller is not None and not self._has_controller(profile):
            return False
        return profile.type != "vlan" or (profile.vlan is not None and self._exists(profile.parent))

    def _interface(self, profile: Profile) -> str | None:
        """The interface that a profile is for; of a NIC that it does not name, one that is free."""
        if profile.type not in TYPES:
            return None
        if profile.type != "ethernet":
            return profile.interface
        named = {one.interface for one in self.host.profiles if one.autoconnect}
        for nic in sorted(self.host.links, key=lambda link: link.name):
            mac = nic.permanent_mac or nic.mac
            if profile.hardware_mac not in {None, mac}:
                continue
            if profile.interface == nic.name:
                return nic.name
            free = self.active.get(nic.name, profile) == profile and nic.name not in named
            if profile.interface is None and (profile.hardware_mac is not None or free):
                return nic.name
        return None

    def _has_controller(self, profile: Profile) -> bool:
        meant = profile.controller or ""
        found = [
            one
            for one in self.host.profiles
            if one.type == profile.port_type and one.names(meant) and one is not profile
        ]
        return any(self.activate(one) for one in found)

    def _exists(self, parent: str | None) -> bool:
        """A VLAN's parent is a NIC, or made by a profile that connects by itself."""
        if parent is None or self.host.link(parent) is not None:
            return parent is not None
        makers = [one for one in self.host.profiles if one.names(parent) and one.autoconnect]
        return any(one.type not in {"ethernet", "vlan"} and self.activate(one) for one in makers)


# --- what they do -------------------------------------------------------------------------


def operations(host: Node) -> tuple[Operation, ...]:
    """What a start does to a host that is `cold`: operations of the catalogue, in their order."""
    chosen = active(host)
    return (
        *_prepared(cold(host), chosen),
        *_made(chosen),
        *_joined(chosen, "bond", "add_bond_port"),
        *_tagged(chosen),
        *_joined(chosen, "bridge", "attach_port"),
        *_sized(chosen),
        *(_operation("set_link_state", interface=name, up=True) for name in _ups(chosen)),
        *_addressed(host, chosen),
        *_routed(host, chosen),
        *_announced(host, chosen),
    )


def _operation(name: str, **arguments: Json) -> Operation:
    return Operation(name, {key: value for key, value in arguments.items() if value is not None})


def _prepared(host: Node, chosen: Mapping[str, Profile]) -> Iterator[Operation]:
    """NICs with the MACs that their profiles give them, up: their carriers are of interest.

    Those that join a bond go up with it.
    """
    for link in sorted(host.links, key=lambda link: link.name):
        profile = chosen.get(link.name)
        mac = _given_mac(profile)
        if mac is not None and mac != link.mac:
            yield _operation("set_mac", interface=link.name, mac=mac)
        controller = None if profile is None else controller_of(chosen, profile)
        if controller is None or chosen[controller].type != "bond":
            yield _operation("set_link_state", interface=link.name, up=True)


def _given_mac(profile: Profile | None) -> str | None:
    given = None if profile is None else profile.cloned_mac or profile.bridge_mac
    return given if given is not None and ip.is_unicast_mac(given) else None


def _made(chosen: Mapping[str, Profile]) -> Iterator[Operation]:
    for name, profile in chosen.items():
        if profile.type == "bridge":
            yield _operation(
                "create_bridge",
                bridge=name,
                mac=_given_mac(profile),
                stp=profile.stp is not False,
                multicast_snooping=True,
            )

        if profile.type == "bond":
            yield _operation(
                "create_bond",
                bond=name,
                mode=profile.mode or BOND_MODES[0],
                miimon=profile.miimon,
                mac=_given_mac(profile),
            )


def _tagged(chosen: Mapping[str, Profile]) -> Iterator[Operation]:
    for name, profile in chosen.items():
        if profile.type == "vlan" and profile.parent is not None:
            parent = _meant(chosen, profile.parent) or profile.parent
            mac = _given_mac(profile)
            yield _operation("create_vlan", vlan=name, interface=parent, vid=profile.vlan, mac=mac)


def _joined(chosen: Mapping[str, Profile], kind: str, join: str) -> Iterator[Operation]:
    """Ports join bonds first: a bond without any has no MAC that a VLAN or a bridge could take."""
    for name, profile in chosen.items():
        controller = controller_of(chosen, profile)
        if controller is not None and chosen[controller].type == kind:
            yield Operation(join, {kind: controller, "interface": name})


def _sized(chosen: Mapping[str, Profile]) -> Iterator[Operation]:
    for name, profile in chosen.items():
        if profile.mtu is not None:
            yield _operation("set_mtu", interface=name, mtu=profile.mtu)


def controller_of(chosen: Mapping[str, Profile], profile: Profile) -> str | None:
    """The interface whose port a profile's interface is among the active ones."""
    return None if profile.controller is None else _meant(chosen, profile.controller)


def _meant(chosen: Mapping[str, Profile], said: str) -> str | None:
    """The interface of the active profile that a controller or a parent means."""
    return next((name for name, one in chosen.items() if one.names(said)), None)


def _ups(chosen: Mapping[str, Profile]) -> list[str]:
    return [name for name, profile in chosen.items() if profile.type != "ethernet"]


def _addressed(host: Node, chosen: Mapping[str, Profile]) -> Iterator[Operation]:
    for name, profile in chosen.items():
        for own in _addresses(host, name, profile, chosen):
            yield _operation("add_address", interface=name, address=own)


def _announced(host: Node, chosen: Mapping[str, Profile]) -> Iterator[Operation]:
    """NetworkManager tells the neighbours of an interface that it has its IPv4 addresses now."""
    for step in _addressed(host, chosen):
        if ip.version(str(step.arguments["address"])) == 4:
            yield Operation("send_gratuitous_arp", step.arguments)


def _addresses(
    host: Node, name: str, profile: Profile, chosen: Mapping[str, Profile]
) -> tuple[str, ...]:
    """Those of the profile, and the one that a DHCP server lends to the same MAC again."""
    if profile.controller is not None:
        return ()
    if profile.method == "disabled":
        return (*ip.of_version(6, profile.addresses),)
    leased = by_interface(host.leases).get(name)
    again = leased is not None and leased.mac == _mac(host, name, chosen)
    if leased is None or not again or profile.method not in {"auto", None}:
        return profile.addresses
    return (*profile.addresses, leased.address)


def _mac(host: Node, name: str, chosen: Mapping[str, Profile]) -> str | None:
    """The MAC that an interface will have, where it can be foretold."""
    given = _given_mac(chosen.get(name))
    nic = cold(host).link(name)
    if given is not None or nic is not None:
        return given or (nic.mac if nic is not None else None)
    ports = [
        port for port, one in chosen.items() if name == controller_of(chosen, one) and port != name
    ]
    macs = [mac for port in ports if (mac := _mac(host, port, chosen)) is not None]
    if not macs:
        return None
    return min(macs) if chosen[name].type == "bridge" else macs[0]


def _routed(host: Node, chosen: Mapping[str, Profile]) -> Iterator[Operation]:
    """Static routes, then the default ones; without a metric, that of the type, each its own."""
    taken: dict[str, int] = {}
    for name, profile in sorted(chosen.items()):
        owned = _addresses(host, name, profile, chosen)
        if not owned:
            continue
        metric = profile.metric
        if metric is None:
            metric = ROUTE_METRICS[profile.type] + taken.get(profile.type, 0)
            taken[profile.type] = taken.get(profile.type, 0) + 1
        for way in profile.routes:
            yield _route(name, way.destination, way.gateway, way.metric or metric, owned)
        gateway = profile.gateway or _lent_gateway(host, name, profile, owned)
        if gateway is not None:
            yield _route(name, "0.0.0.0/0", gateway, metric, owned)


def _lent_gateway(host: Node, name: str, profile: Profile, owned: tuple[str, ...]) -> str | None:
    lease = by_interface(host.leases).get(name)
    lent = lease is not None and lease.address in owned and lease.address not in profile.addresses
    return lease.gateway if lease is not None and lent else None


def _route(
    interface: str, destination: str, gateway: str | None, metric: int, owned: tuple[str, ...]
) -> Operation:
    """A route; its gateway need not be in a network of the interface (`onlink`)."""
    reached = gateway is None or ip.is_link_local(gateway)
    reached = reached or any(ip.covers(own, str(gateway)) for own in owned)
    return _operation(
        "add_route",
        interface=interface,
        destination=destination,
        gateway=gateway,
        metric=min(metric, limits.ROUTE_METRIC_MAX),
        onlink=None if reached else True,
    )
