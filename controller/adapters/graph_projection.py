"""The graph projection: nodes and typed edges, followed in both directions and as far as asked.

SQLite is its file format; what differs from tables is the model: an edge is a fact of its own,
with a lineage, and a traversal is one recursive question. Answers `projections.ProjectionStore`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from controller.adapters.sqlite_projection import SCHEMA, SqliteRows
from controller.domains.records.state import Change, Edge, Item, edge_ref, read_lineage

_EDGES = """
CREATE TABLE IF NOT EXISTS edges (kind TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
  lineage TEXT NOT NULL, PRIMARY KEY (kind, source, target)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS edges_incoming ON edges (kind, target, source);
"""

_REACH = """
WITH RECURSIVE walk (node, steps) AS (
  VALUES (:node, 0)
  UNION
  SELECT edges.target, walk.steps + 1 FROM walk
    JOIN edges ON edges.kind = :kind AND edges.source = walk.node
    WHERE walk.steps < :depth
)
SELECT node, min(steps) AS nearest FROM walk WHERE steps > 0 AND node <> :node
  GROUP BY node ORDER BY nearest, node LIMIT :limit
"""


class GraphProjection(SqliteRows):
    """Nodes (rows whose table is their label) and edges."""

    schema = SCHEMA + _EDGES
    tables: ClassVar[tuple[str, ...]] = (*SqliteRows.tables, "edges")

    def edge(self, kind: str, source: str, target: str) -> Edge | None:
        """One edge, if it is there."""
        sql = "SELECT lineage FROM edges WHERE kind = ? AND source = ? AND target = ?"
        for (lineage,) in self._all(sql, (kind, source, target)):
            return Edge(kind, source, target, read_lineage(lineage))
        return None

    def edges(
        self, kind: str, node: str, after: str, *, incoming: bool, limit: int
    ) -> Sequence[Edge]:
        """The edges of a node, by the name of the other end."""
        near, far = ("target", "source") if incoming else ("source", "target")
        sql = f"SELECT source, target, lineage FROM edges WHERE kind = ? AND {near} = ?"
        sql += f" AND {far} > ?"
        found = self._all(f"{sql} ORDER BY {far} LIMIT ?", (kind, node, after, limit))
        return [Edge(kind, source, target, read_lineage(text)) for source, target, text in found]

    def reach(self, kind: str, node: str, depth: int, limit: int) -> Sequence[tuple[str, int]]:
        """(node, steps) of all that edges lead to, nearest first; circles end."""
        asked = {"kind": kind, "node": node, "depth": depth, "limit": limit}
        try:
            return self._db.execute(_REACH, asked).fetchall()
        except sqlite3.DatabaseError as wrong:
            raise self._trouble(wrong) from wrong

    def items(self) -> Iterator[Item]:
        """All nodes, then all edges."""
        yield from super().items()
        try:
            for kind, source, target, lineage in self._db.execute(
                "SELECT kind, source, target, lineage FROM edges ORDER BY kind, source, target"
            ):
                yield Edge(kind, source, target, read_lineage(lineage))
        except sqlite3.DatabaseError as wrong:
            raise self._trouble(wrong) from wrong

    def count(self) -> Mapping[str, int]:
        """How many nodes each label and edges each kind has; edges as `->kind`."""
        sql = "SELECT '->' || kind, count(*) FROM edges GROUP BY kind ORDER BY kind"
        return {**dict(self._all(sql)), **super().count()}

    def _item(self, name: tuple[str, ...]) -> Item | None:
        return self.edge(*name) if len(name) == 3 else super()._item(name)

    def _apply(self, change: Change) -> None:
        self._apply_rows(change)
        if change.edges:
            self._apply_edges(change)

    def _apply_edges(self, change: Change) -> None:
        known = [key for key in change.edges if self.edge(*key) is not None]
        made = [edge for edge in change.edges.values() if edge is not None]
        gone = [key for key, edge in change.edges.items() if edge is None]
        self._db.executemany("DELETE FROM edges WHERE kind = ? AND source = ? AND target = ?", gone)
        self._db.executemany(
            "INSERT INTO edges VALUES (?, ?, ?, ?) ON CONFLICT (kind, source, target)"
            " DO UPDATE SET lineage = excluded.lineage",
            [(e.kind, e.source, e.target, e.lineage.to_text()) for e in made],
        )
        self._count_in(
            Counter(f"->{edge.kind}" for edge in made), Counter(f"->{kind}" for kind, *_ in known)
        )
        self._touch(change, [edge_ref(*key) for key in gone])
