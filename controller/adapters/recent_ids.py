"""The ids of the events appended last, in bounded memory. Kept by the event log."""

from __future__ import annotations

from collections.abc import Iterable


class RecentIds:
    """At least the last `limit` ids, at most twice as many and a batch.

    `settled` is the largest time of all events whose ids are not kept any more.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._now: set[str] = set()
        self._now_latest = ""
        self._before: set[str] = set()
        self._before_latest = ""
        self.settled = ""

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._now or event_id in self._before

    def add(self, event_ids: Iterable[str], latest: str) -> None:
        """Take ids of events, none of them later than `latest`."""
        self._now.update(event_ids)
        self._now_latest = max(self._now_latest, latest)
        if len(self._now) > self._limit:
            self.settled = max(self.settled, self._before_latest)
            self._before, self._before_latest = self._now, self._now_latest
            self._now, self._now_latest = set(), ""
