"""Trials that the controller was too late for: tried again at once, then later each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from controller import limits
from controller.conductor.triage import Express, Wait, unconfirmed_until
from tests.conductor.test_triage import CONFIRMED, NOW, RETURNED, STACK, next_step

LATE = replace(RETURNED, end="rolled_back", unconfirmed_at=NOW)


def test_a_change_that_nobody_confirmed_in_time_is_tried_again_with_the_same_allele() -> None:
    assert next_step(LATE) == Express(STACK[0])


def test_after_two_in_a_row_it_waits_and_then_tries_the_same_allele() -> None:
    until = NOW + timedelta(seconds=limits.UNCONFIRMED_RETRY_SECONDS)
    assert next_step(LATE, LATE) == Wait(until)
    assert next_step(LATE, LATE, now=until) == Express(STACK[0])


def test_what_was_confirmed_since_ends_the_waiting() -> None:
    assert unconfirmed_until((LATE, LATE, CONFIRMED, LATE)) is None


@given(st.integers(min_value=2, max_value=60))
def test_it_waits_longer_each_time_and_never_longer_than_the_bound(count: int) -> None:
    until, longer = unconfirmed_until((LATE,) * count), unconfirmed_until((LATE,) * (count + 1))
    assert until is not None
    assert longer is not None
    assert NOW < until <= longer
    assert longer <= NOW + timedelta(seconds=limits.UNCONFIRMED_RETRY_MAX_SECONDS)
