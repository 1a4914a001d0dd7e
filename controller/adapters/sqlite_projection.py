"""The relational projection in a SQLite file: answers `projections.ProjectionStore`.

Rows, lineage, tallies and the cursor move in one transaction, so that every event counts exactly
once, however often the process dies. `secure_delete` and a truncated journal make erasing real:
what is deleted is overwritten. Built by `projection_shelf`; `graph_projection` adds edges.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from controller import limits
from controller.adapters.edgeless import Edgeless
from controller.domains.records.state import Change, Item, Row, read_lineage, read_ref
from controller.ports import Corrupt, Unavailable

LAST_CHARACTER = "\U0010ffff"

SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (tbl TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
  lineage TEXT NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rows_by_key ON rows (key);
CREATE TABLE IF NOT EXISTS touched (subject TEXT NOT NULL, ref TEXT NOT NULL,
  PRIMARY KEY (subject, ref)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS touched_by_ref ON touched (ref);
CREATE TABLE IF NOT EXISTS tally (name TEXT PRIMARY KEY, total INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class SqliteRows:
    """The rows of any projection in a SQLite file.

    One object serves one thread; other processes may read meanwhile.
    """

    schema = SCHEMA
    tables: ClassVar[tuple[str, ...]] = ("rows", "touched", "tally", "state")

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises `Corrupt` if it is no projection."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(
                path, timeout=limits.PROJECTION_BUSY_SECONDS, isolation_level=None
            )
            self._db.execute("PRAGMA journal_mode=WAL").close()
            self._db.execute("PRAGMA synchronous=NORMAL").close()
            self._db.execute("PRAGMA secure_delete=ON").close()
            self._db.executescript(self.schema)
        except sqlite3.DatabaseError as wrong:
            raise self._trouble(wrong) from wrong

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def cursor(self) -> int:
        """How many events of the log are in it."""
        return self._state("cursor")

    def erased(self) -> bool:
        """True if it must be built anew."""
        return bool(self._state("erased"))

    def row(self, table: str, key: str) -> Row | None:
        """One row, if it is there."""
        for found in self._all(
            "SELECT body, lineage FROM rows WHERE tbl = ? AND key = ?", (table, key)
        ):
            return _row(table, key, *found)
        return None

    def rows(self, table: str, prefix: str, after: str, limit: int) -> Sequence[Row]:
        """Rows by key, in the order of code points."""
        found = self._all(
            "SELECT key, body, lineage FROM rows WHERE tbl = ? AND key >= ? AND key <= ?"
            " AND key > ? ORDER BY key LIMIT ?",
            (table, prefix, prefix + LAST_CHARACTER, after, limit),
        )
        return [_row(table, *one) for one in found]

    def at_key(self, key: str) -> tuple[Row, ...]:
        """The rows at a key, of every table."""
        found = self._all(
            "SELECT tbl, key, body, lineage FROM rows WHERE key = ? ORDER BY tbl", (key,)
        )
        return tuple(_row(*one) for one in found)

    def touching(self, subject: str) -> Iterator[Item]:
        """Rows and edges that a subject's events wrote."""
        sql = "SELECT ref FROM touched WHERE subject = ? ORDER BY ref"
        try:
            for (ref,) in self._db.execute(sql, (subject,)):
                item = self._item(read_ref(ref))
                if item is not None:
                    yield item
        except sqlite3.DatabaseError as wrong:
            raise self._trouble(wrong) from wrong

    def shared(self, ref: str) -> bool:
        """True if more than one subject touched it."""
        return len(self._all("SELECT 1 FROM touched WHERE ref = ? LIMIT 2", (ref,))) > 1

    def items(self) -> Iterator[Item]:
        """All rows, by table and key."""
        try:
            for one in self._db.execute(
                "SELECT tbl, key, body, lineage FROM rows ORDER BY tbl, key"
            ):
                yield _row(*one)
        except sqlite3.DatabaseError as wrong:
            raise self._trouble(wrong) from wrong

    def tally(self) -> Mapping[str, int]:
        """How many rows each table had at the last commit."""
        return dict(self._all("SELECT name, total FROM tally WHERE total > 0 ORDER BY name"))

    def count(self) -> Mapping[str, int]:
        """How many rows each table has."""
        return dict(self._all("SELECT tbl, count(*) FROM rows GROUP BY tbl ORDER BY tbl"))

    def commit(self, change: Change, cursor: int) -> None:
        """Make the change and move the cursor in one transaction."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            if self.erased():
                raise Unavailable(f"the projection {self.path} was erased: somebody is forgotten")
            self._apply(change)
            self._set("cursor", cursor)
            self._db.execute("COMMIT")
        except sqlite3.DatabaseError as wrong:
            raise self._trouble(wrong) from wrong
        finally:
            self._abandon()

    def erase(self) -> None:
        """Empty every table, and overwrite what was in them in the file and in its journal."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for table in self.tables:
                self._db.execute(f"DELETE FROM {table}")
            self._set("erased", 1)
            self._db.execute("COMMIT")
            ((busy, *_),) = self._all("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.DatabaseError as wrong:
            raise self._trouble(wrong) from wrong
        finally:
            self._abandon()
        if busy:
            raise Unavailable(f"the projection {self.path} is being read and keeps its journal")

    def _item(self, name: tuple[str, ...]) -> Item | None:
        return self.row(*name) if len(name) == 2 else None

    def _apply(self, change: Change) -> None:
        self._apply_rows(change)

    # --- rows ---------------------------------------------------------------------------

    def _apply_rows(self, change: Change) -> None:
        keys = list(change.rows)
        known = [
            key
            for key in keys
            if self._db.execute("SELECT 1 FROM rows WHERE tbl = ? AND key = ?", key).fetchone()
        ]
        made = [row for row in change.rows.values() if row is not None]
        gone = [key for key in keys if change.rows[key] is None]
        self._db.executemany("DELETE FROM rows WHERE tbl = ? AND key = ?", gone)
        self._db.executemany(
            "INSERT INTO rows VALUES (?, ?, ?, ?) ON CONFLICT (tbl, key)"
            " DO UPDATE SET body = excluded.body, lineage = excluded.lineage",
            [(r.table, r.key, json.dumps(r.body), r.lineage.to_text()) for r in made],
        )
        self._count_in(Counter(row.table for row in made), Counter(table for table, _ in known))
        self._touch(change, [json.dumps(list(key), ensure_ascii=False) for key in gone])

    def _count_in(self, after: Counter[str], before: Counter[str]) -> None:
        self._db.executemany(
            "INSERT INTO tally VALUES (?, ?) ON CONFLICT (name)"
            " DO UPDATE SET total = total + excluded.total",
            [(name, after[name] - before[name]) for name in after | before],
        )

    def _touch(self, change: Change, gone: Sequence[str]) -> None:
        self._db.executemany("DELETE FROM touched WHERE ref = ?", [(ref,) for ref in gone])
        left = frozenset(gone)
        self._db.executemany(
            "INSERT OR IGNORE INTO touched VALUES (?, ?)",
            [pair for pair in change.touched if pair[1] not in left],
        )

    # --- the file -----------------------------------------------------------------------

    def _all(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, tuple(values)).fetchall()
        except sqlite3.DatabaseError as wrong:
            raise self._trouble(wrong) from wrong

    def _state(self, name: str) -> int:
        found = self._all("SELECT value FROM state WHERE name = ?", (name,))
        return int(found[0][0]) if found else 0

    def _set(self, name: str, value: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    def _abandon(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _trouble(self, wrong: sqlite3.DatabaseError) -> Corrupt | Unavailable:
        if isinstance(wrong, sqlite3.OperationalError):
            return Unavailable(f"the projection {self.path} is out of reach: {wrong}")
        return Corrupt(
            f"the projection {self.path} cannot be read: {wrong}",
            "`germline projection rebuild` makes it anew from the log; nothing is lost",
        )


class SqliteProjection(SqliteRows, Edgeless):
    """Tables, and nothing else."""


def _row(table: str, key: str, body: str, lineage: str) -> Row:
    return Row(table, key, json.loads(body), read_lineage(lineage))
