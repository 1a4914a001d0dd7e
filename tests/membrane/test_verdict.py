"""The law of main: a proof names exactly one tree and one base."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.membrane.gates import bindings_gate, paths_gate
from controller.membrane.proof import GateResult, Proof
from controller.membrane.signatures import Signatures
from controller.membrane.verdict import (
    AwaitsPerson,
    MayMerge,
    NeedsProof,
    NeedsRebase,
    Refused,
    verdict,
)
from grammar.sg.nodes import Risk
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


RESERVED = PASSED.model_copy(
    update={"gates": (GateResult(gate="g", passed=True, evidence=("far",), approval=True),)}
)


def test_a_gate_may_leave_what_passed_to_a_person_whatever_its_risk() -> None:
    found = verdict("tree", "base", "base", RESERVED, "low", "automatic", person=False)
    assert found == AwaitsPerson("g: far")
    asked = verdict("tree", "base", "base", RESERVED, "low", "automatic", person=True)
    assert asked == MayMerge()
    signed = Signatures(required=True)
    found = verdict("tree", "base", "base", RESERVED, "low", "automatic", None, signed, person=True)
    assert found == AwaitsPerson("g: far: a person's signed approval is missing", signature=True)


def test_a_proof_that_names_no_risk_is_of_the_highest() -> None:
    note = PASSED.to_note()
    del note["risk"]
    read = Proof.from_note(note)
    assert read is not None
    assert read.risk is Risk.CRITICAL


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


@given(
    base=st.sampled_from(["base", "other"]),
    proof=st.sampled_from([None, PASSED, FAILED, PASSED.model_copy(update={"base": "other"})]),
    right=st.sampled_from(["automatic", "person"]),
    held=st.sampled_from([None, "waits for a must"]),
    distrust=st.sampled_from([None, "its proof is not signed"]),
    concerns_people=st.booleans(),
    approved=st.sampled_from([(), ("ana@example.org",)]),
    person=st.booleans(),
)
def test_where_signatures_are_required_nothing_is_merged_without_them(
    base: str,
    proof: Proof | None,
    right: str,
    held: str | None,
    distrust: str | None,
    concerns_people: bool,
    approved: tuple[str, ...],
    person: bool,
) -> None:
    signatures = Signatures(True, distrust, concerns_people, approved)
    found = verdict("tree", base, "base", proof, "high", right, held, signatures, person=person)
    proved = base == "base" and proof == PASSED and distrust is None
    decided = bool(approved) or (right == "automatic" and not concerns_people)
    goes_on = held is None or person
    assert (found == MayMerge()) == (proved and decided and goes_on)


def test_an_approval_counts_where_signatures_are_not_required_as_well() -> None:
    approved = Signatures(approved_by=("ana@example.org",))
    found = verdict("tree", "base", "base", PASSED, "high", "person", None, approved, person=False)
    assert found == MayMerge()


def test_what_people_signed_may_change_what_is_theirs_and_no_more() -> None:
    assert paths_gate({"contracts/network/x.sg": "modified"}, by_people=True).passed
    assert not paths_gate({"alleles/l/a.py": "modified"}, by_people=True).passed
    assert not paths_gate({"README.md": "modified"}, by_people=True).passed
