"""Two clocks, one port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from controller.adapters.clock import SystemClock, VirtualClock
from controller.ports import Clock

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("clock", [SystemClock(), VirtualClock(NOON)])
def test_a_clock_knows_its_zone_and_never_runs_backwards(clock: Clock) -> None:
    before = clock.now()
    clock.sleep(0.002)
    assert clock.now() - before >= timedelta(seconds=0.002)
    assert before.utcoffset() == timedelta(0)


def test_a_year_of_virtual_time_is_exactly_a_year() -> None:
    clock = VirtualClock(NOON.astimezone(timezone(timedelta(hours=2))))
    for _ in range(365):
        clock.sleep(86_400)
    assert clock.now() == NOON + timedelta(days=365)


def test_virtual_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        VirtualClock(NOON).sleep(-1)


def test_virtual_time_starts_at_a_moment_with_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        VirtualClock(NOON.replace(tzinfo=None))
