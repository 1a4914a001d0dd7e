"""Incidents with bonds and VLANs, told from inside a twin: what runs there, and what was seen.

`test_incidents` asks for them by name. Each builds host, switch and peer in namespaces of their
own, does to them what went wrong, and returns what the project's kernel observes and pings.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from controller.adapters.twin.guest import serve
from controller.domains.network.construction import quieten
from controller.domains.network.namespace import Namespace
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.world import Json, JsonObject, Operation

HOST, PEER, TAGGED_HOST, TAGGED_PEER = "10.0.0.10", "10.0.0.1", "10.1.0.10", "10.1.0.1"
VLAN = "100"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def at(node: str, *words: str) -> None:
    """`ip` inside a node."""
    ip("-n", node, *words)


class Site:
    """A host with two NICs on a switch that filters VLANs, and a peer in two networks."""

    def __init__(self, made: ExitStack) -> None:
        self._made = made
        for node in ("host", "switch", "peer"):
            ip("netns", "add", node)
            made.callback(ip, "netns", "del", node)
            space = made.enter_context(Namespace(node))
            space.run(quieten)
        at("switch", "link", "add", "fabric", "type", "bridge", "vlan_filtering", "1")
        at("switch", "link", "set", "fabric", "up")
        for number, node, nic in ((0, "host", "eth0"), (1, "host", "eth1"), (2, "peer", "eth0")):
            far = ["peer", "name", nic, "netns", node]
            at("switch", "link", "add", f"p{number}", "type", "veth", *far)
            at("switch", "link", "set", f"p{number}", "master", "fabric", "up")
            at(node, "link", "set", nic, "up")
        self.vlan("p2")
        self.tagged("peer", "eth0", TAGGED_PEER)
        at("peer", "addr", "add", f"{PEER}/24", "dev", "eth0")
        vantages = {"switch": "switch", "peer": "peer"}
        self.kernel = made.enter_context(NetlinkKernel("host", vantages, {"switch": "switch"}))

    def vlan(self, port: str) -> None:
        """Let the VLAN through a port of the switch."""
        command = ["bridge", "-n", "switch", "vlan", "add", "dev", port, "vid", VLAN]
        subprocess.run(command, check=True)

    def tagged(self, node: str, nic: str, own: str) -> None:
        """A VLAN interface with an address."""
        name = f"{nic}.{VLAN}"
        at(node, "link", "add", "link", nic, "name", name, "type", "vlan", "id", VLAN)
        at(node, "link", "set", name, "up")
        at(node, "addr", "add", f"{own}/24", "dev", name)

    def bond(self, *words: str, own: str = HOST) -> None:
        """A bond of the host without NICs, up, with an address."""
        at("host", "link", "add", "bond0", "type", "bond", "miimon", "50", *words)
        at("host", "link", "set", "bond0", "up")
        at("host", "addr", "add", f"{own}/24", "dev", "bond0")

    def enslave(self, *nics: str) -> None:
        """Put NICs into the bond."""
        for nic in nics:
            at("host", "link", "set", nic, "down")
            at("host", "link", "set", nic, "master", "bond0")
            at("host", "link", "set", nic, "up")

    def answered(self, address: str = HOST, attempts: int = 3) -> Json:
        """How many of the peer's pings the host answers."""
        given = {"vantage": "peer", "address": address, "attempts": attempts}
        record = self.kernel.perform(Operation("vantage_ping", given))
        assert isinstance(record, dict)
        return record["answered"]

    def wait(self, address: str, most_s: int) -> int | None:
        """The seconds after which the host answers; None if it does not."""
        began = time.monotonic()
        while (waited_s := time.monotonic() - began) < most_s:
            if self.answered(address, 1) == 1:
                return round(waited_s)
            time.sleep(0.5)
        return None

    def whereabouts(self, nic: str) -> Json:
        """Where the switch believes a NIC's MAC to be."""
        link = self.kernel.perform(Operation("link", {"interface": nic}))
        assert isinstance(link, dict)
        asked = {"vantage": "switch", "mac": link["mac"]}
        found = self.kernel.perform(Operation("vantage_fdb", asked))
        assert isinstance(found, list)
        return sorted({str(one["port"]) for one in found if isinstance(one, dict)})


def failover(site: Site) -> JsonObject:
    """The active NIC of a bond loses its carrier."""
    site.bond("mode", "active-backup")
    site.enslave("eth0", "eth1")
    site.wait(HOST, 5)
    before = site.whereabouts("bond0")
    at("switch", "link", "set", "p0", "down")
    time.sleep(1)
    return {"before": before, "answered": site.answered(), "after": site.whereabouts("bond0")}


def ports_not_connected(site: Site) -> JsonObject:
    """After a reboot a bond is there whose ports nobody connects again; then somebody does."""
    site.bond("mode", "active-backup")
    alone = site.answered()
    site.enslave("eth0", "eth1")
    return {"alone": alone, "connected_s": site.wait(HOST, 10)}


def vlan_of_one_port(site: Site) -> JsonObject:
    """The uplink moves to a port of the switch through which the VLAN was never let."""
    site.vlan("p0")
    site.bond("mode", "active-backup")
    site.enslave("eth0", "eth1")
    site.tagged("host", "bond0", TAGGED_HOST)
    site.wait(TAGGED_HOST, 5)
    before = [site.answered(HOST), site.answered(TAGGED_HOST)]
    at("switch", "link", "set", "p0", "down")
    time.sleep(1)
    after = [site.answered(HOST), site.answered(TAGGED_HOST)]
    site.vlan("p1")
    return {"before": before, "after": after, "mended": site.answered(TAGGED_HOST)}


def vlan_bridge(site: Site) -> JsonObject:
    """A bridge on a VLAN interface forwards at once without STP, after 30 s with it."""
    site.vlan("p0")
    at("host", "link", "add", "link", "eth0", "name", "eth0.100", "type", "vlan", "id", VLAN)
    at("host", "link", "set", "eth0.100", "up")
    waited: JsonObject = {}
    for stp in ("0", "1"):
        at("host", "link", "add", "br100", "type", "bridge", "stp_state", stp)
        at("host", "link", "set", "br100", "up")
        at("host", "addr", "add", f"{TAGGED_HOST}/24", "dev", "br100")
        at("host", "link", "set", "eth0.100", "master", "br100")
        waited[stp] = site.wait(TAGGED_HOST, 60)
        at("host", "link", "del", "br100")
    return waited


def lacp(site: Site) -> JsonObject:
    """Host and switch agree on one aggregate of two links."""
    for port in ("p0", "p1"):
        at("switch", "link", "set", port, "nomaster")
    at("switch", "link", "add", "lag", "type", "bond", "mode", "802.3ad", "miimon", "50")
    for port in ("p0", "p1"):
        at("switch", "link", "set", port, "down")
        at("switch", "link", "set", port, "master", "lag")
    for name in ("lag", "p0", "p1"):
        at("switch", "link", "set", name, "up")
    at("switch", "link", "set", "lag", "master", "fabric")
    site.bond("mode", "802.3ad")
    site.enslave("eth0", "eth1")
    return {"agreed_s": site.wait(HOST, 90), "where": site.whereabouts("bond0")}


def put_back(site: Site) -> JsonObject:
    """Somebody set a bond up by hand, with all that may be set; a gene deletes it; it is undone."""
    words = ["updelay", "100", "downdelay", "50", "num_grat_arp", "3", "resend_igmp", "2"]
    site.bond("mode", "active-backup", "fail_over_mac", "follow", *words)
    at("host", "link", "set", "bond0", "mtu", "1400")
    site.enslave("eth0", "eth1")
    at("host", "link", "set", "bond0", "type", "bond", "primary", "eth1")
    at("host", "link", "add", "bond1", "type", "bond", "mode", "802.3ad", "lacp_rate", "fast")
    at("host", "link", "set", "bond1", "type", "bond", "xmit_hash_policy", "layer3+4")
    asking = ["arp_interval", "200", "arp_ip_target", f"{PEER},{TAGGED_PEER}"]
    at("host", "link", "add", "bond2", "type", "bond", "mode", "active-backup", *asking)
    site.wait(HOST, 10)
    before, problems = told(), list[Json]()
    for name in ("bond0", "bond1", "bond2"):
        delete = Operation("delete_interface", {"interface": name})
        inverse = site.kernel.inverse(delete)
        site.kernel.perform(delete)
        problems += site.kernel.undo(inverse, ())
    after = told()
    differs = [key for key in before if before[key] != after.get(key)]
    set_by_hand = ("bond0 primary", "bond0 updelay", "bond0 mtu", "bond2 arp_ip_target")
    kept: list[Json] = [before[name] for name in set_by_hand]
    return {
        "kept": kept,
        "problems": problems,
        "differs": [*differs],
        "answered": site.answered(),
    }


def told() -> dict[str, Json]:
    """All that iproute2 says of the bonds' settings and their ports, by name."""
    command = ["ip", "-n", "host", "-details", "-json", "link", "show"]
    links = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    found: dict[str, Json] = {}
    for link in links:
        if link["ifname"].startswith(("bond", "eth")):
            info = link["linkinfo"]
            data = info.get("info_data", {})
            found |= {f"{link['ifname']} {key}": value for key, value in data.items()}
            found[f"{link['ifname']} mtu"] = link["mtu"]
            found[f"{link['ifname']} master"] = link.get("master")
    return {key: value for key, value in found.items() if key not in LIVE}


LIVE = {"bond0 ad_info", "bond1 ad_info", "bond1 ad_actor_system"}
"""What LACP finds out by itself; and iproute2's zeros for a system that nobody set."""


INCIDENTS: dict[str, Callable[[Site], JsonObject]] = {
    incident.__name__: incident
    for incident in (failover, ports_not_connected, vlan_of_one_port, vlan_bridge, lacp, put_back)
}


def answered(request: JsonObject) -> JsonObject:
    """Let an incident happen and tell what was seen."""
    with ExitStack() as made:
        return INCIDENTS[str(request["incident"])](Site(made))


if __name__ == "__main__":
    serve(Path(sys.argv[1]), answered)
