"""What the contract of a consequence's gene demands by itself, tried on alleles good and wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.arena.derived_test import DerivedTest
from controller.stories.derive_records import derive_records
from grammar.sg.nodes import GeneContract
from tests.grammar.samples import document
from tests.stories.test_serving import CONTRACT, FORGES, LIES, RAISES, WORKS

REFUSES = 'def execute(text):\n    return \'{"success": false, "error": "not today"}\'\n'
PROJECTION = """\
gene customers for records
  is projection
  risk low

  does:
    Say what is known.

  takes:
    customer  string  "Who"

  gives:
    name  string  "What it is called"

  after:
    - Every customer.* event is reachable
"""
COMES_BACK = "It comes back, and says whether it succeeded"
BRINGS = "Where it succeeded, it appended alert_rep"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    with ProcessSandbox() as opened:
        yield opened


def contract_of(text: str) -> GeneContract:
    (contract,) = document(text).genes
    return contract


def tried(sandbox: ProcessSandbox, source: str, contract: str = CONTRACT) -> dict[str, DerivedTest]:
    found = derive_records(sandbox, contract_of(contract), source, 6, "seed")
    return {test.name: test for test in found}


@pytest.mark.parametrize(
    ("source", "comes_back", "brings"),
    [
        (WORKS, "passed", "passed"),
        (RAISES, "failed", "untested"),
        (LIES, "passed", "failed"),
        (FORGES, "failed", "untested"),
        (REFUSES, "passed", "untested"),
    ],
)
def test_a_gene_comes_back_and_brings_about_what_it_says(
    sandbox: ProcessSandbox, source: str, comes_back: str, brings: str
) -> None:
    found = tried(sandbox, source)
    assert (found[COMES_BACK].outcome, found[BRINGS].outcome) == (comes_back, brings)
    others = [test for name, test in found.items() if name not in (COMES_BACK, BRINGS)]
    assert [test.section for test in others] == ["takes"] * 5
    assert {test.outcome for test in others} == {"passed"}


def test_the_same_seed_gives_the_same_verdicts(sandbox: ProcessSandbox) -> None:
    assert tried(sandbox, WORKS) == tried(sandbox, WORKS)


def test_a_projection_is_left_to_the_log(sandbox: ProcessSandbox) -> None:
    found = tried(sandbox, "", PROJECTION)
    assert found["It builds and answers"].outcome == "untested"
    assert {test.outcome for test in found.values()} == {"passed", "untested"}
