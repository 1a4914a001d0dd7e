"""One batch of events on its way into a projection: the kernel that the broker serves genes from.

It sees what the store holds and, over it, what the batch has written so far; nothing reaches
the store before the batch is whole. Every write names one of the batch's own events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from controller import limits
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
        match operation.name:
            case "get":
                found = self._row(_text(given, "table"), _text(given, "key"))
                return None if found is None else found.body
            case "put":
                self._put(_text(given, "table"), _text(given, "key"), given)
            case "delete":
                self._event(given)
                self._rows[(_text(given, "table"), _text(given, "key"))] = None
            case "scan":
                return self._scan(given)
            case "link" | "unlink":
                self._link(given, gone=operation.name == "unlink")
            case "neighbours":
                return self._neighbours(given)
            case "reach":
                return self._reach(given)
            case _:
                raise OperationRefused(f"there is no operation {operation.name}")
        return None

    def _row(self, table: str, key: str) -> Row | None:
        if (table, key) not in self._rows:
            return self._records.row(table, key)
        return self._rows[(table, key)]

    def _edge(self, key: tuple[str, str, str]) -> Edge | None:
        return self._edges[key] if key in self._edges else self._records.edge(*key)

    def _put(self, table: str, key: str, given: JsonObject) -> None:
        event = self._event(given)
        former = self._row(table, key)
        lineage = former.lineage.grown(event) if former else Lineage(event)
        row = Row(table, key, cast(JsonObject, given["row"]), lineage)
        self._rows[(table, key)] = row
        self._touched.add((self._subjects[event], row.ref))

    def _link(self, given: JsonObject, *, gone: bool) -> None:
        event = self._event(given)
        key = (_text(given, "kind"), _text(given, "source"), _text(given, "target"))
        if gone:
            self._edges[key] = None
            return
        former = self._edge(key)
        edge = Edge(*key, former.lineage.grown(event) if former else Lineage(event))
        self._edges[key] = edge
        self._touched.add((self._subjects[event], edge.ref))

    def _event(self, given: JsonObject) -> str:
        event = _text(given, "event")
        if event not in self._subjects:
            raise OperationRefused(f"event {event[:12]} is not one of those that were given")
        return event

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


def _text(given: JsonObject, name: str) -> str:
    return str(given.get(name) or "")


def _limit(given: JsonObject) -> int:
    asked = given.get("limit")
    most = limits.PROJECTION_SCAN_ROWS
    return min(asked, most) if isinstance(asked, int) else most
