"""Projections in a real PostgreSQL: the whole way from the log to an answer, and back out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from controller.adapters.postgres_projection import Server
from controller.adapters.projection_shelf import DSN
from controller.ports import Blocked, Unavailable
from controller.stories.project import answer, opened
from tests.projections.office import LOCUS, PERSON, Office, office

EVENTS = 300
SETTINGS = b'[projections]\nphenotype = "crm"\nrelational = "postgres"\n'


def in_postgres(house: Office) -> None:
    house.organism.repository.commit_main({"germline.toml": SETTINGS}, "In PostgreSQL", PERSON)


def said(house: Office, model: str) -> list[object]:
    tools, builder = house.organism.projector, house.builder(model)
    with closing(opened(tools, builder)) as store:
        return [answer(tools, builder, store, {"customer": f"c{n}"}) for n in range(9)]


def test_tables_in_postgres_and_a_graph_take_turns(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DSN, dsn)
    with office(tmp_path / "genome", EVENTS) as house:
        in_postgres(house)
        assert house.run_pass() == ()
        tables = house.builder("relational").allele
        assert house.live() == tables.sha
        assert Server(dsn).built(LOCUS) == (tables.short,)
        assert list(house.folder.glob("*.relational")) == []
        house.choose("graph")
        assert house.run_pass() == ()
        assert house.events("projection.compared")[1].data["differing"] == 0
        assert said(house, "graph") == said(house, "relational")
        house.clock.sleep(73 * 3600)
        assert house.run_pass() == ()
        assert Server(dsn).built(LOCUS) == ()


def test_forgetting_and_building_anew_reach_into_the_database(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DSN, dsn)
    with office(tmp_path / "genome", EVENTS) as house:
        in_postgres(house)
        house.run_pass()
        shelf = house.organism.projector.shelf
        before = said(house, "relational")
        shelf.forget("customer:c2")
        with pytest.raises(Blocked, match="somebody was forgotten"):
            said(house, "relational")
        assert house.run_pass() == ()
        assert said(house, "relational") == before
        shelf.drop(LOCUS, house.builder("relational").allele.sha)


def test_a_server_that_is_not_there_is_told_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable, match="PostgreSQL is out of reach"):
        Server(f"host={tmp_path} user=germline dbname=postgres").connect()
    monkeypatch.delenv(DSN, raising=False)
    with office(tmp_path / "genome", 3) as house:
        in_postgres(house)
        with pytest.raises(Blocked, match="nothing says where it is"):
            house.organism.projector.shelf.built(LOCUS)
