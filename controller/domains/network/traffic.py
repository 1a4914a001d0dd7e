"""What the peers of a lab say of their own accord, for as long as time is let pass.

The twin's `guest` uses it around requests in which time passes. One round is what a simulated
world's is too: every peer calls everybody and asks each address of the host for an echo.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Self

from controller.domains.network import address, wire
from controller.domains.network.namespace import Inside, Namespace
from controller.domains.network.probe import echo_socket
from controller.domains.network.state import World


class Traffic:
    """Rounds of traffic, `interval_s` apart, from entering until leaving. `world` is as it is now.

    `spaces` are the namespaces of its nodes, by their names.
    """

    def __init__(self, world: World, spaces: Mapping[str, Namespace], interval_s: float) -> None:
        self._interval_s = interval_s
        self._said = tuple(_said(world, spaces))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._talk, name="traffic")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _talk(self) -> None:
        while True:
            for space, targets in self._said:
                space.run(partial(_send, targets))
            if self._over.wait(self._interval_s):
                return


def _said(
    world: World, spaces: Mapping[str, Namespace]
) -> Sequence[tuple[Namespace, tuple[str, ...]]]:
    host = [address.bare(own) for link in world.subject.links if link.up for own in link.addresses]
    return [
        (
            spaces[node.name],
            (
                *filter(None, (address.broadcast(a) for n in node.links for a in n.addresses)),
                *host,
            ),
        )
        for node in world.nodes
        if node.role == "peer"
    ]


def _send(targets: Sequence[str], _inside: Inside) -> None:
    identifier = int.from_bytes(os.urandom(2))
    for version in address.BITS:
        with echo_socket(version) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            for number, target in enumerate(address.of_version(version, targets)):
                try:
                    raw.sendto(wire.echo_request(version, identifier, number), (target, 0))
                except OSError:
                    continue  # no way there, or a link that is down: this peer is not heard
