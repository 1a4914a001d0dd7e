"""Echo requests from inside a namespace, one after the other, each with a short wait.

`netlink` calls it in a vantage's thread. A raw socket rather than ping(8): no process to
start, and a wait of less than a second.
"""

from __future__ import annotations

import os
import socket
import time

from controller import limits
from controller.domains.network import address, wire

_PMTUDISC_PROBE = 3
_WHOLE = {
    4: ((socket.IPPROTO_IP, 10, _PMTUDISC_PROBE),),
    6: ((socket.IPPROTO_IPV6, 23, _PMTUDISC_PROBE), (socket.IPPROTO_IPV6, 62, 1)),
}
"""By the version of IP, what has a socket send no pieces, whatever is believed of the path's MTU:
IP_MTU_DISCOVER (ip(7); linux/in.h), IPV6_MTU_DISCOVER and IPV6_DONTFRAG (linux/in6.h)."""
_HEADERS_BYTES = {4: 28, 6: 48}
"""Of IP and ICMP."""
_SOCKETS = {
    4: (socket.AF_INET, socket.IPPROTO_ICMP),
    6: (socket.AF_INET6, socket.IPPROTO_ICMPV6),
}
_RECEIVE_BYTES = 1 << 16


def echo_socket(version: address.Version) -> socket.socket:
    """A socket for echo requests of a version of IP. Raises `OSError`."""
    family, protocol = _SOCKETS[version]
    return socket.socket(family, socket.SOCK_RAW, protocol)


def pings_answered(to: str, attempts: int, size: int | None = None) -> int:
    """How many of so many echo requests, sent one after the other, were answered.

    Their packets have `size` bytes and are not sent in pieces; without one they are small.
    """
    identifier, version = int.from_bytes(os.urandom(2), "big"), address.version(to)
    with echo_socket(version) as raw:
        for option in _WHOLE[version] if size is not None else ():
            raw.setsockopt(*option)
        data = bytes(max(0, (size or 0) - _HEADERS_BYTES[version]))
        return sum(_ping(raw, to, identifier, number, data) for number in range(attempts))


def _ping(raw: socket.socket, to: str, identifier: int, number: int, data: bytes) -> bool:
    deadline, version = time.monotonic() + limits.PING_SECONDS, address.version(to)
    try:
        raw.sendto(wire.echo_request(version, identifier, number, data), (to, 0))
        while (left := deadline - time.monotonic()) > 0:
            raw.settimeout(left)
            if wire.is_echo_reply(version, raw.recv(_RECEIVE_BYTES), identifier, number):
                return True
    except OSError:
        # No route, no neighbour, or nothing came in time: all of it is no answer.
        return False
    return False
