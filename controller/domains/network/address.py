"""Decides what a MAC address, an IPv4 address and a name are, and which networks hold which.

Used by every room of this domain. Addresses are text, as Linux prints them; the numbers
behind them are cached, for a simulated network asks for the same few again and again.
"""

from __future__ import annotations

import re
from functools import lru_cache

from controller import limits

BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
ZERO_MAC = "00:00:00:00:00:00"

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_OCTETS = re.compile(r"(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})")


@lru_cache(maxsize=4096)
def number(address: str) -> int | None:
    """An IPv4 address `a.b.c.d` as a number of 32 bits; None if it is not one."""
    match = _OCTETS.fullmatch(address)
    if match is None:
        return None
    octets = [int(octet) for octet in match.groups()]
    if max(octets) > 255:
        return None
    return octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]


def dotted(value: int) -> str:
    """The number of an IPv4 address as text."""
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


@lru_cache(maxsize=4096)
def network(address: str) -> tuple[int, int] | None:
    """(network, mask) of `a.b.c.d/len` as numbers; None if it is not of that form."""
    host, slash, length = address.partition("/")
    value = number(host)
    if value is None or not slash or not length.isdecimal() or int(length) > 32:
        return None
    mask = (0xFFFFFFFF << (32 - int(length))) & 0xFFFFFFFF
    return value & mask, mask


def broadcast(address: str) -> str | None:
    """The address of everybody in the network of `a.b.c.d/len`; None where there is none."""
    found = network(address)
    if found is None or prefix_length(address) > 30:
        return None
    return dotted(found[0] | ~found[1] & 0xFFFFFFFF)


def prefix_length(address: str) -> int:
    """`len` of `a.b.c.d/len`, and 32 for an address without one."""
    _, slash, length = address.partition("/")
    return int(length) if slash else 32


def bare(address: str) -> str:
    """`a.b.c.d` of `a.b.c.d/len`, and an address without a length as it is."""
    return address.partition("/")[0]


def covers(address: str, other: str) -> bool:
    """True when `other` (with a length or without) is in the network of `address`."""
    found = network(address)
    value = number(bare(other))
    return found is not None and value is not None and value & found[1] == found[0]


def is_host_address(address: str) -> bool:
    """True for a unicast IPv4 address without a length that a host may own."""
    value = number(address)
    return value is not None and 1 <= value >> 24 < 224 and value >> 24 != 127


def is_cidr(address: str) -> bool:
    """True for a host's address with its prefix length."""
    return network(address) is not None and is_host_address(bare(address))


def is_network(address: str) -> bool:
    """True for `a.b.c.d/len` without a bit beyond its prefix: a route's destination."""
    found = network(address)
    return found is not None and dotted(found[0]) == bare(address)


def is_mac(text: str) -> bool:
    """True for six lower-case hexadecimal octets with colons."""
    return _MAC.fullmatch(text) is not None


def is_unicast_mac(text: str) -> bool:
    """True for a MAC address that one interface may have."""
    return is_mac(text) and not int(text[:2], 16) & 1 and text != ZERO_MAC


def is_name(text: str) -> bool:
    """True for what Linux takes as an interface's name (dev_valid_name in net/core/dev.c)."""
    return (
        0 < len(text.encode()) <= limits.INTERFACE_NAME_BYTES
        and text not in {".", ".."}
        and not any(character in "/:%" or character.isspace() for character in text)
        and text.isprintable()
    )
