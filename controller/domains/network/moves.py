"""Listens to a real bridge's forwarding table and tells which MAC addresses moved.

`netlink` calls it inside the host's namespace. New entries are no moves: after any change a
bridge learns many, which is healthy.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any, Final

from pyroute2.netlink.rtnl.marshal import MarshalRtnl

from controller.domains.network import dumping
from controller.domains.network.namespace import Inside
from controller.domains.network.query import Move
from controller.domains.network.readout import Reading, fdb_entries, is_learned

_RTMGRP_NEIGH: Final = 4
_RECEIVE_BYTES: Final = 1 << 16
_AF_BRIDGE: Final = 7


def watch_moves(inside: Inside, reading: Reading, bridge: str, seconds: float) -> list[Move]:
    """The moves between ports of `bridge` in the next `seconds`, in order."""
    moves: list[Move] = []
    names = {index: name for name, index in reading.index.items()}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as monitor:
        monitor.bind((0, _RTMGRP_NEIGH))
        known = fdb_entries(inside.dumper.rows(dumping.FDB), names)
        where = {(e.mac, e.vlan): e.port for e in known if e.bridge == bridge}
        for message in _events(monitor, reading.index[bridge], seconds):
            mac, port = str(message.get_attr("NDA_LLADDR")), names.get(message["ifindex"])
            vlan = message.get_attr("NDA_VLAN") or 0
            if message["event"] == "RTM_DELNEIGH" or port is None:
                where.pop((mac, vlan), None)
                continue
            before = where.get((mac, vlan), port)
            if before != port:
                moves.append((mac, before, port))
            where[mac, vlan] = port
    return moves


def _events(monitor: socket.socket, bridge: int, seconds: float) -> Iterator[Any]:
    """Changes of the bridge's table until time is up."""
    marshal = MarshalRtnl()
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        monitor.settimeout(left)
        try:
            data = monitor.recv(_RECEIVE_BYTES)
        except TimeoutError:
            return
        for message in marshal.parse(data):
            if (
                message["family"] == _AF_BRIDGE
                and message.get_attr("NDA_MASTER") == bridge
                and is_learned(message)
            ):
                yield message
