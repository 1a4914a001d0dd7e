"""When clocks' rules are due, in time zones that put their clocks forward and back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from controller.conductor.graph.calendar import following, moment, occurrences, period_begin
from controller.history.event import rfc3339

BERLIN = ZoneInfo("Europe/Berlin")
moments = st.datetimes(datetime(1980, 1, 1), datetime(2060, 1, 1)).map(
    lambda at: rfc3339(at.replace(tzinfo=UTC))
)


def test_a_time_that_the_clock_skips_is_an_hour_later() -> None:
    found = occurrences("day", "02:30", BERLIN, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z")
    assert found == ["2026-03-29T01:30:00.000000Z", "2026-03-30T00:30:00.000000Z"]


def test_a_time_that_comes_twice_is_taken_the_first_time() -> None:
    found = occurrences("day", "02:30", BERLIN, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z")
    assert found == ["2026-10-25T00:30:00.000000Z", "2026-10-26T01:30:00.000000Z"]


def test_weeks_months_and_years_begin_as_the_zone_has_them() -> None:
    begin, end = "2026-12-30T00:00:00Z", "2027-01-05T00:00:00Z"
    assert occurrences("week", None, BERLIN, begin, end) == ["2027-01-03T23:00:00.000000Z"]
    for period in ("month", "year"):
        assert occurrences(period, None, BERLIN, begin, end) == ["2026-12-31T23:00:00.000000Z"]


def test_a_period_begins_where_the_zone_says() -> None:
    assert period_begin("month", BERLIN, "2026-07-31T22:30:00Z") == "2026-07-31T22:00:00.000000Z"


@given(
    moments, st.sampled_from(("hour", "day", "week", "month", "year")), st.sampled_from(("", "x"))
)
def test_the_next_moment_is_the_first_that_occurs(begin: str, period: str, kind: str) -> None:
    at = "02:30" if kind and period != "hour" else None
    after = following(period, at, BERLIN, begin)
    assert after > begin
    assert occurrences(period, at, BERLIN, begin, after) == [after]
    assert moment(after) > moment(begin)
