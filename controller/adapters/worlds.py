"""Finds kernels by the names of worlds, as main's `germline.toml` describes them.

`simulated` and `simulated:NAME` are worlds of this clone, each kept in a file between passes;
their time is the clock's.
`netns:NAME` is a network namespace of this machine; other namespaces may be its vantages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from controller.adapters.atomic_file import write_atomically
from controller.config import Config, WorldConfig
from controller.domains.network.namespace import WorldGone
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.network.operation import CATALOGUE
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World, from_json
from controller.domains.world import Json, JsonObject, Kernel, Operation
from controller.ports import Blocked, Clock, Corrupt, Unavailable

Answer = TypeVar("Answer")

ReadMain = Callable[[], tuple[Config, Mapping[str, bytes]]]
"""The configuration on main, and its files by path."""


class GenomeWorlds:
    """Answers `ports.Worlds`; kernels are kept until `close`."""

    def __init__(self, state: Path, clock: Clock, read_main: ReadMain) -> None:
        self._state = state
        self._clock = clock
        self._read_main = read_main
        self._kernels: dict[str, Kernel] = {}

    def kernel(self, world: str) -> Kernel:
        """Raises `Blocked` for a name that means nothing, `Unavailable` if it is not there."""
        if world not in self._kernels:
            self._kernels[world] = self._open(world)
        return self._kernels[world]

    def close(self) -> None:
        """Let go of every kernel."""
        for kernel in self._kernels.values():
            if isinstance(kernel, LiveNamespace):
                kernel.close()
        self._kernels.clear()

    def _open(self, world: str) -> Kernel:
        config, files = self._read_main()
        settings = config.world(world)
        if settings is None:
            known = ", ".join(config.worlds) or "none"
            raise Blocked(
                f"world {world} is not in germline.toml",
                f'worlds there: {known}; add [worlds."{world}"] with its phenotype',
            )
        kind, _, name = world.partition(":")
        if kind == "simulated" and "/" not in name:
            return self._simulated(world, settings, files)
        if kind == "netns" and name:
            return LiveNamespace(name, settings)
        raise Blocked(f"nothing knows how to reach world {world}", "simulated or netns:NAME")

    def _simulated(self, world: str, settings: WorldConfig, files: Mapping[str, bytes]) -> Kernel:
        path = self._state / "worlds" / f"{world}.json"
        if not path.exists():
            first = files.get(settings.state or "")
            if first is None:
                raise Blocked(
                    f"the simulated world {world} has no first state",
                    f'set `state` of [worlds."{world}"] to a file of the repository',
                )
            kept = {"at": self._clock.now().isoformat(), "world": _parsed(first, settings.state)}
            write_atomically(path, json.dumps(kept).encode())
        return KeptWorld(path, self._clock)


class KeptWorld:
    """The simulated world of a clone: in memory while a process works, on disk after each change.

    Its time is the clock's. What the file does not hold, the age of learned entries, begins anew
    when another process reads it.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        kept = _read_kept(path)
        self._at = datetime.fromisoformat(str(kept["at"]))
        self._kernel = SimulatedKernel(_world(kept["world"], str(path)))

    def observe(self) -> JsonObject:
        """The world as it is now."""
        self._catch_up()
        return self._kernel.observe()

    def perform(self, operation: Operation) -> Json:
        """Do it, and keep what it changed."""
        self._catch_up()
        result = self._kernel.perform(operation)
        if CATALOGUE[operation.name].mutates:
            self._keep()
        return result

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What would undo the operation now."""
        self._catch_up()
        return self._kernel.inverse(operation)

    def _catch_up(self) -> None:
        now = self._clock.now()
        passed = (now - self._at).total_seconds()
        if passed > 0:
            self._kernel.advance(passed)
            self._at = now

    def _keep(self) -> None:
        kept = {"at": self._at.isoformat(), "world": self._kernel.observe()}
        write_atomically(self._path, json.dumps(kept).encode())


class LiveNamespace:
    """A host in a network namespace, opened anew when it was lost."""

    def __init__(self, name: str, settings: WorldConfig) -> None:
        self._name = name
        self._settings = settings
        self._kernel: NetlinkKernel | None = None

    def observe(self) -> JsonObject:
        """The host and its vantages as the kernel has them."""
        return self._reached(lambda kernel: kernel.observe())

    def perform(self, operation: Operation) -> Json:
        """Do it for real."""
        return self._reached(lambda kernel: kernel.perform(operation))

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What would undo the operation now."""
        return self._reached(lambda kernel: kernel.inverse(operation))

    def close(self) -> None:
        """Close the sockets into the namespaces."""
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None

    def _reached(self, ask: Callable[[NetlinkKernel], Answer]) -> Answer:
        try:
            if self._kernel is None:
                settings = self._settings
                self._kernel = NetlinkKernel(self._name, settings.vantages, settings.roles)
            return ask(self._kernel)
        except WorldGone as gone:
            self.close()
            raise Unavailable(
                f"world netns:{self._name} is out of reach: {gone}",
                "`ip netns list` shows the namespaces; reaching one needs root",
            ) from gone


def _read_kept(path: Path) -> dict[str, Json]:
    try:
        kept = json.loads(path.read_bytes())
    except ValueError as wrong:
        raise Corrupt(
            f"{path} cannot be read: {wrong}",
            "delete it: the simulated world then begins again from its first state",
        ) from wrong
    assert isinstance(kept, dict)
    return kept


def _parsed(data: bytes, name: str | None) -> Json:
    try:
        value: Json = json.loads(data)
    except ValueError as wrong:
        raise Blocked(f"{name} is not JSON: {wrong}", "mend the file on main") from wrong
    _world(value, name or "")
    return value


def _world(value: Json, name: str) -> World:
    try:
        assert isinstance(value, dict)
        return from_json(value)
    except (ValueError, AssertionError) as wrong:
        raise Blocked(f"{name} does not describe a world: {wrong}", "mend the file") from wrong
