"""A message of rtnetlink, of which only those attributes are decoded that somebody asks for.

`dumping` makes them from what the kernel sent. Names, numbers and types are pyroute2's; so is the
decoding of whatever is not a plain value, such as the ways of a route. A host's table has some
fifty attributes a row, of which an operation reads a handful: decoding all of them was most of
what an operation took.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

_HEADER: Final = struct.Struct("=HH")
_HEADER_BYTES: Final = 4
_TYPE: Final = 0x3FFF
"""Without the flags for nests and network byte order (linux/netlink.h, NLA_TYPE_MASK)."""
_MAC_BYTES: Final = 6
_INFO: Final = ifinfmsg.ifinfo
_PORTS: Final[Mapping[str, type]] = {
    "bridge": _INFO.bridge_slave_data,
    "bond": _INFO.bond_slave_data,
}


@cache
def _schema(described: type) -> Mapping[str, tuple[int, str]]:
    """The numbers and types of the attributes that one of pyroute2's classes describes."""
    rows = enumerate(described.nla_map)  # type: ignore[attr-defined]
    numbered = [row if isinstance(row[0], int) else (number, *row) for number, row in rows]
    return {name: (number, kind) for number, name, kind, *_ in numbered}


def _plain(form: str) -> Callable[[bytes], int]:
    unpacked = struct.Struct(form)
    return lambda data: int(unpacked.unpack_from(data)[0])


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode()


def _octets(data: bytes) -> str:
    return ":".join(f"{octet:02x}" for octet in data)


def _ip(data: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)


_OPERSTATES: Final = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")
"""By their numbers (linux/if.h, IF_OPER_*)."""
_PLAIN: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "uint8": _plain("=B"),
    "uint16": _plain("=H"),
    "uint32": _plain("=I"),
    "uint64": _plain("=Q"),
    "int32": _plain("=i"),
    "be16": _plain("!H"),
    "be32": _plain("!I"),
    "asciiz": _text,
    "state": lambda data: _OPERSTATES[data[0]],
    "hex": _octets,
    "ipaddr": _ip,
    "target": _ip,
}
_MACS: Final = frozenset({"l2addr", "lladdr"})


class Message:
    """A message, or a nest of attributes in one.

    `message["index"]` is a field of its head, `get_attr` an attribute, None if it has none of that
    name. `data` are its bytes, of which attributes begin at `start`; a nest is the attribute `name`
    of what it is `within`.
    """

    __slots__ = ("_data", "_described", "_head", "_name", "_places", "_start", "_whole", "_within")

    def __init__(
        self,
        described: type,
        data: bytes,
        start: int,
        head: Mapping[str, int],
        within: Message | None = None,
        name: str = "",
    ) -> None:
        self._described, self._data, self._start, self._head = described, data, start, head
        self._within, self._name = within, name
        self._places: dict[int, tuple[int, int]] | None = None
        self._whole: Any = None

    def whole(self) -> Any:
        """The same as pyroute2 decodes it, for what is no plain value. It lives as long as this."""
        if self._whole is None and self._within is not None:
            self._whole = self._within.whole().get_attr(self._name)
        elif self._whole is None:
            self._whole = self._described(self._data)
            self._whole.decode()
        return self._whole

    def __getitem__(self, field: str) -> int:
        return self._head[field]

    def get_attr(self, name: str) -> Any:
        """The value of an attribute: the last one of that name."""
        number, kind = _schema(self._described)[name]
        if self._places is None:
            self._places = self._read()
        place = self._places.get(number)
        return None if place is None else self._value(name, kind, *place)

    def get_attrs(self, name: str) -> list[Any]:
        """The values of all attributes of that name, as pyroute2 has them."""
        found: list[Any] = self.whole().get_attrs(name)
        return found

    def _read(self) -> dict[int, tuple[int, int]]:
        """Begin and end of each attribute's value, by its number (netlink(7))."""
        found: dict[int, tuple[int, int]] = {}
        at, data = self._start, self._data
        last = len(data) - _HEADER_BYTES
        while at <= last:
            length, number = _HEADER.unpack_from(data, at)
            if length < _HEADER_BYTES:
                break
            found[number & _TYPE] = at + _HEADER_BYTES, at + length
            at += (length + 3) & ~3
        return found

    def _value(self, name: str, kind: str, at: int, end: int) -> Any:
        plain = _PLAIN.get(kind)
        if plain is not None:
            return plain(self._data[at:end])
        if kind in _MACS and end - at == _MAC_BYTES:
            return _octets(self._data[at:end])
        nest = self._nest(kind)
        if nest is not None:
            return Message(nest, self._data[:end], at, {}, self, name)
        return self.whole().get_attr(name)

    def _nest(self, kind: str) -> type | None:
        """What describes a nest; None for what pyroute2 is to decode."""
        found: type | None = None
        if kind == "ifinfo":
            found = _INFO
        elif kind == "info_data":
            found = _INFO.data_map.get(self.get_attr("IFLA_INFO_KIND"))
        elif kind == "info_slave_data":
            found = _PORTS.get(self.get_attr("IFLA_INFO_SLAVE_KIND"))
        return found
