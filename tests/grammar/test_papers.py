"""Every contract and system that the papers show is read as it stands there."""

from __future__ import annotations

import pytest

from grammar.sg.parse import KINDS, parse
from grammar.sg.render import render
from grammar.system.fragment import parse_fragment
from grammar.system.nodes import BackfillPolicy, Every, Invariant, When
from tests.grammar.samples import document, seed_blocks

LEVELS = ["gene", "gene", "pathway", "pathway", "topology", "phenotype"]
LIVING = "000"


def first_line(block: str) -> str:
    """The first line that is not a comment."""
    lines = [line for line in block.split("\n") if line and not line.startswith("#")]
    return lines[0] if lines else ""


def contracts(paper: str) -> list[str]:
    """The blocks that are contracts: they begin with a kind and a name, not as a diagram does."""
    return [
        block
        for block in seed_blocks(paper)
        if first_line(block).split(" ")[0] in KINDS and "└" not in block
    ]


def fragments() -> list[str]:
    """The blocks that are pieces of a system."""
    return [
        block
        for block in seed_blocks(LIVING)
        if first_line(block).split(" ")[0] in ("invariant", "when")
    ]


def test_the_papers_show_contracts_of_every_level_but_the_highest() -> None:
    assert [first_line(block).split(" ")[0] for block in contracts("003")] == LEVELS
    assert [first_line(block).split(" ")[0] for block in contracts(LIVING)] == ["system"] * 2
    assert len(fragments()) == 2


@pytest.mark.parametrize("paper", ["003", LIVING])
def test_every_contract_of_the_papers_parses_unchanged(paper: str) -> None:
    for block in contracts(paper):
        assert parse(block, "paper.sg").diagnostics == ()


@pytest.mark.parametrize("paper", ["003", LIVING])
def test_every_contract_of_the_papers_survives_being_written(paper: str) -> None:
    for block in contracts(paper):
        text = render(document(block))
        assert document(text) == document(block)
        assert render(document(text)) == text
        assert len(document(text).comments) == len(document(block).comments)


def test_every_piece_of_a_system_parses_unchanged() -> None:
    for block in fragments():
        assert parse_fragment(block, "paper.sg").diagnostics == ()


def test_the_pieces_mean_what_they_say() -> None:
    first, second = (parse_fragment(block, "paper.sg").value for block in fragments())
    assert first is not None
    assert second is not None
    assert all(isinstance(one, Invariant) for one in first)
    assert len(first) == 5
    *_, evolved = second
    assert isinstance(evolved, When)
    assert isinstance(evolved.body[0], BackfillPolicy)


def test_all_contracts_of_a_paper_make_one_file() -> None:
    read = document("\n".join(contracts("003")))
    assert len(read.contracts) == len(LEVELS) + 1  # one block holds two phenotypes


def test_the_living_system_has_every_construct() -> None:
    (_, system) = (document(block).systems[0] for block in contracts(LIVING))
    kinds = [type(member).__name__ for member in system.members]
    assert kinds == ["Entity", "Entity", "When", "When", "Every", "Every", "When", "Always"]
    assert isinstance(system.members[4], Every)
