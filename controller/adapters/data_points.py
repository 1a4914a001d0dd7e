"""The latest value of every field of every subject, folded in a SQLite file: `DataPoints`.

A log of any length fits: memory holds one subject's fields at a time. Used by the shelf, for
the question whether every data point is reachable through a projection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path


class DataPointFile:
    """Answers `projections.DataPoints`. The file is thrown away, so nothing of it is synced."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF").close()
        self._db.execute("PRAGMA synchronous=OFF").close()
        self._db.execute(
            "CREATE TABLE points (subject TEXT, field TEXT, value TEXT,"
            " PRIMARY KEY (subject, field)) WITHOUT ROWID"
        )

    def take(self, points: Iterator[tuple[str, str, str]]) -> None:
        """Take them in order; later values replace earlier ones."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO points VALUES (?, ?, ?)", points)
        self._db.execute("COMMIT")

    def by_subject(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Each subject with its fields."""
        found = self._db.execute("SELECT subject, field, value FROM points ORDER BY subject, field")
        for subject, rows in groupby(found, key=lambda row: str(row[0])):
            yield subject, {field: value for _, field, value in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
