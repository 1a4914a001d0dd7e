"""Profiles and leases: written, told, refused and taken back, the same in memory and in Linux."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.lease import Lease
from controller.domains.network.profile import Profile, idle_without
from controller.domains.network.state import from_json, to_json
from controller.domains.world import JsonObject, LiveKernel
from tests.network.conftest import KernelOf
from tests.network.worlds import (
    ADDRESS,
    ETH0_MAC,
    PEER,
    do,
    host,
    op,
    profiled,
    refused,
    small_world,
    with_host,
)


@pytest.fixture
def kernel(kernel_of: KernelOf) -> LiveKernel:
    return kernel_of(profiled())


def ids(kernel: LiveKernel) -> list[str]:
    return [one.id for one in host(kernel).profiles]


def settled(kernel: LiveKernel) -> JsonObject:
    return NETWORK.settled(kernel.observe())


def test_profiles_are_told_with_the_parameters_that_write_them(kernel: LiveKernel) -> None:
    told = do(kernel, "profiles")
    assert isinstance(told, list)
    assert told[0] == {
        "profile": "Management",
        "interface": "br0",
        "type": "bridge",
        "autoconnect": True,
        "controller": None,
        "port_type": None,
        "autoconnect_ports": None,
        "method": "manual",
        "addresses": [ADDRESS],
        "gateway": PEER,
        "routes": [],
        "cloned_mac": None,
        "mtu": None,
        "stp": False,
        "mode": None,
        "miimon": None,
        "parent": None,
        "vlan": None,
    }
    before = settled(kernel)
    for record in told:
        assert isinstance(record, dict)
        kernel.perform(op("write_profile", **record))
    assert settled(kernel) == before


def test_a_profile_is_written_and_nothing_else_changes(kernel: LiveKernel) -> None:
    before = settled(kernel)
    way: JsonObject = {"destination": "10.20.0.0/16", "gateway": PEER, "metric": 7}
    do(
        kernel,
        "write_profile",
        profile="Storage / Bond",
        interface="bond0",
        type="bond",
        mode="active-backup",
        miimon=100,
        autoconnect_ports=True,
        addresses=["10.9.0.1/24"],
        routes=[way],
    )
    after = settled(kernel)
    profiles = after.pop("profiles")
    assert isinstance(profiles, dict)
    assert profiles["Storage / Bond"] == {
        "interface": "bond0",
        "type": "bond",
        "autoconnect": True,
        "autoconnect_ports": True,
        "method": "manual",
        "addresses": ["10.9.0.1/24"],
        "routes": [way],
        "mode": "active-backup",
        "miimon": 100,
    }
    before.pop("profiles")
    assert after == before


def test_a_written_profile_replaces_what_it_speaks_of(kernel: LiveKernel) -> None:
    do(kernel, "write_profile", profile="Management", interface="br0", type="bridge")
    found = next(one for one in host(kernel).profiles if one.id == "Management")
    assert (found.addresses, found.gateway, found.stp) == ((), None, None)
    assert found.method == "auto"


def test_a_deleted_profile_is_gone_and_comes_back_as_it_was(kernel: LiveKernel) -> None:
    before = kernel.observe()
    delete = op("delete_profile", profile="Management", interface="br0")
    inverse = kernel.inverse(delete)
    kernel.perform(delete)
    assert ids(kernel) == []
    assert kernel.undo(inverse, ()) == ()
    assert from_json(kernel.observe()).subject.profiles == from_json(before).subject.profiles


def test_undoing_takes_a_new_profile_away(kernel: LiveKernel) -> None:
    write = op("write_profile", profile="new", interface="eth1", type="ethernet")
    inverse = kernel.inverse(write)
    kernel.perform(write)
    assert "new" in ids(kernel)
    assert kernel.undo(inverse, ()) == ()
    assert "new" not in ids(kernel)


def test_a_profile_that_somebody_else_changed_since_is_spared(kernel: LiveKernel) -> None:
    write = op("write_profile", profile="new", interface="eth1", type="ethernet")
    inverse = kernel.inverse(write)
    kernel.perform(write)
    left = kernel.footprint(inverse)
    assert kernel.disturbed(inverse, left) == ()
    kernel.perform(
        op("write_profile", profile="new", interface="eth1", type="ethernet", autoconnect=False)
    )
    theirs = kernel.disturbed(inverse, left)
    assert theirs == ("profile profile:new",)
    assert kernel.undo(inverse, theirs) == ()
    assert "new" in ids(kernel)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"interface": "eth1"}, "profile Management is of interface br0"),
        ({"method": "manual"}, "the method manual needs an address"),
        ({"gateway": PEER}, "a gateway needs an address beside it"),
        (
            {"method": "disabled", "addresses": [ADDRESS]},
            "the method disabled leaves no room for addresses and routes",
        ),
        ({"type": "vlan", "vlan": 5}, "a profile of a VLAN needs its parent and its id"),
        (
            {"controller": "br1", "addresses": [ADDRESS]},
            "a port of br1 has no addresses of its own",
        ),
        ({"type": "wifi"}, "'wifi' is not ethernet or bridge or bond or vlan"),
        ({"profile": "two\nlines"}, "is not one line of print of at most 80 bytes"),
        ({"addresses": ["10.7.0.1"]}, "is not a list of IPv4 addresses with their prefix lengths"),
        ({"routes": [{"to": "x"}]}, "is not a list of routes"),
        ({"vlan": 4095}, "vlan of write_profile: 4095 is not a VLAN id from 1 to 4094"),
    ],
)
def test_a_profile_that_networkmanager_would_not_take_is_not_written(
    kernel: LiveKernel, arguments: JsonObject, reason: str
) -> None:
    given: JsonObject = {"profile": "Management", "interface": "br0", "type": "bridge"}
    write = op("write_profile", **(given | arguments))
    before = settled(kernel)
    assert kernel.inverse(write) == ()
    assert reason in refused(kernel, "write_profile", **write.arguments)
    assert settled(kernel) == before


def test_a_profile_is_deleted_with_its_own_interface_only(kernel: LiveKernel) -> None:
    assert refused(kernel, "delete_profile", profile="Management", interface="eth1") == (
        "profile Management is of interface br0"
    )
    assert refused(kernel, "delete_profile", profile="nothing", interface="eth1") == (
        "there is no profile nothing"
    )


def test_the_permanent_mac_of_a_nic_is_told_where_it_is_known(kernel_of: KernelOf) -> None:
    world = small_world()
    links = tuple(
        replace(link, permanent_mac=ETH0_MAC if link.name == "eth0" else None)
        for link in world.subject.links
    )
    kernel = kernel_of(with_host(world, links=links))
    do(kernel, "set_mac", interface="eth0", mac="02:00:00:00:00:01")
    told = do(kernel, "link", interface="eth0")
    assert isinstance(told, dict)
    assert (told["mac"], told["permanent_mac"]) == ("02:00:00:00:00:01", ETH0_MAC)


def test_leases_are_told_with_whose_they_are(kernel_of: KernelOf) -> None:
    lease = Lease("eth1", "10.9.0.7/24", PEER, ETH0_MAC, "2026-01-02T03:04:05+00:00", PEER)
    kernel = kernel_of(with_host(small_world(), leases=(lease,)))
    assert do(kernel, "leases") == [
        {
            "interface": "eth1",
            "address": "10.9.0.7/24",
            "server": PEER,
            "mac": ETH0_MAC,
            "expires": "2026-01-02T03:04:05+00:00",
            "gateway": PEER,
        }
    ]


# --- what the core sees -------------------------------------------------------------------


def test_a_profile_is_a_part_of_its_interface_and_of_its_controller() -> None:
    write = op("write_profile", profile="x", interface="eth1", type="ethernet", controller="br0")
    assert NETWORK.touches(write).changes == {"eth1", "br0"}
    delete = op("delete_profile", profile="x", interface="eth1")
    assert NETWORK.touches(delete).changes == {"eth1"}
    assert NETWORK.touches(write).makes == NETWORK.touches(delete).makes == frozenset()


@pytest.mark.parametrize(
    ("protected", "arguments", "harmed"),
    [
        ({"interfaces": ["eth1"]}, {}, "interface eth1, which is protected"),
        ({"addresses": ["10.9.0.0/24"]}, {"addresses": ["10.9.0.1/24"]}, "10.9.0.1/24"),
        (
            {"addresses": ["0.0.0.0/0"]},
            {"addresses": ["10.9.0.1/24"], "gateway": "10.9.0.2"},
            "0.0.0.0/0, which is protected",
        ),
        (
            {"addresses": ["10.20.0.0/16"]},
            {"routes": [{"destination": "10.20.1.0/24", "gateway": PEER}]},
            "10.20.1.0/24",
        ),
        ({"interfaces": ["br0"]}, {"controller": "br0"}, "interface br0, which is protected"),
    ],
)
def test_what_is_protected_now_is_protected_from_the_next_reboot(
    protected: dict[str, list[str]], arguments: JsonObject, harmed: str
) -> None:
    guard = NETWORK.guard(to_json(small_world()), protected)
    given: JsonObject = {"profile": "x", "interface": "eth1", "type": "ethernet"}
    assert harmed in str(guard(op("write_profile", **(given | arguments))))
    assert NETWORK.guard(to_json(small_world()), {})(op("write_profile", **given)) is None


def test_the_profiles_of_ports_go_with_that_of_their_bridge_and_come_back_with_it(
    kernel_of: KernelOf,
) -> None:
    kernel = kernel_of(profiled())
    write = op("write_profile", profile="other", interface="eth1", type="ethernet")
    kernel.perform(write)
    before = NETWORK.settled(kernel.observe())
    delete = op("delete_profile", profile="Management", interface="br0")
    inverse = kernel.inverse(delete)
    kernel.perform(delete)
    assert NETWORK.settled(kernel.observe())["profiles"].keys() == {"other"}  # type: ignore[union-attr]
    assert kernel.undo(inverse, ()) == ()
    assert NETWORK.settled(kernel.observe()) == before


def test_what_needs_a_profile_goes_with_it_and_what_has_another_stays() -> None:
    bond = Profile("bond", "bond", interface="bond0", uuid="u-1", controller="br0")
    profiles = (
        Profile("bridge", "bridge", interface="br0"),
        bond,
        Profile("port", "ethernet", interface="eth0", controller="u-1"),
        Profile("tagged", "vlan", interface="br0.7", parent="br0", vlan=7),
        Profile("alone", "ethernet", interface="eth1"),
        Profile("on a NIC", "vlan", interface="eth1.7", parent="eth1", vlan=7),
    )
    lost = {one.id for one in idle_without(profiles, "bridge")}
    assert lost == {"bond", "port", "tagged"}
    assert idle_without(profiles, "alone") == ()
    spare = Profile("spare", "bridge", interface="br0")
    assert idle_without((*profiles, spare), "bridge") == ()


def test_a_protected_port_keeps_the_profile_by_which_it_would_join() -> None:
    bridge = Profile("b", "bridge", interface="br7")
    port = Profile("p", "ethernet", interface="eth1", controller="br7")
    world = to_json(with_host(small_world(), profiles=(bridge, port)))
    delete = op("delete_profile", profile="b", interface="br7")
    harmed = NETWORK.guard(world, {"interfaces": ["eth1"]})(delete)
    assert harmed == "interface eth1, which is protected"
    assert NETWORK.guard(world, {"interfaces": ["eth0"]})(delete) is None


def test_hosts_whose_profiles_differ_in_their_uuids_are_alike() -> None:
    def world(uuid: str, expires: str, controller: str) -> JsonObject:
        bridge = Profile("b", "bridge", uuid=uuid, interface="br0")
        port = Profile("p", "ethernet", interface="eth0", controller=controller)
        lease = Lease("br0", "10.9.0.7/24", expires=expires)
        return to_json(with_host(small_world(), profiles=(bridge, port), leases=(lease,)))

    def form(uuid: str, expires: str, controller: str) -> str:
        return NETWORK.likeness(world(uuid, expires, controller), {}).form

    one, other = (f"{n}1111111-2222-3333-4444-555555555555" for n in (1, 2))
    early, late = "2026-01-02T03:04:05+00:00", "2026-01-03T03:04:05+00:00"
    assert form(one, early, one) == form(other, late, other)
    assert form(one, early, one) != form(one, early, other)
    names = NETWORK.likeness(world(one, early, one), {}).names
    assert {one, early} <= set(names.values())


def test_profiles_of_other_types_are_told_and_their_secrets_are_not() -> None:
    world = with_host(small_world(), profiles=(Profile("home", "wifi", interface="wlan0"),))
    told = NETWORK.settled(to_json(world))["profiles"]
    assert told == {"home": {"interface": "wlan0", "type": "wifi", "autoconnect": True}}
