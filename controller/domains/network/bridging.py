"""What a simulated host does about MTUs, STP, snooping and static entries of its bridges.

`SimulatedKernel` looks the operations of `operation_bridging` up in `EFFECTS`. The rules are
Linux's (net/bridge/br_fdb.c, br_stp_if.c), compared with it by the conformance suite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from controller.domains.network import sizing
from controller.domains.network.argument import flag, text, whole
from controller.domains.network.fabric import Fabric
from controller.domains.network.live import Learned, LiveBridge, LiveLink, LiveNode
from controller.domains.network.refusal import Arguments


def _link(node: LiveNode, arguments: Arguments) -> LiveLink:
    return node.links[text(arguments, "interface")]


def _bridge(node: LiveNode, arguments: Arguments) -> LiveBridge:
    found = node.links[text(arguments, "bridge")].bridge
    assert found is not None
    return found


def _set_mtu(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    sizing.set_mtu(_link(node, arguments), whole(arguments, "mtu"))


def _set_stp(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    """Ports that forward go on; those that wait do so for as long as they had to."""
    _bridge(node, arguments).stp = flag(arguments, "on")


def _set_multicast_snooping(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    _bridge(node, arguments).multicast_snooping = flag(arguments, "on")


def _add_fdb_entry(fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    entry = Learned(_link(node, arguments), fabric.now_s, static=True)
    _bridge(node, arguments).table[text(arguments, "mac")] = entry


def _remove_fdb_entry(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    table, mac = _bridge(node, arguments).table, text(arguments, "mac")
    if mac in table and table[mac].port is _link(node, arguments):
        del table[mac]


EFFECTS: Final[Mapping[str, Callable[[Fabric, LiveNode, Arguments], None]]] = {
    "set_mtu": _set_mtu,
    "set_stp": _set_stp,
    "set_multicast_snooping": _set_multicast_snooping,
    "add_fdb_entry": _add_fdb_entry,
    "remove_fdb_entry": _remove_fdb_entry,
}
