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


def pings_answered(to: str, attempts: int) -> int:
    """How many of so many echo requests, sent one after the other, were answered."""
    identifier = os.urandom(2)[0] << 8 | os.urandom(1)[0]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        return sum(_ping(raw, to, identifier, number) for number in range(attempts))


def _ping(raw: socket.socket, to: str, identifier: int, number: int) -> bool:
    deadline = time.monotonic() + limits.PING_SECONDS
    try:
        raw.sendto(wire.echo_request(identifier, number), (to, 0))
        while (left := deadline - time.monotonic()) > 0:
            raw.settimeout(left)
            if wire.is_echo_reply(raw.recv(2048), identifier, number):
                return True
    except OSError:
        # No route, no neighbour, or nothing came in time: all of it is no answer.
        return False
    return False
