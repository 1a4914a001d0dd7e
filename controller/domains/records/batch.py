"""One batch of events on its way into a projection: the kernel that the broker serves genes from.

It sees what the store holds and, over it, what the batch has written so far; nothing reaches
the store before the batch is whole. Every write names one of the batch's own events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from controller import limits
from controller.domains.records.operation import CATALOGUE
from controller.domains.records.state import Change, Edge, Lineage, Records, Row
from controller.domains.world import Json, JsonObject, Operation, OperationRefused


class BatchKernel:
    """Answers `domains.world.Kernel`. `subjects` maps the ids of the batch's events to subjects."""

    def __init__(self, records: Records, subjects: Mapping[str, str]) -> None:
        self._records = records
        self._subjects = subjects
        self._rows: dict[tuple[str, str], Row | None] = {}
        self._edges: dict[tuple[str, str, str], Edge | None] = {}
        self._touched: set[tuple[str, str]] = set()

    def change(self) -> Change:
        """All that the batch wrote."""
        return Change(dict(self._rows), dict(self._edges), frozenset(self._touched))

    def observe(self) -> JsonObject:
        """Nothing: a projection is as large as its log, so it is asked and never observed."""
        return {}

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:  # noqa: ARG002
        """Nothing: a projection is not undone but built again."""
        return ()

    def perform(self, operation: Operation) -> Json:
        """Do it within the batch. Raises `OperationRefused`."""
        given = dict(operation.arguments)
        if CATALOGUE[operation.name].mutates:
            self._write(operation.name, given)
            return None
        return self._read(operation.name, given)

    def _write(self, name: str, given: JsonObject) -> None:
        events: Json = [given.get("event")]
        match name:
            case "put":
                self._put(_text(given, "table"), {**given, "events": events})
            case "put_many":
                for entry in cast(list[JsonObject], given["rows"]):
                    self._put(_text(given, "table"), entry)
            case "delete":
                self._known(events)
                self._rows[(_text(given, "table"), _text(given, "key"))] = None
            case "link":
                self._link(_text(given, "kind"), {**given, "events": events})
            case "link_many":
                for entry in cast(list[JsonObject], given["edges"]):
                    self._link(_text(given, "kind"), entry)
            case "unlink":
                self._known(events)
                source, target = _text(given, "source"), _text(given, "target")
                self._edges[(_text(given, "kind"), source, target)] = None

    def _read(self, name: str, given: JsonObject) -> Json:
        match name:
            case "get":
                found = self._row(_text(given, "table"), _text(given, "key"))
                return None if found is None else found.body
            case "get_many":
                keys = cast(list[str], given["keys"])
                rows = (self._row(_text(given, "table"), key) for key in keys)
                return {row.key: row.body for row in rows if row is not None}
            case "scan":
                return self._scan(given)
            case "neighbours":
                return self._neighbours(given)
        return self._reach(given)

    def _row(self, table: str, key: str) -> Row | None:
        if (table, key) not in self._rows:
            return self._records.row(table, key)
        return self._rows[(table, key)]

    def _put(self, table: str, entry: JsonObject) -> None:
        key, events = _text(entry, "key"), self._known(entry["events"])
        former = self._row(table, key)
        lineage = _grown(former.lineage if former else None, events)
        row = Row(table, key, cast(JsonObject, entry["row"]), lineage)
        self._rows[(table, key)] = row
        self._touched.update((self._subjects[event], row.ref) for event in events)

    def _link(self, kind: str, entry: JsonObject) -> None:
        events = self._known(entry["events"])
        key = (kind, _text(entry, "source"), _text(entry, "target"))
        former = self._edge(key)
        edge = Edge(*key, _grown(former.lineage if former else None, events))
        self._edges[key] = edge
        self._touched.update((self._subjects[event], edge.ref) for event in events)

    def _known(self, given: Json) -> list[str]:
        events = cast(list[str], given)
        for event in events:
            if event not in self._subjects:
                raise OperationRefused(f"event {event[:12]} is not one of those that were given")
        return events

    def _edge(self, key: tuple[str, str, str]) -> Edge | None:
        return self._edges[key] if key in self._edges else self._records.edge(*key)

    def _scan(self, given: JsonObject) -> Json:
        table, limit = _text(given, "table"), _limit(given)
        prefix, after = _text(given, "prefix"), _text(given, "after")
        own = {k: row for (t, k), row in self._rows.items() if t == table}
        stored = self._records.rows(table, prefix, after, limit + len(own))
        merged: dict[str, Row | None] = {row.key: row for row in stored}
        merged |= {k: r for k, r in own.items() if k.startswith(prefix) and k > after}
        found = [row for _, row in sorted(merged.items()) if row is not None]
        return [{"key": row.key, "row": row.body} for row in found[:limit]]

    def _neighbours(self, given: JsonObject) -> Json:
        kind, node, limit = _text(given, "kind"), _text(given, "node"), _limit(given)
        incoming = given.get("incoming") is True
        own = {
            (key[1] if incoming else key[2]): edge
            for key, edge in self._edges.items()
            if key[0] == kind and (key[2] if incoming else key[1]) == node
        }
        stored = self._records.edges(
            kind, node, _text(given, "after"), incoming=incoming, limit=limit + len(own)
        )
        merged: dict[str, Edge | None] = {(e.source if incoming else e.target): e for e in stored}
        merged |= own
        after = _text(given, "after")
        found: list[Json] = [n for n, e in sorted(merged.items()) if e is not None and n > after]
        return found[:limit]

    def _reach(self, given: JsonObject) -> Json:
        depth = min(cast(int, given["depth"]), limits.PROJECTION_REACH_STEPS)
        found = self._records.reach(
            _text(given, "kind"), _text(given, "node"), depth, _limit(given)
        )
        return [{"node": node, "steps": steps} for node, steps in found]


def _grown(former: Lineage | None, events: list[str]) -> Lineage:
    lineage = former or Lineage(events[0])
    for event in events:
        lineage = lineage.grown(event)
    return lineage


def _text(given: JsonObject, name: str) -> str:
    return str(given.get(name) or "")


def _limit(given: JsonObject) -> int:
    asked = given.get("limit")
    most = limits.PROJECTION_SCAN_ROWS
    return min(asked, most) if isinstance(asked, int) else most
