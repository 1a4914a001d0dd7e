"""Where an interface of the host leads: over bonds and VLANs to the other end of a cable. Pure.

Both kernels answer `far_end` with it, and phrases about switches ask which of a switch's ports
lead to a bridge.
"""

from __future__ import annotations

from controller.domains.network.state import End, Link, Node, World, joining


def leads_to(world: World, interface: str) -> End | None:
    """Where frames sent over an interface of the host arrive; None where nobody knows.

    A bond leads where its active port does, or its first one that it believes linked; if that is
    a port of a bond too, both are the ends of one aggregate, and the other bond is the end.
    """
    link = world.subject.link(interface)
    if link is None:
        return None
    if link.vlan is not None:
        return leads_to(world, link.vlan.parent)
    if link.bond is None:
        return world.far_end(End(world.host, interface))
    port = _speaking(world.subject, link)
    far = None if port is None else world.far_end(End(world.host, port))
    node = None if far is None else world.node(far.node)
    nic = None if far is None or node is None else node.link(far.nic)
    if far is None or nic is None or nic.bond_port is None or nic.master is None:
        return far
    return End(far.node, nic.master)


def _speaking(host: Node, bond: Link) -> str | None:
    """The port that a bond sends by, or one of those."""
    if bond.bond is not None and bond.bond.active is not None:
        return bond.bond.active
    linked = (p.name for p in joining(host, bond) if p.bond_port is not None and p.bond_port.linked)
    return next(linked, None)


def ways(world: World, bridge: str) -> frozenset[End]:
    """The far ends of a bridge's ports."""
    ends = (leads_to(world, port.name) for port in world.subject.ports(bridge))
    return frozenset(end for end in ends if end is not None)
