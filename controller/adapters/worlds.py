"""Finds kernels by the names of worlds, as main's `germline.toml` describes them.

`simulated` and `simulated:NAME` are worlds of this clone, each kept in a file between passes;
their time is the clock's. `twin` and `twin:NAME` are others, on a real kernel in virtual time.
`netns:NAME` is a network namespace of this machine; other namespaces may be its vantages.
`host:NAME` is another machine, which the inventory below `hosts/` leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from controller.adapters.ansible_courier import AnsibleCourier
from controller.adapters.convoy import Convoy
from controller.adapters.host_troubles import HostTroubles
from controller.adapters.host_world import HostWorld
from controller.adapters.kept_world import Keepable, KeptWorld, begin, parsed
from controller.adapters.twin.kernel import built_kernel
from controller.adapters.twin.world import Twin
from controller.config import Config, WorldConfig
from controller.domains.network.disk import of_namespace
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World
from controller.domains.world import Json, JsonObject, LiveKernel, Operation
from controller.genome.hosts import UnusableHost, host_settings
from controller.genome.inventory import KNOWN_HOSTS
from controller.ports import Blocked, Clock, ControllerError, Unavailable
from controller.ports.outposts import HOST

if TYPE_CHECKING:
    from controller.domains.network.netlink import NetlinkKernel

Answer = TypeVar("Answer")

KEPT: Final = ("simulated", "twin")
KNOWN: Final = "simulated, twin, netns:NAME or host:NAME"

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
        self._clock = clock
        self._read_main = read_main
        self._kernels: dict[str, LiveKernel] = {}
        self._bare = JournalledWorlds(state, clock)
        self._courier = courier or AnsibleCourier()
        self._convoy = Convoy(self._courier)
        self._troubles = HostTroubles(state)

    @property
    def twin(self) -> Twin:
        """Where worlds and shadows on a real kernel in virtual time are made."""
        return self._bare.twin

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
            raise Blocked(str(wrong), wrong.hint) from wrong
        configured = config.world(world) or WorldConfig(phenotype="")
        keys = files.get(KNOWN_HOSTS, b"")
        opened = HostWorld(settings, configured, keys, self._convoy, tell=self._troubles.keep)
        if isinstance(known, HostWorld):
            opened = replace(opened, patience=known.patience)
        self._kernels[world] = opened
        return opened

    def _open(self, world: str) -> LiveKernel:
        settings, files = self._settings(world)
        kind, _, name = world.partition(":")
        if is_kept(world):
            return self._kept(world, settings, files)
        if kind == "netns" and name:
            return LiveNamespace(name, settings)
        raise Blocked(f"nothing knows how to reach world {world}", KNOWN)

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

    def _kept(self, world: str, settings: WorldConfig, files: Mapping[str, bytes]) -> LiveKernel:
        """The world as it was kept, or as it begins: as another one is seen to be, or as a file."""
        if not self._bare.keeps(world):
            if settings.like is not None:
                self._bare.begin(world, self.kernel(settings.like).observe())
            elif settings.state is not None and settings.state in files:
                self._bare.begin(world, parsed(files[settings.state], settings.state))
            else:
                raise Blocked(
                    f"world {world} has no first state",
                    f"set `state` of [worlds.{world}] to a file of the repository, or `like` to "
                    "another world",
                )
        return self._bare.kernel(world)


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
            bare = WorldConfig(phenotype="")
            return self._namespaces.setdefault(name, LiveNamespace(name, bare))
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
        # pyroute2 takes as long to import as all the rest, and only live worlds need it
        from controller.domains.network.namespace import WorldGone  # noqa: PLC0415
        from controller.domains.network.netlink import NetlinkKernel  # noqa: PLC0415

        try:
            if self._kernel is None:
                settings = self._settings
                self._kernel = NetlinkKernel(
                    self._name,
                    settings.vantages,
                    settings.roles,
                    disk=of_namespace(self._name),
                )
            return ask(self._kernel)
        except WorldGone as gone:
            self.close()
            raise Unavailable(
                f"world netns:{self._name} is out of reach: {gone}",
                "`ip netns list` shows the namespaces; reaching one needs root",
            ) from gone
