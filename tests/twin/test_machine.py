"""A real kernel as an ordinary process: its time, its end, and what it cannot do to the host."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from controller.adapters.twin.machine import Machine
from controller.adapters.twin.world import Twin
from controller.domains.network.scenario import draw
from controller.domains.network.state import to_json
from controller.ports import Unavailable
from tests.network.worlds import PEER_MAC, do, host, small_world

LEARNT = [{"mac": PEER_MAC, "port": "eth0", "vlan": 0, "static": False}]

BOOTS = """
import sys, time
from pathlib import Path
from controller.adapters.twin.machine import Machine
machine = Machine(Path(sys.argv[1]))
status = Path(f"/proc/{machine.pid}/status").read_text()
print(machine.pid, status.partition("CapEff:")[2].split()[0], flush=True)
time.sleep(600)
"""


def test_time_stands_still_but_for_what_requests_take(twin: Twin) -> None:
    with twin.make(small_world()) as world:
        machine = twin.machine
        assert machine is not None
        world.observe()
        before_s = machine.now_s
        world.observe()
        world.observe()
        assert machine.now_s - before_s < 1
        world.advance(3600)
        assert 3600 <= machine.now_s - before_s < 3602


def test_a_bridge_forgets_a_silent_machine_after_its_ageing_time(twin: Twin) -> None:
    with twin.make(small_world()) as world:
        assert do(world, "bridge_fdb", bridge="br0") == LEARNT
        do(world, "detach_port", bridge="br0", interface="eth0")
        do(world, "attach_port", bridge="br0", interface="eth1")
        do(world, "set_link_state", interface="eth1", up=False)
        world.advance(301)
        assert do(world, "bridge_fdb", bridge="br0") == []


def test_peers_that_talk_are_not_forgotten(twin: Twin) -> None:
    with twin.make(small_world()) as world:
        world.advance(301)
        assert do(world, "bridge_fdb", bridge="br0") == LEARNT


def test_a_fork_goes_its_own_way(twin: Twin) -> None:
    with twin.make(small_world()) as world, world.fork() as other:
        do(other, "delete_bridge", bridge="br1")
        assert host(world).link("br1") is not None
        assert host(other).link("br1") is None


def test_many_worlds_live_beside_each_other(twin: Twin) -> None:
    drawn = [draw(seed).world for seed in range(4)]
    made = [twin.make(world) for world in drawn]
    assert [world.observe() for world in made] == [to_json(world) for world in drawn]
    for world in made:
        world.close()


def test_nothing_of_it_is_seen_outside(twin: Twin) -> None:
    before = sorted(Path("/sys/class/net").iterdir())
    with twin.make(small_world()):
        assert sorted(Path("/sys/class/net").iterdir()) == before


def test_a_machine_that_was_killed_is_said_to_be_lost_and_replaced(twin_kernel: Path) -> None:
    with closing(Twin(lambda: twin_kernel)) as own:
        world = own.make(small_world())
        assert own.machine is not None
        own.machine.kill()
        with pytest.raises(Unavailable, match="the twin is lost"):
            world.observe()
        world.close()
        assert host(own.make(small_world())).link("br0") is not None


def test_a_kernel_that_spins_is_killed_by_the_wall_clock(twin_kernel: Path) -> None:
    with Machine(twin_kernel, answer_seconds=2, guest="tests.twin.spinning") as machine:
        with pytest.raises(Unavailable, match="did not answer within 2 s"):
            machine.ask({"do": "spin"})
        assert not machine.alive


def test_a_guest_that_fails_ends_its_machine_and_says_why(twin_kernel: Path) -> None:
    with (
        Machine(twin_kernel, guest="tests.twin.spinning") as machine,
        pytest.raises(Unavailable, match="ValueError: the guest fails"),
    ):
        machine.ask({"do": "fail"})


def test_a_machine_needs_no_right_and_does_not_outlive_who_booted_it(twin_kernel: Path) -> None:
    bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    # A short place: the address of a socket has 108 bytes.
    with (
        TemporaryDirectory() as place,
        subprocess.Popen(
            [*bare, sys.executable, "-c", BOOTS, str(twin_kernel)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": place},
        ) as owner,
    ):
        assert owner.stdout is not None
        pid, rights = owner.stdout.readline().split()
        owner.kill()
    assert int(rights, 16) == 0
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    raise AssertionError("it lives on")
