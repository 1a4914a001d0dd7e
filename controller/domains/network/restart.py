"""Starts the host of a world again: everything that software made is gone, its profiles remain.

`simulated` and `lab` call it, each for its own kind of world. Hosts are never restarted: no gene
has an operation for it, and `netlink`'s kernel cannot.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping
from typing import Final

from controller import link_limits
from controller.domains.network import boot, linking, rewiring
from controller.domains.network.fabric import Fabric
from controller.domains.network.live import LiveNode
from controller.domains.network.message import Message
from controller.domains.network.namespace import Inside
from controller.domains.network.readout import Tables, kind, local_peer
from controller.domains.network.state import Node
from controller.domains.world import Json, Operation, OperationRefused

_BUILT: Final = frozenset({None, "veth", "tun"})
"""Kinds of links that stand for NICs in a lab; others were made by software."""
_LOOPBACK: Final = 0x8


def started(host: Node, perform: Callable[[Operation], Json]) -> tuple[str, ...]:
    """Do what a start does to a cold host; what its profiles ask for in vain, in words."""
    refused: list[str] = []
    for operation in boot.operations(host):
        try:
            perform(operation)
        except OperationRefused as refusal:
            refused.append(f"{operation.name}: {refusal.reason}")
    return tuple(refused)


def cold_model(fabric: Fabric, node: LiveNode) -> None:
    """Take a node of the model down to its NICs, as they were built."""
    for link in [*node.links.values()]:
        linking.release(fabric, node, link.name)
        rewiring.set_link_state(fabric, link, up=False)
    for link in [*node.links.values()]:
        if link.kind != "nic" and link.name in node.links:
            linking.delete(fabric, node, link.name)
    for link in node.links.values():
        link.mac = link.permanent_mac or link.mac
        link.mtu = link_limits.MTU_DEFAULT
        link.addresses.clear()
        link.neighbours.clear()
        link.waiting.clear()
    node.connected.clear()
    node.routes.clear()


def cold_namespace(inside: Inside, permanent: Mapping[str, str]) -> None:
    """Take a namespace of a lab down to its NICs; `permanent` are the MACs that are known."""
    ip = inside.ip
    links = [one for one in Tables(inside).links if not one["flags"] & _LOOPBACK]
    there = {one["index"] for one in links}
    for link in links:
        if not _is_built(link, there):
            ip.link("set", index=link["index"], state="down")
    for link in links:
        if not _is_built(link, there) and _is_there(link.get_attr("IFLA_IFNAME")):
            ip.link("del", index=link["index"])
    for link in links:
        if _is_built(link, there):
            index, name = link["index"], link.get_attr("IFLA_IFNAME")
            ip.link("set", index=index, state="down", mtu=link_limits.MTU_DEFAULT)
            ip.flush_addr(index=index)
            if name in permanent:
                ip.link("set", index=index, address=permanent[name])


def _is_built(link: Message, there: Collection[int]) -> bool:
    """True for what stands for a NIC: not for a veth that software made, with both ends here."""
    return kind(link) in _BUILT and local_peer(link, there) is None


def _is_there(name: str) -> bool:
    """False for what went with another one, as a VLAN with its parent."""
    return any(name == known for _, known in socket.if_nameindex())
