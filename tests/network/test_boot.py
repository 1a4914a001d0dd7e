"""What a start makes of profiles: which come up, which ports join, what is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domains.network import NETWORK, boot
from controller.domains.network.lease import Lease
from controller.domains.network.profile import Profile
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import Link, Node
from tests.network.test_keyfile import PROFILES
from tests.network.worlds import ETH0_MAC, PEER, op, profiled, small_world, with_host

ETH0 = Link("eth0", "nic", "02:00:00:00:00:e0")
ETH1 = Link("eth1", "nic", "02:00:00:00:00:e1")


def started(*profiles: Profile, leases: tuple[Lease, ...] = ()) -> Node:
    return Node("host", "host", (ETH0, ETH1), profiles=profiles, leases=leases)


def up(*profiles: Profile) -> list[str]:
    return list(boot.active(started(*profiles)))


def port(name: str, controller: str, kind: str = "bond", *, autoconnect: bool = True) -> Profile:
    return Profile(
        f"{name} of {controller}",
        "ethernet",
        interface=name,
        autoconnect=autoconnect,
        controller=controller,
        port_type=kind,
    )


BOND = Profile("storage", "bond", uuid="4711", interface="bond0", mode="active-backup")


def test_a_start_leaves_nothing_but_nics() -> None:
    world = small_world()
    cold = boot.cold(world.subject)
    assert [link.name for link in cold.links] == ["eth0", "eth1", "tap0"]
    assert not any(link.up or link.master or link.addresses for link in cold.links)
    assert (cold.neighbours, cold.fdb, cold.routes) == ((), (), ())


def test_a_nic_starts_with_the_mac_that_it_was_built_with() -> None:
    nic = replace(ETH0, mac="02:00:00:00:00:99", permanent_mac=ETH0.mac)
    assert boot.cold(Node("host", "host", (nic,))).links[0].mac == ETH0.mac


def test_profiles_that_do_not_connect_by_themselves_stay_down() -> None:
    assert up(replace(BOND, autoconnect=False)) == []
    assert up(BOND) == ["bond0"]


@pytest.mark.parametrize(
    ("brings", "by_themselves", "joined"),
    [
        (None, False, []),
        (False, False, []),
        (True, False, ["eth0", "eth1"]),
        (None, True, ["eth0", "eth1"]),
    ],
)
def test_a_bonds_ports_rejoin_if_they_or_it_say_so(
    brings: bool | None, by_themselves: bool, joined: list[str]
) -> None:
    bond = replace(BOND, autoconnect_ports=brings)
    ports = [port(nic, "bond0", autoconnect=by_themselves) for nic in ("eth0", "eth1")]
    assert [name for name in up(bond, *ports) if name != "bond0"] == joined


@pytest.mark.parametrize("named", ["bond0", "4711", "storage"])
def test_a_port_brings_its_controller_whatever_it_calls_it(named: str) -> None:
    bond = replace(BOND, autoconnect=False)
    assert up(bond, port("eth0", named)) == ["bond0", "eth0"]


def test_a_port_of_nothing_stays_down() -> None:
    assert up(port("eth0", "bond7")) == []
    assert up(BOND, port("eth0", "bond0", kind="bridge")) == ["bond0"]


def test_a_vlan_needs_a_parent_that_comes_up_by_itself() -> None:
    vlan = Profile("v", "vlan", interface="bond0.5", parent="bond0", vlan=5)
    assert up(vlan, replace(BOND, autoconnect=False)) == []
    assert up(vlan, BOND) == ["bond0", "bond0.5"]
    assert up(replace(vlan, parent="eth1")) == ["bond0.5"]


def test_a_vlan_is_made_once_its_bond_has_a_mac_and_before_its_bridge_takes_it() -> None:
    vlan = Profile("v", "vlan", interface="bond0.5", parent="4711", vlan=5, controller="br5")
    bridge = Profile("b", "bridge", interface="br5", method="disabled", stp=False)
    profiles = (BOND, port("eth0", "bond0"), replace(vlan, port_type="bridge"), bridge)
    steps = boot.operations(started(*profiles))
    names = [step.name for step in steps if step.name != "set_link_state"]
    assert sorted(names[:2]) == ["create_bond", "create_bridge"]
    assert names[2:] == ["add_bond_port", "create_vlan", "attach_port"]
    assert op("create_vlan", vlan="bond0.5", interface="bond0", vid=5) in steps


def test_of_two_profiles_for_one_interface_the_one_of_higher_priority_is_taken() -> None:
    low = Profile("a", "ethernet", interface="eth0", priority=-5)
    high = Profile("b", "ethernet", interface="eth0", priority=5)
    assert boot.active(started(low, high)) == {"eth0": high}


def test_a_profile_without_a_name_finds_its_nic_by_the_mac_or_takes_a_free_one() -> None:
    by_mac = Profile("m", "ethernet", hardware_mac=ETH1.mac)
    anything = Profile("any", "ethernet")
    named = Profile("n", "ethernet", interface="eth0")
    assert boot.active(started(by_mac)) == {"eth1": by_mac}
    assert boot.active(started(anything, named)) == {"eth0": named, "eth1": anything}


def test_a_circle_of_controllers_comes_to_nothing() -> None:
    a = Profile("a", "bridge", interface="a", controller="b", port_type="bridge")
    b = Profile("b", "bridge", interface="b", controller="a", port_type="bridge")
    assert up(a, b) == []


def test_a_start_is_operations_of_the_catalogue() -> None:
    assert boot.operations(boot.cold(profiled().subject)) == (
        op("set_link_state", interface="eth0", up=True),
        op("set_link_state", interface="eth1", up=True),
        op("set_link_state", interface="tap0", up=True),
        op("create_bridge", bridge="br0", stp=False, multicast_snooping=True),
        op("attach_port", bridge="br0", interface="eth0"),
        op("set_link_state", interface="br0", up=True),
        op("add_address", interface="br0", address="10.7.0.1/24"),
        op("add_route", interface="br0", destination="0.0.0.0/0", gateway=PEER, metric=425),
        op("send_gratuitous_arp", interface="br0", address="10.7.0.1/24"),
    )


def test_interfaces_of_one_type_get_default_routes_of_different_metrics() -> None:
    profiles = [
        Profile(
            nic, "ethernet", interface=nic, addresses=(f"10.{n}.0.1/24",), gateway=f"10.{n}.0.2"
        )
        for n, nic in ((1, "eth0"), (2, "eth1"))
    ]
    metrics = [
        one.arguments["metric"]
        for one in boot.operations(started(*profiles))
        if one.name == "add_route"
    ]
    assert metrics == [100, 101]


def test_a_lease_comes_back_to_the_mac_that_it_is_for_and_to_no_other() -> None:
    lease = Lease("eth0", "10.9.0.7/24", mac=ETH0.mac, gateway="10.9.0.1")
    profile = Profile("eth0", "ethernet", interface="eth0", method="auto")
    other = replace(profile, cloned_mac="02:00:00:00:00:99")

    def names(one: Profile) -> list[str]:
        made = boot.operations(started(one, leases=(lease,)))
        return [step.name for step in made if step.arguments["interface"] == "eth0"]

    assert names(profile) == ["set_link_state", "add_address", "add_route", "send_gratuitous_arp"]
    assert names(other) == ["set_mac", "set_link_state"]


def test_the_lease_of_a_bridge_is_kept_by_the_mac_of_its_lowest_port() -> None:
    lease = Lease("br0", "10.9.0.7/24", mac=ETH0.mac)
    bridge = Profile("br0", "bridge", interface="br0")
    ports = [port("eth0", "br0", "bridge"), port("eth1", "br0", "bridge")]
    steps = boot.operations(started(bridge, *ports, leases=(lease,)))
    assert op("add_address", interface="br0", address="10.9.0.7/24") in steps
    alone = boot.operations(started(bridge, ports[1], leases=(lease,)))
    assert not any(step.name == "add_address" for step in alone)


@given(st.lists(PROFILES, max_size=8, unique_by=lambda one: one.id))
@settings(deadline=None)
def test_any_profiles_come_to_operations_that_make_sense(profiles: list[Profile]) -> None:
    kernel = SimulatedKernel(with_host(small_world(), profiles=tuple(profiles)))
    for operation in boot.operations(boot.cold(kernel.world.subject)):
        makeable = operation.arguments.get("mode") not in {"balance-tlb", "balance-alb"}
        if makeable:
            assert NETWORK.problem(operation) is None, operation
    kernel.reboot()
    once = NETWORK.settled(kernel.observe())
    kernel.reboot()
    assert NETWORK.settled(kernel.observe()) == once


def test_the_mac_of_the_bridge_of_the_small_world_is_not_in_its_profile() -> None:
    kernel = SimulatedKernel(profiled())
    assert kernel.reboot() == ()
    bridge = kernel.world.subject.link("br0")
    assert bridge is not None
    assert bridge.mac == ETH0_MAC
