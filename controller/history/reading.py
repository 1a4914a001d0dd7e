"""Reading events here and there in a log. Called by whoever has sequence numbers from the index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from controller.history.event import Event
from controller.limits import INDEX_READ_ON_EVENTS

Since = Callable[[int], Iterator[Event]]
"""A log's `since`: the events from a sequence number on."""


def read_at(since: Since, numbers: Iterable[int]) -> Iterator[tuple[int, Event]]:
    """The events at some sequence numbers of the log, in their order; near ones in one go."""
    events: Iterator[Event] = iter(())
    at = -1
    for number in numbers:
        if at < 0 or not 0 <= number - at <= INDEX_READ_ON_EVENTS:
            events, at = since(number), number
        event = next(islice(events, number - at, None), None)
        assert event is not None, f"a log does not shrink: event {number}"
        at = number + 1
        yield number, event
