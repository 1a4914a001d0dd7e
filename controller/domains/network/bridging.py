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
    learn_by_word(fabric, _link(node, arguments), text(arguments, "mac"))


def _remove_fdb_entry(_fabric: Fabric, node: LiveNode, arguments: Arguments) -> None:
    forget_at(_link(node, arguments), text(arguments, "mac"))


def learn_by_word(fabric: Fabric, port: LiveLink, mac: str, vlan: int = 0) -> None:
    """Put a static entry into a bridge's table; without a VLAN, into each VLAN of the port."""
    for where in _meant(port, vlan):
        _table(port)[mac, where] = Learned(port, fabric.now_s, static=True)


def forget_at(port: LiveLink, mac: str, vlan: int = 0) -> None:
    """Forget that a MAC is behind a port; without a VLAN, in each VLAN of the port."""
    for where in _meant(port, vlan):
        entry = _table(port).get((mac, where))
        if entry is not None and entry.port is port:
            del _table(port)[mac, where]


def _meant(port: LiveLink, vlan: int) -> tuple[int, ...]:
    return (vlan,) if vlan else (0, *port.port_vlans)


def _table(port: LiveLink) -> dict[tuple[str, int], Learned]:
    assert port.master is not None
    assert port.master.bridge is not None
    return port.master.bridge.table


EFFECTS: Final[Mapping[str, Callable[[Fabric, LiveNode, Arguments], None]]] = {
    "set_mtu": _set_mtu,
    "set_stp": _set_stp,
    "set_multicast_snooping": _set_multicast_snooping,
    "add_fdb_entry": _add_fdb_entry,
    "remove_fdb_entry": _remove_fdb_entry,
}
