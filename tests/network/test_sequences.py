"""Any sequence of operations leaves both kernels in one state, and can be undone in both."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from controller.domains.network import NETWORK
from controller.domains.network.lab import materialise
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.world import JsonObject, Kernel, LiveKernel, Operation, OperationRefused
from tests.network.conftest import needs_root
from tests.network.worlds import MUTATIONS, PREFIX, small_world

SEQUENCES = st.lists(MUTATIONS, min_size=1, max_size=14)


def settled(kernel: Kernel) -> JsonObject:
    return NETWORK.settled(kernel.observe())


def attempt(kernel: Kernel, operation: Operation) -> str | None:
    """Perform it; why it was refused."""
    try:
        kernel.perform(operation)
    except OperationRefused as refused:
        return refused.reason
    return None


def run(kernel: LiveKernel, sequence: Sequence[Operation]) -> list[Operation]:
    """Perform a sequence, sensible or not; what undoes it, the last operation's inverse first."""
    inverses: list[Operation] = []
    for operation in sequence:
        inverses[:0] = kernel.inverse(operation)
        attempt(kernel, operation)
    return inverses


@given(SEQUENCES)
@settings(max_examples=1950, deadline=None)
def test_undoing_any_sequence_restores_a_simulated_host(sequence: list[Operation]) -> None:
    kernel = SimulatedKernel(small_world())
    before = settled(kernel)
    assert kernel.undo(run(kernel, sequence), ()) == ()
    assert settled(kernel) == before


@given(SEQUENCES)
@settings(max_examples=100, deadline=None)
def test_a_refused_operation_changes_nothing_and_has_no_inverse(sequence: list[Operation]) -> None:
    kernel = SimulatedKernel(small_world())
    for operation in sequence:
        before, inverse = kernel.observe(), kernel.inverse(operation)
        if attempt(kernel, operation) is not None:
            assert kernel.observe() == before
            assert inverse == ()


@given(SEQUENCES)
@settings(max_examples=100, deadline=None)
def test_a_world_read_from_its_own_json_behaves_the_same(sequence: list[Operation]) -> None:
    original = SimulatedKernel(small_world())
    for number, operation in enumerate(sequence):
        attempt(original, operation)
        if number == len(sequence) // 2:
            copy, reread = original.fork(), NETWORK.shadow(original.observe())
            rest = sequence[number + 1 :]
            assert [attempt(copy, o) for o in rest] == [attempt(reread, o) for o in rest]
            assert settled(copy) == settled(reread)


@pytest.mark.root
@needs_root[1]
@given(SEQUENCES)
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow],
)
def test_linux_and_the_model_agree_on_every_step_and_on_undoing(sequence: list[Operation]) -> None:
    world = small_world()
    model = SimulatedKernel(world)
    with materialise(world, PREFIX) as lab:
        linux = lab.kernel()
        assert settled(linux) == settled(model)
        before, inverses = settled(linux), list[Operation]()
        for operation in sequence:
            inverses[:0] = linux.inverse(operation)
            said = attempt(linux, operation), attempt(model, operation)
            assert said[0] == said[1], operation
            assert settled(linux) == settled(model), operation
        assert linux.undo(inverses, ()) == ()
        assert settled(linux) == before
