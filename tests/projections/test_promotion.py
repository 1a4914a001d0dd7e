"""The seed's story: tables, then a graph, promoted, compared and taken back; nothing migrated."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from controller.stories.project import answer, opened
from tests.projections.office import LOCUS, Office, office

EVENTS = 5000


def said(house: Office, model: str, customer: str) -> object:
    builder = house.builder(model)
    with closing(opened(house.organism.projector, builder)) as store:
        return answer(house.organism.projector, builder, store, {"customer": customer})


def test_the_story_of_tables_and_a_graph_and_back_again(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        log = [event.id for event in house.organism.log.since(0)]
        assert house.run_pass() == ()
        tables, graph = (house.builder(m).allele.sha for m in ("relational", "graph"))
        assert house.live() == tables
        assert house.steps() == ["built", "verified", "compared", "promoted"]
        verified = house.events("projection.verified")[0].data
        assert verified["missing"] == 0
        assert verified["subjects"] == EVENTS // 40

        house.organism.projector.shelf.remember(LOCUS, {"customer": "c7"})
        house.choose("graph")
        assert house.run_pass() == ()
        assert house.live() == graph
        assert house.steps()[4:] == ["built", "verified", "compared", "promoted", "retired"]
        compared = house.events("projection.compared")[1].data
        assert compared["against"] == tables
        assert compared["queries"] == 51
        assert compared["differing"] == 0
        assert said(house, "graph", "c7") == said(house, "relational", "c7")

        house.git("revert", "--no-edit", "HEAD")
        assert house.run_pass() == ()
        assert house.live() == tables
        assert house.steps()[9:] == ["promoted", "retired"]
        assert house.events("projection.promoted")[2].data["rollback"] is True

        house.clock.sleep(73 * 3600)
        assert house.run_pass() == ()
        assert house.steps()[11:] == ["dropped"]
        assert [f.name.split(".")[1] for f in house.folder.glob("*.relational")] == ["relational"]
        assert list(house.folder.glob("*.graph*")) == []
        assert [e.id for e in house.organism.log.since(0)][: len(log)] == log
