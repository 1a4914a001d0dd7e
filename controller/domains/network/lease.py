"""What a DHCP server lent to an interface, as a value, and as the usual clients write it down.

`disk` reads the files, `state` has the leases of a host. Which MAC address a lease is for decides
whether the same address comes back (RFC 2131, section 4.3.1): a server knows its client by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final

from controller.domains.network import address
from controller.domains.world import JsonObject

_BLOCK: Final = re.compile(r"^\s*lease\s*\{(.*?)^\s*\}", re.DOTALL | re.MULTILINE)
_STATEMENT: Final = re.compile(r'^\s*(?:option\s+)?([\w-]+)\s+"?([^;"]*)"?\s*;', re.MULTILINE)
_ETHERNET: Final = "01"
"""ARP hardware type of Ethernet, with which a client id begins that is a MAC (RFC 2132, 9.14)."""


@dataclass(frozen=True, slots=True)
class Lease:
    """An address with its prefix length that `server` lent `interface`.

    `mac` is whose it is, `expires` a moment in UTC, `gateway` the router that came with it. What a
    client did not write down is None.
    """

    interface: str
    address: str
    server: str | None = None
    mac: str | None = None
    expires: str | None = None
    gateway: str | None = None


def record(lease: Lease) -> JsonObject:
    """The lease as the query `leases` tells it."""
    return {
        "interface": lease.interface,
        "address": lease.address,
        "server": lease.server,
        "mac": lease.mac,
        "expires": lease.expires,
        "gateway": lease.gateway,
    }


def from_dhclient(text: str) -> tuple[Lease, ...]:
    """The latest lease of each interface in a dhclient.leases(5)."""
    latest: dict[str, Lease] = {}
    for block in _BLOCK.finditer(text):
        said = {found[1]: found[2].strip() for found in _STATEMENT.finditer(block[1])}
        name, own = said.get("interface"), said.get("fixed-address")
        cidr = None if own is None else _cidr(own, said.get("subnet-mask"))
        if name and cidr is not None:
            latest[name] = Lease(
                name,
                cidr,
                _host(said.get("dhcp-server-identifier")),
                _client(said.get("dhcp-client-identifier", "")),
                _moment(said.get("expire", "")),
                _host(said.get("routers")),
            )
    return tuple(latest.values())


def to_dhclient(leases: Iterable[Lease]) -> str:
    """Leases as dhclient would have written them down: what `from_dhclient` reads."""
    return "".join(_block(one) for one in leases)


def _block(one: Lease) -> str:
    own, _, length = one.address.partition("/")
    said = {
        "interface": f'"{one.interface}"',
        "fixed-address": own,
        "option subnet-mask": address.dotted((0xFFFFFFFF << 32 - int(length)) & 0xFFFFFFFF),
        "option dhcp-server-identifier": one.server,
        "option dhcp-client-identifier": None if one.mac is None else f"1:{one.mac}",
        "option routers": one.gateway,
        "expire": None if one.expires is None else _as_dhclient(one.expires),
    }
    lines = "".join(f"  {key} {value};\n" for key, value in said.items() if value is not None)
    return f"lease {{\n{lines}}}\n"


def _as_dhclient(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%w %Y/%m/%d %H:%M:%S")


def from_settings(text: str, interface: str, written_s: float) -> Lease | None:
    """The lease that systemd-networkd or NetworkManager wrote as KEY=value at that moment.

    `written_s` is in seconds since 1970, from which `LIFETIME` counts. None if it tells no network.
    """
    said = dict(_assignments(text))
    cidr = _cidr(said.get("ADDRESS", ""), said.get("NETMASK"))
    if cidr is None:
        return None
    lifetime = said.get("LIFETIME", "")
    ends_s = written_s + int(lifetime) if lifetime.isdecimal() else None
    return Lease(
        interface,
        cidr,
        _host(said.get("SERVER_ADDRESS")),
        _client(said.get("CLIENTID", "")),
        None if ends_s is None else _told(ends_s),
        _host(said.get("ROUTER")),
    )


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            yield key.strip(), value.strip()


def _cidr(own: str, mask: str | None) -> str | None:
    bits = None if mask is None else address.number(mask)
    if bits is None or not address.is_host_address(own):
        return None
    length = f"{bits:032b}".find("0") if bits != 0xFFFFFFFF else 32
    cidr = f"{own}/{length}"
    found = address.network(cidr)
    return cidr if found is not None and found.mask == bits else None


def _host(text: str | None) -> str | None:
    """The first of the addresses in a text."""
    first = re.split(r"[,\s]+", text or "")[0]
    return first if address.is_host_address(first) else None


def _client(text: str) -> str | None:
    """The MAC in a client id, `01:02:…` or `0102…`; None if it is no MAC's."""
    octets = re.findall(r"[0-9a-f]{1,2}(?=:|$)" if ":" in text else r"[0-9a-f]{2}", text.lower())
    plain = [octet.zfill(2) for octet in octets]
    mac = ":".join(plain[1:])
    return mac if plain[:1] == [_ETHERNET] and address.is_unicast_mac(mac) else None


def _moment(text: str) -> str | None:
    """`4 2026/11/21 22:00:00`, in UTC, or `epoch 1795298400`, as ISO 8601 writes it."""
    day, _, said = text.partition(" ")
    try:
        if day == "epoch":
            return _told(int(said))
        found = datetime.strptime(said, "%Y/%m/%d %H:%M:%S").replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return _told(found.timestamp())


def _told(moment_s: float) -> str:
    return datetime.fromtimestamp(int(moment_s), timezone.utc).isoformat()


def by_interface(leases: tuple[Lease, ...]) -> Mapping[str, Lease]:
    """One lease for each interface: the one that holds longest."""
    ranked = sorted(leases, key=lambda one: one.expires or "")
    return {one.interface: one for one in ranked}
