"""Kernels for the conformance suite: every test that asks for `kernel_of` runs on each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Protocol, cast

import pytest

from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World
from controller.domains.world import LiveKernel, TwinKernel
from tests.network.worlds import PREFIX, small_world

if TYPE_CHECKING:
    from controller.domains.network.lab import Lab


class KernelOf(Protocol):
    """Makes a world live; in a busy one the peers talk all the time."""

    def __call__(self, world: World, *, busy: bool = False) -> LiveKernel: ...


needs_root = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]


KERNELS = ["simulated", pytest.param("netlink", marks=needs_root), "twin"]


def with_kinds(*kinds: str) -> list[object]:
    """The kernels that can make all of these: this machine's is not always one."""
    if os.geteuid() == 0:
        from controller.domains.network.capability import lacking

        if {*kinds} & set(lacking()):
            return ["simulated", "twin"]
    return KERNELS


class Rebootable(LiveKernel, TwinKernel, Protocol):
    """A world whose host can be started again, and in which time passes."""


class LabWorld:
    """A lab's kernel, which the lab can start again; its time is everybody's."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._kernel = lab, lab.kernel()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kernel, name)

    def advance(self, seconds: float) -> None:
        time.sleep(seconds)

    def reboot(self) -> tuple[str, ...]:
        return self._lab.reboot(self._kernel)

    def renew(self, thing: str) -> tuple[str, ...]:
        return self._lab.renew(self._kernel, thing)


@pytest.fixture(params=KERNELS)
def rebootable(request: pytest.FixtureRequest) -> Iterator[Callable[[World], Rebootable]]:
    """Makes a world live whose host can be started again, until the test ends."""
    yield from _startable(request)


@pytest.fixture(params=with_kinds("bond", "dummy"))
def bonding_rebootable(request: pytest.FixtureRequest) -> Iterator[Callable[[World], Rebootable]]:
    """The same, on kernels that have bonds."""
    yield from _startable(request)


def _startable(request: pytest.FixtureRequest) -> Iterator[Callable[[World], Rebootable]]:
    with ExitStack() as made:

        def live(world: World) -> Rebootable:
            if request.param == "simulated":
                return SimulatedKernel(world)
            if request.param == "twin":
                return made.enter_context(request.getfixturevalue("twin").make(world))
            from controller.domains.network.lab import materialise

            return cast(Rebootable, LabWorld(made.enter_context(materialise(world, PREFIX))))

        yield live


@pytest.fixture(params=KERNELS)
def kernel_of(request: pytest.FixtureRequest) -> Iterator[KernelOf]:
    """Makes a world live, in memory or in namespaces, until the test ends."""
    yield from _made(request)


@pytest.fixture
def kernel(kernel_of: KernelOf) -> LiveKernel:
    """The small world, for tests that need no other."""
    return kernel_of(small_world())


@pytest.fixture(params=with_kinds("bond", "dummy", "vlan"))
def bonding_kernel_of(request: pytest.FixtureRequest) -> Iterator[KernelOf]:
    """The same, on kernels that have bonds, dummies and VLANs."""
    yield from _made(request)


@pytest.fixture(params=with_kinds("vlan", "vlan_filtering"))
def vlan_kernel_of(request: pytest.FixtureRequest) -> Iterator[KernelOf]:
    """The same, on kernels that have VLANs."""
    yield from _made(request)


def _made(request: pytest.FixtureRequest) -> Iterator[KernelOf]:
    with ExitStack() as made:

        def live(world: World, *, busy: bool = False) -> LiveKernel:
            if request.param == "simulated":
                return SimulatedKernel(world)
            if request.param == "twin":
                twin = request.getfixturevalue("twin")
                return made.enter_context(closing(twin.make(world)))
            from controller.domains.network.lab import materialise

            lab = made.enter_context(materialise(world, PREFIX))
            if busy:
                lab.start_traffic()
            return lab.kernel()

        yield live
