"""A whole server by its topology, on the hardware of two makers: built, mended, started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.state import (
    BridgeSettings,
    Cable,
    End,
    Link,
    Node,
    World,
    canonical,
    from_json,
    to_json,
)
from controller.domains.world import Json
from controller.limits import DRIFT_COOLDOWN_SECONDS
from tests.incidents.incident import Incident, played

MAKES = {
    "dell_r740": ("eno1", "eno2", "eno3", "eno4"),
    "supermicro_x11": ("eth0", "eth1", "eth2", "eth3"),
}


def rack(nics: tuple[str, ...]) -> World:
    """A machine as it comes, all its NICs on one switch that carries every VLAN."""
    host = Node(
        "host",
        "host",
        tuple(
            Link(
                nic,
                "nic",
                f"02:00:00:00:0a:{n:02x}",
                carrier=True,
                permanent_mac=f"02:00:00:00:0a:{n:02x}",
            )
            for n, nic in enumerate(nics)
        ),
    )
    ports = (
        Link(f"p{n}", "nic", f"02:00:00:00:0b:{n:02x}", master="fabric0", isolated=True)
        for n, _ in enumerate(nics)
    )
    fabric = Link("fabric0", "bridge", "02:00:00:00:0b:ff", bridge=BridgeSettings())
    cables = (Cable(End("host", nic), End("switch", f"p{n}")) for n, nic in enumerate(nics))
    world = World("host", (host, Node("switch", "switch", (fabric, *ports))), tuple(cables))
    return from_json(to_json(canonical(world)))


@pytest.fixture(params=["simulated", "twin"])
def kernel(request: pytest.FixtureRequest) -> str:
    """Where there are bonds and VLANs."""
    if request.param == "twin":
        request.getfixturevalue("twin_kernel")
    return str(request.param)


def masters(host: Node) -> dict[str, str | None]:
    """Who every interface is a port of."""
    return {link.name: link.master for link in host.links}


def is_built(host: Node, nics: tuple[str, ...]) -> bool:
    """True if the host has what the topology says, and all of it is up."""
    wanted = {
        nics[0]: "management",
        nics[1]: "storage",
        nics[2]: "storage",
        "storage.100": "vm.100",
        "storage.200": "vm.200",
        "vm.100": None,
        "vm.200": None,
        "management": None,
        "storage": None,
    }
    found = masters(host)
    vlans = {link.name: link.vlan.vid for link in host.links if link.vlan is not None}
    return (
        wanted.items() <= found.items()
        and all(link.up for link in host.links if link.name in wanted)
        and vlans == {"storage.100": 100, "storage.200": 200}
    )


def hurt(nics: tuple[str, ...]) -> list[list[tuple[str, dict[str, Json]]]]:
    """What people do by hand, and forget."""
    return [
        [("set_link_state", {"interface": "vm.100", "up": False})],
        [("detach_port", {"bridge": "management", "interface": nics[0]})],
        [("remove_bond_port", {"bond": "storage", "interface": nics[2]})],
        [
            ("delete_interface", {"interface": "storage.200"}),
            ("create_vlan", {"vlan": "storage.200", "interface": "storage", "vid": 201}),
        ],
    ]


@pytest.mark.parametrize("make", MAKES)
def test_a_server_is_built_mended_and_there_after_a_reboot(
    tmp_path: Path, kernel: str, make: str
) -> None:
    nics = MAKES[make]
    incident = Incident("production_server", rack(nics), {"nic": [*nics]}, ())
    with played(tmp_path, incident, kernel) as on:
        on.ask()
        assert on.settle() == ()
        assert is_built(on.host(), nics)
        for deeds in hurt(nics):
            for operation, arguments in deeds:
                on.do(operation, **arguments)
            assert not is_built(on.host(), nics)
            on.clock.sleep(DRIFT_COOLDOWN_SECONDS)
            assert on.settle() == ()
            assert is_built(on.host(), nics), deeds
        assert len([e for e in on.organism.log.since(0) if e.type == "drift.observed"]) == len(
            hurt(nics)
        )
        shadow = NETWORK.shadow(on.kernel().observe())
        assert shadow.reboot() == ()
        assert is_built(from_json(shadow.observe()).subject, nics)
