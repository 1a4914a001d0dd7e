"""What a start comes to is what the real NetworkManager makes of the same profiles.

It runs in a User-Mode Linux whose root is an overlay over the one that `make booted` makes, and
reads the files that `disk` wrote. The model is rebooted with the same profiles, and both are told
in the same words.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from controller.domains.network.disk import SYSTEM_CONNECTIONS, Disk
from controller.domains.network.profile import Profile, Way
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import Link, Node, World
from controller.profile_limits import ROUTE_METRICS
from tests.booted.machine import root_directory
from tests.conftest import NO_BOOTED_HOST

pytestmark = pytest.mark.root

NICS = 9
BOOT_SECONDS = 200.0
_SCRIPT = Path(__file__).with_name("networkmanager.sh")
_INSIDE = """
set -e
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
exec "$3" mem=384M rootfstype=hostfs rootflags="$1/root" rw quiet loglevel=0 con=null \
  con0=null,fd:1 init=/start "NICS=$4"
"""


def port(nic: str, controller: str, kind: str, *, autoconnect: bool) -> Profile:
    return Profile(
        f"{nic} of {controller}",
        "ethernet",
        interface=nic,
        autoconnect=autoconnect,
        controller=controller,
        port_type=kind,
    )


def bond(name: str, network: str, **changes: Any) -> Profile:
    own = (f"{network}.1/24",)
    return Profile(
        name,
        "bond",
        interface=name,
        mode="active-backup",
        method="manual",
        addresses=own,
        **changes,
    )


PROFILES = (
    bond("brought", "10.1.0", autoconnect_ports=True, miimon=100),
    port("eth0", "brought", "bond", autoconnect=False),
    port("eth1", "brought", "bond", autoconnect=False),
    bond("alone", "10.2.0", gateway="10.2.0.9"),
    port("eth2", "alone", "bond", autoconnect=False),
    bond("pulled", "10.3.0", autoconnect=False),
    port("eth3", "pulled", "bond", autoconnect=True),
    Profile(
        "Management / Bridge",
        "bridge",
        uuid="11111111-2222-3333-4444-555555555555",
        interface="mgmt",
        method="manual",
        addresses=("10.4.0.1/24", "10.4.0.2/24"),
        gateway="10.4.0.9",
        routes=(Way("10.20.0.0/16", "10.4.0.8"), Way("10.21.0.0/16", "10.4.0.8", 7)),
        stp=False,
    ),
    port("eth4", "11111111-2222-3333-4444-555555555555", "bridge", autoconnect=True),
    Profile(
        "pinned",
        "bridge",
        interface="pinned",
        cloned_mac="02:00:00:00:0c:02",
        method="manual",
        addresses=("10.5.0.1/24",),
    ),
    Profile(
        "by its mac",
        "ethernet",
        hardware_mac="02:00:00:00:00:e5",
        cloned_mac="02:00:00:00:0c:01",
        mtu=1400,
        method="manual",
        addresses=("10.6.0.1/24",),
    ),
    Profile(
        "low",
        "ethernet",
        interface="eth6",
        priority=-5,
        method="manual",
        addresses=("10.7.0.1/24",),
    ),
    Profile(
        "high",
        "ethernet",
        interface="eth6",
        priority=5,
        method="manual",
        addresses=("10.7.0.2/24",),
    ),
    Profile(
        "later",
        "ethernet",
        interface="eth7",
        autoconnect=False,
        method="manual",
        addresses=("10.8.0.1/24",),
    ),
    Profile("off", "bridge", interface="off", autoconnect=False),
    Profile(
        "on a nic",
        "vlan",
        interface="eth8.6",
        parent="eth8",
        vlan=6,
        method="manual",
        addresses=("10.9.0.1/24",),
    ),
    Profile(
        "on a bond",
        "vlan",
        interface="brought.7",
        parent="brought",
        vlan=7,
        controller="br7",
        port_type="bridge",
    ),
    Profile("br7", "bridge", interface="br7", method="disabled", stp=False),
    Profile("in vain", "vlan", interface="off.8", parent="off", vlan=8),
)


def model() -> World:
    nics = (Link(f"eth{n}", "nic", f"02:00:00:00:00:e{n}", carrier=True) for n in range(NICS))
    return World("host", (Node("host", "host", tuple(nics), profiles=PROFILES),))


@pytest.fixture(scope="module")
def told(twin_kernel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `ip` tells of a host that the real NetworkManager has started."""
    root = root_directory()
    if not (root / "usr/sbin/NetworkManager").exists():
        pytest.skip(f"{NO_BOOTED_HOST}there is no {root}; `make booted` makes it once")
    folder = tmp_path_factory.mktemp("networkmanager")
    for part in ("root", "upper", "work"):
        (folder / part).mkdir()
    disk = Disk(folder / "upper" / "etc" / SYSTEM_CONNECTIONS, made=True)
    for profile in PROFILES:
        disk.write(profile)
    unmanaged = disk.profiles.parent / "conf.d" / "lab.conf"
    unmanaged.parent.mkdir()
    unmanaged.write_text(
        "[main]\nno-auto-default=*\n[keyfile]\n"
        "unmanaged-devices=interface-name:sw*;interface-name:dummy0\n"
    )
    shutil.copy(_SCRIPT, folder / "upper" / "start")
    machine = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", _INSIDE, "sh", *map(str, (folder, root, twin_kernel, NICS))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"PATH": os.defpath, "HOME": str(folder)},
        start_new_session=True,
    )
    try:
        said = machine.communicate(timeout=BOOT_SECONDS)[0].decode(errors="replace")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(machine.pid, signal.SIGKILL)
        machine.wait()
    found = dict(re.findall(r"^(LINKS|ADDRESSES|ROUTES) (.*?)\r?$", said, re.MULTILINE))
    assert found.keys() == {"LINKS", "ADDRESSES", "ROUTES"}, said[-2000:]
    return {name: json.loads(text) for name, text in found.items()}


def is_meant(name: str) -> bool:
    return not name.startswith(("sw", "lo", "dummy", "sit"))


@pytest.fixture(scope="module")
def host() -> Node:
    """The model's host after a reboot, of which nothing was refused."""
    kernel = SimulatedKernel(model())
    assert kernel.reboot() == ()
    return kernel.world.subject


def test_it_makes_the_interfaces_that_were_foretold(told: dict[str, Any], host: Node) -> None:
    made = {
        one["ifname"]: (
            one.get("linkinfo", {}).get("info_kind", "veth").replace("veth", "nic"),
            one.get("master"),
            "UP" in one["flags"],
            one["mtu"],
        )
        for one in told["LINKS"]
        if is_meant(one["ifname"])
    }
    assert made == {one.name: (one.kind, one.master, one.up, one.mtu) for one in host.links}


def test_they_have_the_macs_that_were_foretold(told: dict[str, Any], host: Node) -> None:
    """A bond or a bridge that has no port has one by chance."""
    chance = {"alone"}
    made = {one["ifname"]: one["address"] for one in told["LINKS"] if is_meant(one["ifname"])}
    foretold = {one.name: one.mac for one in host.links}
    assert {n: mac for n, mac in made.items() if n not in chance} == {
        n: mac for n, mac in foretold.items() if n not in chance
    }


def test_bridges_and_bonds_have_the_settings_that_were_foretold(
    told: dict[str, Any], host: Node
) -> None:
    made = {
        one["ifname"]: one["linkinfo"]["info_data"]
        for one in told["LINKS"]
        if "linkinfo" in one and is_meant(one["ifname"]) and "info_data" in one["linkinfo"]
    }
    for link in host.links:
        if link.bridge is not None:
            said = made[link.name]
            assert bool(said["stp_state"]) is link.bridge.stp, link.name
            assert bool(said["mcast_snooping"]) is link.bridge.multicast_snooping, link.name
        if link.vlan is not None:
            assert made[link.name]["id"] == link.vlan.vid, link.name
        if link.bond is not None:
            assert (made[link.name]["mode"], made[link.name]["miimon"]) == (
                link.bond.mode,
                link.bond.miimon_ms,
            ), link.name


def test_they_have_the_addresses_that_were_foretold(told: dict[str, Any], host: Node) -> None:
    made = {
        one["ifname"]: [f"{own['local']}/{own['prefixlen']}" for own in one["addr_info"]]
        for one in told["ADDRESSES"]
        if one["addr_info"] and is_meant(one["ifname"])
    }
    assert made == {one.name: [*one.addresses] for one in host.links if one.addresses}


def test_the_routes_are_those_that_were_foretold(told: dict[str, Any], host: Node) -> None:
    """Which of several interfaces of a type has which of their metrics is decided by a race."""
    made = {
        (
            one["dst"].replace("default", "0.0.0.0/0"),
            one.get("gateway"),
            one["dev"],
            of_type(one["metric"]),
        )
        for one in told["ROUTES"]
        if one["protocol"] == "static"
    }
    assert made == {
        (way.destination, way.gateway, way.interface, of_type(way.metric)) for way in host.routes
    }


def of_type(metric: int) -> int:
    """The metric of a type of interface instead of those that follow it."""
    return next((m for m in ROUTE_METRICS.values() if m <= metric < m + 5), metric)
