"""The records domain: what genes may say to a projection, and which events it follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domains.records import RECORDS
from controller.domains.records.operation import CATALOGUE, catalogue_of, model_of
from controller.domains.records.phrases import event_types
from controller.domains.records.reach import data_points, follows
from controller.domains.records.state import Lineage, read_lineage, read_ref, row_ref
from controller.domains.world import Json, Operation

GOOD: dict[str, Json] = {"table": "t", "key": "k", "row": {}, "event": "e"}


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("put", {**GOOD, "table": "T; DROP"}, "table is not a name"),
        ("put", {**GOOD, "table": "t" * 49}, "more than 48"),
        ("put", {**GOOD, "key": ""}, "key is empty"),
        ("put", {**GOOD, "key": "a\x00"}, "no store keeps"),
        ("put", {**GOOD, "key": "\ud800"}, "no store keeps"),
        ("put", {**GOOD, "row": []}, "row is not an object"),
        ("put", {**GOOD, "row": {"v": "x" * 70_000}}, "more than 65536"),
        ("put", {**GOOD, "event": None}, "event is missing"),
        ("put_many", {"table": "t", "rows": [{"key": "k"}]}, "entry that is not"),
        ("put_many", {"table": "t", "rows": [{"key": "k", "row": {}, "events": []}]}, "no event"),
        ("link", {"kind": "k", "source": "a", "target": "b/c", "event": "e"}, "label/key"),
        ("scan", {"table": "t", "limit": 0}, "not a number from 1"),
        ("neighbours", {"kind": "k", "node": "a/b", "incoming": 1}, "neither true nor false"),
        ("forge", {}, "no such operation"),
    ],
)
def test_arguments_that_cannot_be_right_are_told(
    name: str, arguments: dict[str, Json], problem: str
) -> None:
    assert problem in str(RECORDS.problem(Operation(name, arguments)))


@given(
    st.dictionaries(
        st.sampled_from(["table", "key", "row", "event"]), st.none() | st.text(max_size=9)
    )
)
def test_whatever_a_gene_sends_is_judged_and_never_raises(arguments: dict[str, Json]) -> None:
    for name in CATALOGUE:
        RECORDS.problem(Operation(name, arguments))


def test_an_allele_says_at_the_top_of_its_source_what_it_builds() -> None:
    assert model_of('MODEL = "graph"\n\ndef execute(x): ...\n') == "graph"
    assert model_of("def execute(x): ...\n") == "relational"
    assert model_of("no python at all (") == "relational"


def test_answering_grants_no_write_and_tables_have_no_edges() -> None:
    asking = {spec.name for spec in catalogue_of("graph", building=False)}
    assert asking == {"get", "get_many", "scan", "neighbours", "reach"}
    tables = {spec.name for spec in catalogue_of("relational", building=True)}
    assert tables == {"get", "get_many", "put", "put_many", "delete", "scan"}


def test_sentences_name_the_events_that_are_followed() -> None:
    deals, single = "Every deal.* event is reachable", "Every a.b event is reachable."
    kinds = event_types([deals, "prose", single])
    assert kinds == ("deal.*", "a.b")
    assert follows(kinds, "deal.updated")
    assert follows(kinds, "a.b")
    assert not follows(kinds, "dealer.updated")
    assert not follows(kinds, "a.bc")


def test_data_points_are_named_by_noun_and_path() -> None:
    data: dict[str, Json] = {"kind": "call", "who": {"rep": 7}, "tags": ["x", True], "none": None}
    assert dict(data_points("interaction.logged", data)) == {
        "interaction.kind": "call",
        "interaction.who.rep": "7",
        "interaction.tags[0]": "x",
        "interaction.tags[1]": "true",
    }


@given(st.text(), st.text())
def test_names_of_rows_can_be_read_back(table: str, key: str) -> None:
    assert read_ref(row_ref(table, key)) == (table, key)


@given(st.lists(st.uuids().map(str), min_size=1, max_size=40))
def test_a_lineage_is_bounded_keeps_its_first_and_can_be_read_back(events: list[str]) -> None:
    lineage = Lineage(events[0])
    for event in events:
        lineage = lineage.grown(event)
    assert lineage.events[0] == events[0]
    assert lineage.events[-1] == events[-1]
    assert len(lineage.events) <= 17
    assert read_lineage(lineage.to_text()) == lineage
