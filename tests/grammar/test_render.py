"""Canonical text: it says what the document says, and it is the same text for the same document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.sg.nodes import Document
from grammar.sg.parse import parse
from grammar.sg.render import render
from tests.grammar.samples import CHECKOUT, DIAGNOSTIC, GENE, PHENOTYPE, document, seed_blocks
from tests.grammar.whole_documents import documents

WHOLE = f"{GENE}\n{DIAGNOSTIC}\n{PHENOTYPE}"


@given(documents)
def test_reading_what_was_written_gives_the_same_document(original: Document) -> None:
    parsed = parse(render(original), "a.sg")
    errors = [remark for remark in parsed.diagnostics if remark.code != "SG-E109"]
    assert errors == []
    assert parsed.value == original
    assert repr(parsed.value) == repr(original)  # True == 1, but they are not the same default


@given(documents)
def test_canonical_text_is_not_changed_by_writing_it_again(original: Document) -> None:
    text = render(original)
    assert render(document(text)) == text


@given(st.text() | st.text(st.sampled_from('gene phtyx:\n  -#"{}[]=,?\t>')))
def test_no_text_whatever_stops_the_parser(text: str) -> None:
    parsed = parse(text, "a.sg")
    assert parsed.value is not None
    assert parsed.ok or parsed.diagnostics


@given(st.data())
def test_a_damaged_line_is_never_read_as_if_it_were_not_there(
    data: st.DataObject,
) -> None:
    """Whatever a contract loses when a line is mangled, something is said about it."""
    rows = WHOLE.split("\n")
    structured = [i for i, row in enumerate(rows) if row and not row.endswith("bridge.")]
    index = data.draw(st.sampled_from(structured))
    at = data.draw(st.integers(0, len(rows[index]) - 1))
    rows[index] = rows[index][:at] + data.draw(st.sampled_from("!$&|~^")) + rows[index][at + 1 :]
    parsed = parse("\n".join(rows), "a.sg")
    if parsed.ok:  # the damage is inside words that are free: a description or a sentence
        assert '"' in rows[index] or rows[index].lstrip().startswith("-")


def test_the_shipped_contracts_are_canonical() -> None:
    for path in sorted((CHECKOUT / "contracts").rglob("*.sg")):
        text = path.read_text("utf-8")
        assert render(document(text, path.name)) == text, path


def test_the_paper_s_contracts_survive_being_written() -> None:
    for block in seed_blocks():
        if block.startswith(("gene ", "phenotype ")):
            assert document(render(document(block))) == document(block)


def test_columns_are_aligned_and_sections_have_one_order() -> None:
    text = """\
gene a
  risk none
  takes:
    long_name string "x"
    b int=5 "y"
  is diagnostic
  does:
        Prose.
"""
    assert (
        render(document(text))
        == """\
gene a
  is diagnostic
  risk none

  does:
    Prose.

  takes:
    long_name  string   "x"
    b          int = 5  "y"
"""
    )


def _commented() -> str:
    """The sample with a comment above and beside every line of it that is not prose."""
    rows: list[str] = []
    for number, row in enumerate(document(WHOLE).source.split("\n")):
        indent = row[: len(row) - len(row.lstrip())]
        if row and not row.endswith("bridge."):
            rows += [f"{indent}# above {number}", f"{row}  # beside {number}"]
        else:
            rows.append(row)
    return "\n".join(rows)


def test_every_comment_stays_beside_its_line() -> None:
    text = _commented()
    read = document(text)
    assert read == document(WHOLE)
    assert render(read) == text.removesuffix("\n") + "\n"


def test_comments_survive_when_sections_change_places() -> None:
    head, does, *rest = _commented().split("\n\n")[:6]
    text = "\n\n".join([head, *reversed(rest), does]) + "\n"
    written = render(document(text))
    assert sorted(c.strip() for c in document(text).comments.values()) == sorted(
        c.strip() for c in document(written).comments.values()
    )
    assert render(document(written)) == written


@pytest.mark.parametrize("text", ["# alone\n", f"# head\n\n{GENE}", f"{GENE}\n# tail\n"])
def test_comments_outside_of_contracts_keep_their_distance(text: str) -> None:
    parsed = parse(text, "a.sg")
    assert parsed.value is not None
    assert render(parsed.value) == text
