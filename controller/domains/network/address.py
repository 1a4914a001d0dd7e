"""Decides what a MAC address, an IP address and a name are, and which networks hold which.

Used by every room of this domain. Addresses are text, as Linux prints them (an IPv6 one in the
form of RFC 5952); the numbers behind them are cached, for a simulated network asks for the same
few again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Final, Literal, NamedTuple

from controller import limits

BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
ALL_NODES_MAC = "33:33:00:00:00:01"
ZERO_MAC = "00:00:00:00:00:00"

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_OCTETS = re.compile(r"(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})")


Version = Literal[4, 6]
BITS: Final[dict[Version, int]] = {4: 32, 6: 128}
"""How long an address of a version is."""
EVERYWHERE: Final[dict[Version, str]] = {4: "0.0.0.0/0", 6: "::/0"}
"""The destination of the default route."""
_LINK_LOCAL: Final = 0xFE80 << 112, 0xFFC0 << 112
"""fe80::/10, addresses that mean something on one link only (RFC 4291, section 2.5.6)."""


class Network(NamedTuple):
    """The addresses that begin alike: all that give `number` under `mask`."""

    version: Version
    number: int
    mask: int


def version(address: str) -> Version:
    """Of which version of IP an address is, with its length or without."""
    return 6 if ":" in address else 4


@lru_cache(maxsize=4096)
def number(address: str) -> int | None:
    """An address without a length as a number; None if it is none, or not as Linux prints it."""
    if ":" in address:
        return _number_6(address)
    match = _OCTETS.fullmatch(address)
    if match is None:
        return None
    octets = [int(octet) for octet in match.groups()]
    if max(octets) > 255:
        return None
    return octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]


def _number_6(address: str) -> int | None:
    try:
        found = IPv6Address(address)
    except ValueError:
        return None
    return int(found) if str(found) == address and found.scope_id is None else None


def dotted(value: int) -> str:
    """The number of an IPv4 address as text."""
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def written(version: Version, value: int) -> str:
    """The number of an address as text."""
    return dotted(value) if version == 4 else str(IPv6Address(value))


@lru_cache(maxsize=4096)
def network(address: str) -> Network | None:
    """The network of an address with its length; None if it is not of that form."""
    host, slash, length = address.partition("/")
    value, own = number(host), version(host)
    if value is None or not slash or not length.isdecimal() or int(length) > BITS[own]:
        return None
    every = (1 << BITS[own]) - 1
    mask = every << (BITS[own] - int(length)) & every
    return Network(own, value & mask, mask)


def broadcast(address: str) -> str | None:
    """The address of everybody in the network of `a.b.c.d/len`; None where there is none."""
    found = network(address)
    if found is None or found.version == 6 or prefix_length(address) > 30:
        return None
    return dotted(found.number | ~found.mask & 0xFFFFFFFF)


def prefix_length(address: str) -> int:
    """`len` of an address with its length, and all of its bits for one without."""
    _, slash, length = address.partition("/")
    return int(length) if slash else BITS[version(address)]


def bare(address: str) -> str:
    """The address without its length."""
    return address.partition("/")[0]


def covers(address: str, other: str) -> bool:
    """True when `other` (with a length or without) is in the network of `address`."""
    found = network(address)
    value = number(bare(other))
    if found is None or value is None or version(other) != found.version:
        return False
    return value & found.mask == found.number


def of_version(wanted: Version, addresses: Iterable[str]) -> list[str]:
    """Those of one version of IP, in their order."""
    return [own for own in addresses if version(own) == wanted]


def by_version(addresses: Iterable[str]) -> tuple[str, ...]:
    """IPv4's first, otherwise in their order."""
    return tuple(sorted(addresses, key=version))


def in_order(addresses: Iterable[str]) -> tuple[str, ...]:
    """An interface's addresses as they are told: IPv4's in the kernel's order, IPv6's by text.

    Of the order of IPv6 addresses nothing depends, and kernels differ in it.
    """
    own = [*addresses]
    return (*of_version(4, own), *sorted(of_version(6, own)))


def is_host_address(address: str) -> bool:
    """True for a unicast address without a length that a host may own, beyond its link.

    Of IPv6 this leaves out multicast, link-local addresses and what begins with eight zeros, which
    is reserved (RFC 4291, section 2.4).
    """
    value = number(address)
    if value is None:
        return False
    if version(address) == 6:
        return 0 < value >> 120 < 0xFF and not is_link_local(address)
    return 1 <= value >> 24 < 224 and value >> 24 != 127


def is_link_local(address: str) -> bool:
    """True for an IPv6 address of fe80::/10, with a length or without."""
    value = number(bare(address)) if version(address) == 6 else None
    return value is not None and value & _LINK_LOCAL[1] == _LINK_LOCAL[0]


def is_gateway(address: str) -> bool:
    """True for what a route may lead over: a router's own address, in IPv6 also of its link."""
    return is_host_address(address) or is_link_local(address)


def is_cidr(address: str) -> bool:
    """True for a host's address with its prefix length."""
    return network(address) is not None and is_host_address(bare(address))


def is_network(address: str) -> bool:
    """True for an address with a length and no bit beyond it: a route's destination."""
    found = network(address)
    return found is not None and written(found.version, found.number) == bare(address)


def is_mac(text: str) -> bool:
    """True for six lower-case hexadecimal octets with colons."""
    return _MAC.fullmatch(text) is not None


def is_unicast_mac(text: str) -> bool:
    """True for a MAC address that one interface may have."""
    return is_mac(text) and not int(text[:2], 16) & 1 and text != ZERO_MAC


def is_group_mac(mac: str) -> bool:
    """True for the MAC of several: everybody's, or a multicast group's."""
    return mac[1] in "13579bdf"


def everybody_mac(own: str) -> str:
    """The MAC by which all hosts of the version of an address are called: ARP's broadcast, or that
    of ff02::1 (RFC 2464, section 7)."""
    return BROADCAST_MAC if version(own) == 4 else ALL_NODES_MAC


def asked_mac(whose: str) -> str:
    """The MAC that is asked who has an address: everybody's, or that of its solicited-node group
    (RFC 4291, section 2.7.1)."""
    if version(whose) == 4:
        return BROADCAST_MAC
    last = (number(whose) or 0) & 0xFFFFFF
    return f"33:33:ff:{last >> 16:02x}:{last >> 8 & 255:02x}:{last & 255:02x}"


def is_name(text: str) -> bool:
    """True for what Linux takes as an interface's name (dev_valid_name in net/core/dev.c)."""
    return (
        0 < len(text.encode()) <= limits.INTERFACE_NAME_BYTES
        and text not in {".", ".."}
        and not any(character in "/:%" or character.isspace() for character in text)
        and text.isprintable()
    )
