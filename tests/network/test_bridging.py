"""Frame sizes, STP, snooping and static entries, the same in memory and in Linux."""

from __future__ import annotations

import pytest

from controller.domains.network.state import BridgeSettings
from controller.domains.world import Json, LiveKernel
from tests.network.conftest import KernelOf
from tests.network.worlds import (
    ADDRESS,
    BR0_MAC,
    ETH0_MAC,
    PEER_MAC,
    STRANGER_MAC,
    do,
    host,
    op,
    refused,
    small_world,
    undone,
)


def mtu(kernel: LiveKernel, name: str) -> Json:
    record = do(kernel, "link", interface=name)
    assert isinstance(record, dict)
    return record["mtu"]


def settings(kernel: LiveKernel, bridge: str) -> BridgeSettings:
    found = host(kernel).link(bridge)
    assert found is not None
    assert found.bridge is not None
    return found.bridge


# --- frame sizes ------------------------------------------------------------------------


def test_a_bridge_follows_the_frame_size_of_its_ports_until_it_is_given_one(
    kernel: LiveKernel,
) -> None:
    do(kernel, "set_mtu", interface="eth0", mtu=1400)
    assert (mtu(kernel, "eth0"), mtu(kernel, "br0")) == (1400, 1400)
    do(kernel, "set_mtu", interface="br0", mtu=1300)
    do(kernel, "set_mtu", interface="eth0", mtu=1500)
    assert (mtu(kernel, "eth0"), mtu(kernel, "br0")) == (1500, 1300)


def test_a_frame_size_that_a_bridge_has_already_does_not_pin_it(kernel: LiveKernel) -> None:
    do(kernel, "set_mtu", interface="br0", mtu=1500)
    do(kernel, "set_mtu", interface="eth0", mtu=9000)
    assert mtu(kernel, "br0") == 9000


def test_a_bridge_whose_port_was_resized_follows_again_after_undoing(kernel: LiveKernel) -> None:
    undone(kernel, op("set_mtu", interface="eth0", mtu=1400))
    do(kernel, "set_mtu", interface="eth0", mtu=1300)
    assert mtu(kernel, "br0") == 1300


def test_a_bridge_that_comes_back_with_its_ports_still_follows_them(kernel: LiveKernel) -> None:
    do(kernel, "set_mtu", interface="eth0", mtu=1400)
    undone(kernel, op("delete_bridge", bridge="br0"))
    do(kernel, "set_mtu", interface="eth0", mtu=1300)
    assert mtu(kernel, "br0") == 1300


def test_a_frame_size_of_no_packet_is_refused(kernel: LiveKernel) -> None:
    said = refused(kernel, "set_mtu", interface="eth0", mtu=67)
    assert said == "mtu of set_mtu: 67 is not 68 to 65535 bytes"
    said = refused(kernel, "set_mtu", interface="eth0", mtu=1500.5)
    assert said == "mtu of set_mtu: 1500.5 is not 68 to 65535 bytes"


def test_a_nic_takes_no_frame_that_its_driver_does_not(kernel_of: KernelOf) -> None:
    """The kernel's own taps end at 65535 less a header."""
    kernel = kernel_of(small_world())
    most = next(link.mtu_max for link in host(kernel).links if link.name == "tap0")
    do(kernel, "set_mtu", interface="tap0", mtu=most)
    assert mtu(kernel, "tap0") == most
    if most < 65535:
        said = refused(kernel, "set_mtu", interface="tap0", mtu=most + 1)
        assert said == f"tap0 takes an MTU of {most} at most"


# --- loops and multicast ----------------------------------------------------------------


def test_stp_and_snooping_are_switched_and_told(kernel: LiveKernel) -> None:
    for on in (True, False):
        do(kernel, "set_stp", bridge="br1", on=on)
        do(kernel, "set_multicast_snooping", bridge="br1", on=on)
        assert (settings(kernel, "br1").stp, settings(kernel, "br1").multicast_snooping) == (on, on)
        record = do(kernel, "link", interface="br1")
        assert isinstance(record, dict)
        assert (record["stp"], record["multicast_snooping"]) == (on, on)


def test_a_port_that_forwards_goes_on_when_stp_begins(kernel: LiveKernel) -> None:
    do(kernel, "set_stp", bridge="br0", on=True)
    answer = do(kernel, "vantage_ping", vantage="peer", address=ADDRESS, attempts=2)
    assert answer == {"sent": 2, "answered": 2}


def test_a_bridge_has_its_stp_and_snooping_again(kernel: LiveKernel) -> None:
    undone(
        kernel,
        op("set_stp", bridge="br0", on=True),
        op("set_multicast_snooping", bridge="br0", on=True),
        op("delete_bridge", bridge="br0"),
    )


# --- static entries ---------------------------------------------------------------------


def entries(kernel: LiveKernel) -> Json:
    return do(kernel, "bridge_fdb", bridge="br0")


def test_an_entry_that_a_bridge_was_told_is_shown_as_static(kernel: LiveKernel) -> None:
    do(kernel, "add_fdb_entry", bridge="br0", mac=STRANGER_MAC, interface="eth0")
    assert entries(kernel) == [
        {"mac": PEER_MAC, "port": "eth0", "vlan": 0, "static": False},
        {"mac": STRANGER_MAC, "port": "eth0", "vlan": 0, "static": True},
    ]
    do(kernel, "remove_fdb_entry", bridge="br0", mac=STRANGER_MAC, interface="eth0")
    do(kernel, "remove_fdb_entry", bridge="br0", mac=PEER_MAC, interface="eth0")
    assert entries(kernel) == []


def test_a_bridge_that_was_told_otherwise_does_not_send_a_peer_its_frames(
    kernel: LiveKernel,
) -> None:
    do(kernel, "set_link_state", interface="tap0", up=True)
    do(kernel, "attach_port", bridge="br0", interface="tap0")
    do(kernel, "add_fdb_entry", bridge="br0", mac=PEER_MAC, interface="tap0")
    answer = do(kernel, "vantage_ping", vantage="peer", address=ADDRESS, attempts=2)
    assert answer == {"sent": 2, "answered": 0}
    do(kernel, "remove_fdb_entry", bridge="br0", mac=PEER_MAC, interface="tap0")
    answer = do(kernel, "vantage_ping", vantage="peer", address=ADDRESS, attempts=2)
    assert answer == {"sent": 2, "answered": 2}


def test_what_a_bridge_was_told_outlasts_its_ports_fall_but_not_its_leaving(
    kernel: LiveKernel,
) -> None:
    do(kernel, "add_fdb_entry", bridge="br0", mac=STRANGER_MAC, interface="eth0")
    do(kernel, "set_link_state", interface="eth0", up=False)
    assert entries(kernel) == [{"mac": STRANGER_MAC, "port": "eth0", "vlan": 0, "static": True}]
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    assert entries(kernel) == []


def test_what_a_bridge_was_told_comes_back_with_its_port(kernel: LiveKernel) -> None:
    do(kernel, "add_fdb_entry", bridge="br0", mac=STRANGER_MAC, interface="eth0")
    undone(kernel, op("detach_port", bridge="br0", interface="eth0"))
    undone(kernel, op("remove_fdb_entry", bridge="br0", mac=STRANGER_MAC, interface="eth0"))
    undone(kernel, op("delete_bridge", bridge="br0"))


def test_forgetting_what_is_not_known_there_changes_nothing(kernel: LiveKernel) -> None:
    before = entries(kernel)
    do(kernel, "attach_port", bridge="br0", interface="eth1")
    do(kernel, "remove_fdb_entry", bridge="br0", mac=PEER_MAC, interface="eth1")
    do(kernel, "remove_fdb_entry", bridge="br0", mac=STRANGER_MAC, interface="eth0")
    assert entries(kernel) == before


@pytest.mark.parametrize(
    ("bridge", "mac", "interface", "reason"),
    [
        ("br0", STRANGER_MAC, "eth1", "eth1 is no port of br0"),
        ("br1", STRANGER_MAC, "eth0", "eth0 is no port of br1"),
        ("br0", STRANGER_MAC, "br0", "br0 is not a NIC"),
        ("br0", BR0_MAC, "eth0", f"{BR0_MAC} is br0's own MAC"),
        ("br0", ETH0_MAC, "eth0", f"{ETH0_MAC} is eth0's own MAC"),
        ("br0", "ff:ff:ff:ff:ff:ff", "eth0", "is not a unicast MAC"),
    ],
)
def test_an_entry_that_would_break_a_bridge_is_refused(
    kernel: LiveKernel, bridge: str, mac: str, interface: str, reason: str
) -> None:
    for name in ("add_fdb_entry", "remove_fdb_entry"):
        assert reason in refused(kernel, name, bridge=bridge, mac=mac, interface=interface)
