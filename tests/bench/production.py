"""A server in a namespace: planned, applied, verified, undone; beside a shell script.

The script does the same to the same kernel with `ip`, in one process a command, and looks at what
it did. It knows no plan beyond a look, keeps nothing to undo by, and believes what it sees at once.
Here a last probe, about an interface that is not there, has everything undone that was verified.
The windows that contracts have for verification are told apart: they are asked for, not spent.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from controller.adapters.clock import SystemClock
from controller.conductor.orchestration.run import Ending
from controller.demo.setting import PERSON, namespaces
from controller.domains.network.scenario import draw
from controller.domains.world import JsonObject
from controller.stories.mainline import read_main
from controller.stories.plan import plan
from controller.stories.request import request
from controller.stories.subjects import Asked, subjects_of
from controller.wiring import Organism, open_organism
from tests.bench.figure import Figure, median_ms

TOPOLOGY = "edge_server"
"""Of those shipped the one that every kernel can make: others have bonds and VLANs."""
PASSES_MAX = 60
PARTS = 2
"""Bridges that it has: at least so many tasks are undone."""
SCRIPT_TIMES = 5
SCRIPT = """
set -e
ip -j link show >/dev/null
ip link add management type bridge
ip link set {nic} master management
ip link set {nic} up
ip link set management up
ip link set management address $(cat /sys/class/net/management/address)
ip link add guests type bridge
ip link set guests up
ip link show management | grep -q 'state UP\\|,UP'
ip link show guests | grep -q ',UP'
ip link set {nic} nomaster
ip link del management
ip link del guests
"""


class _Waiting(SystemClock):
    """The machine's clock; `slept_s` is what was waited by it."""

    slept_s = 0.0

    def sleep(self, seconds: float) -> None:
        """Wait, and count it."""
        self.slept_s += max(0.0, seconds)
        super().sleep(seconds)


def figures() -> list[Figure]:
    """The whole way in one run; nothing without root."""
    if os.geteuid() != 0:
        return []
    clock = _Waiting()
    with ExitStack() as live:
        at = Path(live.enter_context(tempfile.TemporaryDirectory())) / "genome"
        setting = live.enter_context(namespaces(at, draw(3), None, clock))
        opened = live.enter_context(open_organism(at, clock))
        nic, space = str(setting.scenario.input["to_nic"]), setting.world.partition(":")[2]
        command = ["ip", "netns", "exec", space, "sh", "-c", SCRIPT.format(nic=nic)]
        script_ms = median_ms(lambda: subprocess.run(command, check=True), SCRIPT_TIMES)
        start = time.perf_counter()
        _planned(opened, setting.world, nic)
        planned_ms = (time.perf_counter() - start) * 1e3
        _probe_in_vain(opened)
        acted_ms = _undone(opened, setting.world, nic, clock)
    script = "a shell script of ip commands"
    return [
        Figure(f"a plan of {TOPOLOGY} on a real kernel", planned_ms, "ms"),
        Figure("it applied, verified and undone", acted_ms, "ms"),
        Figure("plan, apply, verify and undo", planned_ms + acted_ms, "ms", script_ms, script),
        Figure("its windows of verification", clock.slept_s * 1e3, "ms"),
    ]


def _planned(opened: Organism, world: str, nic: str) -> None:
    main = read_main(opened.repository, opened.hands.bench.domain)
    asked = Asked(TOPOLOGY, world, {"nic": [nic]})
    subjects = subjects_of(opened.hands, main, asked)
    (told,) = plan(opened.hands.bench, main.genome, subjects, ())
    assert told.changes, told.problems


def _probe_in_vain(opened: Organism) -> None:
    path = f"contracts/network/{TOPOLOGY}.sg"
    text = opened.repository.files(opened.repository.main())[path].decode()
    probe = "    check_link_state interface=absent0\n    all within"
    opened.repository.commit_main(
        {path: text.replace("    all within", probe).encode()}, "", PERSON
    )


def _undone(opened: Organism, world: str, nic: str, clock: _Waiting) -> float:
    """Ask for the topology and let passes happen until it is undone; milliseconds without waits."""
    main = read_main(opened.repository, opened.hands.bench.domain)
    values: JsonObject = {"nic": [nic]}
    settled = opened.hands.bench.domain.settled
    before = settled(opened.hands.worlds.kernel(world).observe())
    clock.slept_s, begun = 0.0, time.perf_counter()
    demand = request(
        opened.chronicle, opened.hands.worlds, main, TOPOLOGY, world, values, None, PERSON
    )
    record = opened.chronicle.ledger.demands[demand]
    for _ in range(PASSES_MAX):
        result = opened.controller.run_pass()
        run = opened.chronicle.ledger.latest_run(record)
        if run is not None and run.ending is not None:
            break
        assert result.wake_at is not None, result.gaps
        opened.clock.sleep((result.wake_at - opened.clock.now()).total_seconds())
    acted_ms = (time.perf_counter() - begun - clock.slept_s) * 1e3
    assert run is not None
    assert run.ending == Ending.ROLLED_BACK
    assert len(run.account["undone"]) >= PARTS  # type: ignore[arg-type]
    assert settled(opened.hands.worlds.kernel(world).observe()) == before
    return acted_ms
