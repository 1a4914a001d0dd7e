"""Kernels for the conformance suite: every test that asks for `kernel_of` runs on each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Protocol

import pytest

from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World
from controller.domains.world import LiveKernel
from tests.network.worlds import PREFIX


class KernelOf(Protocol):
    """Makes a world live; in a busy one the peers talk all the time."""

    def __call__(self, world: World, *, busy: bool = False) -> LiveKernel: ...


needs_root = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]


KERNELS = ["simulated", pytest.param("netlink", marks=needs_root), "twin"]


def with_bonds() -> list[object]:
    """The kernels that can make a bond and a dummy: this machine's is not always one."""
    if os.geteuid() == 0:
        from controller.domains.network.capability import lacking

        if {"bond", "dummy"} & set(lacking()):
            return ["simulated", "twin"]
    return KERNELS


@pytest.fixture(params=KERNELS)
def kernel_of(request: pytest.FixtureRequest) -> Iterator[KernelOf]:
    """Makes a world live, in memory or in namespaces, until the test ends."""
    yield from _made(request)


@pytest.fixture(params=with_bonds())
def bonding_kernel_of(request: pytest.FixtureRequest) -> Iterator[KernelOf]:
    """The same, on kernels that have bonds and dummies."""
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
