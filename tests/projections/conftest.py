"""Stores to run the conformance suite over: SQLite, a graph, and PostgreSQL where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.adapters.graph_projection import GraphProjection
from controller.adapters.postgres_projection import PostgresProjection, Server
from controller.adapters.sqlite_projection import SqliteProjection
from controller.ports.projections import ProjectionStore
from tests.projections.postgres import binaries, server

PROGRAMS = binaries()
ENGINES = ["sqlite", "graph", *(["postgres"] if PROGRAMS else [])]


collect_ignore = [] if PROGRAMS else ["test_postgres.py"]
"""Where no server is installed its tests are not there, rather than skipped."""


@pytest.fixture(scope="session")
def dsn() -> Iterator[str]:
    """A PostgreSQL server's connection string."""
    assert PROGRAMS is not None
    with server(PROGRAMS) as found:
        yield found


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ProjectionStore]:
    """An empty store of each engine that is installed."""
    made: ProjectionStore
    if request.param == "postgres":
        database = Server(request.getfixturevalue("dsn"))
        schema = database.schema("things", f"{abs(hash(tmp_path)):x}"[:12])
        made = PostgresProjection(database, schema)
        yield made
        made.close()
        database.drop(schema)
        return
    made = (GraphProjection if request.param == "graph" else SqliteProjection)(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[GraphProjection]:
    """An empty graph."""
    made = GraphProjection(tmp_path / "graph")
    yield made
    made.close()
