"""`germline test`, `germline check --coverage` and `--phrases`, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.domains.network import NETWORK
from tests.cli.terminal import Said, everything, germline, git
from tests.grammar.samples_levels import INNER, PATHWAY
from tests.phrases.genes import ASKS_AGAIN, RAISES

FEW = ("--examples", "1")
CONTRACT = "contracts/network/bridge_uplink.sg"


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trials") / "genome"
    assert germline("init", str(path)).code == 0
    return path


@pytest.mark.parametrize("locus", ["check_connectivity", "check_fdb_stability"])
def test_the_shipped_diagnostics_pass(genome: Path, locus: str) -> None:
    before = everything(genome)
    said = germline("test", locus, *FEW, at=genome)
    assert said.code == 0, said
    assert "FAILED" not in said.out
    assert "0 failed, 0 untested." in said.out
    assert everything(genome) == before


def test_the_naive_uplink_fails_only_where_the_network_has_to_be_told(genome: Path) -> None:
    said = germline("test", "bridge_uplink", *FEW, at=genome)
    assert said.code == 1
    failed = [line.strip() for line in said.out.splitlines() if "FAILED" in line]
    assert failed == [
        "FAILED    3 s later check_fdb_stability finds the world healthy",
        "FAILED    3 s later check_connectivity finds the world healthy",
    ]
    assert "Error: 2 tests failed" in said.err
    assert [line for line in said.out.splitlines() if len(line) > 80] == []


def test_a_file_is_tested_before_it_is_registered(genome: Path, tmp_path: Path) -> None:
    good, wrong = tmp_path / "good.py", tmp_path / "wrong.py"
    good.write_text(ASKS_AGAIN)
    wrong.write_text(RAISES)
    assert germline("test", "bridge_uplink", "--allele", str(good), *FEW, at=genome).code == 0
    said = germline("test", "bridge_uplink", "--allele", str(wrong), *FEW, at=genome)
    assert said.code == 1
    assert said.out.count("FAILED") == 3
    assert "exception: Refused: there is no interface" in " ".join(said.out.split())


def test_an_allele_is_found_by_its_first_digits_and_told_as_json(genome: Path) -> None:
    arguments = ("test", "bridge_uplink", "--allele", "e940e46d", "--format", "json", *FEW)
    said = germline(*arguments, "--seed", "5", at=genome)
    assert said.code == 1
    told = json.loads(said.out)
    assert (told["locus"], told["passed"], told["seed"]) == ("bridge_uplink", False, 5)
    (allele,) = told["alleles"]
    assert (allele["phenotype"], allele["allele"]) == ("lab", "e940e46d1ef1")
    assert {test["outcome"] for test in allele["tests"]} == {"passed", "failed"}
    assert all(test["name"] and test["section"] for test in allele["tests"])
    assert germline(*arguments, "--seed", "5", at=genome).out == said.out


def refused(said: Said, *words: str) -> None:
    assert said.code == 1, said
    assert said.out == ""
    assert "Error:" in said.err
    assert "Hint:" in said.err
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


def test_wrong_input_is_refused_with_a_hint(genome: Path, tmp_path: Path) -> None:
    binary, huge = tmp_path / "binary.py", tmp_path / "huge.py"
    binary.write_bytes(b"\xff\xfe\x00")
    huge.write_bytes(b"#" * 200_000)
    at = {"at": genome}
    refused(germline("test", "bridge_uplnk", **at), "bridge_uplnk", "bridge_uplink")
    refused(germline("test", "bridge_uplink", "--allele", "no/such.py", **at), "e940e46d1ef1")
    refused(germline("test", "bridge_uplink", "--allele", "0000", **at), "0000")
    refused(germline("test", "bridge_uplink", "--allele", "", **at), "registered")
    refused(germline("test", "bridge_uplink", "--allele", str(tmp_path), **at), "neither")
    refused(germline("test", "bridge_uplink", "--allele", str(binary), **at), "UTF-8")
    refused(germline("test", "bridge_uplink", "--allele", str(huge), **at), "larger")
    for wrong in (("--examples", "0"), ("--examples", "x"), ("--on", "moon"), ("--seed", "y")):
        said = germline("test", "bridge_uplink", *wrong, at=genome)
        assert said.code == 2
        assert "Traceback" not in said.err


def test_nearly_everything_in_the_shipped_contracts_is_executable(genome: Path) -> None:
    said = germline("check", "--coverage", "--format", "json", at=genome)
    assert said.code == 0
    told = json.loads(said.out)
    assert told["all"]["percent"] >= 90
    assert {one["contract"] for one in told["contracts"]} >= {
        "bridge_uplink",
        "check_connectivity",
        "check_fdb_stability",
    }
    human = germline("check", "--coverage", at=genome)
    assert "bridge_uplink: 13 of 13 sentences executable" in human.out
    assert human.out.splitlines()[-1].endswith("% of the sentences are checked.")


def test_prose_is_told_with_the_nearest_phrase(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    contract = path / CONTRACT
    text = contract.read_text()
    spoilt = text.replace("- Interface {to_nic} is up", "- Interface {to_nic} is brought upp")
    assert spoilt != text
    contract.write_text(spoilt)
    git(path, "commit", "-qam", "A sentence of my own")
    said = germline("check", at=path)
    assert said.code == 0
    assert "SG-E290" in said.out
    assert "Interface {interface} is up" in " ".join(said.out.split())
    told = json.loads(germline("check", "--coverage", "--format", "json", at=path).out)
    (prose,) = [one for one in told["all"]["prose"] if one["sentence"].endswith("upp")]
    assert prose == {
        "sentence": "Interface {to_nic} is brought upp",
        "nearest": "Interface {interface} is up",
    }
    assert told["all"]["executable"] == told["all"]["sentences"] - len(told["all"]["prose"])
    shown = germline("check", "--coverage", str(contract), at=path)
    assert "12 of 13" in shown.out
    assert "near: Interface {interface} is up" in shown.out


def test_only_sentences_count_and_a_pathway_has_none(tmp_path: Path) -> None:
    file = tmp_path / "pathway.sg"
    file.write_text(PATHWAY + INNER)
    said = germline("check", "--coverage", "--format", "json", str(file))
    assert said.code == 0
    assert json.loads(said.out)["all"]["sentences"] == 0


def test_the_catalogue_can_be_listed(genome: Path) -> None:
    said = germline("check", "--phrases", at=genome)
    assert said.code == 0
    assert tuple(said.out.splitlines()) == NETWORK.phrases()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--coverage", "--phrases"),
        ("--coverage", "--format", "sarif"),
        ("--coverage", "a.sg", "--at", "main"),
    ],
)
def test_what_does_not_go_together_is_refused(genome: Path, arguments: tuple[str, ...]) -> None:
    said = germline("check", *arguments, at=genome)
    assert (said.code, said.out) == (2, "")
    assert "Usage:" in said.err
