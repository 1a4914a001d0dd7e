"""The relational projection in PostgreSQL: a schema for each, filled by COPY.

Answers `projections.ProjectionStore` as `sqlite_projection` does, with one transaction for rows,
lineage, tallies and cursor. psycopg is needed only here, and only where it is configured.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from controller import limits
from controller.adapters.edgeless import Edgeless
from controller.adapters.sqlite_projection import LAST_CHARACTER
from controller.domains.records.state import Change, Item, Row, read_lineage, read_ref
from controller.ports import Blocked, Unavailable

if TYPE_CHECKING:
    import psycopg

PREFIX = "germline_"

SCHEMA = """
CREATE TABLE rows (tbl text COLLATE "C", key text COLLATE "C", body text NOT NULL,
  lineage text NOT NULL, PRIMARY KEY (tbl, key));
CREATE INDEX rows_by_key ON rows (key);
CREATE TABLE touched (subject text COLLATE "C", ref text COLLATE "C", PRIMARY KEY (subject, ref));
CREATE INDEX touched_by_ref ON touched (ref);
CREATE TABLE tally (name text PRIMARY KEY, total bigint NOT NULL);
CREATE TABLE state (name text PRIMARY KEY, value bigint NOT NULL);
"""


class Server:
    """One database. `dsn` is a libpq connection string or URL."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def schema(self, locus: str, allele: str) -> str:
        """The name of an allele's schema, within the 63 bytes that PostgreSQL keeps of it."""
        return f"{PREFIX}{locus[:30]}.{allele[:12]}"

    def connect(self) -> psycopg.Connection[Any]:
        """A connection. Raises `Blocked` without psycopg, `Unavailable` without a server."""
        try:
            import psycopg  # noqa: PLC0415 - an optional extra, needed only where it is configured
        except ImportError as missing:
            raise Blocked(
                "projections are to be in PostgreSQL, but psycopg is not installed",
                "pip install 'germline[postgres]'",
            ) from missing
        try:
            return psycopg.connect(
                self._dsn, autocommit=True, connect_timeout=int(limits.PROJECTION_BUSY_SECONDS)
            )
        except psycopg.Error as gone:
            raise Unavailable(f"PostgreSQL is out of reach: {str(gone).strip()}") from gone

    def schemas(self) -> tuple[str, ...]:
        """Every schema of a projection."""
        sql = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s) ORDER BY nspname"
        with self.connect() as connection:
            return tuple(name for (name,) in connection.execute(sql, (PREFIX,)).fetchall())

    def built(self, locus: str) -> tuple[str, ...]:
        """The alleles, by twelve digits, that have a schema at a locus."""
        start = self.schema(locus, "")
        rest = (name.removeprefix(start) for name in self.schemas() if name.startswith(start))
        return tuple(name for name in rest if "." not in name)

    def drop(self, schema: str) -> None:
        """Delete a schema, if it is there."""
        with self.connect() as connection:
            connection.execute(_sql(f"DROP SCHEMA IF EXISTS {_quoted(schema)} CASCADE"))

    def rename(self, fresh: str, schema: str) -> None:
        """Put one schema in another's place, in one transaction."""
        with self.connect() as connection, connection.transaction():
            connection.execute(_sql(f"DROP SCHEMA IF EXISTS {_quoted(schema)} CASCADE"))
            connection.execute(_sql(f"ALTER SCHEMA {_quoted(fresh)} RENAME TO {_quoted(schema)}"))


class PostgresProjection(Edgeless):
    """Tables of rows in one schema, which is made if it is not there."""

    def __init__(self, server: Server, schema: str) -> None:
        self._connection = server.connect()
        with self._transaction():
            here = self._run("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,))
            if not here:
                self._connection.execute(_sql(f"CREATE SCHEMA {_quoted(schema)}"))
            self._connection.execute(_sql(f"SET search_path TO {_quoted(schema)}"))
            if not here:
                self._connection.execute(_sql(SCHEMA))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def cursor(self) -> int:
        """How many events of the log are in it."""
        return self._state("cursor")

    def erased(self) -> bool:
        """True if it must be built anew."""
        return bool(self._state("erased"))

    def row(self, table: str, key: str) -> Row | None:
        """One row, if it is there."""
        for found in self._run(
            "SELECT body, lineage FROM rows WHERE tbl = %s AND key = %s", (table, key)
        ):
            return _row(table, key, *found)
        return None

    def rows(self, table: str, prefix: str, after: str, limit: int) -> Sequence[Row]:
        """Rows by key, in the order of code points."""
        found = self._run(
            "SELECT key, body, lineage FROM rows WHERE tbl = %s AND key >= %s AND key <= %s"
            " AND key > %s ORDER BY key LIMIT %s",
            (table, prefix, prefix + LAST_CHARACTER, after, limit),
        )
        return [_row(table, *one) for one in found]

    def at_key(self, key: str) -> tuple[Row, ...]:
        """The rows at a key, of every table."""
        found = self._run(
            "SELECT tbl, key, body, lineage FROM rows WHERE key = %s ORDER BY tbl", (key,)
        )
        return tuple(_row(*one) for one in found)

    def touching(self, subject: str) -> Iterator[Item]:
        """Rows that a subject's events wrote."""
        for (ref,) in self._run(
            "SELECT ref FROM touched WHERE subject = %s ORDER BY ref", (subject,)
        ):
            table, key = read_ref(ref)
            row = self.row(table, key)
            if row is not None:
                yield row

    def shared(self, ref: str) -> bool:
        """True if more than one subject touched it."""
        return len(self._run("SELECT 1 FROM touched WHERE ref = %s LIMIT 2", (ref,))) > 1

    def items(self) -> Iterator[Item]:
        """All rows, by table and key, a page at a time."""
        with self._transaction(), self._connection.cursor("items") as pages:
            for one in pages.execute("SELECT tbl, key, body, lineage FROM rows ORDER BY tbl, key"):
                yield _row(*one)

    def tally(self) -> Mapping[str, int]:
        """How many rows each table had at the last commit."""
        return dict(self._run("SELECT name, total FROM tally WHERE total > 0"))

    def count(self) -> Mapping[str, int]:
        """How many rows each table has."""
        return dict(self._run("SELECT tbl, count(*) FROM rows GROUP BY tbl"))

    def commit(self, change: Change, cursor: int) -> None:
        """Make the change and move the cursor in one transaction."""
        assert not change.edges, "tables have no edges"
        with self._transaction():
            self._run("LOCK TABLE state IN ROW EXCLUSIVE MODE")  # which erasing waits for
            if self.erased():
                raise Unavailable("the projection was erased meanwhile: somebody is forgotten")
            self._apply(change)
            self._set("cursor", cursor)

    def erase(self) -> None:
        """Empty every table: PostgreSQL deletes the files that they were in."""
        with self._transaction():
            self._run("TRUNCATE state, rows, touched, tally")
            self._set("erased", 1)

    def _apply(self, change: Change) -> None:
        made = [row for row in change.rows.values() if row is not None]
        gone = [key for key, row in change.rows.items() if row is None]
        tables, keys = [table for table, _ in change.rows], [key for _, key in change.rows]
        known = self._run(
            "SELECT tbl, key FROM rows JOIN unnest(%s::text[], %s::text[]) AS given (t, k)"
            " ON tbl = t AND key = k",
            (tables, keys),
        )
        self._run(
            "DELETE FROM rows USING unnest(%s::text[], %s::text[]) AS given (t, k)"
            " WHERE tbl = t AND key = k",
            (tables, keys),
        )
        self._copy(
            "rows", [(r.table, r.key, json.dumps(r.body), r.lineage.to_text()) for r in made]
        )
        self._count_in(Counter(row.table for row in made), Counter(table for table, _ in known))
        refs = [json.dumps(list(key), ensure_ascii=False) for key in gone]
        self._run("DELETE FROM touched WHERE ref = ANY(%s)", (refs,))
        self._touch([pair for pair in change.touched if pair[1] not in set(refs)])

    def _copy(self, table: str, rows: Sequence[tuple[str, ...]]) -> None:
        copying = self._connection.cursor().copy(_sql(f"COPY {table} FROM STDIN"))
        with copying as copy:
            for row in rows:
                copy.write_row(row)

    def _touch(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._run(
            "INSERT INTO touched SELECT * FROM unnest(%s::text[], %s::text[])"
            " ON CONFLICT DO NOTHING",
            ([subject for subject, _ in pairs], [ref for _, ref in pairs]),
        )

    def _count_in(self, after: Counter[str], before: Counter[str]) -> None:
        for name in after | before:
            self._run(
                "INSERT INTO tally VALUES (%s, %s) ON CONFLICT (name)"
                " DO UPDATE SET total = tally.total + excluded.total",
                (name, after[name] - before[name]),
            )

    def _state(self, name: str) -> int:
        found = self._run("SELECT value FROM state WHERE name = %s", (name,))
        return int(found[0][0]) if found else 0

    def _set(self, name: str, value: int) -> None:
        self._run(
            "INSERT INTO state VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = %s",
            (name, value, value),
        )

    def _run(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        import psycopg  # noqa: PLC0415 - as in `Server.connect`

        try:
            found = self._connection.execute(_sql(sql), tuple(values) or None)
            return found.fetchall() if found.description is not None else []
        except psycopg.Error as gone:
            raise Unavailable(f"PostgreSQL: {str(gone).strip()}") from gone

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        import psycopg  # noqa: PLC0415 - as in `Server.connect`

        try:
            with self._connection.transaction():
                yield
        except psycopg.Error as gone:
            raise Unavailable(f"PostgreSQL: {str(gone).strip()}") from gone


def _row(table: str, key: str, body: str, lineage: str) -> Row:
    return Row(table, key, json.loads(body), read_lineage(lineage))


def _quoted(name: str) -> str:
    """A name as SQL has it; loci and hashes have no other characters than these."""
    assert all(character.isalnum() or character in "_." for character in name), name
    return f'"{name}"'


def _sql(text: str) -> Any:
    """A statement that this module wrote itself: psycopg types those as literals only."""
    return text
