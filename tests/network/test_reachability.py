"""Whatever is done to the uplinks, Linux and the model agree whether the peer gets through."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from controller.domains.network.lab import materialise
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.world import Kernel, Operation, OperationRefused
from tests.network.conftest import needs_root
from tests.network.worlds import ADDRESS, BR0_MAC, PREFIX, do, op, small_world

TRIES = 12
"""Linux tells a bridge about a lost carrier within a second; a lost ping takes 0.3 s."""


def deed(kernel: Kernel, rng: random.Random) -> list[Operation]:
    """Something to do to the bridge or its uplinks that makes no loop."""
    ports = do(kernel, "bridge_ports", bridge="br0")
    assert isinstance(ports, list)
    nic = rng.choice(["eth0", "eth1"])
    swap = [op("detach_port", bridge="br0", interface=port) for port in ports]
    deeds = [
        [*swap, op("attach_port", bridge="br0", interface=nic)],
        [*swap, op("attach_port", bridge="br0", interface=nic)],
        [op("send_gratuitous_arp", interface="br0", address=ADDRESS)],
        [op("set_link_state", interface=nic, up=rng.random() < 0.5)],
        [op("set_link_state", interface="br0", up=rng.random() < 0.7)],
        [op("set_mac", interface="br0", mac=rng.choice([BR0_MAC, "02:00:00:00:00:bb"]))],
        [op("set_mac", interface=nic, mac=rng.choice([BR0_MAC, "02:00:00:00:00:cc"]))],
        [op("remove_address", interface="br0", address=ADDRESS)],
        [op("add_address", interface="br0", address=ADDRESS)],
        [op("add_address", interface=nic, address="10.7.0.8/24")],
        [op("remove_address", interface=nic, address="10.7.0.8/24")],
        [op("remove_neighbour", interface="br0", address="10.7.0.2")],
    ]
    return rng.choice(deeds)


def attempt(kernel: Kernel, operation: Operation) -> None:
    with suppress(OperationRefused):
        kernel.perform(operation)


def answered(kernel: Kernel) -> bool:
    record = do(kernel, "vantage_ping", vantage="peer", address="10.7.0.1", attempts=1)
    assert isinstance(record, dict)
    return bool(record["answered"])


@pytest.mark.root
@needs_root[1]
@pytest.mark.parametrize("seed", range(4))
def test_linux_and_the_model_agree_on_who_is_reached(seed: int) -> None:
    rng = random.Random(seed)
    world = small_world()
    model = SimulatedKernel(world)
    with materialise(world, PREFIX) as lab:
        linux = lab.kernel()
        for _ in range(12):
            operations = deed(model, rng)
            for operation in operations:
                attempt(linux, operation)
                attempt(model, operation)
            expected = answered(model)
            found = any(answered(linux) == expected for _ in range(TRIES))
            assert found, (expected, operations)
