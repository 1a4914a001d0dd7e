"""How far a draft reaches, and how much work it makes, is bounded by policy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from controller.config import read_config
from controller.domains.network import NETWORK
from controller.genome.genome import Genome, compile_genome
from controller.membrane.changes import changes_between
from controller.membrane.performance import Measured, PerformancePolicy, performance_gate
from controller.membrane.radius import Radius, RadiusPolicy, radius_gate
from controller.policy import GATES_PATH, GatesPolicy, read_gates
from controller.shipped import example_files, shipped_files
from controller.stories.blast_radius import blast_radius
from grammar.sg.nodes import Expression, Risk

FILES = {**shipped_files(), **example_files("datacenter")}


def genome() -> Genome:
    found = compile_genome(FILES, NETWORK).value
    assert found is not None
    return found


def promoted(base: Genome, phenotype: str, locus: str) -> Genome:
    """The genome in which one phenotype has the locus's stack otherwise."""
    one = base.phenotypes[phenotype]
    known = tuple(base.alleles[locus])
    others = tuple(e for e in one.expresses if e.locus != locus)
    expresses = (*others, Expression(locus, (*known[::-1], known[0])))
    return replace(
        base, phenotypes={**base.phenotypes, phenotype: replace(one, expresses=expresses)}
    )


def radius(base: Genome, after: Genome, *changed: str) -> Radius:
    config = read_config(FILES)[0]
    return blast_radius(NETWORK, FILES, config, after, changes_between(base, after), changed)


def test_a_promotion_reaches_the_hosts_of_its_phenotype_and_no_others() -> None:
    base = genome()
    found = radius(base, promoted(base, "dell_r740", "bridge_create"))
    assert found.loci == ("bridge_create",)
    assert found.phenotypes == ("dell_r740",)
    assert "provision_bridge" in found.pathways
    assert "provision_vlan_bridge" in found.pathways  # which follows it
    assert "provision_nic" not in found.pathways
    assert "production_server" in found.topologies
    assert found.worlds == ()
    assert found.known == 54
    assert set(found.hosts) == {f"hyper{number:02}" for number in range(1, 51)}
    everywhere = radius(base, promoted(base, "lab", "bridge_create"))
    assert everywhere.worlds == ("simulated", "simulated:*")
    assert len(everywhere.hosts) == 54


def test_a_contract_reaches_every_phenotype_that_expresses_its_locus() -> None:
    base = genome()
    contract = replace(base.loci["bridge_create"], does="Otherwise.")
    found = radius(base, replace(base, loci={**base.loci, "bridge_create": contract}))
    expressing = {
        name
        for name, one in base.phenotypes.items()
        if any(e.locus == "bridge_create" for e in one.expresses)
    }
    assert expressing <= set(found.phenotypes)
    assert len(found.hosts) > 25


def test_policy_and_inventory_reach_everything() -> None:
    base = genome()
    assert len(radius(base, base, "policy/merge.toml").hosts) == 54
    assert radius(base, base, "alleles/x.py").hosts == ()


def reaching(hosts: int, known: int) -> Radius:
    names = tuple(f"h{number:04}" for number in range(hosts))
    return Radius((), (), (), (), (), (), names, known)


@given(st.integers(0, 500), st.sampled_from(Risk), st.sampled_from(["person", "refuse"]))
def test_beyond_the_bound_a_person_decides_or_nobody(hosts: int, risk: Risk, over: str) -> None:
    policy = RadiusPolicy.model_validate({"over": over})
    found = radius_gate(reaching(hosts, 500), risk, policy)
    within = hosts <= policy.bound(risk, 500)
    assert found.approval is (not within and over == "person")
    assert found.passed is (within or over == "person")
    assert found.evidence[1].startswith(f"{hosts} of 500 hosts")


@given(st.integers(0, 100), st.sampled_from(Risk))
def test_a_few_hosts_are_within_bounds_whatever_their_share(known: int, risk: Risk) -> None:
    assert not radius_gate(reaching(known, known), risk, RadiusPolicy()).approval


def test_a_policy_that_cannot_be_read_leaves_every_reach_to_people() -> None:
    policy, remarks = read_gates({GATES_PATH: b"[blast_radius]\nmedium = 7\n"})
    assert remarks[0].span.file == GATES_PATH
    assert radius_gate(reaching(1, 500), Risk.LOW, policy.blast_radius).approval


def test_the_shipped_policy_says_the_defaults() -> None:
    assert read_gates(shipped_files()) == (GatesPolicy(), ())


@pytest.mark.parametrize(
    ("candidate", "passes"), [(10, True), (28, True), (29, False), (4000, False)]
)
def test_work_beyond_the_budget_fails_with_both_figures(candidate: int, passes: bool) -> None:
    found = performance_gate([Measured("vlan_create", "abc", 2, candidate, 6)], PerformancePolicy())
    assert found.passed is passes
    assert f"{candidate} operations in 2 cases, the dominant 6, the budget 28" in found.evidence[0]


def test_people_may_bound_a_locus_by_a_number() -> None:
    policy = PerformancePolicy(operations={"vlan_create": 5})
    for asked, passes in ((10, True), (11, False)):
        measured = [Measured("vlan_create", "abc", 2, asked, 600)]
        assert performance_gate(measured, policy).passed is passes


def test_where_both_master_no_case_there_is_nothing_to_compare() -> None:
    assert performance_gate([], PerformancePolicy()).passed


@pytest.mark.parametrize("wrong", [{"factor": 0.5}, {"factor": float("nan")}, {"faktor": 2}])
def test_a_budget_that_means_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        PerformancePolicy.model_validate(wrong)
