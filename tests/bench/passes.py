"""What a controller takes that has nothing to do: at rest, and in a pass over a thousand hosts.

`python -m tests.bench.passes GENOME` prints what passes take in a process of its own, as JSON.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from controller.adapters.clock import SystemClock
from controller.demo.setting import LOCUS, PERSON, PHENOTYPE, simulated
from controller.domains.network.scenario import draw
from controller.history.event import Event, Occurrence
from controller.stories.request import request
from controller.wiring import Organism, open_organism
from tests.bench.figure import Figure, peak_mb
from tests.stories.stage import ANNOUNCING

HOSTS = 1000
PASSES = 5
REST_SECONDS = float(os.environ.get("REST_SECONDS", "60"))
_TICKS = os.sysconf("SC_CLK_TCK")


def figures() -> list[Figure]:
    """A pass over all hosts when nothing has changed, then what a minute of rest takes."""
    with tempfile.TemporaryDirectory() as scratch:
        small, large = Path(scratch) / "small", Path(scratch) / "large"
        make(small, 1)
        make(large, HOSTS)
        command = [sys.executable, "-m", "tests.bench.passes", str(large)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        measured = json.loads(told.stdout)
        one, all_of_them = rest(small), rest(large)
    over = f"over {HOSTS} hosts"
    return [
        Figure(f"the first pass {over}", measured["first_s"], "s"),
        Figure(f"a pass {over} that changes nothing", measured["pass_s"], "s", 2.0, "the aim"),
        Figure("memory of it at its peak", measured["peak_mb"], "MB", 300.0, "the aim"),
        Figure("processor at rest, 1 host", one[0], "%", 1.0, "the aim"),
        Figure("memory at rest, 1 host", one[1], "MB", 120.0, "the aim"),
        Figure(f"processor at rest, {HOSTS} hosts", all_of_them[0], "%"),
        Figure(f"memory at rest, {HOSTS} hosts", all_of_them[1], "MB"),
    ]


def make(path: Path, hosts: int) -> None:
    """A genome whose demand was met in the first world, and has the same past in all others."""
    with simulated(path, draw(0), ANNOUNCING, SystemClock()), open_organism(path) as on:
        _meet_a_demand(on)
        past = [event for event in on.log.since(0) if event.type != "main.moved"]
        after = json.dumps(on.hands.worlds.kernel("simulated").observe())
        names = [f"simulated:{number:04d}" for number in range(1, hosts)]
        files = {"hosts/after.json": after.encode(), "germline.toml": _config(names).encode()}
        on.repository.commit_main(files, "All other hosts", PERSON)
        _repeat(on, past, names)
        on.controller.run_pass()


def _config(names: Sequence[str]) -> str:
    tables = [f'[worlds.simulated]\nphenotype = "{PHENOTYPE}"\nstate = "hosts/simulated.json"\n']
    tables += [
        f'[worlds."{name}"]\nphenotype = "{PHENOTYPE}"\nstate = "hosts/after.json"\n'
        for name in names
    ]
    return "".join(tables)


def _meet_a_demand(on: Organism) -> None:
    """One story, lived through."""
    main = on.controller.main()
    values = draw(0).input
    request(on.chronicle, on.hands.worlds, main, LOCUS, "simulated", values, PHENOTYPE, PERSON)
    for _ in range(100):
        result = on.controller.run_pass()
        if not result.gaps:
            return
        if result.wake_at is not None:
            time.sleep(max(0.0, (result.wake_at - on.clock.now()).total_seconds()))
    raise AssertionError(f"the demand is not met: {result}")


def _repeat(on: Organism, past: Sequence[Event], names: Sequence[str]) -> None:
    """What happened in the first world has happened in the others, each event in its turn."""
    known: dict[str, dict[str, str]] = {name: {} for name in names}
    for event in past:
        told = [_retold(event, name, known[name]) for name in names]
        if told:
            for name, recorded in zip(names, on.chronicle.append(told), strict=True):
                known[name][event.id] = recorded.id


def _retold(event: Event, world: str, ids: dict[str, str]) -> Occurrence:
    """The event as it would be of another world, in which others have other ids."""
    text = json.dumps(event.data)
    for former, new in ids.items():
        text = text.replace(former, new)
    data = json.loads(text)
    if "world" in data:
        data["world"] = world
    subject = event.subject.replace("simulated", world)
    cause = ids.get(event.cause or "", event.cause)
    return Occurrence(event.type, subject, data, event.at, cause, event.actor)


def look(path: Path) -> dict[str, float]:
    """The first pass and later ones, none of which may find anything to do."""
    with open_organism(path) as on:
        seconds = []
        for _ in range(PASSES + 1):
            begun = time.perf_counter()
            result = on.controller.run_pass()
            seconds.append(time.perf_counter() - begun)
            assert result.actions == 0, result.gaps[:3]
            assert not result.gaps, result.gaps[:3]
        assert len(on.chronicle.ledger.standing_demands()) == HOSTS
        first, *others = seconds
        return {"first_s": first, "pass_s": statistics.median(others), "peak_mb": peak_mb()}


def rest(path: Path) -> tuple[float, float]:
    """A controller that has nothing to do: its part of one core in per cent, and its MB."""
    command = [sys.executable, "-m", "controller", "-C", str(path), "controller"]
    listening = ["--listen", f"unix:{path / '.git' / 'metrics.sock'}"]
    with subprocess.Popen([*command, *listening], stdout=subprocess.DEVNULL) as process:
        try:
            ends = time.monotonic() + 120.0
            while b"germline_passes_total 1" not in _metrics(path):
                assert time.monotonic() < ends, "the controller makes no pass"
                time.sleep(0.2)
            before = _cpu_s(process.pid)
            time.sleep(REST_SECONDS)
            used = _cpu_s(process.pid) - before
            return used / REST_SECONDS * 100, _resident_mb(process.pid)
        finally:
            process.terminate()


def _metrics(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(path / ".git" / "metrics.sock"))
        except OSError:
            return b""
        line.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        return b"".join(iter(lambda: line.recv(1 << 16), b""))


def _cpu_s(pid: int) -> float:
    """Processor time of a process and of children that it has waited for (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(look(Path(sys.argv[1]))))
