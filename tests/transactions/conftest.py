"""A host in a namespace of its own, with everything on it that an operation can lose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from controller.domains.network.footprint import Items
from controller.domains.network.inventory import inventory
from controller.domains.network.lab import materialise
from controller.domains.network.namespace import Inside
from controller.domains.network.netlink import NetlinkKernel
from tests.network.worlds import PREFIX, small_world

NAMES = ("br0", "br1", "br2", "eth0", "eth1", "tap0")


STP_AGEING = "bridge br0 br_ageing_time"
"""While the topology changes, nobody can read what was set."""


@dataclass(frozen=True, slots=True)
class Host:
    """A real host; `space` names its namespace."""

    kernel: NetlinkKernel
    space: str

    def items(self) -> Items:
        """Everything that is configured on it, but for what STP itself keeps changing."""
        found = self.kernel._run("host", lambda at: inventory(at, NAMES)).items
        return {item: value for item, value in found.items() if item != STP_AGEING}

    def sysctls(self, name: str) -> Items:
        """The sysctls of an interface."""
        found = self.kernel._run("host", lambda at: inventory(at, [name], deeply=[name])).items
        return {item: value for item, value in found.items() if item.startswith("sysctl ")}

    def configure(self) -> None:
        """Settings of bridge and port, IPv6, static entries: what contracts do not speak of."""
        self.kernel._run("host", _configure)


def _configure(inside: Inside) -> None:
    index = {m.get_attr("IFLA_IFNAME"): m["index"] for m in inside.ip.get_links()}
    br0, eth0 = index["br0"], index["eth0"]
    for name in ("all", "br0"):
        with open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "w") as file:  # noqa: PTH123
            file.write("0")
    with open("/proc/sys/net/ipv4/conf/br0/arp_announce", "w") as file:  # noqa: PTH123
        file.write("2")
    inside.ip.link(
        "set", index=br0, kind="bridge", br_forward_delay=400, br_priority=4096, br_stp_state=1
    )
    inside.ip.link("set", index=br0, kind="bridge", br_mcast_querier=1)
    inside.ip.brport("set", index=eth0, cost=77, priority=5, mode=1, guard=1, learning=0)
    inside.ip.addr("add", index=br0, address="fd00:7::1", prefixlen=64)
    inside.ip.addr("add", index=br0, address="10.7.0.50", prefixlen=24, label="br0:50")
    inside.ip.route("add", dst="fd00:8::/64", gateway="fd00:7::2", oif=br0)
    inside.ip.route("add", dst="10.30.0.0/16", gateway="10.7.0.2", oif=br0, table=100)
    ways = [{"gateway": "10.7.0.2", "hops": 1}, {"gateway": "10.7.0.3", "hops": 0}]
    inside.ip.route("add", dst="10.31.0.0/16", multipath=ways)
    inside.ip.neigh("add", ifindex=br0, dst="fd00:7::9", lladdr="02:00:00:00:00:09", state=0x80)
    inside.ip.fdb("add", ifindex=eth0, lladdr="02:00:00:00:00:aa", flags=4, state=0x40)


@pytest.fixture(scope="module")
def made() -> Iterator[Host]:
    """A host that lives as long as the module's tests, each of which leaves it as it was."""
    with ExitStack() as live:
        lab = live.enter_context(materialise(small_world(), PREFIX))
        space = lab.namespaces["host"]
        host = Host(live.enter_context(NetlinkKernel(space, {}, {})), space)
        host.configure()
        yield host


@pytest.fixture
def host(made: Host) -> Iterator[Host]:
    """The host; a test that does not leave it as it was fails."""
    before = made.items()
    yield made
    assert made.items() == before
