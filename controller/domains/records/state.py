"""What a projection holds: rows in tables, and edges between nodes. Each knows its events.

A graph's nodes are rows too: the table is the node's label, and `label/key` its name in edges.
Adapters keep these values; `batch` decides what they become.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from controller import limits
from controller.domains.world import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Lineage:
    """The events that something came from: the first, and the latest of those that followed.

    Bounded by `PROJECTION_LINEAGE_LATEST`, so that a row which every event touches stays small.
    """

    first: str
    latest: tuple[str, ...] = ()

    def grown(self, event: str) -> Lineage:
        """This lineage with one more event; an event that is known adds nothing."""
        if event == self.first or event in self.latest:
            return self
        return Lineage(self.first, (*self.latest, event)[-limits.PROJECTION_LINEAGE_LATEST :])

    @property
    def events(self) -> tuple[str, ...]:
        """All ids that are kept, oldest first."""
        return (self.first, *self.latest)

    def to_text(self) -> str:
        """The lineage as a store keeps it."""
        return " ".join(self.events)


def read_lineage(text: str) -> Lineage:
    """What `Lineage.to_text` wrote."""
    first, *latest = text.split(" ")
    return Lineage(first, tuple(latest))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, or one node of a graph. `body` is what the gene put."""

    table: str
    key: str
    body: JsonObject
    lineage: Lineage

    @property
    def ref(self) -> str:
        """Its name within a projection."""
        return row_ref(self.table, self.key)


@dataclass(frozen=True, slots=True)
class Edge:
    """A typed edge between two nodes, each named `label/key`."""

    kind: str
    source: str
    target: str
    lineage: Lineage

    @property
    def ref(self) -> str:
        """Its name within a projection."""
        return edge_ref(self.kind, self.source, self.target)


Item = Row | Edge


def row_ref(table: str, key: str) -> str:
    """The name of a row: two JSON strings, so that no key can look like another's."""
    return json.dumps([table, key], ensure_ascii=False)


def edge_ref(kind: str, source: str, target: str) -> str:
    """The name of an edge: three JSON strings."""
    return json.dumps([kind, source, target], ensure_ascii=False)


def read_ref(ref: str) -> tuple[str, ...]:
    """The two or three strings that a name is made of."""
    return tuple(json.loads(ref))


@dataclass(frozen=True, slots=True)
class Change:
    """What one batch of events makes of a projection. `None` means: it is gone.

    `touched` pairs a subject with the name of something that one of its events wrote.
    """

    rows: Mapping[tuple[str, str], Row | None] = field(default_factory=dict)
    edges: Mapping[tuple[str, str, str], Edge | None] = field(default_factory=dict)
    touched: frozenset[tuple[str, str]] = frozenset()


class Records(Protocol):
    """What a store answers about what it holds now."""

    def row(self, table: str, key: str) -> Row | None:
        """One row, if it is there."""

    def rows(self, table: str, prefix: str, after: str, limit: int) -> Sequence[Row]:
        """Rows whose key begins with `prefix` and follows `after`, by key, at most `limit`."""

    def edge(self, kind: str, source: str, target: str) -> Edge | None:
        """One edge, if it is there."""

    def edges(
        self, kind: str, node: str, after: str, *, incoming: bool, limit: int
    ) -> Sequence[Edge]:
        """The edges of a node whose other end follows `after`, by its name, at most `limit`."""

    def reach(self, kind: str, node: str, depth: int, limit: int) -> Sequence[tuple[str, int]]:
        """(node, steps) of all that edges lead to within `depth` steps, nearest first."""


def scalars(value: Json) -> Iterator[str]:
    """Every scalar within a value, as text; null is nothing. Keys of objects are no values."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner)
    elif value is not None:
        yield scalar_text(value)


def scalar_text(value: Json) -> str:
    """A string as it is, anything else as JSON: 15 and "15" are the same data point."""
    return value if isinstance(value, str) else json.dumps(value)


def item_values(item: Item) -> Iterator[str]:
    """What can be read off a row or an edge: its values, its key, the names at its ends."""
    if isinstance(item, Row):
        yield item.key
        yield from item.key.split("/")
        yield from scalars(item.body)
    else:
        yield item.kind
        for end in (item.source, item.target):
            yield end
            yield from end.split("/")
