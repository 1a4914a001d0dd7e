"""Kernels for the conformance suite: every test that asks for `kernel_of` runs on each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
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


@pytest.fixture(params=["simulated", pytest.param("netlink", marks=needs_root)])
def kernel_of(request: pytest.FixtureRequest) -> Iterator[KernelOf]:
    """Makes a world live, in memory or in namespaces, until the test ends."""
    with ExitStack() as made:

        def live(world: World, *, busy: bool = False) -> LiveKernel:
            if request.param == "simulated":
                return SimulatedKernel(world)
            from controller.domains.network.lab import materialise

            lab = made.enter_context(materialise(world, PREFIX))
            if busy:
                lab.start_traffic()
            return lab.kernel()

        yield live
