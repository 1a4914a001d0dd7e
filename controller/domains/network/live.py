"""The parts of a simulated network that change: nodes, interfaces, tables.

`replica` makes them from a world, `rewiring` changes them, `fabric` carries frames between
them. They are objects with an identity, not values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from controller import link_limits
from controller.domains.network import address
from controller.domains.network.lease import Lease
from controller.domains.network.profile import Profile
from controller.domains.network.state import BondMode, Kind, PortVlan, Role, Route

FrameKind = Literal["solicitation", "advertisement", "echo_request", "echo_reply"]
"""The first two are ARP's request and reply, and what NDP has for them (RFC 4861)."""

Parcel = tuple[FrameKind, str, int, int]
"""A message that waits for its receiver's MAC: kind, sender's address, ticket, size in bytes."""


@dataclass(slots=True)
class Learned:
    """An entry of a forwarding table: where a MAC is, and when it last spoke."""

    port: LiveLink
    seen_s: float
    static: bool = False


@dataclass(slots=True)
class Known:
    """An entry of an ARP or NDP cache."""

    mac: str
    permanent: bool = False


@dataclass(slots=True, eq=False)
class LiveBridge:
    """What only a bridge has. Its table is by MAC and VLAN, which is 0 while it does not filter."""

    mac_pinned: bool
    ageing_s: float
    stp: bool
    multicast_snooping: bool
    mtu_pinned: bool = False
    vlan_filtering: bool = False
    default_pvid: int = 0
    ports: list[LiveLink] = field(default_factory=list)
    table: dict[tuple[str, int], Learned] = field(default_factory=dict)

    def owns(self, member: LiveLink) -> None:
        """Forget what the table says of a MAC that is a port's, or the bridge's own."""
        for vlan in (0, *member.port_vlans):
            self.table.pop((member.mac, vlan), None)


@dataclass(slots=True, eq=False)
class LiveBond:
    """What only a bond has. `turn` is where the next frame goes that goes round."""

    mode: BondMode
    miimon_ms: int
    mac_pinned: bool
    active: LiveLink | None = None
    ports: list[LiveLink] = field(default_factory=list)
    turn: int = 0


@dataclass(slots=True, eq=False)
class LiveVlan:
    """What only a VLAN link has."""

    parent: LiveLink
    vid: int
    mac_pinned: bool


@dataclass(slots=True, eq=False)
class LiveLink:
    """A network interface that changes. `far` is the other end of its cable.

    `own_mac` and `own_mtu` are what a port of a bond gets back when it leaves; `linked` is what
    the bond believes of its carrier. `vlans` are the VLAN links on it, by their ids.
    """

    node: LiveNode
    name: str
    kind: Kind
    mac: str
    up: bool
    addresses: list[str]
    mtu: int
    carrier_beyond: bool
    isolated: bool
    bridge: LiveBridge | None = None
    master: LiveLink | None = None
    far: LiveLink | None = None
    bond: LiveBond | None = None
    own_mac: str | None = None
    own_mtu: int | None = None
    linked: bool = False
    mtu_max: int = link_limits.MTU_MAX
    vlan: LiveVlan | None = None
    vlans: dict[int, LiveLink] = field(default_factory=dict)
    port_vlans: dict[int, PortVlan] = field(default_factory=dict)
    forwards_from_s: float = 0.0
    neighbours: dict[str, Known] = field(default_factory=dict)
    waiting: dict[str, list[Parcel]] = field(default_factory=dict)
    permanent_mac: str | None = None
    derived: tuple[str, ...] = ()

    @property
    def carrier(self) -> bool:
        """True when something that is up listens at the other end of the cable.

        A dummy needs no other end; a bond has one where it believes that a port has, a VLAN link
        where its parent has one.
        """
        if self.vlan is not None:
            return self.up and self.vlan.parent.is_lit
        if self.kind == "dummy":
            return self.up
        if self.bond is not None:
            return self.up and any(port.linked for port in self.bond.ports)
        return self.up and (self.carrier_beyond if self.far is None else self.far.up)

    @property
    def is_lit(self) -> bool:
        """The carrier as the links on it see it: a bridge has that of its ports."""
        if self.bridge is None:
            return self.carrier
        return self.up and any(port.carrier for port in self.bridge.ports)

    def knows(self, whose: str, mac: str) -> None:
        """Note who has an address, unless a person has pinned it."""
        entry = self.neighbours.get(whose)
        if entry is None:
            self.neighbours[whose] = Known(mac)
        elif not entry.permanent:
            entry.mac = mac

    def has(self, wanted: str) -> bool:
        """True when one of its addresses is `wanted`."""
        return any(address.bare(own) == wanted for own in self.addresses)


@dataclass(slots=True, eq=False)
class LiveNode:
    """A node that changes.

    `connected` are (interface, its address) of the networks it is in, the oldest first.
    """

    name: str
    role: Role
    links: dict[str, LiveLink] = field(default_factory=dict)
    connected: list[tuple[LiveLink, str]] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    profiles: dict[str, Profile] = field(default_factory=dict)
    leases: tuple[Lease, ...] = ()
    lacks: tuple[str, ...] = ()

    def has(self, wanted: str) -> bool:
        """True when an interface that is up has this address."""
        return any(link.up and link.has(wanted) for link in self.links.values())

    def route(self, to: str) -> tuple[LiveLink, str] | None:
        """The interface, and its address, from which `to` is reached without a gateway.

        The longest prefix decides, then the oldest route.
        """
        best: tuple[int, LiveLink, str] | None = None
        for link, own in self.connected:
            length = address.prefix_length(own)
            if (best is None or length > best[0]) and address.covers(own, to):
                best = length, link, address.bare(own)
        return None if best is None else best[1:]

    def reroute(self, link: LiveLink) -> None:
        """Follow a change of an interface: its networks are reached by it only while it is up."""
        wanted: dict[address.Network | None, str] = {}
        for own in link.addresses if link.up else ():
            wanted.setdefault(address.network(own), own)
        primary = list(wanted.values())
        self.connected = [(via, a) for via, a in self.connected if via is not link or a in primary]
        known = [own for via, own in self.connected if via is link]
        self.connected += [(link, own) for own in primary if own not in known]
