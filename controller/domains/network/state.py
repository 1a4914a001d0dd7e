"""The state of a network as values: nodes, links, tables, cables. Pure, JSON in and out.

Both kernels observe a `World`; `shadow` and the lab build one. The JSON of equal worlds is
equal: everything is sorted except a link's addresses, whose order decides which of them is
the primary one (ip-address(8)), and no time is in it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

from controller import limits, link_limits
from controller.domains.network import address
from controller.domains.network.lease import Lease
from controller.domains.network.profile import Profile
from controller.domains.world import Json, JsonObject

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Role = Literal["host", "switch", "peer"]
Kind = Literal["nic", "bridge", "bond", "dummy", "vlan", "veth"]
"""A dummy swallows what is sent over it; a veth is one of two ends on one host (veth(4)). One whose
other end is elsewhere is a NIC."""
PORT_KINDS: Final[frozenset[Kind]] = frozenset({"nic", "bond", "dummy", "vlan", "veth"})
"""What may be a port of a bridge: where an operation takes a `nic`, it takes any of these."""
BondMode = Literal[
    "balance-rr",
    "active-backup",
    "balance-xor",
    "broadcast",
    "802.3ad",
    "balance-tlb",
    "balance-alb",
]
"""Linux's own names, in the order of its numbers (bonding.rst, `mode`)."""


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """What only a bridge has.

    A bridge whose MAC is not pinned follows the lowest MAC of its ports; once set, it stays. So
    does its MTU. Linux does not tell whether that was set: one that is not the ports' lowest was.
    A port that joins gets the VLAN `default_pvid`, untagged, unless that is 0.
    """

    mac_pinned: bool = True
    ageing_s: float = limits.AGEING_SECONDS_DEFAULT
    stp: bool = False
    multicast_snooping: bool = False
    mtu_pinned: bool = False
    vlan_filtering: bool = False
    default_pvid: int = 0


@dataclass(frozen=True, slots=True)
class BondSettings:
    """What only a bond has. `ports` are in the order in which they joined.

    `miimon_ms` is how often it looks at its ports' carriers; with 0 it believes that all are
    there. `active` is the port that it sends by, in the modes that have one. A bond without ports
    whose MAC is not pinned takes that of the first one; when the last one leaves, it has none.
    """

    mode: BondMode = "active-backup"
    miimon_ms: int = limits.BOND_MIIMON_MS_DEFAULT
    active: str | None = None
    ports: tuple[str, ...] = ()
    mac_pinned: bool = False


@dataclass(frozen=True, slots=True)
class BondPort:
    """What an interface is besides while it is a port of a bond.

    `mac` and `mtu` are its own, which it gets back when it leaves: meanwhile it has the bond's.
    `linked` is what the bond believes of its carrier. Linux does not tell the MTU: then it is None,
    and taken to be what the port has before somebody changes that.
    """

    mac: str
    linked: bool = True
    mtu: int | None = None


@dataclass(frozen=True, slots=True)
class VlanSettings:
    """What only a VLAN link has: the interface that it lies on, and its VLAN's id.

    One whose MAC is not pinned has that of its parent.
    """

    parent: str
    vid: int
    mac_pinned: bool = False


@dataclass(frozen=True, slots=True)
class PortVlan:
    """A VLAN that a bridge lets through a port, or to itself, while it filters.

    What comes without a tag is of the VLAN with `pvid`; `untagged` is what leaves without one.
    """

    vid: int
    pvid: bool = False
    untagged: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface. Addresses have their lengths: IPv4's in the kernel's order, then IPv6's
    by text (`address.in_order`). `derived` are IPv6 addresses that nobody configured: those of the
    link, and those that a router advertises. `bridge` iff a bridge.

    `carrier` is false for a bridge. That of a NIC without a cable says whether something
    unknown is plugged in. Isolated ports of one bridge do not forward to each other. A port that
    is `waiting` listens or learns before it forwards, for STP has it so. A driver takes an MTU of
    `mtu_max` bytes at most. `master` is the bridge or the bond that it is a port of; `bond_port`
    iff a bond's. `vlan` iff a VLAN link; `peer` iff a veth, its other end; `port_vlans` are a
    port's, or a bridge's own. The permanent MAC is the one that a NIC was built with, where
    anybody knows it.
    """

    name: str
    kind: Kind
    mac: str
    up: bool = True
    master: str | None = None
    addresses: tuple[str, ...] = ()
    mtu: int = link_limits.MTU_DEFAULT
    carrier: bool = False
    isolated: bool = False
    waiting: bool = False
    bridge: BridgeSettings | None = None
    mtu_max: int = link_limits.MTU_MAX
    bond: BondSettings | None = None
    bond_port: BondPort | None = None
    permanent_mac: str | None = None
    vlan: VlanSettings | None = None
    port_vlans: tuple[PortVlan, ...] = ()
    derived: tuple[str, ...] = ()
    peer: str | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry of the ARP cache, or of NDP's: who has `address`, as `interface` knows it."""

    interface: str
    address: str
    mac: str
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A way that somebody configured: to `destination` by `interface`, maybe over a gateway.

    `destination` is a network, `0.0.0.0/0` and `::/0` the defaults; `source` the address to send
    from. With `onlink` the kernel believes that it reaches the gateway (ip-route(8)). What the
    kernel derives from addresses, and what a router advertises, is no route here.
    """

    interface: str
    destination: str
    gateway: str | None = None
    metric: int = 0
    source: str | None = None
    onlink: bool = False


@dataclass(frozen=True, slots=True)
class FdbEntry:
    """A MAC address that a bridge learned on a port, or was told of (`static`).

    `vlan` is 0 where the bridge does not tell VLANs apart.
    """

    bridge: str
    mac: str
    port: str
    static: bool = False
    vlan: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A host, a switch or a peer.

    `lacks` are the kinds that its kernel cannot make, if known; `profiles` say what it starts from,
    `leases` what it was lent.
    """

    name: str
    role: Role
    links: tuple[Link, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    fdb: tuple[FdbEntry, ...] = ()
    routes: tuple[Route, ...] = ()
    lacks: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()
    leases: tuple[Lease, ...] = ()

    def link(self, name: str) -> Link | None:
        """The interface of that name."""
        return next((link for link in self.links if link.name == name), None)

    def ports(self, master: str) -> tuple[Link, ...]:
        """The ports of a bridge or of a bond, by name."""
        return tuple(link for link in self.links if link.master == master)


@dataclass(frozen=True, slots=True, order=True)
class End:
    """Where a cable is plugged in."""

    node: str
    nic: str


@dataclass(frozen=True, slots=True, order=True)
class Cable:
    """Two NICs that hear each other."""

    a: End
    b: End


@dataclass(frozen=True, slots=True)
class World:
    """All nodes and cables that are known. Operations act on `host`; others are vantages."""

    host: str
    nodes: tuple[Node, ...]
    cables: tuple[Cable, ...] = ()

    def node(self, name: str) -> Node | None:
        """The node of that name."""
        return next((node for node in self.nodes if node.name == name), None)

    @property
    def subject(self) -> Node:
        """The node that operations act on. Raises `ValueError` if the world has none."""
        found = self.node(self.host)
        if found is None:
            raise ValueError(f"the world has no node {self.host}")
        return found

    def far_end(self, end: End) -> End | None:
        """The other end of the cable in `end`, if there is one."""
        for cable in self.cables:
            if cable.a == end:
                return cable.b
            if cable.b == end:
                return cable.a
        return None


Named = TypeVar("Named", Node, Link)


@functools.cache
def _adapter() -> TypeAdapter[World]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - hosts that only write worlds have none

    return TypeAdapter(World)


def canonical(world: World) -> World:
    """The same world, everything in its sorted place."""
    cables = (Cable(*sorted((cable.a, cable.b))) for cable in world.cables)
    return replace(
        world,
        nodes=tuple(_canonical_node(node) for node in _by_name(world.nodes)),
        cables=tuple(sorted(cables)),
    )


def _canonical_node(node: Node) -> Node:
    return replace(
        node,
        links=tuple(_canonical_link(link) for link in _by_name(node.links)),
        neighbours=tuple(sorted(node.neighbours, key=lambda n: (n.interface, n.address))),
        fdb=tuple(sorted(node.fdb, key=lambda e: (e.bridge, e.mac, e.port, e.vlan))),
        routes=sorted_routes(node.routes),
        profiles=tuple(sorted(node.profiles, key=lambda p: (p.id, p.uuid or ""))),
        leases=tuple(sorted(node.leases, key=lambda one: (one.interface, one.address))),
        lacks=tuple(sorted(node.lacks)),
    )


def _canonical_link(link: Link) -> Link:
    if len(link.port_vlans) < 2:
        return link
    return replace(link, port_vlans=tuple(sorted(link.port_vlans, key=lambda own: own.vid)))


def sorted_routes(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Routes by destination, then by what else tells them apart."""
    return tuple(
        sorted(routes, key=lambda r: (r.destination, r.metric, r.interface, r.gateway or ""))
    )


def _by_name(things: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(things, key=lambda thing: thing.name))


def to_json(world: World) -> JsonObject:
    """A world as plain JSON; equal worlds give equal values."""
    return cast(JsonObject, _plain(canonical(world)))


def _plain(value: object) -> Json:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    assert value is None or isinstance(value, (str, int, float, bool))
    return value


def from_json(observed: JsonObject) -> World:
    """A world from its JSON. Raises `ValueError` when it is not one."""
    return _adapter().validate_python(observed)


def joining(node: Node, bond: Link) -> list[Link]:
    """The ports of a bond in the order in which they joined; by name where nobody knows."""
    known = () if bond.bond is None else bond.bond.ports
    place = {name: number for number, name in enumerate(known)}
    ports = node.ports(bond.name)
    return sorted(ports, key=lambda port: (place.get(port.name, len(known)), port.name))


def own_mac(host: Node, link: Link) -> str | None:
    """An interface's MAC; None where it means nothing, for Linux draws it by chance.

    So it is with a bond that has no port and was told none, with a bridge that follows its ports
    and has none that means something, and with a VLAN link that has the MAC of such a one.
    """
    if link.vlan is not None and not link.vlan.mac_pinned:
        parent = host.link(link.vlan.parent)
        return None if parent is None else own_mac(host, parent)
    if link.bond is not None and not link.bond.mac_pinned and not host.ports(link.name):
        return None
    follows = link.bridge is not None and not link.bridge.mac_pinned
    if follows and not any(own_mac(host, port) for port in host.ports(link.name)):
        return None
    return link.mac


def lies_on(host: Node, upper: Link, lower: str) -> bool:
    """True when an interface, or one that it is made of, is a VLAN of `lower`."""
    below = [upper.vlan.parent] if upper.vlan is not None else []
    below += [port.name for port in host.ports(upper.name)]
    found = (host.link(name) for name in below)
    return lower in below or any(link is not None and lies_on(host, link, lower) for link in found)


def beneath(host: Node, link: Link) -> set[str]:
    """An interface and all that it is made of: ports, a VLAN's parent, and theirs."""
    below = [] if link.vlan is None else [host.link(link.vlan.parent)]
    below += host.ports(link.name)
    return {link.name}.union(*(beneath(host, one) for one in below if one is not None))


def lowest_mtu(mtus: Iterable[int]) -> int:
    """What a bridge whose MTU is not pinned has, by those of its ports (br_if.c, `br_mtu_min`)."""
    return min(mtus, default=link_limits.MTU_DEFAULT)


def secondaries(link: Link, primary: str) -> tuple[str, ...]:
    """The addresses that Linux drops together with `primary`: later ones of the same network.

    None when `primary` is itself a secondary one (ip-address(8), `secondary`;
    promote_secondaries is off), and none of IPv6, where all are equal.
    """
    if address.version(primary) == 6:
        return ()
    same = [a for a in link.addresses if address.network(a) == address.network(primary)]
    return tuple(same[1:]) if same and same[0] == primary else ()
