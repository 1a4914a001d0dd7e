"""Folds: what is known of the past as a pure function of the log, and where one stands in it.

Implemented by whoever keeps a state over events (the conductor's ledger, projections), run
by `stories.follow`, which also stores the states as snapshots. A snapshot is a shortcut, never
a truth: folding the whole log gives the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from controller.history.event import Event

State = TypeVar("State")


class Fold(Protocol[State]):
    """A pure function from events to a state.

    `name` is a file's name: lower-case words with hyphens. `version` grows whenever the same
    events would give another state or another dump; older snapshots are then worth nothing.
    """

    @property
    def name(self) -> str:
        """What the fold is called."""

    @property
    def version(self) -> int:
        """Which form of it this is."""

    def initial(self) -> State:
        """The state before the first event."""

    def step(self, state: State, events: Iterable[Event]) -> State:
        """The state after more events, in their order; `state` itself may be changed."""

    def dump(self, state: State) -> bytes:
        """A state as bytes; `load` gives an equal state back."""

    def load(self, data: bytes) -> State:
        """The state of a dump. Raises `Unloadable`."""


class Unloadable(ValueError):
    """Bytes that are no dump of this fold."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point in the log: the number of events before it and the id of the last of them."""

    length: int = 0
    last: str | None = None


class Walk:
    """Events on their way into a fold; counts them and remembers the last one's id."""

    def __init__(self, begin: Place) -> None:
        self.place = begin

    def over(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events; once all of them were taken, `place` is after the last."""
        length, last = self.place.length, self.place.last
        for event in events:
            length, last = length + 1, event.id
            yield event
        self.place = Place(length, last)
