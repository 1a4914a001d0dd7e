"""Finds worlds by their names alone, as a journal of transactions has them: no genome is asked.

`worlds` finds with it what a clone keeps, and what is to be undone where main knows it no more;
`rescue` whatever nobody confirmed. It imports nothing that reads a genome, for `rescue` starts
with every first change of a namespace.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from controller.adapters.kept_world import Keepable, KeptWorld, begin
from controller.adapters.live_namespace import LiveNamespace
from controller.adapters.twin.kernel import built_kernel
from controller.adapters.twin.world import Twin
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World
from controller.domains.world import JsonObject, LiveKernel
from controller.ports import Blocked, Clock

KEPT: Final = ("simulated", "twin")
KNOWN: Final = "simulated, twin, netns:NAME or host:NAME"


class JournalledWorlds:
    """Answers `ports.Worlds` by names alone, without a genome to ask: hosts without vantages."""

    def __init__(self, state: Path, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._namespaces: dict[str, LiveNamespace] = {}
        self.twin = Twin(built_kernel)

    def kernel(self, world: str) -> LiveKernel:
        """Raises `Blocked` for a name that means nothing, `Unavailable` if it is not there."""
        kind, _, name = world.partition(":")
        if kind == "netns" and name:
            return self._namespaces.setdefault(name, LiveNamespace(name))
        if self.keeps(world):
            return KeptWorld(self._path(world), self._clock, self._maker(world))
        raise Blocked(f"nothing knows how to reach world {world}", KNOWN)

    undoing = kernel

    def keeps(self, world: str) -> bool:
        """True when a world of this clone has begun."""
        return is_kept(world) and self._path(world).exists()

    def begin(self, world: str, state: JsonObject) -> None:
        """Keep a world of this clone from now on."""
        begin(self._path(world), self._clock, state)

    def close(self) -> None:
        """Let go of every kernel."""
        for namespace in self._namespaces.values():
            namespace.close()
        self._namespaces.clear()
        self.twin.close()

    def _path(self, world: str) -> Path:
        return self._state / "worlds" / f"{world}.json"

    def _maker(self, world: str) -> Callable[[World], Keepable]:
        return self.twin.make if world.partition(":")[0] == "twin" else SimulatedKernel


def is_kept(world: str) -> bool:
    """True for the name of a world of a clone, which is kept in a file of that name."""
    kind, _, name = world.partition(":")
    return kind in KEPT and "/" not in name
