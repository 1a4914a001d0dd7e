"""Random operations held against Linux, in a namespace and in a twin, and how fast each is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from controller.adapters.twin.kernel import built_kernel
from controller.adapters.twin.world import Twin
from controller.domains.network import NETWORK
from controller.domains.network.capability import lacking
from controller.domains.network.lab import materialise
from controller.domains.network.scenario import draw
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World
from controller.domains.world import Kernel, LiveKernel, Operation, OperationRefused
from controller.ports import Unavailable
from tests.bench.figure import Figure, median_ms
from tests.network.worlds import (
    BONDING,
    MUTATIONS,
    VLANNING,
    bonded_world,
    limited_as,
    op,
    small_world,
    tagged_world,
)

OPERATIONS = int(os.environ.get("OPERATIONS", "10000"))
IN_A_TWIN = OPERATIONS // 10
"""A twin is a computer inside one process: it takes some five times as long."""
WHOLE_S = 120.0
"""What people wait for at most."""
IN_A_WORLD = 50
"""Operations in one world; then both kernels must say that it has become the same."""
WORLDS = {"bond": bonded_world(), "vlan": tagged_world(), "": small_world()}
"""By what a kernel needs to make them."""
SCENARIO = draw(0)

Maker = Callable[[World], AbstractContextManager[LiveKernel]]


def figures() -> list[Figure]:
    """Without root no namespace, where no kernel is built no twin."""
    found: list[Figure] = []
    if os.geteuid() == 0:
        made = [world for need, world in WORLDS.items() if need not in lacking()]
        found += _of("a namespace", _namespace, made, OPERATIONS)
    try:
        kernel = built_kernel()
    except Unavailable as absent:
        print(f"conformance: {absent.reason}; {absent.hint}")
        return found
    with closing(Twin(lambda: kernel)) as twin:
        return [*found, *_of("a twin", twin.make, [*WORLDS.values()], IN_A_TWIN)]


@contextmanager
def _namespace(world: World) -> Iterator[LiveKernel]:
    with materialise(world, f"glbench{os.getpid()}") as lab:
        yield lab.kernel()


def _of(name: str, make: Maker, worlds: Sequence[World], operations: int) -> Iterator[Figure]:
    began = time.perf_counter()
    sequences = _held(make, worlds, operations)
    whole_s = time.perf_counter() - began
    real_s, simulated_s = (sum(times) for times in zip(*sequences, strict=True))
    done = f"{len(sequences) * IN_A_WORLD} random operations in {name}, as in memory"
    yield Figure(done, real_s, "s", simulated_s, "simulated")
    yield Figure(f"{done}, with worlds made and compared", whole_s, "s", WHOLE_S, "at most")
    there_ms = median_ms(lambda: _candidate(make), 8)
    here_ms = median_ms(lambda: _move(SimulatedKernel(SCENARIO.world)), 50)
    tried = f"uplinks moved a second in {name}, each in a world of its own"
    yield Figure(tried, 1e3 / there_ms, "1/s", 1e3 / here_ms, "simulated")


def _held(make: Maker, worlds: Sequence[World], count: int) -> list[tuple[float, float]]:
    """The seconds that Linux and the model took for each sequence; they must agree on all."""
    times: list[tuple[float, float]] = []
    operations = st.one_of(MUTATIONS, BONDING, VLANNING)

    @settings(
        max_examples=max(count // IN_A_WORLD, 1),
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(worlds), st.lists(operations, min_size=IN_A_WORLD, max_size=IN_A_WORLD))
    def race(world: World, sequence: list[Operation]) -> None:
        with make(world) as linux:
            model = SimulatedKernel(limited_as(world, linux))
            began = time.perf_counter()
            said = [_attempt(linux, operation) for operation in sequence]
            half = time.perf_counter()
            meant = [_attempt(model, operation) for operation in sequence]
            times.append((half - began, time.perf_counter() - half))
            assert said == meant, sequence
            assert NETWORK.settled(linux.observe()) == NETWORK.settled(model.observe()), sequence

    race()
    return times


def _attempt(kernel: Kernel, operation: Operation) -> str | None:
    try:
        kernel.perform(operation)
    except OperationRefused as refused:
        return refused.reason
    return None


def _candidate(make: Maker) -> None:
    with make(SCENARIO.world) as kernel:
        _move(kernel)


def _move(kernel: LiveKernel) -> None:
    """What a search does with one candidate: its operations, a look from elsewhere."""
    bridge, old, new = (str(SCENARIO.input[name]) for name in ("bridge", "from_nic", "to_nic"))
    link = SCENARIO.world.subject.link(bridge)
    assert link is not None
    kernel.perform(op("detach_port", bridge=bridge, interface=old))
    kernel.perform(op("attach_port", bridge=bridge, interface=new))
    kernel.perform(op("send_gratuitous_arp", interface=bridge, address=link.addresses[0]))
    told = {"vantage": "peer1", "address": link.addresses[0], "attempts": 1}
    assert kernel.perform(op("vantage_ping", **told)) == {"sent": 1, "answered": 1}
