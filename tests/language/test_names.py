"""The names in a file are found where they are written, and places are counted rightly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol.types import Position

from controller.language.editor.positions import TextMap
from controller.language.index import Index, occurrence_at
from controller.language.occurrences import lines_of, occurrences
from controller.language.symbols import Kind, Symbol, locus
from grammar.sg.render import render
from grammar.source import Span
from tests.grammar.documents import documents
from tests.language.genomes import DIAGNOSTIC, GENE, PHENOTYPE, source

PATHWAY = """\
pathway swap for network
  risk low

  does:
    Swap.

  takes:
    bridge  string
    vlans   int[]

  steps:
    1. check_bridge
       name = {bridge}
    2. for vlan in {vlans}:
       make_bridge
         bridge = {bridge}
         speed = {vlan}
    3. -> other
       bridge = {bridge}
    4. when step 1.healthy:
       false -> make_bridge
"""


def written(text: str) -> list[tuple[str, str]]:
    one = source(text)
    lines = lines_of(text)
    return [
        (o.symbol.name, lines[o.span.line - 1][o.span.column - 1 : o.span.end_column - 1])
        for o in occurrences(one)
    ]


@pytest.mark.parametrize("text", [GENE, DIAGNOSTIC, PHENOTYPE, PATHWAY, f"\ufeff{GENE}"])
def test_a_span_covers_exactly_the_name(text: str) -> None:
    found = written(text)
    assert len(found) > 4
    assert [name for name, _ in found] == [shown for _, shown in found]


@given(documents)
@settings(max_examples=60, deadline=None)
def test_spans_cover_names_in_any_document(document: object) -> None:
    found = written(render(document))  # type: ignore[arg-type]
    assert [name for name, _ in found] == [shown for _, shown in found]


def test_definitions_and_uses_of_a_field_are_one_symbol() -> None:
    index = Index({"a": occurrences(source(GENE)), "b": occurrences(source(DIAGNOSTIC))})
    bridge = Symbol(Kind.FIELD, "bridge", "make_bridge")
    assert len(index.definitions(bridge)) == 1
    assert len(index.places(bridge)) == 1 + GENE.count("{bridge}")
    assert len(index.places(Symbol(Kind.FIELD, "ms", "check_bridge"))) == 2
    assert len(index.places(Symbol(Kind.TYPE, "sighting", "check_bridge"))) == 2
    assert len(index.places(locus("make_bridge"))) == 2
    assert index.named(Kind.LOCUS) == ["check_bridge", "make_bridge"]


def test_names_in_a_pathway_lead_to_loci_variables_and_what_steps_give() -> None:
    symbols = [one.symbol for one in occurrences(source(PATHWAY))]
    assert symbols.count(locus("make_bridge")) == 2
    assert locus("other") in symbols
    assert symbols.count(Symbol(Kind.VARIABLE, "vlan", "swap")) == 2
    assert Symbol(Kind.FIELD, "healthy", "check_bridge") in symbols
    assert Symbol(Kind.FIELD, "speed", "make_bridge") in symbols


def test_the_name_at_a_place_is_found_from_its_first_to_after_its_last_character() -> None:
    found = occurrences(source("gene abc\n"))
    assert [occurrence_at(found, 1, column) is not None for column in range(5, 11)] == [
        False, True, True, True, True, False,
    ]  # fmt: skip


texts = st.text(st.sampled_from("ab é🌉\n\r\t\ufeff"), max_size=40)


@given(texts, st.sampled_from(["utf-8", "utf-16", "utf-32"]), st.data())
def test_a_place_that_an_editor_can_name_comes_back(
    text: str, encoding: str, data: st.DataObject
) -> None:
    places = TextMap(text, encoding)
    lines = lines_of(text)
    line = data.draw(st.integers(1, len(lines)))
    row = lines[line - 1].rstrip("\r")
    column = data.draw(st.integers(1, len(row) + 1))
    position = places.range(Span("", line, column, line, column)).start
    assert places.place(position) == (line, column)


@given(texts, st.integers(0, 9), st.integers(0, 50))
def test_a_place_outside_of_a_text_becomes_one_inside(text: str, line: int, unit: int) -> None:
    places = TextMap(text)
    at_line, column = places.place(Position(line, unit))
    assert 1 <= at_line <= len(lines_of(text))
    assert 1 <= column <= len(lines_of(text)[at_line - 1]) + 1


def test_a_bridge_is_two_units_in_utf_16_four_in_utf_8_and_one_in_utf_32() -> None:
    for encoding, units in (("utf-16", 2), ("utf-8", 4), ("utf-32", 1)):
        found = TextMap("🌉x", encoding).range(Span("", 1, 2, 1, 3))
        assert (found.start.character, found.end.character) == (units, units + 1)
