"""Finds kernels by the names of worlds, as main's `germline.toml` describes them.

`simulated` and `simulated:NAME` are worlds of this clone, each kept in a file between passes;
their time is the clock's. `twin` and `twin:NAME` are others, on a real kernel in virtual time.
`netns:NAME` is a network namespace of this machine; other namespaces may be its vantages.
`host:NAME` is another machine, which the inventory below `hosts/` leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from controller.adapters.ansible_courier import AnsibleCourier
from controller.adapters.convoy import Convoy
from controller.adapters.host_troubles import HostTroubles
from controller.adapters.host_world import HostWorld
from controller.adapters.journalled_worlds import KNOWN, JournalledWorlds, is_kept
from controller.adapters.kept_world import parsed
from controller.adapters.live_namespace import LiveNamespace
from controller.adapters.twin.world import Twin
from controller.config import Config, WorldConfig
from controller.domains.world import LiveKernel
from controller.genome.hosts import UnusableHost, host_settings
from controller.genome.inventory import KNOWN_HOSTS
from controller.ports import Blocked, Clock, ControllerError
from controller.ports.outposts import HOST

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
            return LiveNamespace(name, settings.vantages, settings.roles)
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
