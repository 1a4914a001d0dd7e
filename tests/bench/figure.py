"""A figure: what was measured, beside what it is compared with in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """`against` is a value in the same unit, measured in the same run, or None."""

    name: str
    value: float
    unit: str
    against: float | None = None
    compared_with: str = ""

    @property
    def ratio(self) -> float | None:
        """`value` over `against`."""
        return self.value / self.against if self.against else None


def median_ms(act: Callable[[], object], times: int) -> float:
    """The median duration of a call, in milliseconds, after a tenth as many to warm up."""
    for _ in range(max(1, times // 10)):
        act()
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        durations.append((time.perf_counter() - start) * 1e3)
    return statistics.median(durations)


def peak_mb() -> float:
    """The largest resident size of this process (proc(5), VmHWM)."""
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
