"""How much a draft can break is computed from what it changes, whatever it says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.arena.calls import may_call
from controller.domains.network import NETWORK
from controller.genome.allele import Allele, Lineage, name_of
from controller.genome.genome import Genome
from controller.membrane.changes import changes_between
from controller.membrane.exposure import (
    Assessment,
    assess,
    is_less,
    risk_of_allele,
    risk_of_gene,
    severest,
)
from controller.membrane.gates import risk_gate
from grammar.sg.nodes import Risk
from tests.genome.test_genome import shipped

OPERATIONS = tuple(NETWORK.catalogue)
CALLING = "import gene_sdk\n\n\ndef execute(text):\n    gene_sdk.{0}('br0')\n    return text\n"
risks = st.sampled_from(Risk)


def assessed(base: Genome, after: Genome, *paths: str) -> Assessment:
    changed = dict.fromkeys(paths, "modified")
    return assess(changed, changes_between(base, after), base, after, NETWORK.catalogue)


def with_allele(genome: Genome, locus: str, source: str, *, expressed: bool = True) -> Genome:
    """The genome with one more allele, dominant in the lab."""
    allele = Allele(locus, name_of(source), source, Lineage(locus=locus, engine="person"))
    lab = genome.phenotypes["lab"]
    expresses = tuple(
        replace(e, stack=(allele.sha, *e.stack)) if e.locus == locus and expressed else e
        for e in lab.expresses
    )
    return replace(
        genome,
        alleles={**genome.alleles, locus: {**genome.alleles[locus], allele.sha: allele}},
        phenotypes={**genome.phenotypes, "lab": replace(lab, expresses=expresses)},
    )


@given(st.sampled_from(OPERATIONS))
def test_every_operation_that_a_source_names_may_be_called(operation: str) -> None:
    assert operation in may_call(CALLING.format(operation), OPERATIONS)


@pytest.mark.parametrize(
    "source",
    [
        "import gene_sdk as g\ndef execute(t):\n    getattr(g, 'delete' + '_bridge')(t)\n",
        "from gene_sdk import *\ndef execute(t):\n    return t\n",
        "import gene_sdk\ndef execute(t):\n    gene_sdk.__dict__[t]()\n",
        "def execute(t:\n",
    ],
)
def test_a_source_that_goes_a_roundabout_way_may_call_everything(source: str) -> None:
    assert may_call(source, OPERATIONS) == frozenset(OPERATIONS)


def test_an_operation_that_is_named_in_a_string_counts() -> None:
    source = "import gene_sdk\nWAYS = {'x': 'delete_bridge'}\ndef execute(t):\n    return t\n"
    assert may_call(source, OPERATIONS) == {"delete_bridge"}


def test_a_source_that_may_hurt_others_traffic_is_riskier_than_its_contract() -> None:
    contract = shipped().loci["bridge_create"]
    harmless, harmful = CALLING.format("create_bridge"), CALLING.format("delete_bridge")
    assert risk_of_gene(contract, harmless, NETWORK.catalogue) is Risk.LOW
    assert risk_of_gene(contract, harmful, NETWORK.catalogue) is Risk.MEDIUM


def test_a_gene_that_may_only_look_has_no_risk_whatever_it_names() -> None:
    contract = shipped().loci["check_arp"]
    assert risk_of_gene(contract, CALLING.format("delete_bridge"), NETWORK.catalogue) is Risk.NONE


def test_no_shipped_allele_is_riskier_than_its_contract_says() -> None:
    genome = shipped()
    for locus, alleles in genome.alleles.items():
        for allele in alleles.values():
            found = risk_of_allele(genome, locus, allele.source, NETWORK.catalogue)
            assert found is genome.loci[locus].risk


def test_an_allele_of_a_pathway_is_as_risky_as_its_riskiest_step() -> None:
    genome = shipped()
    assert genome.pathways["provision_bridge"].risk is Risk.MEDIUM
    assert genome.loci["mac_preserve"].risk is Risk.HIGH
    assert risk_of_allele(genome, "provision_bridge", "", NETWORK.catalogue) is Risk.HIGH
    assert risk_of_allele(genome, "nobody_knows", "", NETWORK.catalogue) is Risk.CRITICAL


def test_what_is_registered_counts_though_nothing_expresses_it() -> None:
    base = shipped()
    after = with_allele(base, "mac_preserve", CALLING.format("set_mac"), expressed=False)
    assert assessed(base, after) == Assessment(Risk.HIGH, ("mac_preserve is high",))


def test_a_contract_that_lowers_a_risk_has_the_risk_that_it_lowers() -> None:
    base = shipped()
    contract = replace(base.loci["baseline_configure"], risk=Risk.NONE)
    after = replace(base, loci={**base.loci, "baseline_configure": contract})
    assert assessed(base, after).risk is Risk.CRITICAL


@pytest.mark.parametrize(
    ("path", "risk"),
    [
        ("policy/merge.toml", Risk.CRITICAL),
        ("germline.toml", Risk.CRITICAL),
        ("hosts/all.ini", Risk.CRITICAL),
        ("systems/a.sg", Risk.HIGH),
        ("README.md", Risk.CRITICAL),
        ("contracts/a.sg", Risk.NONE),
    ],
)
def test_what_bounds_all_else_is_critical(path: str, risk: Risk) -> None:
    assert assessed(shipped(), shipped(), path).risk is risk


@given(st.sets(risks))
def test_the_severest_of_some_risks_is_less_than_none_of_them(found: set[Risk]) -> None:
    assert not any(is_less(severest(found), one) for one in found)
    assert severest(found) in (found or {Risk.NONE})


@given(risks)
def test_trailers_that_claim_less_fail_and_those_that_claim_more_do_not(said: Risk) -> None:
    base = shipped()
    after = with_allele(base, "bridge_uplink", CALLING.format("attach_port"))
    found, changes = assessed(base, after), changes_between(base, after)
    gate = risk_gate({"Germline-Risk": said.value}, found, changes)
    assert gate.passed is (not is_less(said, Risk.MEDIUM))
    if not gate.passed:
        assert gate.evidence == (
            f"its trailers say risk {said.value}, but bridge_uplink is medium",
        )


@pytest.mark.parametrize(
    ("trailers", "told"),
    [
        ({}, None),
        ({"Germline-Locus": "bridge_uplink", "Germline-Phenotype": "lab"}, None),
        ({"Germline-Risk": "harmless"}, "risk harmless"),
        ({"Germline-Locus": "check_arp"}, "it changes bridge_uplink too"),
        ({"Germline-Phenotype": "dell_r740"}, "it changes lab too"),
        ({"Germline-Allele": "0" * 64}, "it registers"),
    ],
)
def test_trailers_that_speak_of_something_else_fail(
    trailers: dict[str, str], told: str | None
) -> None:
    base = shipped()
    after = with_allele(base, "bridge_uplink", CALLING.format("attach_port"))
    gate = risk_gate(trailers, assessed(base, after), changes_between(base, after))
    assert gate.passed is (told is None)
    assert told is None or told in gate.evidence[0]
