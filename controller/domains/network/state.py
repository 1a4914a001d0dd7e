"""The state of a network as values: nodes, links, tables, cables. Pure, JSON in and out.

Both kernels observe a `World`; `shadow` and the lab build one. The JSON of equal worlds is
equal: everything is sorted except a link's addresses, whose order decides which of them is
the primary one (ip-address(8)), and no time is in it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from controller import limits
from controller.domains.network import address, profile
from controller.domains.network.lease import Lease
from controller.domains.network.profile import Profile
from controller.domains.world import Json, JsonObject

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Role = Literal["host", "switch", "peer"]
Kind = Literal["nic", "bridge"]


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """What only a bridge has.

    A bridge whose MAC is not pinned follows the lowest MAC of its ports; once set, it stays.
    """

    mac_pinned: bool = True
    ageing_s: float = limits.AGEING_SECONDS_DEFAULT
    stp: bool = False
    multicast_snooping: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface. Addresses are `a.b.c.d/len`, the kernel's order; `bridge` iff a bridge.

    `carrier` is false for a bridge. That of a NIC without a cable says whether something
    unknown is plugged in. Isolated ports of one bridge do not forward to each other. The permanent
    MAC is the one that a NIC begins with, where anybody knows it.
    """

    name: str
    kind: Kind
    mac: str
    up: bool = True
    master: str | None = None
    addresses: tuple[str, ...] = ()
    mtu: int = 1500
    carrier: bool = False
    isolated: bool = False
    bridge: BridgeSettings | None = None
    permanent_mac: str | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry of the ARP cache: who has `address`, as `interface` knows it."""

    interface: str
    address: str
    mac: str
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A way that somebody configured: to `destination` by `interface`, maybe over a gateway.

    `destination` is a network, `0.0.0.0/0` the default; `source` the address to send from. With
    `onlink` the kernel believes that it reaches the gateway (ip-route(8)). What the kernel
    derives from addresses is no route here.
    """

    interface: str
    destination: str
    gateway: str | None = None
    metric: int = 0
    source: str | None = None
    onlink: bool = False


@dataclass(frozen=True, slots=True)
class FdbEntry:
    """A MAC address that a bridge learned on a port, or was told of (`static`)."""

    bridge: str
    mac: str
    port: str
    static: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A host, a switch or a peer. `profiles` say what it starts from, `leases` what it was lent."""

    name: str
    role: Role
    links: tuple[Link, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    fdb: tuple[FdbEntry, ...] = ()
    routes: tuple[Route, ...] = ()
    profiles: tuple[Profile, ...] = ()
    leases: tuple[Lease, ...] = ()

    def link(self, name: str) -> Link | None:
        """The interface of that name."""
        return next((link for link in self.links if link.name == name), None)

    def ports(self, bridge: str) -> tuple[Link, ...]:
        """The ports of a bridge, by name."""
        return tuple(link for link in self.links if link.master == bridge)


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
        links=_by_name(node.links),
        neighbours=tuple(sorted(node.neighbours, key=lambda n: (n.interface, n.address))),
        fdb=tuple(sorted(node.fdb, key=lambda e: (e.bridge, e.mac, e.port))),
        routes=sorted_routes(node.routes),
        profiles=tuple(sorted(node.profiles, key=lambda p: (p.id, p.uuid or ""))),
        leases=tuple(sorted(node.leases, key=lambda one: (one.interface, one.address))),
    )


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
    assert value is None or isinstance(value, str | int | float | bool)
    return value


def from_json(observed: JsonObject) -> World:
    """A world from its JSON. Raises `ValueError` when it is not one."""
    return _adapter().validate_python(observed)


def settled(world: World) -> JsonObject:
    """What a rollback must restore: the host's own configuration, without caches or carrier.

    The MAC address of a bridge that follows its ports and has none means nothing, so it is None.
    """
    host = world.subject
    return {
        "links": {link.name: _settled_link(host, link) for link in _by_name(host.links)},
        "neighbours": [
            {"interface": n.interface, "address": n.address, "mac": n.mac}
            for n in _canonical_node(host).neighbours
            if n.permanent
        ],
        "routes": [
            {
                "interface": route.interface,
                "destination": route.destination,
                "gateway": route.gateway,
                "metric": route.metric,
                "source": route.source,
            }
            for route in sorted_routes(host.routes)
        ],
        "profiles": {one.id: profile.settled(one) for one in host.profiles},
    }


def _settled_link(host: Node, link: Link) -> JsonObject:
    settings = link.bridge
    follows = settings is not None and not settings.mac_pinned and not host.ports(link.name)
    kept: JsonObject = {
        "kind": link.kind,
        "mac": None if follows else link.mac,
        "up": link.up,
        "master": link.master,
        "addresses": [*sorted(link.addresses)],
        "mtu": link.mtu,
    }
    if settings is not None:
        kept["ageing_s"] = settings.ageing_s
        kept["stp"] = settings.stp
        kept["multicast_snooping"] = settings.multicast_snooping
    return kept


def secondaries(link: Link, primary: str) -> tuple[str, ...]:
    """The addresses that Linux drops together with `primary`: later ones of the same network.

    None when `primary` is itself a secondary one (ip-address(8), `secondary`;
    promote_secondaries is off).
    """
    same = [a for a in link.addresses if address.network(a) == address.network(primary)]
    return tuple(same[1:]) if same and same[0] == primary else ()
