"""Lessons about bonds, VLANs, leases and reboots, played where the kernel has what they need."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.domains.network import NETWORK
from controller.domains.network.lease import Lease
from controller.domains.network.state import Node, World, from_json
from controller.domains.world import JsonObject
from controller.shipped import shipped_files
from controller.stories.express import Workbench, express
from tests.incidents.incident import Incident, Played, played
from tests.network.worlds import ADDRESS, ETH0_MAC, bonded_world, small_world

BOND: JsonObject = {"interface": "bond0", "ports": ["eth0", "eth1"]}


def shipped(locus: str) -> str:
    """The source of the only allele that ships at a locus."""
    beginning = f"alleles/{locus}/"
    (source,) = [
        content.decode()
        for path, content in shipped_files().items()
        if path.startswith(beginning) and path.endswith(".py")
    ]
    return source


WITHOUT_AUTOCONNECT = shipped("persist_profile").replace(
    'gene_sdk.write_profile(link["name"], link["name"], TYPES[link["kind"]], True, **given)',
    'come = "controller" not in said\n'
    '    gene_sdk.write_profile(link["name"], link["name"], TYPES[link["kind"]], come, **given)',
)
"""Leaves the ports to be connected by somebody else, as tools do that only think of the bond."""

ALONE = shipped("persist_profile").replace(
    'said = {"controller": main["name"], "port_type": main["kind"]}',
    'said = {"method": "disabled", "cloned_mac": main["mac"]}',
)
"""Forces each port to come up, by itself and with the bond's MAC address."""

KEEPS_WHAT_IT_HAS = shipped("mac_preserve").replace(
    "    for lease in gene_sdk.leases():\n"
    '        if lease["interface"] == bridge["name"] and lease["mac"]:\n'
    '            return lease["mac"]\n',
    "",
)
"""Does not ask whom the lease is for."""


@pytest.fixture(params=["simulated", "twin"])
def kernel(request: pytest.FixtureRequest) -> str:
    """Where there are bonds and VLANs; and leases that the controller sees."""
    if request.param == "twin":
        request.getfixturevalue("twin_kernel")
    return str(request.param)


def restarted(on: Played) -> Node:
    """The host as it would be after a reboot."""
    shadow = NETWORK.shadow(on.kernel().observe())
    shadow.reboot()
    return from_json(shadow.observe()).subject


def masters(host: Node) -> dict[str, str | None]:
    """Who each NIC is a port of."""
    return {link.name: link.master for link in host.links if link.kind == "nic"}


@pytest.mark.parametrize("naive", [WITHOUT_AUTOCONNECT, ALONE])
def test_ports_of_a_bond_that_would_not_come_back_as_such_are_seen_before_the_reboot(
    tmp_path: Path, kernel: str, naive: str
) -> None:
    sound = shipped("persist_profile")
    assert naive != sound
    incident = Incident("persist_profile", bonded_world(), BOND, (naive, sound))
    with played(tmp_path, incident, kernel) as on:
        demand = on.ask()
        assert on.settle() == ()
        assert on.outcomes(demand) == [(naive, "rolled_back"), (sound, "confirmed")]
        assert "to join" in on.told()
        host = restarted(on)
        assert masters(host)["eth0"] == masters(host)["eth1"] == "bond0"
        bond = host.link("bond0")
        assert bond is not None
        assert (bond.up, bond.addresses) == (True, (ADDRESS,))


@pytest.mark.parametrize(("naive", "macs"), [(WITHOUT_AUTOCONNECT, 2), (ALONE, 1)])
def test_what_would_have_become_of_the_bond(tmp_path: Path, naive: str, macs: int) -> None:
    """The incident itself: no port rejoins, or both come up alone with one MAC address."""
    incident = Incident("persist_profile", bonded_world(), BOND, (naive,))
    with played(tmp_path, incident, "simulated") as on, ProcessSandbox() as sandbox:
        contract = on.organism.controller.main().genome.loci["persist_profile"]
        express(Workbench(NETWORK, sandbox), contract, naive, BOND, on.kernel())
        host = restarted(on)
        assert masters(host)["eth0"] is masters(host)["eth1"] is None
        assert len({link.mac for link in host.links if link.name in {"eth0", "eth1"}}) == macs


def leased_world() -> World:
    """The small world's bridge has an address that was lent to its uplink, before it was one."""
    world = small_world()
    lease = Lease("br0", ADDRESS, "10.7.0.2", ETH0_MAC)
    host = replace(world.subject, leases=(lease,))
    return replace(world, nodes=tuple(host if n.name == "host" else n for n in world.nodes))


def test_a_bridge_keeps_the_mac_address_that_its_lease_is_for(tmp_path: Path, kernel: str) -> None:
    sound = shipped("mac_preserve")
    assert sound != KEEPS_WHAT_IT_HAS
    stack = (KEEPS_WHAT_IT_HAS, sound)
    incident = Incident("mac_preserve", leased_world(), {"bridge": "br0"}, stack)
    with played(tmp_path, incident, kernel) as on:
        demand = on.ask()
        assert on.settle() == ()
        assert on.outcomes(demand) == [(KEEPS_WHAT_IT_HAS, "rolled_back"), (sound, "confirmed")]
        assert "check_dhcp_lease" in on.told()
        assert on.link("br0").mac == ETH0_MAC
        assert on.answers("peer", ADDRESS)


def test_a_bridge_for_a_vlan_that_listens_for_loops_is_taken_back(
    tmp_path: Path, kernel: str
) -> None:
    values: JsonObject = {"bridge": "vm", "parent_interface": "eth1", "vlan_id": 100, "stp": True}
    incident = Incident("provision_vlan_bridge", small_world(), values, ())
    with played(tmp_path, incident, kernel) as on:
        on.ask()
        on.settle()
        assert "check_stp_convergence" in on.told()
        assert on.host().link("vm") is None
        assert on.host().link("eth1.100") is None
        assert on.link("eth1").master is None


def test_a_bridge_for_a_vlan_without_a_spanning_tree_forwards_at_once(
    tmp_path: Path, kernel: str
) -> None:
    values: JsonObject = {"bridge": "vm", "parent_interface": "eth1", "vlan_id": 100}
    with played(
        tmp_path, Incident("provision_vlan_bridge", small_world(), values, ()), kernel
    ) as on:
        on.ask()
        assert on.settle() == ()
        states = on.do("port_states", bridge="vm")
        assert states == [{"port": "eth1.100", "state": "forwarding"}]
        host = restarted(on)
        vlan, bridge = host.link("eth1.100"), host.link("vm")
        assert vlan is not None
        assert bridge is not None
        assert (vlan.master, bridge.bridge is not None and bridge.bridge.stp) == ("vm", False)
