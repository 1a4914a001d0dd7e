"""A formatted contract means the same, keeps its comments, and is formatted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from controller.language.formatting import Refused, formatted
from grammar.sg.render import render
from tests.grammar.documents import documents
from tests.language.genomes import DIAGNOSTIC, GENE, PHENOTYPE, source


def canonical(text: str) -> str:
    found = formatted(source(text))
    assert isinstance(found, str), found
    return found


@given(documents)
@settings(max_examples=40, deadline=None)
def test_what_is_canonical_stays_as_it_is(document: object) -> None:
    text = render(document)  # type: ignore[arg-type]
    if not source(text).errors:
        assert canonical(text) == text


@pytest.mark.parametrize("text", [GENE, DIAGNOSTIC, PHENOTYPE, "", "# only a comment\n"])
def test_formatting_twice_is_formatting_once(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


def test_a_loose_text_becomes_canonical_and_keeps_comments() -> None:
    loose = GENE.replace("    bridge  string\n", "    # first\n    bridge string   # why\n\n\n")
    text = canonical(loose.replace("\n", "\r\n"))
    assert "    # first\n    bridge  string" in text
    assert "# why" in text
    assert "\r" not in text
    assert source(text).document == source(GENE).document


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("takes:", "takess:", "SG-E114"),
        ("  risk low\n", "  risk low\n  risk low\n", "SG-E118"),
        ("  takes:", "\ttakes:", "SG-E104"),
        ("risk low", "risk lwo", "SG-E121"),
    ],
)
def test_a_text_that_was_not_read_in_full_is_refused(old: str, new: str, code: str) -> None:
    found = formatted(source(GENE.replace(old, new)))
    assert isinstance(found, Refused)
    assert code in [remark.code for remark in found.diagnostics]
    assert "mistake" in found.reason


def test_a_mistake_in_names_alone_does_not_stop_formatting() -> None:
    text = GENE.replace("bridge  string\n", "bridge strin\n")
    assert [error.code for error in source(text).errors] == ["SG-E201"]
    assert "bridge  strin" in canonical(text)
