"""Labs clean up after themselves, and a namespace that is gone is said to be gone."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.domains.network.capability import lacking
from controller.domains.network.lab import materialise
from controller.domains.network.namespace import NAMESPACES, WorldGone
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.network.state import (
    BridgeSettings,
    Cable,
    End,
    FdbEntry,
    Link,
    Neighbour,
    Node,
    World,
    to_json,
)
from tests.network.conftest import needs_root
from tests.network.worlds import PREFIX, do, small_world

pytestmark = needs_root


def spaces() -> list[str]:
    return sorted(path.name for path in NAMESPACES.iterdir() if path.name.startswith(PREFIX))


def children() -> list[str]:
    """The numbers of this process's children."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [pid for path in found for pid in path.read_text().split()]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert spaces() == []


def test_a_lab_makes_one_namespace_for_each_node_and_removes_them() -> None:
    lab = materialise(small_world(), PREFIX)
    assert spaces() == [f"{PREFIX}-host", f"{PREFIX}-peer", f"{PREFIX}-switch"]
    lab.close()
    lab.close()
    assert spaces() == []


def test_a_lab_that_cannot_be_finished_leaves_nothing() -> None:
    world = small_world()
    twice = replace(world, cables=(*world.cables, Cable(End("peer", "eth0"), End("host", "eth1"))))
    with pytest.raises(Exception, match="exists"):
        materialise(twice, PREFIX)
    assert spaces() == []


def test_a_lab_does_not_take_a_namespace_that_is_there() -> None:
    taken = f"{PREFIX}-switch"
    subprocess.run(["ip", "netns", "add", taken], check=True)
    try:
        with pytest.raises(FileExistsError, match=taken):
            materialise(small_world(), PREFIX)
        assert spaces() == [taken]
    finally:
        subprocess.run(["ip", "netns", "del", taken], check=True)


def test_the_traffic_of_a_lab_ends_with_it() -> None:
    before = len(children())
    with materialise(small_world(), PREFIX) as lab:
        lab.start_traffic()
        assert len(children()) == before + 2
    assert len(children()) == before


TAP_MTU_MAX = 65_521
"""What Linux's own taps take: a packet of 65,535 bytes less an Ethernet header."""


def test_a_lab_shows_every_detail_of_a_world() -> None:
    host = Node(
        "box",
        "host",
        (
            Link(
                "br0",
                "bridge",
                "02:00:00:00:00:10",
                up=False,
                mtu=1300,
                bridge=BridgeSettings(True, 45.5, True, True, mtu_pinned=True),
            ),
            Link(
                "br1",
                "bridge",
                "02:00:00:00:00:01",
                addresses=("10.1.0.1/24", "10.2.0.1/16", "10.1.0.2/24"),
                bridge=BridgeSettings(mac_pinned=False),
            ),
            Link("lit0", "nic", "02:00:00:00:00:01", master="br1", carrier=True),
            Link("lit1", "nic", "02:00:00:00:00:02", master="br1", carrier=True, isolated=True),
            Link("dark0", "nic", "02:00:00:00:00:03", up=True, mtu_max=TAP_MTU_MAX),
            Link(
                "dark1",
                "nic",
                "02:00:00:00:00:04",
                up=False,
                master="br0",
                mtu=1400,
                mtu_max=TAP_MTU_MAX,
            ),
        ),
        (
            Neighbour("br1", "10.1.0.9", "02:00:00:00:00:99"),
            Neighbour("br1", "10.1.0.10", "02:00:00:00:00:98", permanent=True),
        ),
        (
            FdbEntry("br1", "02:00:00:00:00:99", "lit0"),
            FdbEntry("br1", "02:00:00:00:00:98", "lit1", static=True),
        ),
    )
    world = World("box", (replace(host, lacks=lacking()),))
    with materialise(world, PREFIX) as lab:
        assert lab.kernel().observe() == to_json(world)


def test_a_kernel_for_a_namespace_that_is_not_there_cannot_be_had() -> None:
    with pytest.raises(WorldGone, match=f"no network namespace {PREFIX}-nowhere"):
        NetlinkKernel(f"{PREFIX}-nowhere", {}, {})


def test_a_vantage_that_is_not_there_leaves_nothing_open() -> None:
    with materialise(small_world(), PREFIX) as lab:
        threads = threading.active_count()
        with pytest.raises(WorldGone):
            NetlinkKernel(lab.namespaces["host"], {"peer": f"{PREFIX}-nowhere"}, {})
        assert threading.active_count() == threads


def test_a_namespace_that_vanishes_is_noticed() -> None:
    gone = f"{PREFIX}-gone"
    subprocess.run(["ip", "netns", "add", gone], check=True)
    with NetlinkKernel(gone, {}, {}) as kernel:
        assert do(kernel, "list_links") == []
        subprocess.run(["ip", "netns", "del", gone], check=True)
        with pytest.raises(WorldGone, match="no network namespace"):
            kernel.observe()


def test_a_namespace_with_the_same_name_is_not_the_same_world() -> None:
    name = f"{PREFIX}-again"
    subprocess.run(["ip", "netns", "add", name], check=True)
    with NetlinkKernel(name, {}, {}) as kernel:
        subprocess.run(["ip", "netns", "del", name], check=True)
        subprocess.run(["ip", "netns", "add", name], check=True)
        try:
            with pytest.raises(WorldGone, match="replaced"):
                do(kernel, "list_links")
        finally:
            subprocess.run(["ip", "netns", "del", name], check=True)


def test_a_kernel_never_enters_the_namespace_of_the_machine() -> None:
    before = Path("/proc/self/net/dev").read_text().count(":")
    with materialise(small_world(), PREFIX) as lab:
        do(lab.kernel(), "create_bridge", bridge="brx0")
        assert Path("/proc/self/net/dev").read_text().count(":") == before
