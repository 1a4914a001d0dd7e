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
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from controller.adapters.clock import SystemClock
from controller.conductor.orchestration.run import Ending
from controller.demo.setting import PERSON, namespaces
from controller.domains.network.scenario import draw
from controller.domains.world import JsonObject
from controller.history.event import Event
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
PHASES = {
    "diagnostic.reported": "verified",
    "trial.judged": "verified",
    "transaction.rolled_back": "undone",
    "pathway.finished": "undone",
}
"""What an event's type says of the work that led to it; any other is of applying."""
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
    """The machine's clock, with what was waited by it."""

    def __init__(self) -> None:
        self.waits: list[tuple[datetime, datetime]] = []

    def sleep(self, seconds: float) -> None:
        """Wait, and count it."""
        began = self.now()
        super().sleep(seconds)
        self.waits.append((began, self.now()))

    def slept_s(self, since: datetime, until: datetime) -> float:
        """The seconds between two moments that were waited."""
        spans = ((min(until, end) - max(since, began)) for began, end in self.waits)
        return sum(max(0.0, span.total_seconds()) for span in spans)


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
        windows_ms = sum((end - began).total_seconds() for began, end in clock.waits) * 1e3
    total_ms = sum(acted_ms.values())
    script = "a shell script of ip commands"
    return [
        Figure(f"a plan of {TOPOLOGY} on a real kernel", planned_ms, "ms"),
        *(Figure(f"it is {phase}", took_ms, "ms") for phase, took_ms in acted_ms.items()),
        Figure("plan, apply, verify and undo", planned_ms + total_ms, "ms", script_ms, script),
        Figure("its windows of verification", windows_ms, "ms"),
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


def _undone(opened: Organism, world: str, nic: str, clock: _Waiting) -> dict[str, float]:
    """Ask for the topology and let passes happen until it is undone; each phase in ms."""
    main = read_main(opened.repository, opened.hands.bench.domain)
    values: JsonObject = {"nic": [nic]}
    settled = opened.hands.bench.domain.settled
    before = settled(opened.hands.worlds.kernel(world).observe())
    clock.waits.clear()
    begun = clock.now()
    known = opened.log.length()
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
    acted_ms = _by_phase(begun, [*opened.log.since(known)], clock)
    assert run is not None
    assert run.ending == Ending.ROLLED_BACK
    assert len(run.account["undone"]) >= PARTS  # type: ignore[arg-type]
    assert settled(opened.hands.worlds.kernel(world).observe()) == before
    return acted_ms


def _by_phase(begun: datetime, events: Sequence[Event], clock: _Waiting) -> dict[str, float]:
    """The milliseconds that led to the events of each phase, without waits."""
    took = dict.fromkeys(("applied", "verified", "undone"), 0.0)
    for event in events:
        spent_s = (event.at - begun).total_seconds() - clock.slept_s(begun, event.at)
        took[PHASES.get(event.type, "applied")] += spent_s * 1e3
        begun = event.at
    over = clock.now()
    took["undone"] += ((over - begun).total_seconds() - clock.slept_s(begun, over)) * 1e3
    return took
