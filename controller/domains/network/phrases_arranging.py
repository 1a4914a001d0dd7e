"""Worlds made to order: like a given one, but with something in it or without it.

The lists of phrases arrange with these. What an operation of the catalogue can do is done by
the simulated kernel, so that it has all its consequences; the rest is a change of the value.
"""

from __future__ import annotations

from dataclasses import replace

from controller.domains.network.cabling import ways
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.spare import free_macs, free_name
from controller.domains.network.state import Cable, End, FdbEntry, Link, Node, World
from controller.domains.world import Json, Operation, OperationRefused


def after(world: World, name: str, **arguments: Json) -> World | None:
    """The world after an operation; None if it is refused."""
    kernel = SimulatedKernel(world)
    try:
        kernel.perform(Operation(name, arguments))
    except OperationRefused:
        return None
    return kernel.world


def without_interface(world: World, name: str) -> World | None:
    """The world whose host has no such interface: one deleted, a NIC pulled out."""
    link = world.subject.link(name)
    if link is None:
        return world
    if link.kind == "bridge":
        return after(world, "delete_bridge", bridge=name)
    if link.kind != "nic":
        return after(world, "delete_interface", interface=name)
    if link.master is not None:
        freed = without_master(world, name)
        return freed and without_interface(freed, name)
    host = world.subject
    pulled = replace(
        host,
        links=tuple(one for one in host.links if one.name != name),
        neighbours=tuple(known for known in host.neighbours if known.interface != name),
        fdb=tuple(entry for entry in host.fdb if entry.port != name),
        routes=tuple(route for route in host.routes if route.interface != name),
    )
    end = End(world.host, name)
    cables = tuple(cable for cable in world.cables if end not in (cable.a, cable.b))
    return replace(with_node(world, pulled), cables=cables)


def with_bridge(world: World, name: str) -> World | None:
    """The world whose host has this bridge, which is up."""
    link = world.subject.link(name)
    if link is not None:
        return world if link.kind == "bridge" else None
    made = after(world, "create_bridge", bridge=name, mac=free_macs(world, 1)[0])
    return made and after(made, "set_link_state", interface=name, up=True)


def with_interface(world: World, name: str) -> World:
    """The world whose host has an interface of that name; if need be, a NIC without a cable."""
    if world.subject.link(name) is not None:
        return world
    host = world.subject
    made = Link(name, "nic", free_macs(world, 1)[0])
    return with_node(world, replace(host, links=(*host.links, made)))


def with_port(world: World, bridge: str, nic: str) -> World | None:
    """The world in which the NIC is a port of the bridge, and of no other."""
    link = world.subject.link(nic)
    if link is not None and link.master == bridge:
        return world
    made = with_bridge(world, bridge)
    made = made and without_master(with_interface(made, nic), nic)
    return made and after(made, "attach_port", bridge=bridge, interface=nic)


def without_master(world: World, nic: str) -> World | None:
    """The world in which the interface is no port."""
    link = world.subject.link(nic)
    if link is None or link.master is None:
        return world
    if link.bond_port is not None:
        return after(world, "remove_bond_port", bond=link.master, interface=nic)
    return after(world, "detach_port", bridge=link.master, interface=nic)


def with_bond(world: World, name: str) -> World | None:
    """The world whose host has this bond, which is up."""
    link = world.subject.link(name)
    if link is not None:
        return world if link.kind == "bond" else None
    made = after(world, "create_bond", bond=name, mode="active-backup")
    return made and after(made, "set_link_state", interface=name, up=True)


def with_bond_port(world: World, bond: str, nic: str) -> World | None:
    """The world in which the NIC is a port of the bond, and of nothing else."""
    link = world.subject.link(nic)
    if link is not None and link.master == bond:
        return world
    made = with_bond(world, bond)
    made = made and without_master(with_interface(made, nic), nic)
    made = made and after(made, "set_link_state", interface=nic, up=False)
    return made and after(made, "add_bond_port", bond=bond, interface=nic)


def with_two_ways(world: World, bridge: str) -> World | None:
    """The world in which a bridge has two ports to one switch, so that MACs flap between them."""
    switches = set(_switches_of(world, bridge))
    for link in world.subject.links:
        far = world.far_end(End(world.host, link.name))
        if link.kind == "nic" and link.master is None and far is not None and far.node in switches:
            raised = after(world, "set_link_state", interface=link.name, up=True)
            return raised and after(raised, "attach_port", bridge=bridge, interface=link.name)
    for switch in sorted(switches):
        return _with_second_way(world, bridge, switch)
    return None


def _switches_of(world: World, bridge: str) -> list[str]:
    roles = {node.name: node.role for node in world.nodes}
    return [end.node for end in ways(world, bridge) if roles[end.node] == "switch"]


def _with_second_way(world: World, bridge: str, name: str) -> World | None:
    """One more cable from the host to a switch, the new NIC a port of the bridge.

    The new ways are isolated on the switch, as the lab's are: a loop would be a storm.
    """
    switch, host = world.node(name), world.subject
    assert switch is not None
    inner, outer = free_macs(world, 2)
    nic = free_name("second", {link.name for link in host.links})
    port = free_name("second", {link.name for link in switch.links})
    known = {end.nic for end in ways(world, bridge) if end.node == name}
    links = tuple(
        replace(link, isolated=True) if link.name in known else link for link in switch.links
    )
    fabric = next(link.master for link in links if link.name in known)
    made = with_node(
        world,
        replace(switch, links=(*links, Link(port, "nic", outer, master=fabric, isolated=True))),
    )
    made = with_node(
        made, replace(host, links=(*host.links, Link(nic, "nic", inner, master=bridge)))
    )
    return replace(made, cables=(*made.cables, Cable(End(world.host, nic), End(name, port))))


def with_stale_entry(world: World, bridge: str) -> World | None:
    """The world in which a switch is sure that the bridge's MAC is behind another port."""
    link = world.subject.link(bridge)
    right = ways(world, bridge)
    for node in world.nodes:
        if link is None or node.role != "switch":
            continue
        for port in node.links:
            fabric = None if port.master is None else node.link(port.master)
            leads_here = End(node.name, port.name) in right
            if port.master is not None and fabric is not None and fabric.bridge and not leads_here:
                stale = FdbEntry(port.master, link.mac, port.name, static=True)
                fdb = tuple(e for e in node.fdb if (e.bridge, e.mac) != (port.master, link.mac))
                return with_node(world, replace(node, fdb=(*fdb, stale)))
    return None


def with_node(world: World, changed: Node) -> World:
    """The world in which the node of that name is another one."""
    nodes = tuple(changed if node.name == changed.name else node for node in world.nodes)
    return replace(world, nodes=nodes)
