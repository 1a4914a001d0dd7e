"""Where a clone keeps its projections: answers `projections.Projections`.

    <git dir>/germline/projections/<locus>/<allele>.<model>        one projection, in SQLite
                                          /<allele>.<model>.fresh  being rebuilt
                                          /live.json               which one is asked
                                          /asked.json              the latest real queries
                                  .scratch/                        what is gone afterwards

With PostgreSQL configured, relational projections are schemas of that database instead. All of it
is disposable: the log has everything.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from controller import limits
from controller.adapters.atomic_file import write_atomically
from controller.adapters.data_points import DataPointFile
from controller.adapters.graph_projection import GraphProjection
from controller.adapters.postgres_projection import PostgresProjection, Server
from controller.adapters.sqlite_projection import SqliteProjection
from controller.adapters.vault_files import shred, shred_directory
from controller.config import ProjectionsConfig
from controller.domains.records.operation import Model
from controller.domains.world import JsonObject
from controller.ports import Blocked, Corrupt, Unavailable
from controller.ports.projections import Pointer, ProjectionStore

DSN = "GERMLINE_POSTGRES_DSN"
"""The environment variable that leads to the database; it may hold a password."""

FRESH = ".fresh"
SIDES = ("", "-wal", "-shm")
"""A SQLite file and what stands beside it."""


class ProjectionShelf:
    """All projections of one clone. `settings` is read from main whenever it matters."""

    def __init__(self, state: Path, settings: Callable[[], ProjectionsConfig]) -> None:
        self._folder = state / "projections"
        self._settings = settings

    def open(self, locus: str, allele: str, model: Model) -> ProjectionStore:
        """The projection of an allele; empty if nothing is built yet."""
        server = self._server() if model == "relational" else None
        if server is not None:
            return PostgresProjection(server, server.schema(locus, allele))
        return _file(self._path(locus, allele, model), model)

    def fresh(self, locus: str, allele: str, model: Model) -> ProjectionStore:
        """An empty one that replaces the allele's when it is installed."""
        server = self._server() if model == "relational" else None
        if server is not None:
            server.drop(server.schema(locus, allele) + FRESH)
            return PostgresProjection(server, server.schema(locus, allele) + FRESH)
        path = self._path(locus, allele, model + FRESH)
        _delete(path)
        return _file(path, model)

    def install(self, locus: str, allele: str, model: Model) -> None:
        """Put the fresh one in the place of the former."""
        server = self._server() if model == "relational" else None
        if server is not None:
            schema = server.schema(locus, allele)
            server.rename(schema + FRESH, schema)
            return
        path = self._path(locus, allele, model)
        if path.exists():
            _erase(path, model)  # what is unlinked only could not be forgotten later
        for side in SIDES[1:]:
            path.with_name(path.name + side).unlink(missing_ok=True)
        os.replace(self._path(locus, allele, model + FRESH), path)  # noqa: PTH105

    @contextmanager
    def scratch(self, model: Model) -> Iterator[ProjectionStore]:
        """An empty one, in a file, that is gone afterwards."""
        with self._scratch_folder() as folder:
            store = _file(folder / "scratch", model)
            try:
                yield store
            finally:
                store.close()

    @contextmanager
    def data_points(self) -> Iterator[DataPointFile]:
        """An empty fold that is gone afterwards."""
        with self._scratch_folder() as folder:
            points = DataPointFile(folder / "points")
            try:
                yield points
            finally:
                points.close()

    def built(self, locus: str) -> tuple[str, ...]:
        """The alleles that have a projection at a locus."""
        files = (self._folder / locus).glob("*.*")
        found = {f.name.split(".")[0] for f in files if f.suffix in (".relational", ".graph")}
        server = self._server()
        if server is not None:
            found |= set(server.built(locus))
        return tuple(sorted(found))

    def drop(self, locus: str, allele: str) -> None:
        """Delete an allele's projection, if there is one."""
        for model in get_args(Model):
            _delete(self._path(locus, allele, model))
            _delete(self._path(locus, allele, model + FRESH))
        server = self._server()
        if server is not None:
            server.drop(server.schema(locus, allele))

    def pointer(self, locus: str) -> Pointer:
        """Which one is live. Raises `Corrupt` if the file cannot be read."""
        path = self._folder / locus / "live.json"
        if not path.exists():
            return Pointer()
        try:
            return Pointer(**json.loads(path.read_bytes()))
        except (ValueError, TypeError) as wrong:
            raise Corrupt(
                f"{path} cannot be read: {wrong}",
                "delete it: the next pass builds, checks and promotes what main says",
            ) from wrong

    def point(self, locus: str, pointer: Pointer) -> None:
        """Make another one live, atomically and durably."""
        write_atomically(self._folder / locus / "live.json", json.dumps(asdict(pointer)).encode())

    def remember(self, locus: str, query: JsonObject) -> None:
        """Keep a query, once; the oldest one makes room."""
        text = json.dumps(query, sort_keys=True)
        if len(text) > limits.PROJECTION_QUERY_BYTES:
            return
        others = [one for one in self.asked(locus) if json.dumps(one, sort_keys=True) != text]
        self._keep(locus, [*others, query][-limits.PROJECTION_QUERIES_KEPT :])

    def asked(self, locus: str) -> tuple[JsonObject, ...]:
        """The queries that are kept; a file that cannot be read holds none."""
        try:
            found = json.loads((self._folder / locus / "asked.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return ()
        return tuple(found)

    def forget(self, subject: str) -> None:  # noqa: ARG002 - all of them go
        """See `ports.CopyHolder`. Raises `Unavailable`."""
        try:
            self.erase()
        except OSError as error:
            raise Unavailable(
                f"projections in {self._folder} could not be erased: {error}",
                "`germline forget` carries on when it is run again",
            ) from error

    def erase(self) -> None:
        """Erase every projection, what is half built, what is left over, and the kept queries.

        What is half built goes first, so that none of it is put in an erased one's place.
        """
        for left in self._leftovers():
            shred_directory(left)
        server = self._server()
        for ending in (FRESH, ""):
            for model in get_args(Model):
                for path in sorted(self._folder.glob(f"*/*.{model}{ending}")):
                    _erase(path, model)
            if server is not None:
                _erase_schemas(server, half_built=ending == FRESH)
        for kept in self._folder.glob("*/*asked.json*"):
            shred(kept)

    def _keep(self, locus: str, queries: list[JsonObject]) -> None:
        write_atomically(self._folder / locus / "asked.json", json.dumps(queries).encode())

    def _path(self, locus: str, allele: str, ending: str) -> Path:
        return self._folder / locus / f"{allele[:12]}.{ending}"

    @contextmanager
    def _scratch_folder(self) -> Iterator[Path]:
        place = self._folder / ".scratch"
        place.mkdir(parents=True, exist_ok=True)
        for left in self._leftovers():
            shred_directory(left)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=place))
        try:
            yield folder
        finally:
            shred_directory(folder)

    def _leftovers(self) -> list[Path]:
        """Scratch folders of processes that are gone; one that lives sweeps its own."""
        folders = (self._folder / ".scratch").glob("*")
        return [one for one in folders if not _alive(int(one.name.partition("-")[0]))]

    def _server(self) -> Server | None:
        settings = self._settings()
        if settings.relational != "postgres":
            return None
        dsn = os.environ.get(DSN) or settings.dsn
        if not dsn:
            raise Blocked(
                "projections are to be in PostgreSQL, but nothing says where it is",
                f"set `dsn` of [projections] in germline.toml, or {DSN}",
            )
        return Server(dsn)


def _file(path: Path, model: Model) -> GraphProjection | SqliteProjection:
    return GraphProjection(path) if model == "graph" else SqliteProjection(path)


def _alive(process: int) -> bool:
    """False for a process that is gone and left its scratch folder behind (kill(2))."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _erase(path: Path, model: Model) -> None:
    """Empty a projection with whoever else has it open; overwrite one that cannot be read."""
    try:
        with closing(_file(path, model)) as store:
            store.erase()
    except Corrupt:
        _delete(path)


def _erase_schemas(server: Server, *, half_built: bool) -> None:
    for schema in server.schemas():
        if schema.endswith(FRESH) == half_built:
            with PostgresProjection(server, schema) as stored:
                stored.erase()


def _delete(path: Path) -> None:
    for side in SIDES:
        shred(path.with_name(path.name + side))
