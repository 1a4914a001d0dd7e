"""When a clock's rule is due: hours, days, weeks, months and years as a time zone counts them.

A time of day that the clock skips in spring is taken as if it had not been put forward (02:30
becomes 03:30); one that comes twice in autumn is taken the first time. So every day has exactly
one occurrence. Moments are text as in the log (RFC 3339, UTC, microseconds), which sorts by time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from controller import limits
from controller.history.event import rfc3339
from grammar.system.nodes import Duration

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_LONGEST_DAYS: Final = {"day": 2, "week": 8, "month": 32, "year": 367}
"""A day more than the longest period has: the next one begins within it."""


@lru_cache(maxsize=limits.MOMENTS_CACHED)
def moment(text: str) -> datetime:
    """A moment of the log as a value."""
    return datetime.fromisoformat(text)


def after(text: str, ms: int) -> str:
    """The moment so many milliseconds later; the last one that can be written if it is beyond."""
    try:
        return rfc3339(moment(text) + timedelta(milliseconds=ms))
    except OverflowError:
        return rfc3339(datetime.max.replace(tzinfo=UTC))


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone with an IANA name; None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def occurrences(
    period: str | Duration, at: str | None, zone: ZoneInfo, begin: str, end: str
) -> list[str]:
    """The moments after `begin` up to and with `end`: the latest `OCCURRENCES_AT_ONCE` of them."""
    first, last = moment(begin), moment(end)
    step = _step(period)
    found: list[str] = []
    if step is not None:
        count = (last - _EPOCH) // step
        while len(found) < limits.OCCURRENCES_AT_ONCE and _EPOCH + step * count > first:
            found.append(rfc3339(_EPOCH + step * count))
            count -= 1
        return found[::-1]
    hour, minute = (int(part) for part in (at or "00:00").split(":"))
    for day in _days_back(str(period), last.astimezone(zone).date()):
        when = datetime.combine(day, time_of_day(hour, minute), tzinfo=zone).astimezone(UTC)
        if when <= first or len(found) == limits.OCCURRENCES_AT_ONCE:
            break
        if when <= last:
            found.append(rfc3339(when))
    return found[::-1]


def is_clock(text: str) -> bool:
    """Whether a text is a time of day, `HH:MM`."""
    hour, colon, minute = text.partition(":")
    digits = hour.isascii() and minute.isascii() and hour.isdigit() and minute.isdigit()
    return bool(colon) and digits and len(minute) == 2 and int(hour) < 24 and int(minute) < 60


def following(period: str | Duration, at: str | None, zone: ZoneInfo, begin: str) -> str:
    """The first moment after `begin`; the last one that can be written if there is none."""
    first = moment(begin)
    step = _step(period)
    if step is not None:
        return after(rfc3339(_EPOCH), ((first - _EPOCH) // step + 1) * (step // _MS))
    hour, minute = (int(part) for part in (at or "00:00").split(":"))
    local = first.astimezone(zone).date()
    horizon = min(local.toordinal() + _LONGEST_DAYS[str(period)], date.max.toordinal())
    best = rfc3339(datetime.max.replace(tzinfo=UTC))
    for day in _days_back(str(period), date.fromordinal(horizon)):
        if day.toordinal() >= date.max.toordinal() - 1:
            continue
        when = datetime.combine(day, time_of_day(hour, minute), tzinfo=zone).astimezone(UTC)
        if when <= first:
            break
        best = rfc3339(when)
    return best


def period_begin(period: str, zone: ZoneInfo, now: str) -> str:
    """When the hour, day, week, month or year began that a moment lies in."""
    local = moment(now).astimezone(zone)
    if period == "hour":
        return rfc3339(local.replace(minute=0, second=0, microsecond=0))
    day = next(_days_back(period, local.date()))
    return rfc3339(datetime.combine(day, time_of_day(), tzinfo=zone))


def _step(period: str | Duration) -> timedelta | None:
    """A period that is counted from 1970, whatever the zone; None for those of the calendar."""
    if isinstance(period, Duration):
        return timedelta(milliseconds=max(period.ms, limits.PERIOD_MIN_MS))
    return timedelta(hours=1) if period == "hour" else None


def _days_back(period: str, today: date) -> Iterator[date]:
    """The days on which a period begins, the latest first."""
    day = today
    if period == "week":
        day -= timedelta(days=day.weekday())
    elif period in ("month", "year"):
        day = day.replace(day=1, month=1 if period == "year" else day.month)
    while True:
        yield day
        if day.year <= date.min.year + 1:
            return
        if period == "month":
            day = (day - timedelta(days=1)).replace(day=1)
        elif period == "year":
            day = day.replace(year=day.year - 1)
        else:
            day -= timedelta(days=7 if period == "week" else 1)
