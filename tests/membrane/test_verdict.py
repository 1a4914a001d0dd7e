"""The law of main: a proof names exactly one tree and one base."""

from __future__ import annotations

import pytest

from controller.membrane.gates import bindings_gate, paths_gate
from controller.membrane.proof import GateResult, Proof
from controller.membrane.verdict import (
    AwaitsPerson,
    MayMerge,
    NeedsProof,
    NeedsRebase,
    Refused,
    verdict,
)
from tests.genome.test_genome import shipped

PASSED = Proof(tree="tree", base="base", gates=(GateResult(gate="g", passed=True),))
FAILED = Proof(
    tree="tree", base="base", gates=(GateResult(gate="g", passed=False, evidence=("no",)),)
)


def test_a_moved_base_makes_a_proof_stale() -> None:
    found = verdict("tree", "base", "moved", PASSED, "low", "automatic", person=True)
    assert found == NeedsRebase("base", "moved")


@pytest.mark.parametrize("proof", [None, PASSED.model_copy(update={"tree": "other"})])
def test_a_proof_of_another_tree_proves_nothing(proof: Proof | None) -> None:
    found = verdict("tree", "base", "base", proof, "low", "automatic", person=True)
    assert isinstance(found, NeedsProof)


def test_a_gate_that_did_not_pass_refuses_even_a_person() -> None:
    found = verdict("tree", "base", "base", FAILED, "low", "automatic", person=True)
    assert found == Refused(("g: no",))


def test_policy_leaves_some_merges_to_people() -> None:
    found = verdict("tree", "base", "base", PASSED, "high", "person", person=False)
    assert isinstance(found, AwaitsPerson)
    assert verdict("tree", "base", "base", PASSED, "high", "person", person=True) == MayMerge()


def test_a_proof_without_gates_proves_nothing() -> None:
    assert not Proof(tree="t", base="b", gates=()).passed


def test_a_note_that_is_no_proof_is_none() -> None:
    assert Proof.from_note({"tree": "t"}) is None
    assert Proof.from_note(None) is None
    assert Proof.from_note(PASSED.to_note()) == PASSED


@pytest.mark.parametrize(
    ("changed", "passes"),
    [
        ({"alleles/l/a.py": "added", "phenotypes/lab.sg": "modified"}, True),
        ({"alleles/l/a.py": "modified"}, False),
        ({"alleles/l/a.py": "deleted"}, False),
        ({"phenotypes/new.sg": "added"}, False),
        ({"phenotypes/lab.sg": "deleted"}, False),
        ({"contracts/network/x.sg": "modified"}, False),
        ({"contracts/network/x.sg": "added"}, False),
        ({"systems/x.sg": "added"}, False),
        ({"policy/merge.toml": "modified"}, False),
        ({"germline.toml": "modified"}, False),
        ({"hosts/inventory": "modified"}, False),
        ({"README.md": "modified"}, False),
        ({".github/workflows/x.yml": "added"}, False),
    ],
)
def test_agents_touch_only_alleles_and_expressions(changed: dict[str, str], passes: bool) -> None:
    assert paths_gate(changed).passed is passes


def test_a_promotion_changes_nothing_else_of_a_phenotype() -> None:
    genome = shipped()
    assert bindings_gate(genome, genome).passed
    gone = type(genome)(loci=genome.loci, phenotypes={}, alleles=genome.alleles)
    assert not bindings_gate(genome, gone).passed
    assert not bindings_gate(gone, genome).passed
