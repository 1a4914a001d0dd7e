"""`germline express --allele`: a source is tried in a world, judged, and everything undone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import everything, germline, git
from tests.stories.stage import ANNOUNCING

INPUT = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}'
SILENT = ANNOUNCING.replace('gene_sdk.send_gratuitous_arp(data["bridge"], address)', "pass")
ELSEWHERE = """
import json
import gene_sdk


def execute(input_json):
    gene_sdk.create_bridge("br7")
    gene_sdk.set_link_state("peer0", False)
"""


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    contract = path / "contracts" / "network" / "bridge_uplink.sg"
    contract.write_text(contract.read_text().replace("within 3s", "within 300ms"))
    git(path, "commit", "-qam", "A shorter window")
    return path


def tried(genome: Path, source: str, *options: str) -> tuple[int, Any, str]:
    """Exit status, what the outcome says as JSON, and what was complained of."""
    file = genome.parent / "source.py"
    file.write_text(source)
    said = germline(
        *("express", "bridge_uplink", "--input", INPUT, "--on", "simulated"),
        *("--allele", str(file), "--format", "json", *options),
        at=genome,
    )
    return said.code, json.loads(said.out) if said.out else None, said.err


def world(genome: Path) -> Any:
    """The ports of the bridge, as another source sees them that is tried in the same world."""
    looks = "import json, gene_sdk\ndef execute(text):\n    return json.dumps({'healthy': True, "
    looks += "'seen_from': gene_sdk.bridge_ports('br0'), 'moves': [], 'stale': []})\n"
    file = genome.parent / "looks.py"
    file.write_text(looks)
    said = germline(
        *("express", "check_fdb_stability", "--input", '{"bridge": "br0"}', "--on", "simulated"),
        *("--allele", str(file), "--format", "json"),
        at=genome,
    )
    return json.loads(said.out)["output"]["seen_from"]


def test_a_source_that_heals_passes_and_leaves_nothing(genome: Path) -> None:
    before = everything(genome)
    code, outcome, complaint = tried(genome, ANNOUNCING)
    assert (code, complaint) == (0, "")
    assert outcome["passed"]
    assert outcome["restored"]
    assert [one["name"] for one in outcome["operations"]][:2] == ["detach_port", "attach_port"]
    assert {one["locus"] for one in outcome["findings"]} == {
        "check_fdb_stability",
        "check_connectivity",
    }
    assert world(genome) == ["eth0"]
    assert "genome/events" in everything(genome)
    assert [line for line in everything(genome).splitlines() if "events" not in line] == [
        line for line in before.splitlines() if "events" not in line
    ]


def test_a_source_that_tells_no_switch_does_not_pass(genome: Path) -> None:
    code, outcome, _ = tried(genome, SILENT)
    assert code == 1
    assert outcome["immediate"]
    assert not outcome["passed"]
    assert outcome["restored"]


def test_it_counts_for_no_alleles_fitness_and_no_demand(genome: Path) -> None:
    tried(genome, SILENT)
    told = json.loads(germline("status", "--format", "json", at=genome).out)
    assert {row["trials"] for row in told["expressed"]} == {0}
    assert told["gaps"] == []
    log = germline("events", "log", at=genome).out
    assert "allele.tried" in log
    assert "allele.judged" in log


def test_what_was_refused_is_told(genome: Path) -> None:
    code, outcome, _ = tried(genome, ELSEWHERE)
    assert code == 1
    (refused,) = outcome["refused"]
    assert refused["name"] == "set_link_state"
    assert "the input does not name peer0, and this gene did not make it" in refused["reason"]
    assert outcome["restored"]


def test_what_people_protect_is_refused_until_the_locus_has_the_right(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    settings = path / "germline.toml"
    plain = settings.read_text()
    settings.write_text(plain + '\n[protected]\ninterfaces = ["br0"]\n')
    git(path, "commit", "-qam", "The bridge is ours")
    code, outcome, _ = tried(path, ANNOUNCING)
    assert code == 1
    assert "interface br0, which is protected" in outcome["error"]
    assert outcome["operations"] == []
    settings.write_text(plain + '\n[protected]\ninterfaces = ["br0"]\nloci = ["bridge_uplink"]\n')
    git(path, "commit", "-qam", "But for its uplink")
    code, outcome, _ = tried(path, ANNOUNCING)
    assert (code, outcome["passed"]) == (0, True)


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ('addresses = ["home"]', "`home` is no address"),
        ('loci = ["bridge_uplnk"]', "protected.loci names bridge_uplnk, which is no locus"),
        ('interface = ["br0"]', "protected.interface"),
    ],
)
def test_a_protection_that_means_nothing_is_an_error(
    section: str, complaint: str, tmp_path: Path
) -> None:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    with (path / "germline.toml").open("a") as settings:
        settings.write(f"\n[protected]\n{section}\n")
    git(path, "commit", "-qam", "Protected")
    checked = germline("check", at=path)
    assert checked.code == 1
    assert complaint in " ".join((checked.out + checked.err).split())


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import os\n" + ANNOUNCING, "this source is no gene: line 1: a gene cannot import os"),
        ("x = 1\n", "does not define execute"),
    ],
)
def test_a_source_that_may_not_run_is_refused(genome: Path, source: str, complaint: str) -> None:
    code, outcome, err = tried(genome, source)
    assert (code, outcome) == (1, None)
    assert complaint in " ".join(err.split())


def test_a_world_and_a_file_that_are_not_there_are_named(genome: Path) -> None:
    said = germline(
        *("express", "bridge_uplink", "--input", INPUT, "--on", "netns:none"),
        *("--allele", str(genome / "germline.toml")),
        at=genome,
    )
    assert said.code == 1
    assert "there is no world netns:none" in " ".join(said.err.split())
    said = germline(
        *("express", "bridge_uplink", "--input", INPUT, "--on", "simulated"),
        *("--allele", str(genome / "nowhere.py")),
        at=genome,
    )
    assert said.code == 1
    assert "neither a file nor an allele" in " ".join(said.err.split())
