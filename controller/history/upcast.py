"""Upcasting: yesterday's events read as today's. The log itself is never rewritten.

Called by readers of the log that want one shape for each type. An *upcaster* knows one old
shape of one type and makes the next shape, or the next type, of it; several follow one another.
A type that no upcaster knows, and a shape that none reads, stays as it is. What comes out keeps
the id of what was recorded: an id names the fact, and hashes only its recorded form.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from controller.domains.world import Json, JsonObject
from controller.history.event import Event
from controller.limits import UPCAST_STEPS

Shape = Callable[[JsonObject], bool]
"""Recognises an old form of a type's data."""
Change = Callable[[JsonObject], JsonObject]
"""Makes the next form of it. May change what it is given, which is a copy."""


class Endless(ValueError):
    """Upcasters that lead back to what they began with: a mistake of whoever declared them."""


@dataclass(frozen=True, slots=True)
class Upcaster:
    """Reads events of `type` whose data has the shape `reads`; makes them `becomes` by `change`."""

    type: str
    reads: Shape
    change: Change
    becomes: str


class Upcasters:
    """All that are known. Of several that read an event, the one named first is taken.

    `form` names what they make of a log: where it is another, what was built from it is stale.
    """

    def __init__(self, upcasters: Iterable[Upcaster] = (), form: str = "") -> None:
        self.form = form
        self._by_type = dict[str, list[Upcaster]]()
        for upcaster in upcasters:
            self._by_type.setdefault(upcaster.type, []).append(upcaster)

    def today(self, event: Event) -> Event:
        """The event in the newest form that is known. Raises `Endless`."""
        current = event
        for _ in range(UPCAST_STEPS):
            upcaster = self._reader(current)
            if upcaster is None:
                return current
            current = _changed(current, upcaster)
        raise Endless(
            f"{UPCAST_STEPS} upcasters in a row read event {event.id[:12]}, "
            f"{event.type} at first and {current.type} at last"
        )

    def over(self, events: Iterable[Event]) -> Iterator[Event]:
        """Each event in its newest form."""
        return (self.today(event) if event.type in self._by_type else event for event in events)

    def _reader(self, event: Event) -> Upcaster | None:
        known = self._by_type.get(event.type, ())
        return next((one for one in known if one.reads(event.data)), None)


def version(number: int) -> Shape:
    """Data that says `"schema": number`; data that says nothing has version 1."""
    return lambda data: data.get("schema", 1) == number


def having(*members: str) -> Shape:
    """Data with every one of these members."""
    return lambda data: all(member in data for member in members)


def lacking(*members: str) -> Shape:
    """Data without any of these members."""
    return lambda data: not any(member in data for member in members)


def renamed(**names: str) -> Change:
    """Members under other names, old to new; one that is there under its new name stays."""

    def change(data: JsonObject) -> JsonObject:
        for old, new in names.items():
            if old in data:
                value = data.pop(old)
                data.setdefault(new, value)
        return data

    return change


def with_defaults(**values: Json) -> Change:
    """Members that an old event could not have, with what their absence meant."""
    return lambda data: {**copy.deepcopy(values), **data}


def _changed(event: Event, upcaster: Upcaster) -> Event:
    return Event(
        id=event.id,
        type=upcaster.becomes,
        subject=event.subject,
        data=upcaster.change(copy.deepcopy(event.data)),
        time=event.time,
        cause=event.cause,
        actor=event.actor,
    )
