"""Pairs of veths, the same in memory and in Linux: made, joined, removed, restored."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World, to_json
from controller.domains.world import Json, Kernel, LiveKernel
from tests.network.conftest import KernelOf, Rebootable
from tests.network.worlds import do, host, limited_as, op, refused, small_world

MACS = {"mac": "02:00:00:00:00:50", "peer_mac": "02:00:00:00:00:51"}
INNER = "10.8.0.1/24"

Live = TypeVar("Live", bound=Kernel)


@pytest.fixture
def kernel(kernel_of: KernelOf) -> LiveKernel:
    return joined(kernel_of(small_world()))


def joined(made: Live) -> Live:
    """The small world with a veth: one end is a port of br0, the other has an address."""
    do(made, "create_veth", veth="veth0", peer="veth1", **MACS)
    do(made, "attach_port", bridge="br0", interface="veth0")
    for end in ("veth0", "veth1"):
        do(made, "set_link_state", interface=end, up=True)
    do(made, "add_address", interface="veth1", address=INNER)
    return made


def told(kernel: Kernel, name: str, *fields: str) -> list[Json]:
    record = do(kernel, "link", interface=name)
    assert isinstance(record, dict)
    return [record[field] for field in fields]


def test_both_ends_are_told_and_light_each_other(kernel: LiveKernel) -> None:
    assert told(kernel, "veth0", "kind", "peer", "master", "mac") == [
        *("veth", "veth1", "br0", MACS["mac"])
    ]
    assert told(kernel, "veth1", "kind", "peer", "carrier") == ["veth", "veth0", True]
    do(kernel, "set_link_state", interface="veth0", up=False)
    assert told(kernel, "veth1", "up", "carrier") == [True, False]
    assert do(kernel, "far_end", interface="veth1") is None


def test_what_is_sent_over_one_end_comes_out_of_the_bridge_of_the_other(
    kernel: LiveKernel,
) -> None:
    do(kernel, "send_gratuitous_arp", interface="veth1", address=INNER)
    found = do(kernel, "vantage_fdb", vantage="switch", mac=MACS["peer_mac"])
    assert found == [{"bridge": "fabric0", "port": "p0"}]
    learned = do(kernel, "bridge_fdb", bridge="br0")
    assert isinstance(learned, list)
    known = {"mac": MACS["peer_mac"], "port": "veth0", "vlan": 0, "static": False}
    assert known in learned


@pytest.mark.parametrize("end", ["veth0", "veth1"])
def test_with_one_end_goes_the_other_and_an_undoing_brings_both_back(
    kernel: LiveKernel, end: str
) -> None:
    before = NETWORK.settled(kernel.observe())
    delete = op("delete_interface", interface=end)
    inverse = kernel.inverse(delete)
    kernel.perform(delete)
    assert [link.name for link in host(kernel).links if link.kind == "veth"] == []
    assert kernel.undo(inverse, ()) == ()
    assert NETWORK.settled(kernel.observe()) == before


def test_an_undoing_takes_a_new_pair_away(kernel_of: KernelOf) -> None:
    kernel = kernel_of(small_world())
    before = NETWORK.settled(kernel.observe())
    create = op("create_veth", veth="veth0", peer="veth1")
    inverse = kernel.inverse(create)
    kernel.perform(create)
    do(kernel, "attach_port", bridge="br1", interface="veth1")
    assert kernel.undo(inverse, ()) == ()
    assert NETWORK.settled(kernel.observe()) == before


def test_a_pair_by_which_frames_would_go_round_is_refused(kernel: LiveKernel) -> None:
    said = refused(kernel, "attach_port", bridge="br0", interface="veth1")
    assert said == "frames would go round: veth1 leads to veth0, which is in br0"
    do(kernel, "attach_port", bridge="br1", interface="veth1")
    assert do(kernel, "bridge_ports", bridge="br1") == ["veth1"]


def test_the_ends_need_two_names_that_nobody_has(kernel: LiveKernel) -> None:
    said = refused(kernel, "create_veth", veth="new0", peer="new0")
    assert said == "the two ends cannot both be called new0"
    said = refused(kernel, "create_veth", veth="new0", peer="eth0")
    assert said == "interface eth0 exists already"


def test_a_world_with_a_pair_is_made_as_it_is(kernel_of: KernelOf) -> None:
    world = joined(SimulatedKernel(small_world())).world
    kernel = kernel_of(world)
    wanted = NETWORK.settled(to_json(limited_as(world, kernel)))
    assert NETWORK.settled(kernel.observe()) == wanted
    assert told(kernel, "veth1", "peer", "carrier") == ["veth0", True]


def test_a_pair_is_gone_after_a_reboot(rebootable: Callable[[World], Rebootable]) -> None:
    kernel = rebootable(small_world())
    do(kernel, "create_veth", veth="veth0", peer="veth1")
    kernel.reboot()
    assert [link.name for link in host(kernel).links] == ["eth0", "eth1", "tap0"]
