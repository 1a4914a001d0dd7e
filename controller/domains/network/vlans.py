"""What the operations of `operation_vlans` do in the model: VLAN links, and VLANs of ports.

`SimulatedKernel` looks them up in `EFFECTS`. The rules are Linux's (net/8021q/vlan.c,
net/bridge/br_vlan.c), compared with it by the conformance suite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from controller.domains.network import rewiring, tagging
from controller.domains.network.argument import flag, optional_text, text, whole
from controller.domains.network.fabric import Fabric
from controller.domains.network.live import LiveBridge, LiveLink, LiveNode, LiveVlan
from controller.domains.network.refusal import Arguments
from controller.domains.network.state import PortVlan


def _create_vlan(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    parent = node.links[text(arguments, "interface")]
    name, mac = text(arguments, "vlan"), optional_text(arguments, "mac")
    create_vlan(parent, name, whole(arguments, "vid"), mac)


def create_vlan(parent: LiveLink, name: str, vid: int, mac: str | None) -> None:
    """Add a VLAN link that is down. Without a MAC it has that of its parent, now and later."""
    made = rewiring.create_link(parent.node, name, "vlan", mac or parent.mac)
    made.vlan = LiveVlan(parent, vid, mac is not None)
    made.mtu = parent.mtu
    parent.vlans[vid] = made


def _set_vlan_filtering(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    _bridge(node, arguments).vlan_filtering = flag(arguments, "on")


def _add_port_vlan(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    wanted = PortVlan(
        whole(arguments, "vid"), pvid=flag(arguments, "pvid"), untagged=flag(arguments, "untagged")
    )
    tagging.let_through(_bridge(node, arguments), _member(node, arguments), wanted)


def _remove_port_vlan(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    member, vid = _member(node, arguments), whole(arguments, "vid")
    tagging.shut_out(_bridge(node, arguments), member, vid)


def _member(node: LiveNode, arguments: Arguments) -> LiveLink:
    return node.links[text(arguments, "interface")]


def _bridge(node: LiveNode, arguments: Arguments) -> LiveBridge:
    found = node.links[text(arguments, "bridge")].bridge
    assert found is not None
    return found


EFFECTS: Final[Mapping[str, Callable[[Fabric, LiveNode, Arguments], None]]] = {
    "create_vlan": _create_vlan,
    "set_vlan_filtering": _set_vlan_filtering,
    "add_port_vlan": _add_port_vlan,
    "remove_port_vlan": _remove_port_vlan,
}
