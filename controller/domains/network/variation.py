"""Held-out cases near a failure: what a repair must also get right, though nobody showed it.

`domain` offers them to whoever judges a candidate. A repair that knows the names of one
world, or that works only in one direction, fails here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from controller.domains.network import address
from controller.domains.network.spare import free_addresses, free_macs, free_name
from controller.domains.network.state import (
    Cable,
    End,
    Link,
    Node,
    World,
    from_json,
    to_json,
)
from controller.domains.world import Json, JsonObject, Variation

_KEPT_BITS: dict[address.Version, int] = {4: 0, 6: 16}
"""By the version of IP, the first bits of addresses, which say what sort they are."""
_FLIPPED_BITS = 16
"""A new address differs from the old one in these first bits, as long as a prefix covers them."""
_TRIES = 64
"""Of all new networks, some are no host's; one of so many always will do."""
_AGEING_SECONDS = (60.0, 90.0, 120.0, 240.0, 300.0, 450.0, 600.0)


def variations(
    observed: JsonObject, values: JsonObject, rng: random.Random
) -> tuple[Variation, ...]:
    """Other names, there and back (if two of the values are NICs), other settings and ports."""
    world = from_json(observed)
    return (
        _renamed(world, values, rng),
        *_there_and_back(world, values),
        _resettled(world, values, rng),
    )


# --- other names ------------------------------------------------------------------------


def _renamed(world: World, values: JsonObject, rng: random.Random) -> Variation:
    observed = to_json(world)
    names = _new_names(world, rng) | _new_addresses((observed, values), rng)
    renamed, given = _substituted(observed, names), _substituted(values, names)
    assert isinstance(renamed, dict)
    assert isinstance(given, dict)
    return Variation("other names, MACs and addresses", to_json(from_json(renamed)), (given,))


def _new_names(world: World, rng: random.Random) -> dict[str, str]:
    """Every name and MAC of the world → another one, one to one.

    The order of MACs is kept, for a bridge that follows its ports follows the lowest one.
    """
    links = [link for node in world.nodes for link in node.links]
    names = sorted({link.name for link in links} | {node.name for node in world.nodes})
    numbers = rng.sample(range(100, 100 + 10 * len(names)), len(names))
    made = {name: f"if{number}" for name, number in zip(names, numbers)}
    macs = {link.mac for link in links}
    macs |= {entry.mac for node in world.nodes for entry in node.fdb}
    macs |= {known.mac for node in world.nodes for known in node.neighbours}
    start, step = rng.randrange(1 << 32), rng.randrange(3, 1 << 16)
    for index, mac in enumerate(sorted(macs - {address.ZERO_MAC})):
        value = (0x0A << 40) + start + index * step
        made[mac] = ":".join(f"{value >> shift & 255:02x}" for shift in range(40, -1, -8))
    return made


def _new_addresses(values: Json | tuple[Json, ...], rng: random.Random) -> dict[str, str]:
    """Every address → another one, so that hosts of one network stay in one."""
    old = sorted({text for text in _texts(values) if address.number(address.bare(text))})
    found: dict[str, str] = {}
    for version, kept in _KEPT_BITS.items():
        own = [text for text in address.of_version(version, old) if not address.is_link_local(text)]
        found |= _flipped_all(version, kept, own, rng)
    return found


def _flipped_all(
    version: address.Version, kept: int, old: Sequence[str], rng: random.Random
) -> dict[str, str]:
    """Addresses of one version of IP → others; none if no other ones are found."""
    bits = min((address.prefix_length(text) for text in old), default=0)
    bits = min(bits, kept + _FLIPPED_BITS)
    choices = range(1, 1 << max(0, bits - kept))
    for flipped in rng.sample(choices, min(_TRIES, len(choices))):
        made = {text: _flipped(text, flipped << address.BITS[version] - bits) for text in old}
        if all(address.is_host_address(address.bare(new)) for new in made.values()):
            return made
    return {}


def _flipped(text: str, bits: int) -> str:
    bare = address.bare(text)
    changed = (address.number(bare) or 0) ^ bits
    return address.written(address.version(text), changed) + text[len(bare) :]


def _texts(value: Json | tuple[Json, ...]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))


def _substituted(value: Json, names: Mapping[str, str]) -> Json:
    """The same JSON with other names; the words of the model itself are no names."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_substituted(item, names) for item in value]
    if isinstance(value, dict):
        return {
            key: item if key in {"role", "kind", "mode", "lacks"} else _substituted(item, names)
            for key, item in value.items()
        }
    return value


# --- there and back ---------------------------------------------------------------------


def _there_and_back(world: World, values: JsonObject) -> Iterator[Variation]:
    nics = {link.name for link in world.subject.links if link.kind == "nic"}
    fields = [key for key, value in values.items() if isinstance(value, str) and value in nics]
    if len(fields) == 2 and values[fields[0]] != values[fields[1]]:
        there, back = fields
        swapped = values | {there: values[back], back: values[there]}
        yield Variation("there and back again", to_json(world), (dict(values), swapped))


# --- other settings ---------------------------------------------------------------------


def _resettled(world: World, values: JsonObject, rng: random.Random) -> Variation:
    ageing_s = rng.choice(_AGEING_SECONDS)
    nodes = tuple(
        replace(node, links=tuple(_aged(link, ageing_s) for link in node.links))
        if node.role == "switch"
        else node
        for node in world.nodes
    )
    enlarged = _with_guest(replace(world, nodes=nodes))
    return Variation("another ageing time and one more port", to_json(enlarged), (dict(values),))


def _aged(link: Link, ageing_s: float) -> Link:
    if link.bridge is None:
        return link
    return replace(link, bridge=replace(link.bridge, ageing_s=ageing_s))


def _with_guest(world: World) -> World:
    """One more port on the host's first bridge, with a machine behind it."""
    bridge = min((link.name for link in world.subject.links if link.kind == "bridge"), default=None)
    if bridge is None:
        return world
    port = free_name("guest", {link.name for link in world.subject.links})
    name = free_name("guest", {node.name for node in world.nodes})
    inner, outer = free_macs(world, 2)
    plug = Link(port, "nic", inner, master=bridge, carrier=True)
    own = tuple(free_addresses(world))
    guest = Node(name, "peer", (Link("eth0", "nic", outer, addresses=own, carrier=True),))
    nodes = tuple(
        replace(node, links=(*node.links, plug)) if node.name == world.host else node
        for node in world.nodes
    )
    cable = Cable(End(name, "eth0"), End(world.host, port))
    return replace(world, nodes=(*nodes, guest), cables=(*world.cables, cable))
