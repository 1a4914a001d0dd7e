"""What an operation may touch, as named items: what an undoing puts back, and nothing else.

An item is one setting of a host, by a key such as `mac br0`, `address br0 10.7.0.1/24` or
`route 254 0.0.0.0/0 …`; its value is JSON. They are a host's configuration: no caches, no
counters, nothing that the kernel derives by itself. A profile, which may outlive its interface, is
an item of its own (`profile profile:br0`), by its id. Both kernels read them (`inventory` from
Linux, `modelled` from the model) and put them back by the steps that `restoring` plans.

The inverse of an operation is the operation `restore`, which is in no catalogue, so that no gene
can be granted it. Its arguments are `interfaces`, all whose items may change, and `items`, as
they were before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from controller.domains.network.argument import text
from controller.domains.network.profile import idle_without
from controller.domains.network.state import Node
from controller.domains.world import Json, Operation

RESTORE = "restore"

_SETTINGS = frozenset({"bridge", "port", "bond", "worn", "active"})
"""Kinds of items that an interface has as long as it is what it is: none comes or goes alone. One
that is missing could not be read."""

Items = dict[str, Json]

_PROFILE = "profile:"
"""Begins what stands for a profile among interfaces: no interface's name has a colon."""

_DERIVED = frozenset({"order", "pinned", "joined", "follows_mtu"})
"""Kinds of items that only say how others lie or came about: not compared by themselves."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Interfaces, and their items at one moment. An item that is not there was absent."""

    interfaces: frozenset[str]
    items: Items


def key(kind: str, interface: str, *rest: object) -> str:
    """The name of an item."""
    return " ".join((kind, interface, *map(str, rest)))


def parts(name: str) -> tuple[str, str, str]:
    """Kind, interface (a route's table) and the rest of an item's name."""
    kind, _, rest = name.partition(" ")
    interface, _, which = rest.partition(" ")
    return kind, interface, which


def profile_key(profile_id: str) -> str:
    """The name of a profile's item."""
    return key("profile", _PROFILE + quote(profile_id, safe=""))


def profile_of(name: str) -> str | None:
    """The id of the profile that is meant by an item's interface; None if it is an interface."""
    return unquote(name.removeprefix(_PROFILE)) if name.startswith(_PROFILE) else None


def interfaces_of(name: str, value: Json) -> frozenset[str]:
    """The interfaces that an item belongs to: more than one for a route with several ways."""
    kind, interface, _ = parts(name)
    if kind != "route":
        return frozenset({interface})
    assert isinstance(value, dict)
    ways = value["ways"]
    assert isinstance(ways, list)
    return frozenset(str(way["interface"]) for way in ways if isinstance(way, dict))


def scope(host: Node, operation: Operation) -> frozenset[str]:
    """The interfaces that an operation names, their other ends, their ports, and all on them.

    Of an operation about a profile, only that, and what goes with it.
    """
    if "profile" in operation.arguments:
        name = text(operation.arguments, "profile")
        lost = idle_without(host.profiles, name) if operation.name == "delete_profile" else ()
        meant = (name, *(one.id for one in lost))
        return frozenset(parts(profile_key(one))[1] for one in meant)
    named = {
        text(operation.arguments, parameter)
        for parameter in ("interface", "bridge", "bond", "dummy", "vlan", "veth", "peer")
        if parameter in operation.arguments
    }
    named |= {link.peer for link in host.links if link.name in named and link.peer}
    return frozenset(_above(host, named | _below(host, named)))


def _above(host: Node, names: Collection[str]) -> set[str]:
    """These, what they are ports of, the VLANs on them, and the same of those."""
    upper = {link.master for link in host.links if link.name in names and link.master}
    upper |= {link.name for link in host.links if link.vlan and link.vlan.parent in names}
    return {*names, *(_above(host, upper) if upper else ())}


def _below(host: Node, names: Collection[str]) -> set[str]:
    """The ports of these, and the ports of those."""
    ports = {link.name for link in host.links if link.master in names}
    return ports | (_below(host, ports) if ports else set())


def restore(taken: Footprint) -> Operation:
    """The inverse that puts a footprint back."""
    return Operation(RESTORE, {"interfaces": [*sorted(taken.interfaces)], "items": taken.items})


def combined(inverses: Iterable[Operation]) -> Footprint:
    """What several inverses, the last operation's first, restore together.

    Each overlays what the ones before it said about its own interfaces, so the oldest state of
    everything is what remains.
    """
    names: frozenset[str] = frozenset()
    items: Items = {}
    for inverse in inverses:
        interfaces, older = inverse.arguments["interfaces"], inverse.arguments["items"]
        assert isinstance(interfaces, list)
        assert isinstance(older, dict)
        own = frozenset(map(str, interfaces))
        items = {n: v for n, v in items.items() if not interfaces_of(n, v) & own} | older
        names |= own
    return Footprint(names, items)


def disturbed(before: Footprint, left: Mapping[str, Json], now: Footprint) -> tuple[str, ...]:
    """The items that somebody else changed since an operation left them as `left` says.

    What is as it was before needs no undoing, whoever saw to it. Of an interface that is to go,
    everything stays if anything on it is somebody else's.
    """
    found = {
        name
        for name in left.keys() | now.items.keys()
        if parts(name)[0] not in _DERIVED
        if name in now.items or parts(name)[0] not in _SETTINGS
        if now.items.get(name) not in (left.get(name), before.items.get(name))
    }
    made = {parts(n)[1] for n in now.items if n.startswith("link ") and n not in before.items}
    used = {name for name in made if any(_concerns(n, now.items.get(n), name) for n in found)}
    found |= {n for n, v in now.items.items() for u in used if _concerns(n, v, u)}
    return tuple(sorted(found))


def _concerns(name: str, value: Json, interface: str) -> bool:
    if parts(name)[0] == "master" and value == interface:
        return True
    if parts(name)[0] == "route" and value is None:
        return False
    return interface in interfaces_of(name, value)


def sparing(before: Footprint, now: Footprint, spared: Collection[str]) -> Footprint:
    """The same to be restored, with the spared items as they are now."""
    items = {name: value for name, value in before.items.items() if name not in spared}
    items |= {name: now.items[name] for name in spared if name in now.items}
    return Footprint(before.interfaces, items)


def differences(before: Footprint, now: Footprint) -> tuple[str, ...]:
    """What is not as it was, in words; of an interface that is gone, only that."""
    gone = {parts(n)[1] for n in before.items if n.startswith("link ") and n not in now.items}
    return tuple(
        _said(name, before.items, now.items)
        for name in sorted(before.items.keys() | now.items.keys())
        if parts(name)[0] not in _DERIVED
        if before.items.get(name) != now.items.get(name)
        if name in before.items or parts(name)[0] not in _SETTINGS
        if name.startswith("link ") or parts(name)[1] not in gone
    )


def _said(name: str, before: Items, now: Items) -> str:
    if name not in now:
        return f"{name} is gone"
    if name not in before:
        return f"{name} is there and was not"
    if parts(name)[0] == "profile":
        return f"{name} is not what it was"  # a keyfile may have secrets in it
    return f"{name} is {now[name]}, was {before[name]}"
