"""What the service tells the manager that started it: systemd's notification protocol.

sd_notify(3): one datagram of `NAME=value` lines to the socket that `$NOTIFY_SOCKET` names; without
one nothing is told. `$WATCHDOG_USEC` says how long a silence the manager bears.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Final

from controller import service_limits as limits

_MICROSECONDS: Final = 1_000_000
_STATUS_BYTES: Final = 512
"""A status text is one line on a screen; a datagram has to stay small."""


class ServiceManager:
    """The manager of this process, if it has one."""

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        silence = int(os.environ.get("WATCHDOG_USEC") or 0) / _MICROSECONDS
        mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._beat_s = silence / 3 if mine else 0.0
        self._last_beat = 0.0

    def ready(self, status: str) -> None:
        """The service is up: what it watches is watched, its first pass is over."""
        self._send(f"READY=1\nSTATUS={_one_line(status)}")

    def status(self, text: str) -> None:
        """What is going on, for `systemctl status`."""
        self._send(f"STATUS={_one_line(text)}")

    def alive(self) -> None:
        """The loop goes round. Sent at most three times in the silence that the manager bears."""
        now = time.monotonic()
        if self._beat_s and now - self._last_beat >= self._beat_s:
            self._last_beat = now
            self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """The configuration is read again; `ready` follows."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The service is on its way down."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.settimeout(limits.NOTIFY_SECONDS)
            try:
                line.connect(address)
                line.sendall(text.encode())
            except OSError:
                return  # a manager that does not listen, or not in time, holds up no work


def _one_line(text: str) -> str:
    line = " ".join(text.split()).encode()[:_STATUS_BYTES]
    return line.decode(errors="ignore")
