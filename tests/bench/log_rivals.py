"""Stores that append events durably: this log, and others doing the same work or less of it."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

import psycopg
import pygit2
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from controller.adapters.git_event_history import EventHistory
from controller.adapters.git_event_log import GitEventLog
from controller.history.event import Occurrence, written
from controller.limits import SEAL_PAUSE_SECONDS, SEAL_SECONDS

BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)
POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Pool:
    """The same events as everybody gets them: unrecorded, and encoded with their ids."""

    occurrences: Sequence[Occurrence]
    encoded: Sequence[tuple[str, bytes]]


def happened(number: int) -> Occurrence:
    """The n-th thing that happened: some 250 bytes as a line."""
    data = {"allele": f"{number:012x}", "milliseconds": number % 977}
    moment = BEGIN + timedelta(microseconds=number)
    return Occurrence("trial.recorded", f"host-{number % 50}", data, moment, None, "controller")


def pool(first: int, count: int) -> Pool:
    """Events from a number on."""
    occurrences = [happened(number) for number in range(first, first + count)]
    lines = [written(each) for each in occurrences]
    return Pool(occurrences, [(event.id, line) for event, line in lines])


class Store(Protocol):
    """Appends a part of a pool, durably."""

    def append(self, of: Pool, begin: int, end: int) -> None:
        """On return the events with these indices are on the disk."""

    def close(self) -> None:
        """Let go of everything."""


class ThisLog:
    """The journal, sealed in the background; from unrecorded events."""

    def __init__(self, folder: Path) -> None:
        pygit2.init_repository(str(folder / "log"), bare=True)
        self.log = GitEventLog(folder / "log")
        self._history = EventHistory(pygit2.Repository(str(folder / "log")))

    def append(self, of: Pool, begin: int, end: int) -> None:
        """See `Store`."""
        self.log.append(of.occurrences[begin:end])

    def backlog(self) -> int:
        """How many events wait to be sealed, after as long as a seal may wait."""
        time.sleep(SEAL_PAUSE_SECONDS + SEAL_SECONDS)
        return self.log.length() - self._history.look().length

    def close(self) -> None:
        """See `Store`."""
        self.log.close()


class PlainFile:
    """Encoded lines at the end of a file, synced."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "plain", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def append(self, of: Pool, begin: int, end: int) -> None:
        """See `Store`."""
        os.write(self._file, b"".join(line for _, line in of.encoded[begin:end]))
        os.fsync(self._file)

    def close(self) -> None:
        """See `Store`."""
        os.close(self._file)


class Sqlite:
    """WAL, synchronous=FULL; does the work of a log, or is given lines and knows no ids."""

    def __init__(self, folder: Path, encoded: bool) -> None:
        self._encoded = encoded
        unique = "" if encoded else "UNIQUE"
        self._database = sqlite3.connect(folder / f"events-{encoded}.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(
            f"CREATE TABLE events (n INTEGER PRIMARY KEY, id TEXT {unique}, line BLOB)"
        )

    def append(self, of: Pool, begin: int, end: int) -> None:
        """See `Store`."""
        rows: Sequence[tuple[str, bytes]]
        if self._encoded:
            rows = of.encoded[begin:end]
        else:
            rows = [(e.id, line) for e, line in map(written, of.occurrences[begin:end])]
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("INSERT INTO events (id, line) VALUES (?, ?)", rows)
        self._database.execute("COMMIT")

    def close(self) -> None:
        """See `Store`."""
        self._database.close()


class Eventsourcing:
    """The library `eventsourcing` on SQLite, at the level of its recorder, lines encoded."""

    def __init__(self, folder: Path) -> None:
        self._recorder = SQLiteApplicationRecorder(SQLiteDatastore(str(folder / "library.db")))
        self._recorder.create_table()
        self._originator: UUID = uuid4()
        self._version = 0

    def append(self, of: Pool, begin: int, end: int) -> None:
        """See `Store`."""
        events = [
            StoredEvent(self._originator, self._version + at, "trial:Recorded", line)
            for at, (_, line) in enumerate(of.encoded[begin:end])
        ]
        self._version += len(events)
        self._recorder.insert_events(events)

    def close(self) -> None:
        """See `Store`."""
        self._recorder.datastore.close()


class Postgres:
    """PostgreSQL with its default settings, a COPY and a commit an append, lines encoded."""

    def __init__(self, address: str) -> None:
        self._connection = psycopg.connect(address, autocommit=True)
        self._connection.execute("DROP TABLE IF EXISTS events")
        self._connection.execute(
            "CREATE TABLE events (n BIGSERIAL PRIMARY KEY, id TEXT UNIQUE, line BYTEA)"
        )

    def append(self, of: Pool, begin: int, end: int) -> None:
        """See `Store`."""
        with (
            self._connection.cursor() as cursor,
            cursor.copy("COPY events (id, line) FROM STDIN") as copy,
        ):
            for row in of.encoded[begin:end]:
                copy.write_row(row)

    def close(self) -> None:
        """See `Store`."""
        self._connection.close()


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """A server of our own, as nobody where we are root; its address. None if none is installed."""
    programs = sorted(POSTGRES.glob("*/bin"))
    if not programs:
        yield None
        return
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="germline-bench-"))  # a socket's path is short: unix(7)
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [programs[-1] / program, "-D", folder / "data", *arguments]
        subprocess.run(command, user=user, cwd="/", check=True, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-U", "germline", "-A", "trust")
        options = f"-k {folder} -h ''"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"host={folder} user=germline dbname=postgres"
        finally:
            run("pg_ctl", "-w", "-m", "fast", "stop")
    finally:
        shutil.rmtree(folder)
