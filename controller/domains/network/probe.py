"""Echo requests from inside a namespace, one after the other, each with a short wait.

`netlink` calls it in a vantage's thread. A raw socket rather than ping(8): no process to
start, and a wait of less than a second.
"""

from __future__ import annotations

import os
import socket
import time

from controller import limits
from controller.domains.network import wire

_IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE = 10, 3
"""Send no pieces, whatever is believed of the path's MTU (ip(7); linux/in.h)."""
_HEADERS_BYTES = 28
"""Of IPv4 and ICMP."""
_RECEIVE_BYTES = 1 << 16


def pings_answered(to: str, attempts: int, size: int | None = None) -> int:
    """How many of so many echo requests, sent one after the other, were answered.

    Their packets have `size` bytes and are not sent in pieces; without one they are small.
    """
    identifier = os.urandom(2)[0] << 8 | os.urandom(1)[0]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        if size is not None:
            raw.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE)
        data = bytes(max(0, (size or 0) - _HEADERS_BYTES))
        return sum(_ping(raw, to, identifier, number, data) for number in range(attempts))


def _ping(raw: socket.socket, to: str, identifier: int, number: int, data: bytes) -> bool:
    deadline = time.monotonic() + limits.PING_SECONDS
    try:
        raw.sendto(wire.echo_request(identifier, number, data), (to, 0))
        while (left := deadline - time.monotonic()) > 0:
            raw.settimeout(left)
            if wire.is_echo_reply(raw.recv(_RECEIVE_BYTES), identifier, number):
                return True
    except OSError:
        # No route, no neighbour, or nothing came in time: all of it is no answer.
        return False
    return False
