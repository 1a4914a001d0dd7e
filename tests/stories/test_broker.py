"""What the broker performs for a gene and what it refuses, against a simulated network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.scenario import draw
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import Link, World
from controller.domains.world import Json, Kernel, Operation, OperationRefused
from controller.gene_limits import GENE_MUTATIONS, GENE_REFUSALS_KEPT
from controller.stories.broker import Broker, granted, rights
from grammar.sg.nodes import Family, GeneContract, Risk

NAMED: Mapping[str, Json] = {"bridge": "br0", "nested": [{"to": "nic1"}]}


def world() -> World:
    """A bridge with one port, and three interfaces: one named, one not, one for people alone."""
    drawn = draw(0).world
    host = drawn.subject
    links = tuple(
        Link(name, "nic", f"02:00:00:00:00:0{number}", addresses=addresses)
        for number, (name, addresses) in enumerate(
            {"nic1": (), "nic2": (), "mgmt0": ("10.9.9.1/24",)}.items()
        )
    )
    host = replace(host, links=(*host.links, *links))
    nodes = (host, *(node for node in drawn.nodes if node.name != host.name))
    return replace(drawn, nodes=nodes)


def broker(
    family: Family = Family.CONFIGURATION,
    protected: Mapping[str, tuple[str, ...]] | None = None,
    kernel: Kernel | None = None,
) -> Broker:
    """A broker for one call whose input names `br0` and `nic1`."""
    over = kernel or SimulatedKernel(world())
    guard = NETWORK.guard(over.observe(), protected or {})
    contract = GeneContract("locus", family, Risk.LOW, "")
    return Broker(
        NETWORK, over, granted(NETWORK, contract), None, rights(NETWORK, dict(NAMED), guard)
    )


def refusal(to: Broker, name: str, **arguments: Json) -> str:
    """Why an operation is refused, which changes nothing."""
    performed = list(to.performed)
    with pytest.raises(OperationRefused) as refused:
        to.serve(name, arguments)
    assert to.performed == performed
    return refused.value.reason


def test_a_gene_changes_what_its_input_names_at_any_depth() -> None:
    to = broker()
    to.serve("attach_port", {"bridge": "br0", "interface": "nic1"})
    to.serve("set_link_state", {"interface": "nic1", "up": False})
    assert [one.name for one in to.performed] == ["attach_port", "set_link_state"]


def test_what_the_input_does_not_name_is_left_alone() -> None:
    assert refusal(broker(), "set_link_state", interface="nic2", up=False) == (
        "set_link_state: the input does not name nic2, and this gene did not make it"
    )
    assert "nic2" in refusal(broker(), "attach_port", bridge="br0", interface="nic2")


def test_what_the_input_does_not_name_may_be_looked_at() -> None:
    assert broker().serve("addresses", {"interface": "mgmt0"}) == ["10.9.9.1/24"]


def test_a_gene_changes_what_it_made() -> None:
    to = broker()
    assert "br9" in refusal(to, "set_link_state", interface="br9", up=True)
    to.serve("create_bridge", {"bridge": "br9"})
    to.serve("set_link_state", {"interface": "br9", "up": True})
    to.serve("attach_port", {"bridge": "br9", "interface": "nic1"})
    to.serve("delete_bridge", {"bridge": "br9"})


def test_what_could_not_be_made_is_not_the_genes() -> None:
    to = broker()
    assert refusal(to, "create_bridge", bridge="nic2") == "interface nic2 exists already"
    assert "nic2" in refusal(to, "set_link_state", interface="nic2", up=False)


def test_a_diagnostic_changes_nothing_at_all() -> None:
    to = broker(Family.DIAGNOSTIC)
    assert refusal(to, "set_link_state", interface="nic1", up=False) == (
        "set_link_state is not granted to this gene"
    )
    assert to.serve("bridge_ports", {"bridge": "br0"}) == ["ens1f0"]


@pytest.mark.parametrize(
    ("protected", "operation", "why"),
    [
        ({"interfaces": ("nic1",)}, ("set_mac", {"interface": "nic1"}), "nic1, which is protected"),
        ({"interfaces": ("br0",)}, ("set_ageing", {"bridge": "br0", "seconds": 20}), "br0"),
        (
            {"addresses": ("192.168.248.213",)},
            ("set_link_state", {"interface": "br0", "up": False}),
            "br0, which is protected: it has 192.168.248.213/24",
        ),
        (
            {"addresses": ("192.168.248.0/24",)},
            ("remove_address", {"interface": "br0", "address": "192.168.248.213/24"}),
            "br0",
        ),
        (
            {"addresses": ("0.0.0.0/0",)},
            ("delete_bridge", {"bridge": "br0"}),
            "br0, which is protected: the route to 0.0.0.0/0 leads over it",
        ),
        (
            {"addresses": ("0.0.0.0/0",)},
            ("add_route", {"interface": "nic1", "destination": "0.0.0.0/0", "metric": 5}),
            "0.0.0.0/0, which is protected",
        ),
        (
            {"addresses": ("10.9.9.1",)},
            ("add_address", {"interface": "nic1", "address": "10.9.9.1/24"}),
            "10.9.9.1/24, which is protected",
        ),
        (
            {"addresses": ("10.9.9.1",)},
            ("add_route", {"interface": "nic1", "destination": "10.9.9.0/25"}),
            "10.9.9.0/25, which is protected",
        ),
        ({"interfaces": ("new0",)}, ("create_bridge", {"bridge": "new0"}), "new0"),
    ],
)
def test_what_people_protect_is_not_touched_though_the_input_names_it(
    protected: Mapping[str, tuple[str, ...]], operation: tuple[str, dict[str, Json]], why: str
) -> None:
    name, arguments = operation
    if name == "set_mac":
        arguments = {**arguments, "mac": "02:00:00:00:00:99"}
    reason = refusal(broker(protected=protected), name, **arguments)
    assert reason.startswith(f"{name}: it would touch ")
    assert why in reason
    broker().serve(name, arguments)  # without the protection it is performed


def test_a_bridge_is_protected_with_its_ports_and_a_port_with_its_bridge() -> None:
    kernel = SimulatedKernel(world())
    kernel.perform(Operation("attach_port", {"bridge": "br0", "interface": "nic1"}))
    by_bridge = broker(protected={"interfaces": ("br0",)}, kernel=kernel)
    assert "nic1, which is protected: it is a port of br0" in refusal(
        by_bridge, "set_link_state", interface="nic1", up=False
    )
    by_port = broker(protected={"interfaces": ("ens1f0",)}, kernel=kernel)
    assert "br0, which is protected: ens1f0 is a port of it" in refusal(
        by_port, "set_link_state", interface="br0", up=False
    )
    by_port.serve("set_link_state", {"interface": "nic1", "up": False})


def test_a_world_is_changed_so_many_times_in_a_call_and_no_more() -> None:
    to = broker()
    for count in range(GENE_MUTATIONS):
        to.serve("set_link_state", {"interface": "nic1", "up": count % 2 == 0})
    assert "at most" in refusal(to, "set_link_state", interface="nic1", up=True)
    to.serve("link", {"interface": "nic1"})


def test_refusals_are_kept_and_so_many_of_them() -> None:
    to = broker()
    for _ in range(GENE_REFUSALS_KEPT + 5):
        refusal(to, "set_link_state", interface="nic2", up=False)
    assert len(to.refused) == GENE_REFUSALS_KEPT
    assert to.refused[0].name == "set_link_state"
    assert to.served == []
