"""Checking a large genome: cold, and warm after one file changed; time and memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from controller.domains.network import NETWORK
from controller.genome.genome import compile_genome
from controller.shipped import shipped_files
from tests.bench.figure import Figure

CONTRACTS = 1000
LINES_EACH = 60
SMALLER = (250, 500)
"""Fewer contracts, to see that time and memory grow in step with them."""


def large_genome(contracts: int = CONTRACTS) -> dict[str, bytes]:
    """So many configuration genes of sixty lines, each verified by the shipped diagnostics."""
    shipped = shipped_files()
    files = {
        path: data for path, data in shipped.items() if path.startswith("contracts/network/check")
    }
    model = shipped["contracts/network/bridge_uplink.sg"].decode()
    lines = len(model.splitlines())
    padding = "".join(f"    Line {n} of the prose.\n" for n in range(LINES_EACH - lines))
    for number in range(contracts):
        text = model.replace("gene bridge_uplink", f"gene bridge_uplink_{number}")
        text = text.replace("  does:\n", "  does:\n" + padding, 1)
        files[f"contracts/generated/{number}.sg"] = text.encode()
    feeds = "    bridge_uplink "
    for path in [p for p in files if p.startswith("contracts/network/check")]:
        files[path] = files[path].replace(feeds.encode(), b"    bridge_uplink_0 ")
    return files


def figures() -> list[Figure]:
    """Cold in a process of its own (for its memory), warm in this one."""
    cold_s, memory_mb = _cold(CONTRACTS)
    files = large_genome()
    compile_genome(files, NETWORK)
    path = "contracts/generated/500.sg"
    changed = {**files, path: files[path].replace(b"Move the uplink", b"Change the uplink")}
    assert changed != files
    start = time.perf_counter()
    result = compile_genome(changed, NETWORK)
    warm_ms = (time.perf_counter() - start) * 1e3
    assert not [d for d in result.diagnostics if d.severity == "error"], result.diagnostics[:3]
    return [
        Figure("cold check of 1,000 contracts, 60,000 lines", cold_s, "s", 10.0, "the aim"),
        Figure("warm check after one file changed", warm_ms, "ms", 300.0, "the aim"),
        Figure("peak memory of the cold check", memory_mb, "MB", 300.0, "the aim"),
        *_growth(cold_s),
    ]


def _growth(cold_s: float) -> list[Figure]:
    """What one contract costs in smaller genomes, beside what it costs in the largest."""
    each_ms = cold_s / CONTRACTS * 1e3
    return [
        Figure(
            f"cold check of one contract among {count}",
            _cold(count)[0] / count * 1e3,
            "ms",
            each_ms,
            f"among {CONTRACTS:,}",
        )
        for count in SMALLER
    ]


def _cold(contracts: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "tests.bench.language", str(contracts)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def main() -> None:
    """Print the seconds and the peak megabytes of one cold check."""
    files = large_genome(int(sys.argv[1]))
    start = time.perf_counter()
    compile_genome(files, NETWORK)
    seconds = time.perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
