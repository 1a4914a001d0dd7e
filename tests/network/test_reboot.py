"""A host that starts again, in memory, in namespaces and in the twin: what is back, what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.profile import Profile
from controller.domains.network.state import Link, Node, World, to_json
from controller.domains.world import Reboot
from tests.network.conftest import Rebootable
from tests.network.worlds import (
    ADDRESS,
    BR0_MAC,
    ETH0_MAC,
    ETH1_MAC,
    PEER,
    bonded_world,
    do,
    host,
    profiled,
    small_world,
    with_host,
)

Make = Callable[[World], Rebootable]


def answered(kernel: Rebootable) -> bool:
    told = do(kernel, "vantage_ping", vantage="peer", address=ADDRESS, attempts=3)
    assert isinstance(told, dict)
    return told["answered"] != 0


def names(node: Node) -> list[str]:
    return [link.name for link in node.links]


def link(kernel: Rebootable, name: str) -> Link:
    found = host(kernel).link(name)
    assert found is not None
    return found


def test_a_bridge_without_a_profile_is_gone_after_a_reboot(rebootable: Make) -> None:
    kernel = rebootable(small_world())
    assert answered(kernel)
    assert kernel.reboot() == ()
    after = host(kernel)
    assert names(after) == ["eth0", "eth1", "tap0"]
    assert (after.routes, [known for known in after.neighbours if known.permanent]) == ((), [])
    assert not any(one.master or one.addresses for one in after.links)
    assert not answered(kernel)


def test_a_bridge_with_a_profile_is_back_after_a_reboot(rebootable: Make) -> None:
    kernel = rebootable(profiled())
    assert kernel.reboot() == ()
    bridge = link(kernel, "br0")
    assert (bridge.up, bridge.addresses, bridge.mac) == (True, (ADDRESS,), ETH0_MAC)
    assert bridge.bridge is not None
    assert not bridge.bridge.stp
    assert link(kernel, "eth0").master == "br0"
    assert "br1" not in names(host(kernel))
    assert [(way.destination, way.gateway, way.metric) for way in host(kernel).routes] == [
        ("0.0.0.0/0", PEER, 425)
    ]
    assert host(kernel).profiles == profiled().subject.profiles


def test_a_bridge_whose_profile_pins_its_mac_is_reached_at_once(rebootable: Make) -> None:
    kernel = rebootable(small_world())
    written: dict[str, object] = {"type": "bridge", "addresses": [ADDRESS], "stp": False}
    do(kernel, "write_profile", profile="br0", interface="br0", cloned_mac=BR0_MAC, **written)  # type: ignore[arg-type]
    port = {"type": "ethernet", "controller": "br0"}
    do(kernel, "write_profile", profile="eth0", interface="eth0", **port)
    assert kernel.reboot() == ()
    assert link(kernel, "br0").mac == BR0_MAC
    assert answered(kernel)


def test_a_port_that_does_not_connect_by_itself_does_not_rejoin(rebootable: Make) -> None:
    management, uplink = profiled().subject.profiles
    later = (management, replace(uplink, autoconnect=False))
    kernel = rebootable(with_host(profiled(), profiles=later))
    assert kernel.reboot() == ()
    assert link(kernel, "eth0").master is None
    assert not answered(kernel)


def test_a_nic_that_was_given_another_mac_has_its_own_again(rebootable: Make) -> None:
    world = profiled()
    links = tuple(
        replace(one, permanent_mac=one.mac) if one.kind == "nic" else one
        for one in world.subject.links
    )
    kernel = rebootable(with_host(world, links=links))
    do(kernel, "set_mac", interface="eth1", mac="02:00:00:00:00:01")
    kernel.reboot()
    assert link(kernel, "eth1").mac == "02:00:00:00:00:e1"


def test_a_host_that_starts_announces_its_addresses(rebootable: Make) -> None:
    management, uplink = profiled().subject.profiles
    pinned = (replace(management, cloned_mac=BR0_MAC), uplink)
    kernel = rebootable(with_host(profiled(), profiles=pinned))
    kernel.reboot()
    found = do(kernel, "vantage_fdb", vantage="switch", mac=BR0_MAC)
    assert found == [{"bridge": "fabric0", "port": "p0"}]
    assert answered(kernel)


def bonded(**ports: bool) -> World:
    """A host with a bond of both NICs; whether the bond's and the NICs' profiles bring ports up."""
    bond = Profile(
        "storage",
        "bond",
        interface="bond0",
        addresses=(ADDRESS,),
        method="manual",
        mode="active-backup",
        miimon=100,
        autoconnect_ports=ports["brought"],
    )
    nics = (
        Profile(
            nic,
            "ethernet",
            interface=nic,
            autoconnect=ports["by_themselves"],
            controller="bond0",
            port_type="bond",
        )
        for nic in ("eth0", "eth1")
    )
    return with_host(bonded_world(), profiles=(bond, *nics))


def test_a_bond_whose_ports_nobody_brings_is_alone_after_a_reboot(
    bonding_rebootable: Make,
) -> None:
    kernel = bonding_rebootable(bonded(brought=False, by_themselves=False))
    assert answered(kernel)
    assert kernel.reboot() == ()
    kernel.advance(1.0)
    found = link(kernel, "bond0")
    assert (found.up, found.addresses) == (True, (ADDRESS,))
    assert [one.master for one in host(kernel).links if one.kind == "nic"] == [None] * 3
    assert [link(kernel, nic).mac for nic in ("eth0", "eth1")] == [ETH0_MAC, ETH1_MAC]
    assert not answered(kernel)


@pytest.mark.parametrize(("brought", "by_themselves"), [(True, False), (False, True)])
def test_the_ports_of_a_bond_rejoin_if_it_or_they_say_so(
    bonding_rebootable: Make, brought: bool, by_themselves: bool
) -> None:
    kernel = bonding_rebootable(bonded(brought=brought, by_themselves=by_themselves))
    assert kernel.reboot() == ()
    kernel.advance(1.0)
    assert [link(kernel, nic).master for nic in ("eth0", "eth1")] == ["bond0", "bond0"]
    assert link(kernel, "bond0").bond is not None
    assert answered(kernel)


def test_a_vlan_on_a_bond_and_its_bridge_are_back_after_a_reboot(bonding_rebootable: Make) -> None:
    world = bonded(brought=True, by_themselves=False)
    vlan = Profile("v", "vlan", interface="bond0.5", parent="bond0", vlan=5)
    bridge = Profile("b", "bridge", interface="br5", method="disabled", stp=False)
    above = (replace(vlan, controller="br5", port_type="bridge"), bridge)
    kernel = bonding_rebootable(with_host(world, profiles=(*world.subject.profiles, *above)))
    for _ in range(2):
        assert kernel.reboot() == ()
    tagged = link(kernel, "bond0.5")
    assert tagged.vlan is not None
    assert (tagged.vlan.parent, tagged.vlan.vid, tagged.master) == ("bond0", 5, "br5")
    assert {one.mac for one in host(kernel).links if one.name.endswith("5")} == {ETH0_MAC}
    assert host(kernel).link("br1") is None


def test_a_reboot_is_an_ordeal_where_profiles_say_what_a_host_starts_from(
    rebootable: Make,
) -> None:
    kernel = rebootable(profiled())
    ordeal = NETWORK.ordeals(kernel.observe())[-1]
    assert (ordeal.title, ordeal.steps[0]) == ("a reboot", Reboot())
    bare = NETWORK.ordeals(to_json(small_world()))[-1]
    assert bare.impossible == "no connection profile says what the host starts from"
