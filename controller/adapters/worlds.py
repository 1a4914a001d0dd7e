"""Finds kernels by the names of worlds, as main's `germline.toml` describes them.

`simulated` and `simulated:NAME` are worlds of this clone, each kept in a file between passes;
their time is the clock's.
`netns:NAME` is a network namespace of this machine; other namespaces may be its vantages.
`host:NAME` is another machine, which the inventory below `hosts/` leads to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from controller.adapters.ansible_courier import AnsibleCourier
from controller.adapters.atomic_file import write_atomically
from controller.adapters.convoy import Convoy
from controller.adapters.host_world import HostWorld
from controller.config import Config, WorldConfig
from controller.domains.network.namespace import WorldGone
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.network.operation import CATALOGUE
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World, from_json
from controller.domains.world import Json, JsonObject, LiveKernel, Operation
from controller.genome.hosts import KNOWN_HOSTS, UnusableHost, host_settings
from controller.ports import Blocked, Clock, ControllerError, Corrupt, Unavailable
from controller.ports.outposts import HOST

Answer = TypeVar("Answer")

ReadMain = Callable[[], tuple[Config, Mapping[str, bytes]]]
"""The configuration on main, and its files by path."""


class GenomeWorlds:
    """Answers `ports.Worlds`; kernels are kept until `close`."""

    def __init__(
        self,
        state: Path,
        clock: Clock,
        read_main: ReadMain,
        courier: AnsibleCourier | None = None,
    ) -> None:
        self._state = state
        self._clock = clock
        self._read_main = read_main
        self._kernels: dict[str, LiveKernel] = {}
        self._bare = JournalledWorlds(state, clock)
        self._courier = courier or AnsibleCourier()
        self._convoy = Convoy(self._courier)

    def kernel(self, world: str) -> LiveKernel:
        """Raises `Blocked` for a name that means nothing, `Unavailable` if it is not there."""
        if world.startswith(HOST):
            self._settings(world)
            return self._host(world)
        if world not in self._kernels:
            self._kernels[world] = self._open(world)
        return self._kernels[world]

    def undoing(self, world: str) -> LiveKernel:
        """The kernel for undoing there, even if main does not know the world any more."""
        if world.startswith(HOST):
            return self._host(world)
        return self._kernels.get(world) or self._bare.kernel(world)

    def together(self, tasks: Sequence[Callable[[], bool]]) -> list[bool | ControllerError]:
        """Answers `ports.outposts.Journeys`."""
        return self._convoy.together(tasks)

    def close(self) -> None:
        """Let go of every kernel."""
        for kernel in self._kernels.values():
            if isinstance(kernel, LiveNamespace):
                kernel.close()
        self._kernels.clear()
        self._bare.close()
        self._courier.close()

    def _host(self, world: str) -> LiveKernel:
        """A host as main has it now; the one that was kept if main says the same of it."""
        config, files = self._read_main()
        known = self._kernels.get(world)
        try:
            settings = host_settings(files, world.removeprefix(HOST))
        except UnusableHost as wrong:
            raise Blocked(str(wrong), "README.md says what the inventory may hold") from wrong
        configured = config.world(world) or WorldConfig(phenotype="")
        keys = files.get(KNOWN_HOSTS, b"")
        opened = HostWorld(settings, configured, keys, self._convoy)
        if isinstance(known, HostWorld):
            opened = replace(opened, patience=known.patience)
        self._kernels[world] = opened
        return opened

    def _open(self, world: str) -> LiveKernel:
        settings, files = self._settings(world)
        kind, _, name = world.partition(":")
        if kind == "simulated" and "/" not in name:
            return self._simulated(world, settings, files)
        if kind == "netns" and name:
            return LiveNamespace(name, settings)
        raise Blocked(
            f"nothing knows how to reach world {world}", "simulated, netns:NAME or host:NAME"
        )

    def _settings(self, world: str) -> tuple[WorldConfig, Mapping[str, bytes]]:
        config, files = self._read_main()
        settings = config.world(world)
        if settings is None:
            known = ", ".join(config.worlds) or "none"
            raise Blocked(
                f"world {world} is not in germline.toml",
                f'worlds there: {known}; add [worlds."{world}"] with its phenotype',
            )
        return settings, files

    def _simulated(
        self, world: str, settings: WorldConfig, files: Mapping[str, bytes]
    ) -> LiveKernel:
        path = _kept_at(self._state, world)
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


class JournalledWorlds:
    """Answers `ports.Worlds` by names alone, without a genome to ask: hosts without vantages."""

    def __init__(self, state: Path, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._namespaces: dict[str, LiveNamespace] = {}

    def kernel(self, world: str) -> LiveKernel:
        """Raises `Blocked` for a name that means nothing, `Unavailable` if it is not there."""
        kind, _, name = world.partition(":")
        if kind == "netns" and name:
            bare = WorldConfig(phenotype="")
            return self._namespaces.setdefault(name, LiveNamespace(name, bare))
        path = _kept_at(self._state, world)
        if world.partition(":")[0] == "simulated" and path.exists():
            return KeptWorld(path, self._clock)
        raise Blocked(f"nothing knows how to reach world {world}", "simulated or netns:NAME")

    undoing = kernel

    def close(self) -> None:
        """Let go of every kernel."""
        for namespace in self._namespaces.values():
            namespace.close()
        self._namespaces.clear()


def _kept_at(state: Path, world: str) -> Path:
    return state / "worlds" / f"{world}.json"


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

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that the inverses would put back, as it is now."""
        return self._kernel.footprint(inverses)

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since."""
        return self._kernel.disturbed(inverses, left)

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put back what inverses say, and keep it."""
        self._catch_up()
        problems = self._kernel.undo(inverses, spared)
        self._keep()
        return problems

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

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that the inverses would put back, as it is now."""
        return self._reached(lambda kernel: kernel.footprint(inverses))

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since."""
        return self._reached(lambda kernel: kernel.disturbed(inverses, left))

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put back what inverses say, for real."""
        return self._reached(lambda kernel: kernel.undo(inverses, spared))

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
