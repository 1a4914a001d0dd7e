"""A promotion changes one line, and every other byte stays."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import HealthCheck, given, settings

from grammar.sg.edit import with_stack
from grammar.sg.nodes import Document, Expression
from grammar.sg.render import render
from tests.grammar.documents import documents, stacks
from tests.grammar.samples import GENE, PHENOTYPE, document

NEW = "aaaabbbbcccc"
COMMENTED = """\
# racks
phenotype rack   # ours
  nic=[eno1,  eno2]

  expresses: # by promotion
   # the uplink
   make_bridge    0123456789ab then  cdefcdefcdef   # tried by hand
   other 111122223333


phenotype spare
  for server
"""


def changes(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came."""
    diff = list(difflib.ndiff(before.splitlines(True), after.splitlines(True)))
    return [d[2:] for d in diff if d[0] == "-"], [d[2:] for d in diff if d[0] == "+"]


def test_a_stack_is_replaced_on_its_line_and_the_comment_stays() -> None:
    after = with_stack(COMMENTED, "a.sg", "rack", "make_bridge", [NEW, "0123456789ab"])
    assert changes(COMMENTED, after) == (
        ["   make_bridge    0123456789ab then  cdefcdefcdef   # tried by hand\n"],
        ["   make_bridge    aaaabbbbcccc then 0123456789ab   # tried by hand\n"],
    )


def test_a_locus_that_was_not_expressed_gets_one_line() -> None:
    after = with_stack(COMMENTED, "a.sg", "rack", "fresh", [NEW])
    assert changes(COMMENTED, after) == ([], ["   fresh aaaabbbbcccc\n"])
    assert [one.locus for one in document(after).phenotypes[0].expresses] == [
        "make_bridge",
        "other",
        "fresh",
    ]


def test_a_phenotype_without_expressions_gets_the_section() -> None:
    after = with_stack(COMMENTED, "a.sg", "spare", "fresh", [NEW])
    assert after == COMMENTED + "\n  expresses:\n    fresh aaaabbbbcccc\n"


def test_the_section_goes_into_the_phenotype_that_is_named() -> None:
    text = "phenotype a\n  x = 1\n# tail\n\nphenotype b\n  x = 2\n"
    after = with_stack(text, "a.sg", "a", "l", [NEW])
    assert document(after).phenotypes[0].expresses == (Expression("l", (NEW,)),)
    assert changes(text, after)[0] == []


@pytest.mark.parametrize("text", [PHENOTYPE, PHENOTYPE.rstrip("\n"), "phenotype rack"])
def test_the_end_of_the_file_is_kept_as_it_was(text: str) -> None:
    after = with_stack(text, "a.sg", "rack", "fresh", [NEW])
    assert after.endswith("\n") == text.endswith("\n")
    assert after.startswith(text.rstrip("\n"))
    assert document(after).phenotypes[0].expresses[-1] == Expression("fresh", (NEW,))


def test_line_ends_of_another_system_are_kept() -> None:
    text = PHENOTYPE.replace("\n", "\r\n")
    for locus in ("make_bridge", "fresh"):
        after = with_stack(text, "a.sg", "rack", locus, [NEW])
        assert after.count("\n") == after.count("\r\n")


def test_the_same_stack_changes_nothing() -> None:
    stack = ("0123456789ab", "cdefcdefcdef")
    assert with_stack(PHENOTYPE, "a.sg", "rack", "make_bridge", stack) == PHENOTYPE


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(documents.filter(lambda one: len({p.name for p in one.phenotypes}) == 2), stacks)
def test_only_the_named_stack_changes_in_any_document(
    original: Document, stack: tuple[str, ...]
) -> None:
    text = render(original)
    chosen, other = original.phenotypes
    after = document(with_stack(text, "a.sg", chosen.name, "locus", stack))
    assert {one.locus: one.stack for one in after.phenotypes[0].expresses} == {
        **{one.locus: one.stack for one in chosen.expresses},
        "locus": stack,
    }
    assert after.phenotypes[1] == other
    assert after.genes == original.genes


@pytest.mark.parametrize(
    ("text", "phenotype", "stack", "reason"),
    [
        (PHENOTYPE, "rock", [NEW], "0 times"),
        (PHENOTYPE + PHENOTYPE, "rack", [NEW], "2 times"),
        (PHENOTYPE, "rack", [], "dominant"),
        (PHENOTYPE, "rack", ["short"], "not an expression"),
        (PHENOTYPE, "rack", [NEW, NEW], "not an expression"),
        (PHENOTYPE + "x", "rack", [NEW], "has errors"),
        (GENE, "make_bridge", [NEW], "0 times"),
    ],
)
def test_what_cannot_be_written_is_refused(
    text: str, phenotype: str, stack: list[str], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        with_stack(text, "a.sg", phenotype, "make_bridge", stack)
