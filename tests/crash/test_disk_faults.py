"""Every call that changes the disk fails once, or for a while: said in words, or harmless."""

from __future__ import annotations

import errno
import random
import shutil
from pathlib import Path

import pytest

from tests.crash.aftermath import check
from tests.crash.conftest import Live
from tests.crash.story import Life

SAMPLE = 25
REFUSALS = {"Unavailable", "Blocked"}


@pytest.mark.parametrize(
    ("error", "kind", "sticky"),
    [
        (errno.EIO, 0, False),
        (errno.ENOSPC, 0, False),
        (errno.ENOSPC, 0, True),
        (errno.EROFS, 0, True),
        (0, 1, False),
    ],
    ids=["a call fails", "no room once", "no room for a while", "read-only", "half is written"],
)
def test_a_call_that_fails_is_said_and_loses_nothing(
    live: Live, run: Path, thorough: bool, error: int, kind: int, sticky: bool
) -> None:
    counted = live(Life(str(run / "whole"), kind=kind))
    assert (counted.failure, counted.refusals) == ("", [])
    assert counted.calls > (40 if kind else 200)
    calls = range(1, counted.calls + 1)
    if not thorough:
        calls = sorted(random.Random(error + sticky).sample(calls, SAMPLE))  # type: ignore[assignment]
    said = 0
    for call in calls:
        copy = run / f"call-{call}"
        told = live(Life(str(copy), call, error, kind, sticky))
        assert told.failure == "", f"call {call}: {told.failure}"
        assert {kind for kind, _, _ in told.refusals} <= REFUSALS, f"call {call}: {told.refusals}"
        assert all(reason and hint for _, reason, hint in told.refusals)
        check(copy, told.acknowledged)
        said += bool(told.refusals)
        shutil.rmtree(copy)
    assert kind == 1 or said > len(calls) / 4
