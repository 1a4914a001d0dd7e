"""Lineage of data: from a row or an edge of a projection to the events that it came from.

Asked by `germline why projection:LOCUS/KEY`. A row names its first event and the latest ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from controller import limits
from controller.domains.records.state import Item, Row, read_ref
from controller.domains.world import JsonObject
from controller.history.event import Event
from controller.ports import Blocked, Index
from controller.ports.projections import ProjectionStore
from controller.stories.chronicle import Chronicle


@dataclass(frozen=True, slots=True)
class Origin:
    """One row or edge and its events, oldest first.

    `name` is a table (or label) and a key, or an edge's kind and ends; `holds` what a row holds.
    `bounded` is True when events between the first and the latest may have been let go.
    """

    name: tuple[str, ...]
    holds: JsonObject | None
    events: tuple[Event, ...]
    bounded: bool


def origins(
    chronicle: Chronicle, index: Index, locus: str, store: ProjectionStore, key: str
) -> tuple[Origin, ...]:
    """What a key (of any table), or else a subject, has here. Raises `Blocked` if nothing."""
    items = list(islice(_named(store, key), limits.PROJECTION_ORIGINS))
    if not items:
        raise Blocked(
            f"projection {locus} holds nothing of {key or 'an empty key'}",
            f"`germline projection query {locus}` answers; the log may know more than it",
        )
    wanted = {event for item in items for event in item.lineage.events}
    found = {name: event for name in wanted if (event := _event(chronicle, index, name))}
    return tuple(_origin(item, found) for item in items)


def _named(store: ProjectionStore, key: str) -> Iterator[Item]:
    """Rows at the key; without one, whatever events of a subject of this name wrote."""
    rows = store.at_key(key)
    yield from rows or store.touching(key)


def _event(chronicle: Chronicle, index: Index, name: str) -> Event | None:
    """The event of an id; None if the log does not have it, or no longer."""
    position = index.find(name)
    return None if position is None else next(chronicle.since(position), None)


def _origin(item: Item, found: dict[str, Event]) -> Origin:
    return Origin(
        name=read_ref(item.ref),
        holds=item.body if isinstance(item, Row) else None,
        events=tuple(found[name] for name in item.lineage.events if name in found),
        bounded=len(item.lineage.latest) >= limits.PROJECTION_LINEAGE_LATEST,
    )
