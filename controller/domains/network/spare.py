"""Names, MACs and addresses that nobody in a world has yet.

`outside` and `variation` ask here when they add a machine to a world.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count, islice

from controller.domains.network import address
from controller.domains.network.state import World

_HOSTS_TRIED = 1024
"""Addresses looked at in one network: nobody's observed world has as many machines."""


def free_name(stem: str, used: Collection[str]) -> str:
    """`stem` with the lowest number that makes it a new name."""
    return next(name for name in (f"{stem}{number}" for number in count()) if name not in used)


def free_macs(world: World, wanted: int) -> list[str]:
    """MACs that no link of the world has, of a locally administered block."""
    used = {link.mac for node in world.nodes for link in node.links}
    block = (f"02:00:5e:00:{number >> 8 & 255:02x}:{number & 255:02x}" for number in range(1 << 16))
    return list(islice((mac for mac in block if mac not in used), wanted))


def free_addresses(world: World, preferred: Collection[str] = ()) -> Iterator[str]:
    """A free address in each network of the host, with its prefix length, where there is one.

    One of the `preferred` if it is of the network and free.
    """
    used = {address.bare(a) for node in world.nodes for link in node.links for a in link.addresses}
    seen: set[address.Network] = set()
    for own in (a for link in world.subject.links for a in link.addresses):
        found = address.network(own)
        if found is None or found in seen:
            continue
        seen.add(found)
        length = address.prefix_length(own)
        last = min(2 ** (address.BITS[found.version] - length) - 1, _HOSTS_TRIED)
        hosts = (address.written(found.version, found.number + n) for n in range(1, last))
        wished = (host for host in sorted(preferred) if address.covers(own, host))
        free = next((host for host in (*wished, *hosts) if host not in used), None)
        if free is not None:
            yield f"{free}/{length}"
