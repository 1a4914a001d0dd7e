"""Bonds and dummies: the same in memory and in Linux, and all restored."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from controller import limits
from controller.adapters.twin.world import TwinWorld
from controller.domains.network import NETWORK
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import BondMode, World
from controller.domains.world import Json, JsonObject, Kernel, LiveKernel, Operation
from tests.network.conftest import KernelOf
from tests.network.worlds import (
    ADDRESS,
    DUMMY_MAC,
    ETH0_MAC,
    ETH1_MAC,
    aggregated_world,
    bonded_world,
    do,
    host,
    op,
    pinned,
    refused,
    small_world,
    untold,
)

BOND_MAC = "02:00:00:00:00:ba"


@pytest.fixture
def kernel(bonding_kernel_of: KernelOf) -> LiveKernel:
    return bonding_kernel_of(bonded_world())


def record(kernel: LiveKernel, name: str = "bond0") -> JsonObject:
    told = do(kernel, "bond", bond=name)
    assert isinstance(told, dict)
    return told


def link(kernel: LiveKernel, name: str) -> JsonObject:
    told = do(kernel, "link", interface=name)
    assert isinstance(told, dict)
    return told


TRIES = 12
"""Linux tells a switch about a lost carrier within a second; a lost ping takes 0.3 s."""


def answered(kernel: Kernel) -> Json:
    told = do(kernel, "vantage_ping", vantage="peer", address=ADDRESS, attempts=1)
    assert isinstance(told, dict)
    return told["answered"]


def whereabouts(kernel: Kernel, mac: str) -> Json:
    return do(kernel, "vantage_fdb", vantage="switch", mac=mac)


def settled(kernel: LiveKernel) -> JsonObject:
    return NETWORK.settled(kernel.observe())


def test_a_world_with_a_bond_is_observed_as_it_was_made(kernel: LiveKernel) -> None:
    made, meant = host(kernel), bonded_world().subject
    for name in ("bond0", "eth0", "eth1", "dummy0"):
        assert untold(made, name) == untold(meant, name)
    assert (made.neighbours, made.routes) == (meant.neighbours, meant.routes)


def test_a_bond_tells_its_mode_and_its_ports(kernel: LiveKernel) -> None:
    assert record(kernel) == {
        "name": "bond0",
        "mode": "active-backup",
        "miimon_ms": 100,
        "active": "eth0",
        "ports": [
            {"name": "eth0", "up": True, "carrier": True, "linked": True, "mac": ETH0_MAC},
            {"name": "eth1", "up": True, "carrier": True, "linked": True, "mac": ETH1_MAC},
        ],
    }
    assert link(kernel, "eth1")["mac"] == ETH0_MAC
    assert link(kernel, "eth1")["master"] == "bond0"
    assert link(kernel, "bond0")["kind"] == "bond"
    assert link(kernel, "dummy0")["kind"] == "dummy"


def test_the_far_end_of_a_bond_is_that_of_its_active_port(kernel: LiveKernel) -> None:
    def far() -> Json:
        return do(kernel, "far_end", interface="bond0")

    assert far() == {"vantage": "switch", "interface": "p0"}
    do(kernel, "set_active_port", bond="bond0", interface="eth1")
    assert far() == {"vantage": "switch", "interface": "p1"}
    assert do(kernel, "far_end", interface="dummy0") is None


def test_a_dummy_has_a_carrier_while_it_is_up(kernel: LiveKernel) -> None:
    assert link(kernel, "dummy0")["carrier"] is False
    do(kernel, "set_link_state", interface="dummy0", up=True)
    assert link(kernel, "dummy0")["carrier"] is True


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("create_bond", {"bond": "bond0", "mode": "802.3ad"}, "interface bond0 exists already"),
        ("create_dummy", {"dummy": "bond0"}, "interface bond0 exists already"),
        ("add_bond_port", {"bond": "br1", "interface": "tap0"}, "br1 is not a bond"),
        ("add_bond_port", {"bond": "bond0", "interface": "br1"}, "br1 is not a NIC"),
        ("add_bond_port", {"bond": "bond0", "interface": "bond0"}, "bond0 is a bond"),
        ("attach_port", {"bridge": "br1", "interface": "eth0"}, "eth0 is a port of bond0"),
        (
            "set_active_port",
            {"bond": "bond0", "interface": "tap0"},
            "tap0 is not a port of bond0",
        ),
        ("delete_interface", {"interface": "eth0"}, "eth0 is a NIC: no software can remove it"),
        ("delete_interface", {"interface": "br1"}, "br1 is a bridge: delete_bridge removes it"),
        ("bond", {"bond": "eth0"}, "eth0 is not a bond"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(
    kernel: LiveKernel, name: str, arguments: JsonObject, reason: str
) -> None:
    before = settled(kernel)
    assert kernel.inverse(op(name, **arguments)) == ()
    assert refused(kernel, name, **arguments) == reason
    assert settled(kernel) == before


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        (
            "create_bond",
            {"bond": "bond0", "mode": "active-backup"},
            "this host's kernel has no bonds",
        ),
        ("create_dummy", {"dummy": "dummy0"}, "this host's kernel has no dummy interfaces"),
    ],
)
def test_a_host_whose_kernel_lacks_a_kind_says_so_before_anything_is_touched(
    kernel_of: KernelOf, name: str, arguments: JsonObject, reason: str
) -> None:
    world = small_world()
    limited = replace(world.subject, lacks=("bond", "dummy"))
    nodes = tuple(limited if node.name == "host" else node for node in world.nodes)
    kernel = kernel_of(World("host", nodes, world.cables))
    assert {"bond", "dummy"} <= set(host(kernel).lacks)
    assert kernel.inverse(op(name, **arguments)) == ()
    assert refused(kernel, name, **arguments) == reason


# --- ports join and leave ---------------------------------------------------------------


def test_only_an_interface_that_is_down_joins_a_bond_and_it_comes_up(kernel: LiveKernel) -> None:
    do(kernel, "set_link_state", interface="dummy0", up=True)
    reason = refused(kernel, "add_bond_port", bond="bond0", interface="dummy0")
    assert reason == "dummy0 is up: only what is down can become a bond's port"
    do(kernel, "set_link_state", interface="dummy0", up=False)
    do(kernel, "add_bond_port", bond="bond0", interface="dummy0")
    joined = link(kernel, "dummy0")
    assert (joined["up"], joined["mac"], joined["master"]) == (True, ETH0_MAC, "bond0")


def test_a_bond_takes_the_mac_of_its_first_port_and_ports_get_their_own_back(
    kernel: LiveKernel,
) -> None:
    for nic in ("eth0", "eth1"):
        do(kernel, "remove_bond_port", bond="bond0", interface=nic)
    assert (link(kernel, "eth0")["mac"], link(kernel, "eth1")["mac"]) == (ETH0_MAC, ETH1_MAC)
    assert link(kernel, "eth1")["up"] is False
    assert link(kernel, "bond0")["carrier"] is False
    do(kernel, "add_bond_port", bond="bond0", interface="eth1")
    do(kernel, "add_bond_port", bond="bond0", interface="eth0")
    assert link(kernel, "bond0")["mac"] == link(kernel, "eth0")["mac"] == ETH1_MAC
    assert record(kernel)["active"] == "eth1"


def test_a_bond_that_was_told_a_mac_gives_it_to_its_ports(kernel: LiveKernel) -> None:
    do(kernel, "create_bond", bond="bond1", mode="balance-rr", mac=BOND_MAC)
    do(kernel, "add_bond_port", bond="bond1", interface="tap0")
    assert link(kernel, "tap0")["mac"] == BOND_MAC
    do(kernel, "set_mac", interface="bond1", mac="02:00:00:00:00:bb")
    assert link(kernel, "tap0")["mac"] == "02:00:00:00:00:bb"


def test_joining_twice_and_leaving_what_one_is_not_in_change_nothing(kernel: LiveKernel) -> None:
    before = settled(kernel)
    do(kernel, "add_bond_port", bond="bond0", interface="eth1")
    do(kernel, "remove_bond_port", bond="bond0", interface="tap0")
    do(kernel, "set_active_port", bond="bond0", interface="eth0")
    assert settled(kernel) == before


# --- who sends --------------------------------------------------------------------------


def test_a_bond_whose_active_port_goes_down_announces_itself_by_the_other(
    kernel: LiveKernel,
) -> None:
    assert whereabouts(kernel, ETH0_MAC) == [{"bridge": "fabric0", "port": "p0"}]
    do(kernel, "set_link_state", interface="eth0", up=False)
    assert record(kernel)["active"] == "eth1"
    assert answered(kernel) == 1
    assert whereabouts(kernel, ETH0_MAC) == [{"bridge": "fabric0", "port": "p1"}]


def test_a_port_that_comes_back_does_not_take_over(kernel: LiveKernel) -> None:
    do(kernel, "set_link_state", interface="eth0", up=False)
    do(kernel, "set_link_state", interface="eth0", up=True)
    assert record(kernel)["active"] == "eth1"


def test_the_active_port_can_be_chosen(kernel: LiveKernel) -> None:
    do(kernel, "set_active_port", bond="bond0", interface="eth1")
    assert record(kernel)["active"] == "eth1"
    assert answered(kernel) == 1
    assert whereabouts(kernel, ETH0_MAC) == [{"bridge": "fabric0", "port": "p1"}]


def test_a_port_without_a_carrier_cannot_be_chosen(kernel: LiveKernel) -> None:
    do(kernel, "add_bond_port", bond="bond0", interface="tap0")
    reason = refused(kernel, "set_active_port", bond="bond0", interface="tap0")
    assert reason == "tap0 has no carrier that bond0 has seen"


def test_only_an_active_backup_bond_has_an_active_port_to_choose(kernel: LiveKernel) -> None:
    do(kernel, "create_bond", bond="bond1", mode="balance-rr")
    do(kernel, "add_bond_port", bond="bond1", interface="dummy0")
    reason = refused(kernel, "set_active_port", bond="bond1", interface="dummy0")
    assert reason == "bond1 has no active port: its mode is balance-rr"


def test_a_bond_that_loses_its_last_carrier_has_none_and_gets_it_back(kernel: LiveKernel) -> None:
    for nic in ("eth0", "eth1"):
        do(kernel, "set_link_state", interface=nic, up=False)
    assert (link(kernel, "bond0")["carrier"], record(kernel)["active"]) == (False, None)
    assert answered(kernel) == 0
    do(kernel, "set_link_state", interface="eth1", up=True)
    assert (link(kernel, "bond0")["carrier"], record(kernel)["active"]) == (True, "eth1")
    assert answered(kernel) == 1


def test_a_bond_announces_what_is_on_a_vlan_of_it_too(kernel: LiveKernel) -> None:
    do(kernel, "create_vlan", vlan="bond0.7", interface="bond0", vid=7)
    do(kernel, "set_link_state", interface="bond0.7", up=True)
    do(kernel, "remove_address", interface="bond0", address=ADDRESS)
    do(kernel, "add_address", interface="bond0.7", address=ADDRESS)
    assert link(kernel, "bond0.7")["mac"] == ETH0_MAC
    do(kernel, "set_link_state", interface="eth0", up=False)
    assert whereabouts(kernel, ETH0_MAC) == [{"bridge": "fabric0", "port": "p1"}]


def test_a_bond_is_an_uplink_of_a_bridge_like_any_nic(kernel: LiveKernel) -> None:
    do(kernel, "remove_address", interface="bond0", address=ADDRESS)
    do(kernel, "attach_port", bridge="br1", interface="bond0")
    do(kernel, "add_address", interface="br1", address=ADDRESS)
    assert link(kernel, "br1")["mac"] == ETH0_MAC
    assert answered(kernel) == 1
    do(kernel, "set_link_state", interface="eth0", up=False)
    assert any(answered(kernel) for _ in range(TRIES))
    assert whereabouts(kernel, ETH0_MAC) == [{"bridge": "fabric0", "port": "p1"}]
    do(kernel, "detach_port", bridge="br1", interface="bond0")
    assert do(kernel, "bridge_ports", bridge="br1") == []


@pytest.mark.parametrize("where", ["simulated", "twin"])
@pytest.mark.parametrize(
    ("mode", "facing"), [("802.3ad", "802.3ad"), ("balance-xor", "balance-rr")]
)
def test_two_bonds_that_face_each_other_are_one_link_as_long_as_one_cable_holds(
    request: pytest.FixtureRequest, where: str, mode: BondMode, facing: BondMode
) -> None:
    world = aggregated_world(mode, facing)
    with ExitStack() as made:
        kernel: SimulatedKernel | TwinWorld = SimulatedKernel(world)
        if where == "twin":
            kernel = made.enter_context(request.getfixturevalue("twin").make(world))
        for nic in ("eth0", "eth1"):
            kernel.advance(limits.FORWARD_DELAY_SECONDS)
            assert whereabouts(kernel, ETH0_MAC) == [{"bridge": "fabric0", "port": "lag"}]
            assert answered(kernel) == 1
            far = do(kernel, "far_end", interface="bond0")
            assert far == {"vantage": "switch", "interface": "lag"}
            do(kernel, "set_link_state", interface=nic, up=False)
            kernel.advance(limits.FORWARD_DELAY_SECONDS)
            assert answered(kernel) == 1
            do(kernel, "set_link_state", interface=nic, up=True)


# --- and back ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        op("create_bond", bond="bond1", mode="802.3ad", miimon=50, mac=BOND_MAC),
        op("create_dummy", dummy="dummy1", mac=BOND_MAC),
        op("add_bond_port", bond="bond0", interface="dummy0"),
        op("remove_bond_port", bond="bond0", interface="eth0"),
        op("remove_bond_port", bond="bond0", interface="eth1"),
        op("set_active_port", bond="bond0", interface="eth1"),
        op("set_mac", interface="bond0", mac=BOND_MAC),
        op("set_mac", interface="eth1", mac=BOND_MAC),
        op("set_link_state", interface="eth0", up=False),
        op("set_link_state", interface="bond0", up=False),
        op("delete_interface", interface="bond0"),
        op("delete_interface", interface="dummy0"),
    ],
    ids=lambda operation: f"{operation.name}-{'-'.join(map(str, operation.arguments.values()))}",
)
def test_every_operation_is_undone_exactly(kernel: LiveKernel, operation: Operation) -> None:
    before = settled(kernel)
    inverse = kernel.inverse(operation)
    kernel.perform(operation)
    assert settled(kernel) != before
    assert kernel.undo(inverse, ()) == ()
    assert settled(kernel) == before
    assert answered(kernel) == 1


def test_a_deleted_bond_comes_back_with_its_ports_its_active_one_and_its_neighbours(
    kernel: LiveKernel,
) -> None:
    do(kernel, "set_active_port", bond="bond0", interface="eth1")
    do(kernel, "add_bond_port", bond="bond0", interface="dummy0")
    before, told = settled(kernel), record(kernel)
    delete = op("delete_interface", interface="bond0")
    inverse = kernel.inverse(delete)
    kernel.perform(delete)
    assert link(kernel, "dummy0")["mac"] == DUMMY_MAC
    assert kernel.undo(inverse, ()) == ()
    assert (settled(kernel), record(kernel)) == (before, told)
    found = host(kernel).link("bond0")
    assert found is not None
    assert found.bond is not None
    assert found.bond.ports == ("eth0", "eth1", "dummy0")
    assert pinned(kernel, "bond0") == ["10.7.0.77"]


def test_a_deleted_bond_comes_back_with_its_vlans_and_as_its_bridges_port(
    kernel: LiveKernel,
) -> None:
    do(kernel, "create_vlan", vlan="bond0.7", interface="bond0", vid=7)
    do(kernel, "set_link_state", interface="bond0.7", up=True)
    do(kernel, "add_address", interface="bond0.7", address="10.8.0.1/24")
    do(kernel, "attach_port", bridge="br1", interface="bond0")
    before = settled(kernel)
    delete = op("delete_interface", interface="bond0")
    inverse = kernel.inverse(delete)
    kernel.perform(delete)
    assert host(kernel).link("bond0.7") is None
    assert kernel.undo(inverse, ()) == ()
    assert settled(kernel) == before


def test_a_bond_that_had_no_port_has_no_mac_again(kernel: LiveKernel) -> None:
    do(kernel, "create_bond", bond="bond1", mode="active-backup")
    before = settled(kernel)
    undo = kernel.inverse(op("add_bond_port", bond="bond1", interface="tap0"))
    do(kernel, "add_bond_port", bond="bond1", interface="tap0")
    undo = kernel.inverse(op("set_mac", interface="bond1", mac=BOND_MAC)) + undo
    do(kernel, "set_mac", interface="bond1", mac=BOND_MAC)
    assert kernel.undo(undo, ()) == ()
    assert settled(kernel) == before


def test_a_failover_after_a_gene_has_ended_is_somebody_elses_and_stays(
    kernel: LiveKernel,
) -> None:
    change = op("set_mac", interface="bond0", mac=BOND_MAC)
    inverse = kernel.inverse(change)
    kernel.perform(change)
    left = kernel.footprint(inverse)
    do(kernel, "add_bond_port", bond="bond0", interface="dummy0")
    do(kernel, "set_active_port", bond="bond0", interface="dummy0")
    spared = kernel.disturbed(inverse, left)
    assert spared == ("active bond0",)
    assert kernel.undo(inverse, spared) == ()
    assert (record(kernel)["active"], link(kernel, "bond0")["mac"]) == ("dummy0", ETH0_MAC)


def test_a_port_has_the_frame_size_that_it_joined_with_whatever_it_was_given_meanwhile(
    kernel: LiveKernel,
) -> None:
    do(kernel, "set_mtu", interface="eth1", mtu=1280)
    do(kernel, "remove_bond_port", bond="bond0", interface="eth1")
    assert link(kernel, "eth1")["mtu"] == 1500
