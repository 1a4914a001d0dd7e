"""Tests that follow from a contract alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from controller.arena.derived_test import DerivedTest
from controller.arena.malformed import malformed
from controller.genome.locus import input_problems
from controller.stories.derive import derive
from controller.stories.rehearse import Stage
from grammar.sg.nodes import FailureMode, Sentence
from tests.phrases.genes import (
    ASKS_AGAIN,
    HALF_WAY,
    PRETENDS,
    RAISES,
    connectivity,
    stability,
)

StageOf = Callable[[str], Stage]


def verdicts(stage: Stage, source: str, section: str, seed: str = "0") -> list[DerivedTest]:
    """The verdicts of one section of the contract."""
    return [test for test in derive(stage, source, 2, seed) if test.section == section]


def outcomes(stage: Stage, source: str, section: str) -> set[str]:
    return {test.outcome for test in verdicts(stage, source, section)}


def test_a_good_allele_passes_all_of_them(stage_of: StageOf) -> None:
    found = derive(stage_of("bridge_uplink"), ASKS_AGAIN, 3, "any")
    assert {test.outcome for test in found} == {"passed"}
    sections = [test.section for test in found]
    assert sections.count("fails when") == 3
    assert sections.count("after") == 7
    assert sections.count("verify") == 2
    assert sections.count("takes") == 7


@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_the_same_seed_gives_the_same_verdicts(stage_of: StageOf, seed: str) -> None:
    stage = stage_of("bridge_uplink")
    assert derive(stage, RAISES, 2, seed) == derive(stage, RAISES, 2, seed)


def test_the_shipped_alleles_keep_their_contracts_but_for_what_the_story_heals(
    stage_of: StageOf,
) -> None:
    genome = stage_of("bridge_uplink").genome
    for locus in genome.loci:
        for allele in genome.stack("lab", locus):
            found = derive(stage_of(locus), allele.source, 2, "0")
            failed = {t.section for t in found if t.outcome not in ("passed", "untested")}
            assert failed == ({"verify"} if locus == "bridge_uplink" else set())


def test_raising_is_not_the_outcome_that_the_contract_names(stage_of: StageOf) -> None:
    found = verdicts(stage_of("bridge_uplink"), RAISES, "fails when")
    assert {test.outcome for test in found} == {"failed"}
    assert "did not come back" in found[0].evidence[0]
    assert any("has changed: detach_port" in line for line in found[2].evidence)
    assert outcomes(stage_of("bridge_uplink"), RAISES, "after") == {"passed"}


def test_saying_success_where_the_contract_says_failure_is_found(stage_of: StageOf) -> None:
    (bridge, *_others) = verdicts(stage_of("bridge_uplink"), PRETENDS, "fails when")
    assert bridge.outcome == "failed"
    assert "it says success=true" in bridge.evidence[0]


def test_a_failure_that_leaves_the_world_changed_is_found(stage_of: StageOf) -> None:
    found = verdicts(stage_of("bridge_uplink"), HALF_WAY, "fails when")
    assert "failed" in {test.outcome for test in found}
    assert "the world has changed: set_link_state" in "\n".join(found[1].evidence)


def test_a_gene_that_does_nothing_keeps_everything_and_achieves_nothing(stage_of: StageOf) -> None:
    idle = (
        "import json\n\n\ndef execute(given):\n"
        '    return json.dumps({"success": True, "uplink": json.loads(given)["to_nic"]})\n'
    )
    after = verdicts(stage_of("bridge_uplink"), idle, "after")
    assert [test.outcome for test in after[:2]] == ["failed", "failed"]
    assert {test.outcome for test in after[2:]} == {"passed"}
    assert outcomes(stage_of("bridge_uplink"), idle, "verify") == {"failed"}


def test_a_gene_that_never_comes_back_fails_what_it_did_not_reach(stage_of: StageOf) -> None:
    found = derive(stage_of("bridge_uplink"), "def execute(given):\n    return given\n", 1, "0")
    failed = {test.section for test in found if test.outcome == "failed"}
    assert failed == {"fails when", "gives", "after", "verify"}


@pytest.mark.parametrize(
    ("locus", "source"),
    [
        ("check_connectivity", connectivity("True")),
        ("check_connectivity", connectivity("False")),
        ("check_fdb_stability", stability("True")),
        ("check_fdb_stability", stability("False")),
    ],
)
def test_a_diagnostic_of_one_word_is_found_out(stage_of: StageOf, locus: str, source: str) -> None:
    found = derive(stage_of(locus), source, 2, "0")
    assert "failed" in {test.outcome for test in found}


def test_an_error_is_an_outcome_too(stage_of: StageOf) -> None:
    stage = stage_of("bridge_uplink")
    mode = FailureMode(Sentence("Bridge {bridge} does not exist"), "error")
    told = replace(stage, contract=replace(stage.contract, fails_when=(mode,)))
    assert outcomes(told, ASKS_AGAIN, "fails when") == {"passed"}
    silent = ASKS_AGAIN.replace('"error": "missing"', '"error": None')
    assert outcomes(told, silent, "fails when") == {"failed"}


def test_what_no_phrase_says_is_untested_and_says_why(stage_of: StageOf) -> None:
    stage = stage_of("bridge_uplink")
    modes = (
        FailureMode(Sentence("The moon is full"), "success=false"),
        FailureMode(Sentence("Interface {to_nic} has some address"), "success=false"),
    )
    contract = replace(stage.contract, fails_when=modes, after=(Sentence("All is well"),))
    found = derive(replace(stage, contract=contract), ASKS_AGAIN, 1, "0")
    untested = {test.evidence for test in found if test.outcome == "untested"}
    assert untested == {
        ("no phrase matches the sentence",),
        ("the sentence's phrase could not arrange a world for it",),
    }


def test_malformed_inputs_never_fit_the_contract(stage_of: StageOf) -> None:
    for locus in ("bridge_uplink", "check_connectivity", "check_fdb_stability"):
        contract = stage_of(locus).contract
        values = {"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1", "interface": "br0"}
        fit = {f.name: values.get(f.name, 3) for f in contract.takes}
        assert input_problems(contract, fit) == ()
        wrong = list(malformed(contract, fit))
        assert all(input_problems(contract, one.values) for one in wrong)
        assert len({one.title for one in wrong}) == len(wrong)
