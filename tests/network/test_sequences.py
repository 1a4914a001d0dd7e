"""Any sequence of operations leaves both kernels in one state, and can be undone in both."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from controller.adapters.twin.world import Twin
from controller.domains.network import NETWORK
from controller.domains.network.lab import materialise
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World
from controller.domains.world import JsonObject, Kernel, LiveKernel, Operation, OperationRefused
from tests.network.conftest import needs_root
from tests.network.mutations import BONDING, MUTATIONS, VLANNING
from tests.network.worlds import (
    PREFIX,
    bonded_world,
    dual_world,
    limited_as,
    small_world,
    tagged_world,
)

SEQUENCES = st.lists(MUTATIONS, min_size=1, max_size=14)
TAGGING = st.lists(st.one_of(VLANNING, MUTATIONS), min_size=1, max_size=14)
CASES = st.one_of(
    st.tuples(st.sampled_from([small_world(), dual_world(), bonded_world()]), SEQUENCES),
    st.tuples(st.just(tagged_world()), TAGGING),
)
"""A world and a sequence of operations in it."""


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


@given(CASES)
@settings(max_examples=1950, deadline=None)
def test_undoing_any_sequence_restores_a_simulated_host(
    case: tuple[World, list[Operation]],
) -> None:
    world, sequence = case
    kernel = SimulatedKernel(world)
    before = settled(kernel)
    assert kernel.undo(run(kernel, sequence), ()) == ()
    assert settled(kernel) == before


@given(CASES)
@settings(max_examples=100, deadline=None)
def test_a_refused_operation_changes_nothing_and_has_no_inverse(
    case: tuple[World, list[Operation]],
) -> None:
    world, sequence = case
    kernel = SimulatedKernel(world)
    for operation in sequence:
        before, inverse = kernel.observe(), kernel.inverse(operation)
        if attempt(kernel, operation) is not None:
            assert kernel.observe() == before
            assert inverse == ()


@given(CASES)
@settings(max_examples=100, deadline=None)
def test_a_world_read_from_its_own_json_behaves_the_same(
    case: tuple[World, list[Operation]],
) -> None:
    world, sequence = case
    original = SimulatedKernel(world)
    for number, operation in enumerate(sequence):
        attempt(original, operation)
        if number == len(sequence) // 2:
            copy, reread = original.fork(), NETWORK.shadow(original.observe())
            rest = sequence[number + 1 :]
            assert [attempt(copy, o) for o in rest] == [attempt(reread, o) for o in rest]
            assert settled(copy) == settled(reread)


THREE_KERNELS = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
"""Real kernels take their time: few sequences, always the same, and none is made shorter."""


@pytest.mark.root
@needs_root[1]
@given(SEQUENCES)
@THREE_KERNELS
def test_linux_and_the_model_agree_on_every_step_and_on_undoing(sequence: list[Operation]) -> None:
    with materialise(dual_world(), PREFIX) as lab:
        agree(lab.kernel(), dual_world(), sequence)


@given(st.lists(st.one_of(BONDING, MUTATIONS), min_size=1, max_size=14))
@THREE_KERNELS
def test_the_twin_and_the_model_agree_on_bonds_and_on_undoing(
    twin: Twin, sequence: list[Operation]
) -> None:
    with twin.make(bonded_world()) as world:
        agree(world, bonded_world(), sequence)


@given(TAGGING)
@THREE_KERNELS
def test_the_twin_and_the_model_agree_on_vlans_and_on_undoing(
    twin: Twin, sequence: list[Operation]
) -> None:
    with twin.make(tagged_world()) as world:
        agree(world, tagged_world(), sequence)


def agree(linux: LiveKernel, world: World, sequence: list[Operation]) -> None:
    """Hold Linux against the model of the same world, which lacks what Linux lacks there."""
    model = SimulatedKernel(limited_as(world, linux))
    assert settled(linux) == settled(model)
    before, inverses = settled(linux), list[Operation]()
    for operation in sequence:
        inverses[:0] = linux.inverse(operation)
        said = attempt(linux, operation), attempt(model, operation)
        assert said[0] == said[1], operation
        assert settled(linux) == settled(model), operation
    assert linux.undo(inverses, ()) == ()
    assert settled(linux) == before
