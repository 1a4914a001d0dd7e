"""What the core sees of the domain: kinds, shadows, what is settled, what is held out."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.scenario import draw
from controller.domains.network.state import (
    BondMode,
    Link,
    Node,
    VlanSettings,
    World,
    from_json,
    to_json,
)
from controller.domains.world import Json, JsonObject, TwinKernel
from tests.network.worlds import (
    ADDRESS,
    BR0_MAC,
    ETH1_MAC,
    PEER,
    TAGGED,
    bonded_world,
    do,
    op,
    profiled,
    small_world,
)


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ("br0", {"name", "interface", "bridge"}),
        ("eth1", {"name", "interface", "nic"}),
        ("br77", {"name"}),
        ("peer", {"name", "vantage"}),
        ("host", {"name"}),
        (BR0_MAC, {"mac"}),
        ("10.7.0.1", {"name", "address"}),
        (ADDRESS, {"address"}),
        ("10.7.0.0/24", {"address", "network"}),
        ("0.0.0.0/0", {"network"}),
        ("a name that is too long", set()),
        (True, {"bool"}),
        ("802.3ad", {"name", "bond_mode"}),
        (3, {"int", "metric", "seconds", "milliseconds", "miimon", "vlan_id"}),
        (0.5, {"seconds", "milliseconds"}),
        (["br0"], set()),
        ([ADDRESS], {"addresses"}),
        ([{"destination": "10.20.0.0/16", "gateway": PEER}], {"routes"}),
        ("bridge", {"name", "profile_type", "port_type"}),
        ("manual", {"name", "method"}),
        ("Management Uplink", {"profile"}),
        (None, set()),
    ],
)
def test_a_value_has_the_kinds_that_it_may_stand_for(value: Json, kinds: set[str]) -> None:
    assert NETWORK.kinds(to_json(profiled()), value) == kinds


def test_a_bond_may_be_a_port_of_a_bridge_and_so_is_a_nic_where_one_is_asked_for() -> None:
    observed = to_json(bonded_world())
    assert NETWORK.kinds(observed, "bond0") == {"name", "interface", "bond", "nic"}
    assert NETWORK.kinds(observed, "dummy0") == {"name", "interface", "dummy", "nic"}


def test_every_kind_of_the_catalogue_is_one_that_a_value_can_have() -> None:
    known = {"name", "interface", "bridge", "nic", "vantage", "mac", "address"}
    known |= {"network", "bool", "int", "metric", "mtu", "vlan_id", "seconds", "milliseconds"}
    known |= {"bond", "bond_mode", "miimon"}
    known |= {"profile", "profile_type", "port_type", "method", "addresses", "routes"}
    used = {p.kind for spec in NETWORK.catalogue.values() for p in spec.parameters}
    assert used <= known


def test_diagnoses_point_at_operations_that_touch_what_they_read() -> None:
    read = NETWORK.catalogue["vantage_fdb"].facets
    touching = {n for n, s in NETWORK.catalogue.items() if s.mutates and s.facets & read}
    announcing = {"send_gratuitous_arp", "send_unsolicited_na"}
    assert touching == announcing | {"set_active_port", "set_link_state"}
    catalogue = NETWORK.catalogue
    assert catalogue["send_gratuitous_arp"].disruption < catalogue["set_link_state"].disruption


def test_a_problem_is_found_without_a_world() -> None:
    assert NETWORK.problem(op("link", interface="eth0")) is None
    assert NETWORK.problem(op("link", interface="x" * 16)) == (
        "interface of link: 'xxxxxxxxxxxxxxxx' is not a name of at most 15 bytes"
    )


# --- settled ----------------------------------------------------------------------------


def test_caches_and_other_nodes_are_not_settled() -> None:
    kernel = NETWORK.shadow(to_json(small_world()))
    before = NETWORK.settled(kernel.observe())
    do(kernel, "remove_neighbour", interface="br0", address="10.7.0.2")
    kernel.advance(1000)
    assert NETWORK.settled(kernel.observe()) == before
    do(kernel, "remove_neighbour", interface="br0", address="10.7.0.77")
    assert NETWORK.settled(kernel.observe()) != before


def test_what_protects_an_address_protects_the_bond_that_has_it_and_its_ports() -> None:
    bonded = bonded_world()
    objection = NETWORK.guard(to_json(bonded), {"addresses": ["10.7.0.1"]})
    leave = op("remove_bond_port", bond="bond0", interface="eth1")
    assert str(objection(leave)).startswith("interface bond0, which is protected")
    down = op("set_link_state", interface="eth1", up=False)
    assert objection(down) == "interface eth1, which is protected: it is a port of bond0"
    assert objection(op("set_link_state", interface="tap0", up=False)) is None


def test_what_protects_a_nic_protects_the_bond_and_the_bridge_above_it() -> None:
    kernel = NETWORK.shadow(to_json(bonded_world()))
    do(kernel, "attach_port", bridge="br1", interface="bond0")
    objection = NETWORK.guard(kernel.observe(), {"interfaces": ["eth1"]})
    told = objection(op("delete_bridge", bridge="br1"))
    assert told == "interface br1, which is protected: bond0 is a port of it"


# --- shadows ----------------------------------------------------------------------------


def lonely_host() -> JsonObject:
    """What a host sees that has no vantage: an uplink, a spare NIC and a guest, all lit."""
    links = tuple(
        Link(link.name, link.kind, link.mac, True, link.master, link.addresses, carrier=lit)
        if link.kind == "nic"
        else link
        for link in small_world().subject.links
        for lit in [link.name != "tap0"]
    )
    guest = Link("vnet0", "nic", "02:00:00:00:00:dd", master="br0", carrier=True)
    routes = small_world().subject.routes
    return to_json(World("host", (Node("host", "host", (*links, guest), routes=routes),)))


def reached(kernel: TwinKernel) -> bool:
    vantage = "assumed-peer"
    answer = do(kernel, "vantage_ping", vantage=vantage, address=ADDRESS, attempts=1)
    return answer == {"sent": 1, "answered": 1}


def test_a_shadow_of_a_known_world_is_that_world() -> None:
    observed = to_json(small_world())
    assert NETWORK.shadow(observed).observe() == observed


def test_a_shadow_of_a_host_alone_has_a_switch_and_a_peer() -> None:
    kernel = NETWORK.shadow(lonely_host())
    assert do(kernel, "vantages") == [
        {"name": "assumed-peer", "role": "peer"},
        {"name": "assumed-switch", "role": "switch"},
    ]
    assert reached(kernel)
    assert _addresses(kernel, "assumed-peer") == (f"{PEER}/24",)
    assert do(kernel, "far_end", interface="vnet0") is None
    assert do(kernel, "far_end", interface="tap0") is None


def _addresses(kernel: TwinKernel, node: str) -> tuple[str, ...]:
    found = from_json(kernel.observe()).node(node)
    assert found is not None
    return tuple(own for link in found.links for own in link.addresses)


def test_in_the_shadow_of_a_host_alone_a_moved_uplink_is_not_noticed() -> None:
    kernel = NETWORK.shadow(lonely_host())
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    do(kernel, "attach_port", bridge="br0", interface="eth1")
    assert not reached(kernel)
    do(kernel, "send_gratuitous_arp", interface="br0", address=ADDRESS)
    assert reached(kernel)


@pytest.mark.parametrize("mode", ["active-backup", "balance-rr", "802.3ad"])
def test_in_the_shadow_of_a_bonded_host_all_ports_lead_out_and_either_is_enough(
    mode: BondMode,
) -> None:
    kernel = NETWORK.shadow(to_json(bonded_host(mode)))
    assert reached(kernel)
    for nic in ("eth0", "eth1"):
        do(kernel, "set_link_state", interface=nic, up=False)
        kernel.advance(1)
        assert reached(kernel)
        do(kernel, "set_link_state", interface=nic, up=True)
        kernel.advance(1)
    for nic in ("eth0", "eth1"):
        do(kernel, "set_link_state", interface=nic, up=False)
    assert not reached(kernel)


def bonded_host(mode: BondMode) -> World:
    """What a host with a bond in this mode sees that has no vantage."""
    host = bonded_world().subject
    active = "eth0" if mode == "active-backup" else None
    links = (
        replace(link, bond=replace(link.bond, mode=mode, active=active)) if link.bond else link
        for link in host.links
    )
    return World("host", (replace(host, links=tuple(links), neighbours=()),))


def test_in_the_shadow_of_a_host_alone_a_peer_is_in_its_vlans() -> None:
    observed = from_json(lonely_host())
    lies = VlanSettings("eth1", 100)
    upper = Link("eth1.100", "vlan", ETH1_MAC, addresses=(TAGGED,), vlan=lies)
    host = replace(observed.subject, links=(*observed.subject.links, upper))
    kernel = NETWORK.shadow(to_json(replace(observed, nodes=(host,))))
    asked = {"vantage": "assumed-peer", "attempts": 1}
    for own in (ADDRESS, TAGGED):
        assert do(kernel, "vantage_ping", address=own, **asked) == {"sent": 1, "answered": 1}
    do(kernel, "delete_interface", interface="eth1.100")
    assert do(kernel, "vantage_ping", address=TAGGED, **asked) == {"sent": 1, "answered": 0}


# --- held-out cases ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_the_incident_happens_and_heals_in_every_variation(seed: int) -> None:
    drawn = draw(seed)
    observed = to_json(drawn.world)
    cases = NETWORK.variations(observed, drawn.input, random.Random(seed))
    assert [case.title for case in cases] == [
        "other names, MACs and addresses",
        "there and back again",
        "another ageing time and one more port",
    ]
    for case in cases:
        kernel = NETWORK.shadow(case.observed)
        for values in case.inputs:
            assert _outage_and_healing(kernel, values) == (0, 2)


def _outage_and_healing(kernel: TwinKernel, values: JsonObject) -> tuple[int, int]:
    """Answers to two pings after a naive move, and after an announcement."""
    bridge = values["bridge"]
    do(kernel, "detach_port", bridge=bridge, interface=values["from_nic"])
    do(kernel, "attach_port", bridge=bridge, interface=values["to_nic"])
    addresses = do(kernel, "addresses", interface=bridge)
    assert isinstance(addresses, list)
    outage = _answers(kernel, str(addresses[0]))
    do(kernel, "send_gratuitous_arp", interface=bridge, address=addresses[0])
    return outage, _answers(kernel, str(addresses[0]))


def _answers(kernel: TwinKernel, address: str) -> int:
    """Answers that a peer behind the switch gets."""
    host = from_json(kernel.observe())
    peers = [
        cable.a.node if cable.b.node == switch.name else cable.b.node
        for switch in host.nodes
        if switch.role == "switch"
        for cable in host.cables
        if switch.name in {cable.a.node, cable.b.node}
    ]
    peer = next(name for name in peers if name != host.host)
    record = do(kernel, "vantage_ping", vantage=peer, address=address, attempts=2)
    assert isinstance(record, dict)
    answered = record["answered"]
    assert isinstance(answered, int)
    return answered


def test_a_renamed_world_shares_no_name_with_the_old_one() -> None:
    drawn = draw(7)
    observed = to_json(drawn.world)
    renamed = NETWORK.variations(observed, drawn.input, random.Random(1))[0]
    old = {
        text
        for node in drawn.world.nodes
        for link in node.links
        for text in (link.name, link.mac, *link.addresses)
    }
    told = json.dumps([renamed.observed, list(renamed.inputs)])
    assert [name for name in old if f'"{name}"' in told] == []


def test_the_same_seed_gives_the_same_variations() -> None:
    drawn = draw(7)
    observed = to_json(drawn.world)
    first, second = (
        NETWORK.variations(observed, drawn.input, random.Random("a seed")) for _ in range(2)
    )
    assert first == second


def test_there_and_back_needs_two_nics() -> None:
    observed = to_json(draw(7).world)
    titles = [case.title for case in NETWORK.variations(observed, {}, random.Random(1))]
    assert "there and back again" not in titles


# --- scenarios --------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_scenario() -> None:
    assert draw(5) == draw(5)
    assert draw(5).world != draw(6).world


def test_scenarios_differ_in_what_an_implementation_might_rely_on() -> None:
    drawn = [draw(seed) for seed in range(40)]
    assert len({str(d.input["bridge"]) for d in drawn}) >= 4
    assert len({str(d.input["from_nic"]) for d in drawn}) >= 6
    assert {len(d.world.nodes) for d in drawn} == {3, 4, 5}
    assert {len(d.world.subject.links) for d in drawn} == {3, 4}
