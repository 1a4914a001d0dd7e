"""Asks the kernel for its tables over a socket of its own: what `readout.Tables` is made of.

A dump is one request and the rows that answer it (rtnetlink(7)). pyroute2 would decode every row
in full and run an event loop for each request; what changes things still goes through it.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyroute2.netlink.exceptions import NetlinkDumpInterrupted, NetlinkError
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.nsidmsg import nsidmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from controller import limits
from controller.domains.network.message import Message

_HEADER: Final = struct.Struct("=IHHII")
_REQUEST, _ACK, _INTERRUPTED, _DUMP = 0x1, 0x4, 0x10, 0x300
_ERROR, _DONE = 2, 3
_RECEIVE_BYTES: Final = 1 << 16
"""Twice what Linux puts into one datagram of a dump at most (net/netlink/af_netlink.c)."""
_IFLA_EXT_MASK: Final = 29
_SKIP_STATS: Final = 1 << 3
_VLANS: Final = 1 << 1
"""RTEXT_FILTER_* (linux/rtnetlink.h)."""
_AF_BRIDGE: Final = 7
_GETNSID: Final = 90
_NETNSA_FD: Final = 3
_NSID_NOT_ASSIGNED: Final = 0xFFFFFFFF
"""RTM_GETNSID, a namespace by its descriptor, and -1 for none (linux/net_namespace.h)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A request for a table: its number, its payload, and what describes the rows."""

    request: int
    payload: bytes
    described: type


@dataclass(frozen=True, slots=True)
class _Head:
    """The fixed part of a row: its form and what its fields are called."""

    form: struct.Struct
    names: tuple[str, ...]


def _links(family: int, mask: int, index: int = 0) -> Table:
    told = struct.pack("=BxHiII", family, 0, index, 0, 0)
    return Table(18, told + struct.pack("=HHI", 8, _IFLA_EXT_MASK, mask), ifinfmsg)


def _neighbours(family: int) -> Table:
    return Table(30, struct.pack("=B3xiHBB", family, 0, 0, 0, 0), ndmsg)


def _routes(family: int) -> Table:
    return Table(26, struct.pack("=8BI", family, 0, 0, 0, 0, 0, 0, 0, 0), rtmsg)


LINKS: Final = _links(socket.AF_UNSPEC, _SKIP_STATS)
"""Interfaces, without their counters."""
VLANS: Final = _links(_AF_BRIDGE, _VLANS)
"""Bridges and their ports, with their VLANs."""
ADDRESSES: Final = Table(22, struct.pack("=4BI", socket.AF_UNSPEC, 0, 0, 0, 0), ifaddrmsg)
NEIGHBOURS: Final = _neighbours(socket.AF_UNSPEC)
FDB: Final = _neighbours(_AF_BRIDGE)
ROUTES: Final = _routes(socket.AF_UNSPEC)

_HEADS: Final = {
    described: _Head(
        struct.Struct("=" + "".join(form for _, form in described.fields)),
        tuple(name for name, form in described.fields if not form.endswith("x")),
    )
    for described in (ifinfmsg, ifaddrmsg, ndmsg, nsidmsg, rtmsg)
}


class Dumper:
    """A socket in the network namespace of the thread that makes it, for any thread.

    Everything raises `NetlinkError` for what the kernel refuses, `TimeoutError` if it is silent.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE
        )
        self._socket.bind((0, 0))
        self._socket.settimeout(limits.NAMESPACE_CALL_SECONDS)
        self._busy = threading.Lock()
        self._sequence = 0

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def rows(self, table: Table) -> list[Message]:
        """All rows, read again when the table changed meanwhile."""
        for _ in range(limits.NETLINK_DUMP_TRIES - 1):
            try:
                return self._asked(table, _DUMP)
            except NetlinkDumpInterrupted:
                continue
        return self._asked(table, _DUMP)

    def link(self, index: int) -> Message:
        """One interface, which must be there."""
        (found,) = self._asked(_links(socket.AF_UNSPEC, _SKIP_STATS, index), _ACK)
        return found

    def namespace_id(self, descriptor: int) -> int | None:
        """The number by which this namespace knows another one, which is open; None if not."""
        told = struct.pack("=4xHHI", 8, _NETNSA_FD, descriptor)
        (found,) = self._asked(Table(_GETNSID, told, nsidmsg), _ACK)
        number = int(found.get_attr("NETNSA_NSID"))
        return None if number == _NSID_NOT_ASSIGNED else number

    def _asked(self, table: Table, mode: int) -> list[Message]:
        with self._busy:
            return self._exchanged(table, mode)

    def _exchanged(self, table: Table, mode: int) -> list[Message]:
        self._sequence += 1
        length = _HEADER.size + len(table.payload)
        head = _HEADER.pack(length, table.request, _REQUEST | mode, self._sequence, 0)
        self._socket.send(head + table.payload)
        found: list[Message] = []
        interrupted = False
        for kind, marked, data in self._answers():
            interrupted |= bool(marked & _INTERRUPTED)
            if kind not in (_ERROR, _DONE):
                found.append(_row(table, data))
        if interrupted:
            raise NetlinkDumpInterrupted
        return found

    def _received(self) -> bytes:
        try:
            return self._socket.recv(_RECEIVE_BYTES)
        except socket.timeout as silent:  # an error of its own before Python 3.10
            raise TimeoutError("rtnetlink does not answer") from silent

    def _answers(self) -> Iterator[tuple[int, int, bytes]]:
        """Type, flags and bytes of each message that answers the latest request, to its end."""
        while True:
            data = self._received()
            at = 0
            while at + _HEADER.size <= len(data):
                length, kind, flags, sequence, _ = _HEADER.unpack_from(data, at)
                if sequence == self._sequence:
                    yield kind, flags, data[at : at + length]
                    if kind in (_ERROR, _DONE):
                        _refuse_error(data[at + _HEADER.size : at + length])
                        return
                at += (length + 3) & ~3


def _refuse_error(payload: bytes) -> None:
    (code,) = struct.unpack_from("=i", payload)
    if code < 0:
        raise NetlinkError(-code, os.strerror(-code))


def _row(table: Table, data: bytes) -> Message:
    head = _HEADS[table.described]
    values = head.form.unpack_from(data, _HEADER.size)
    fields = dict(zip(head.names, values))
    start = _HEADER.size + ((head.form.size + 3) & ~3)
    return Message(table.described, data, start, fields)
