"""What the sandbox costs: a call from the ready genes and one forked when asked, an operation.

Beside them in the same run: the same source in this process without any guard, and in a fresh
interpreter under bubblewrap where that is installed. Calls come with a pause between them, as they
do in the controller, and once back to back.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Final

from controller.adapters.process_sandbox import ProcessSandbox
from controller.domains.world import Json, JsonObject
from controller.ports import Grant, Returned
from tests.bench.figure import Figure, median_ms

CALLS: Final = 300
SPAWNS: Final = 30
OPERATIONS: Final = 500
PAUSE_SECONDS: Final = 0.005
SOURCE: Final = """
import json


def execute(input_json):
    data = json.loads(input_json)
    return json.dumps({"said": data["said"]})
"""
ASKS: Final = f"""
def execute(input_json):
    for _ in range({OPERATIONS}):
        gene_sdk.look("eth0")
    return input_json
"""
GIVEN: Final = '{"said": "something"}'
BUBBLEWRAP: Final = (
    "bwrap --unshare-all --die-with-parent --new-session --clearenv --ro-bind / / --remount-ro /"
)
PROGRAM: Final = SOURCE + f"print(execute({GIVEN!r}))"


def figures() -> list[Figure]:
    """Calls, operations, the start, and what a zygote takes."""
    bare = median_ms(in_process, CALLS)
    beside = "the same call in process"
    with ProcessSandbox(ready=0) as cold, ProcessSandbox() as warm:
        started = once_ms(lambda: call(warm))
        lacking = warm.missing()
        found = [
            Figure("gene call, one was ready", paced_ms(warm), "ms", bare, beside),
            Figure("gene call, forked when asked", paced_ms(cold), "ms", bare, beside),
            Figure("gene call, back to back", median_ms(lambda: call(warm), CALLS), "ms"),
            Figure("operation of a gene", operation_us(warm), "µs", in_process_us(), "a call here"),
            Figure("start of a sandbox and first call", started, "ms"),
            Figure("memory of a zygote", memory_mb(), "MB"),
        ]
    for protection in lacking:
        print(f"This machine does not give genes' processes: {protection}")
    if shutil.which("bwrap") is None:
        print("bubblewrap is not installed: not compared")
        return found
    return [*found, Figure("a Python under bubblewrap", bubblewrapped_ms(), "ms", bare, beside)]


def call(sandbox: ProcessSandbox, source: str = SOURCE) -> None:
    """One call, which must return."""
    outcome = sandbox.call(source, GIVEN, (Grant("look", ("port",)),), look)
    assert isinstance(outcome, Returned), outcome


def look(operation: str, arguments: JsonObject) -> Json:
    """The operation that is granted."""
    return {"port": arguments["port"], "up": True}


def in_process() -> None:
    """The same source here."""
    names: dict[str, object] = {"json": json, "gene_sdk": SimpleNamespace()}
    exec(compile(SOURCE, "gene", "exec"), names)
    run = names["execute"]
    assert callable(run)
    run(GIVEN)


def paced_ms(sandbox: ProcessSandbox) -> float:
    """The median call, with a pause before each."""
    durations = []
    for _ in range(CALLS):
        time.sleep(PAUSE_SECONDS)
        durations.append(once_ms(lambda: call(sandbox)))
    return statistics.median(durations)


def operation_us(sandbox: ProcessSandbox) -> float:
    """One operation: a call with many of them, less one without."""
    with_them = median_ms(lambda: call(sandbox, ASKS), SPAWNS)
    without = median_ms(lambda: call(sandbox), SPAWNS)
    return (with_them - without) / OPERATIONS * 1e3


def in_process_us() -> float:
    """The same operation as a function of this process."""
    return (
        1e3
        * median_ms(lambda: [look("look", {"port": "eth0"}) for _ in range(OPERATIONS)], SPAWNS)
        / OPERATIONS
    )


def once_ms(act: Callable[[], object]) -> float:
    """How long it took, once."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1e3


def bubblewrapped_ms() -> float:
    """A fresh interpreter for a call, as bubblewrap would have it."""
    command = [*BUBBLEWRAP.split(), sys.executable, "-I", "-S", "-c", PROGRAM]
    return median_ms(lambda: subprocess.run(command, check=True, capture_output=True), SPAWNS)


def memory_mb() -> float:
    """What is resident of the largest zygote (proc(5))."""
    found = [0.0]
    for directory in Path("/proc").iterdir():
        try:
            if b"adapters.zygote" in (directory / "cmdline").read_bytes():
                lines = (directory / "status").read_text().splitlines()
                found += [int(one.split()[1]) / 1024 for one in lines if one.startswith("VmRSS")]
        except OSError:  # no process, or one that has ended
            continue
    return max(found)
