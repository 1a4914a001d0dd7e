"""What the mutations of links made by software do in the model: bonds, their ports, dummies.

`SimulatedKernel` looks the operations of `operation_links` up in `EFFECTS`, and lets every bond
look afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from controller.domains.network import bonding, rewiring
from controller.domains.network.argument import miimon_ms, optional_text, text
from controller.domains.network.fabric import Fabric
from controller.domains.network.live import LiveNode
from controller.domains.network.refusal import Arguments
from controller.domains.network.state import BondMode


def _create_bond(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    name, mode = text(arguments, "bond"), cast(BondMode, text(arguments, "mode"))
    mac = optional_text(arguments, "mac")
    bonding.create_bond(node, name, mode, miimon_ms(arguments), mac)


def _create_dummy(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    rewiring.create_link(node, text(arguments, "dummy"), "dummy", optional_text(arguments, "mac"))


def _create_veth(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    create_pair(
        node,
        (text(arguments, "veth"), optional_text(arguments, "mac")),
        (text(arguments, "peer"), optional_text(arguments, "peer_mac")),
    )


def create_pair(node: LiveNode, *ends: tuple[str, str | None]) -> None:
    """Add two ends of a veth that are down, each with its MAC if it is given one."""
    one, other = (rewiring.create_link(node, name, "veth", mac) for name, mac in ends)
    one.far, other.far = other, one


def _add_bond_port(fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    bond, port = node.links[text(arguments, "bond")], node.links[text(arguments, "interface")]
    bonding.join(fabric, bond, port)


def _remove_bond_port(fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    bond, port = node.links[text(arguments, "bond")], node.links[text(arguments, "interface")]
    bonding.leave(fabric, bond, port)


def _set_active_port(fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    bond, port = node.links[text(arguments, "bond")], node.links[text(arguments, "interface")]
    bonding.activate(fabric, bond, port)


def _delete_interface(fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    delete(fabric, node, text(arguments, "interface"))


def delete(fabric: Fabric, node: LiveNode, name: str) -> None:
    """Remove an interface that software made, and its VLANs; its ports leave it, it its master.

    With an end of a veth goes the other one.
    """
    link = node.links[name]
    other = link.far if link.kind == "veth" else None
    if other is not None:
        link.far = other.far = None
        delete(fabric, node, other.name)
    for upper in [*link.vlans.values()]:
        delete(fabric, node, upper.name)
    if link.bond is not None:
        for port in [*link.bond.ports]:
            bonding.leave(fabric, link, port)
    release(fabric, node, name)
    if link.bridge is None:
        rewiring.remove_link(node, link)
    else:
        rewiring.delete_bridge(node, link)


def release(fabric: Fabric, node: LiveNode, name: str) -> None:
    """Let an interface be nobody's port."""
    link = node.links[name]
    if link.master is not None and link.master.bond is not None:
        bonding.leave(fabric, link.master, link)
    elif link.master is not None:
        rewiring.detach_port(fabric, link.master, link)


EFFECTS: Final[Mapping[str, Callable[[Fabric, LiveNode, Arguments], None]]] = {
    "create_bond": _create_bond,
    "create_dummy": _create_dummy,
    "create_veth": _create_veth,
    "add_bond_port": _add_bond_port,
    "remove_bond_port": _remove_bond_port,
    "set_active_port": _set_active_port,
    "delete_interface": _delete_interface,
}
