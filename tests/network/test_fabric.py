"""How the simulated network carries frames, and how its time passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import (
    BridgeSettings,
    Cable,
    End,
    Link,
    Node,
    World,
    from_json,
    to_json,
)
from controller.domains.world import Json
from tests.network.worlds import ADDRESS, BR0_MAC, PEER, PEER_MAC, do, small_world


def answered(kernel: SimulatedKernel) -> Json:
    record = do(kernel, "vantage_ping", vantage="peer", address=ADDRESS, attempts=1)
    assert isinstance(record, dict)
    return record["answered"]


def move(kernel: SimulatedKernel) -> None:
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    do(kernel, "attach_port", bridge="br0", interface="eth1")


def test_an_entry_that_nobody_refreshes_is_forgotten_after_the_ageing_time() -> None:
    kernel = SimulatedKernel(small_world())
    move(kernel)
    kernel.advance(119)
    assert answered(kernel) == 0
    kernel.advance(2)
    assert answered(kernel) == 1


def test_traffic_keeps_entries_fresh_however_long_it_lasts() -> None:
    kernel = SimulatedKernel(small_world())
    kernel.advance(3600)
    found = do(kernel, "vantage_fdb", vantage="switch", mac=BR0_MAC)
    assert found == [{"bridge": "fabric0", "port": "p0"}]


def test_a_moment_of_time_is_enough_for_traffic() -> None:
    kernel = SimulatedKernel(small_world())
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    do(kernel, "attach_port", bridge="br0", interface="eth0")
    assert do(kernel, "bridge_fdb", bridge="br0") == []
    kernel.advance(0)
    assert do(kernel, "bridge_fdb", bridge="br0") == []
    kernel.advance(0.01)
    assert do(kernel, "bridge_fdb", bridge="br0") == [
        {"mac": PEER_MAC, "port": "eth0", "vlan": 0, "static": False}
    ]


def test_a_fork_and_its_original_know_nothing_of_each_other() -> None:
    kernel = SimulatedKernel(small_world())
    twin = kernel.fork()
    assert twin.observe() == kernel.observe()
    move(twin)
    twin.advance(500)
    assert answered(kernel) == 1
    assert to_json(kernel.world) == to_json(small_world())
    kernel_again = twin.fork()
    move_back = ("detach_port", "eth1"), ("attach_port", "eth0")
    for name, nic in move_back:
        do(kernel_again, name, bridge="br0", interface=nic)
    assert (answered(twin), answered(kernel_again)) == (1, 0)


def test_a_fork_keeps_the_time() -> None:
    kernel = SimulatedKernel(small_world())
    move(kernel)
    kernel.advance(100)
    twin = kernel.fork()
    twin.advance(25)
    assert answered(twin) == 1


def test_a_port_of_a_bridge_with_stp_forwards_after_half_a_minute() -> None:
    kernel = SimulatedKernel(small_world())
    do(kernel, "detach_port", bridge="br0", interface="eth0")
    do(kernel, "delete_bridge", bridge="br0")
    do(kernel, "create_bridge", bridge="br0", mac=BR0_MAC, stp=True)
    do(kernel, "add_address", interface="br0", address=ADDRESS)
    do(kernel, "set_link_state", interface="br0", up=True)
    do(kernel, "attach_port", bridge="br0", interface="eth0")
    kernel.advance(29)
    assert answered(kernel) == 0
    kernel.advance(2)
    assert answered(kernel) == 1


def test_a_frame_that_goes_round_in_circles_ends() -> None:
    def bridge(node: str, number: int) -> Node:
        return Node(
            node,
            "host" if node == "a" else "switch",
            (
                Link("br0", "bridge", f"02:00:00:00:{number:02x}:00", bridge=BridgeSettings()),
                *(
                    Link(f"p{port}", "nic", f"02:00:00:00:{number:02x}:1{port}", master="br0")
                    for port in range(3)
                ),
            ),
        )

    a = bridge("a", 1)
    a = replace(a, links=(replace(a.links[0], addresses=(ADDRESS,)), *a.links[1:]))
    cables = tuple(Cable(End("a", f"p{port}"), End("b", f"p{port}")) for port in range(2))
    peer = Node("peer", "peer", (Link("eth0", "nic", PEER_MAC, addresses=(f"{PEER}/24",)),))
    cables += (Cable(End("peer", "eth0"), End("b", "p2")),)
    kernel = SimulatedKernel(World("a", (a, bridge("b", 2), peer), cables))
    kernel.advance(1)
    assert do(kernel, "watch_moves", bridge="br0", milliseconds=100) != []


def test_a_guest_is_reached_through_the_hosts_bridge() -> None:
    world = small_world()
    guest = Node(
        "guest", "peer", (Link("eth0", "nic", "02:00:00:00:00:99", addresses=("10.7.0.99/24",)),)
    )
    host = replace(
        world.subject,
        links=tuple(
            replace(link, master="br0", up=True) if link.name == "tap0" else link
            for link in world.subject.links
        ),
    )
    nodes = tuple(host if node.name == "host" else node for node in world.nodes)
    cable = Cable(End("guest", "eth0"), End("host", "tap0"))
    kernel = SimulatedKernel(replace(world, nodes=(*nodes, guest), cables=(*world.cables, cable)))
    answer = do(kernel, "vantage_ping", vantage="peer", address="10.7.0.99", attempts=1)
    assert answer == {"sent": 1, "answered": 1}


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (Link("eth9", "nic", "02:00:00:00:00:09", master="br7"), "host has no interface br7"),
        (Link("eth9", "nic", "02:00:00:00:00:09", master="eth0"), "eth0 is not a bridge"),
    ],
)
def test_a_world_that_contradicts_itself_is_not_simulated(broken: Link, complaint: str) -> None:
    world = small_world()
    host = replace(world.subject, links=(*world.subject.links, broken))
    with pytest.raises(ValueError, match=complaint):
        SimulatedKernel(World("host", (host,)))


def test_a_world_survives_its_json() -> None:
    world = small_world()
    assert from_json(to_json(world)) == world


def test_what_is_no_world_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="nodes"):
        from_json({"host": "host"})
