"""The power goes at any call: what was acknowledged by then is there, whatever was not synced."""

from __future__ import annotations

import errno
import random
import shutil
from collections.abc import Collection
from pathlib import Path

from tests.crash.aftermath import check
from tests.crash.conftest import Live
from tests.crash.power import Call, Disk, diary
from tests.crash.story import Life

SAMPLE = 60
FAILED_SYNCS = 4
SYNC = 2


def recorded(
    live: Live, path: Path, run: Path, failing_sync: int = 0
) -> tuple[Disk, list[Call], int]:
    """A story's disk as it began, its calls, and how many syncs there were that could fail."""
    repository, written = run / "log", run.with_name("diary")
    shutil.copytree(path, repository)
    disk = Disk(run)
    told = live(Life(str(repository), failing_sync, errno.EIO, SYNC, diary=str(written)))
    assert told.failure == ""
    calls = diary(written)
    written.unlink()
    shutil.rmtree(repository)
    repository.with_name("log.acknowledged").unlink()
    return disk, calls, told.calls


def lose_power(
    disk: Disk, calls: list[Call], points: Collection[int], scratch: Path, seeds: int = 1
) -> None:
    """Play the calls, and look at what is left after each of these."""
    acknowledged = b""
    for number, call in enumerate(calls):
        if call.path.endswith(".acknowledged"):
            acknowledged += call.data
            continue
        disk.do(call)
        for seed in range(seeds) if number in points else ():
            left = scratch / f"power-{number}-{seed}"
            disk.lose_power(random.Random(seed * 100_000 + number), left)
            check(left / "log", acknowledged.decode().split())
            shutil.rmtree(left)
    assert acknowledged


def test_what_was_acknowledged_outlives_a_loss_of_power_at_any_call(
    live: Live, path: Path, run: Path, tmp_path: Path, thorough: bool
) -> None:
    disk, calls, _ = recorded(live, path, run)
    points = range(len(calls))
    chosen = points if thorough else random.Random(3).sample(points, SAMPLE)
    lose_power(disk, calls, chosen, tmp_path, 5 if thorough else 1)


def test_a_sync_that_failed_is_not_believed_when_it_is_tried_again(
    live: Live, path: Path, run: Path, tmp_path: Path, thorough: bool
) -> None:
    _, _, count = recorded(live, path, run)
    syncs = range(1, count + 1)
    for number in syncs if thorough else random.Random(5).sample(syncs, FAILED_SYNCS):
        disk, calls, _ = recorded(live, path, run, number)
        (failed,) = [at for at, call in enumerate(calls) if call.kind == "F"]
        points = random.Random(number).sample(range(failed, len(calls)), 6)
        lose_power(disk, calls, {*points, len(calls) - 1}, tmp_path)
