"""A genome is what a commit's files say, or a list of what is wrong with them."""

from __future__ import annotations

import pytest

from controller.config import read_config
from controller.domains.network import NETWORK
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.genome.genome import Genome, compile_genome
from controller.policy import read_policy
from controller.shipped import shipped_files
from grammar.diagnostic import Severity

LOCUS = "bridge_uplink"


def errors(files: dict[str, bytes]) -> list[str]:
    remarks = compile_genome(files, NETWORK).diagnostics
    return [f"{d.code} {d.span.file}" for d in remarks if d.severity is Severity.ERROR]


def shipped() -> Genome:
    genome = compile_genome(shipped_files(), NETWORK).value
    assert genome is not None
    return genome


def test_the_shipped_genome_is_in_order() -> None:
    assert errors(shipped_files()) == []


def test_every_shipped_locus_is_expressed() -> None:
    genome = shipped()
    assert all(genome.stack("lab", locus) for locus in genome.loci)


def test_every_executable_postcondition_of_the_shipped_configuration_genes_is_executable() -> None:
    contract = shipped().loci[LOCUS]
    sentences = [*contract.before, *contract.after, *(f.condition for f in contract.fails_when)]
    assert [s.text for s in sentences if not NETWORK.executable(s.text)] == []


def test_an_allele_whose_hash_is_not_its_name_is_an_error() -> None:
    files = shipped_files()
    sha = shipped().stack("lab", LOCUS)[0].sha
    path = source_path(LOCUS, sha)
    files[path] += b"# tampered\n"
    assert f"GN-E002 {path}" in errors(files)


def test_an_allele_without_a_lineage_is_an_error() -> None:
    files = shipped_files()
    sha = shipped().stack("lab", LOCUS)[0].sha
    del files[lineage_path(LOCUS, sha)]
    assert f"GN-E003 {source_path(LOCUS, sha)}" in errors(files)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"locus": 7}', b"\xff\xfe"])
def test_a_damaged_lineage_is_an_error(damage: bytes) -> None:
    files = shipped_files()
    sha = shipped().stack("lab", LOCUS)[0].sha
    files[lineage_path(LOCUS, sha)] = damage
    assert f"GN-E004 {source_path(LOCUS, sha)}" in errors(files)


def test_a_lineage_of_another_locus_is_an_error() -> None:
    files = shipped_files()
    source = "def execute(input_json):\n    return input_json\n"
    files[source_path(LOCUS, name_of(source))] = source.encode()
    files[lineage_path(LOCUS, name_of(source))] = Lineage(locus="other", engine="seed").to_bytes()
    assert f"GN-E005 {source_path(LOCUS, name_of(source))}" in errors(files)


def test_a_phenotype_that_names_an_unknown_allele_is_an_error() -> None:
    files = shipped_files()
    text = files["phenotypes/lab.sg"].decode()
    files["phenotypes/lab.sg"] = text.replace("efacf56a9536", "0123456789ab").encode()
    assert any("phenotypes/lab.sg" in error for error in errors(files))


def test_a_stack_is_the_dominant_and_then_the_fallbacks() -> None:
    stack = shipped().stack("lab", LOCUS)
    assert [allele.short for allele in stack] == ["efacf56a9536", "e940e46d1ef1"]


@pytest.mark.parametrize(
    "text",
    [
        "selection = 7",
        "[selection]\npromote_margn = 0.2",
        "[selection]\ndemote_after = 0",
        "[worlds.simulated]\nstate = 1",
        "= broken",
        "[weights]\nimmediate = 2.0",
    ],
)
def test_a_wrong_configuration_is_a_remark_and_not_a_crash(text: str) -> None:
    config, remarks = read_config({"germline.toml": text.encode()})
    assert remarks
    assert config.selection.demote_after == 3


def test_a_policy_that_cannot_be_read_leaves_every_merge_to_people() -> None:
    policy, remarks = read_policy({"policy/merge.toml": b"[merge]\nlow = 'robots'"})
    assert remarks
    assert {policy.right(risk) for risk in ("none", "low", "medium", "high", "critical")} == {
        "person"
    }


def test_without_a_policy_file_high_and_critical_wait_for_people() -> None:
    policy, _ = read_policy({})
    assert [policy.right(r) for r in ("none", "low", "medium", "high", "critical")] == [
        "automatic",
        "automatic",
        "automatic",
        "person",
        "person",
    ]


LEVELS = {
    "contracts/one.sg": b"""\
pathway up
  risk low

  does:
    Move it.

  takes:
    bridge  string

  steps:
    1. check_connectivity
         interface = {bridge}

topology box

  does:
    A box.

  has:
    outer:
      is bridge
      uplink {nic.0}

  takes:
    nic  string[1..]
""",
    "contracts/two.sg": b"""\
intent rack

  does:
    Two boxes.

  has:
    2 boxes:
      is box
      from left
""",
    "systems/shop.sg": b'system "shop" {\n  invariant nothing_is_lost\n}\n',
    "hosts/all": b"[left]\na\nb\n",
}


def test_a_genome_holds_the_contracts_of_every_level_by_name() -> None:
    compiled = compile_genome({**shipped_files(), **LEVELS}, NETWORK)
    assert compiled.ok
    shipped = compile_genome(shipped_files(), NETWORK).value
    assert shipped is not None
    genome = compiled.value
    assert genome is not None
    assert list(genome.pathways) == [*shipped.pathways, "up"]
    assert genome.topologies.keys() == {*shipped.topologies, "box"}
    assert list(genome.intents) == ["rack"]
    assert list(genome.systems) == ["shop"]
    assert genome.topologies["box"].has[0].kind == "bridge"


def test_of_two_contracts_with_one_name_the_first_counts_and_the_second_is_an_error() -> None:
    second = LEVELS["contracts/two.sg"].replace(b"2 boxes", b"1 boxes")
    files = {**shipped_files(), **LEVELS, "contracts/zwei.sg": second}
    assert errors(files) == ["SG-E231 contracts/zwei.sg"]
    genome = compile_genome(files, NETWORK).value
    assert genome is not None
    assert genome.intents["rack"].has[0].count == 2


@pytest.mark.parametrize("value", ['"soon"', "true", "[1]", '"4 }\\nthreshold x = 5"', '""'])
def test_a_threshold_that_is_no_constant_is_a_remark(value: str) -> None:
    text = f"[thresholds]\npatience = {value}\n".encode()
    config, remarks = read_config({"germline.toml": text})
    assert {remark.code for remark in remarks} == {"GN-E010"}
    assert config.thresholds == {}


def test_thresholds_are_numbers_shares_times_and_money() -> None:
    text = b'[thresholds]\na = 45\nb = 0.5\nc = "20%"\nd = "30s"\ne = "$5/month"\n'
    config, remarks = read_config({"germline.toml": text})
    assert remarks == ()
    assert list(config.thresholds.values()) == [45, 0.5, "20%", "30s", "$5/month"]
