"""Wrong input: `Error:` and `Hint:`, exit 1, nothing changed, no traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import Said, everything, germline, git

INPUT = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}'
ASK = ("express", "bridge_uplink", "--input", INPUT, "--on")


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    return path


def refused(said: Said, *words: str) -> None:
    assert said.code == 1, said
    assert "Traceback" not in said.err + said.out
    assert "Error:" in said.err or "error[" in said.out, said
    assert "Hint:" in said.err or "hint:" in said.out, said
    for word in words:
        assert word in said.err + said.out


def malformed_contract(at: Path) -> None:
    path = at / "contracts" / "network" / "bridge_uplink.sg"
    path.write_text(path.read_text().replace("takes:", "takess:"))


def unknown_allele(at: Path) -> None:
    path = at / "phenotypes" / "lab.sg"
    path.write_text(path.read_text().replace("efacf56a9536", "0123456789ab"))


def tampered_allele(at: Path) -> None:
    path = next((at / "alleles" / "bridge_uplink").glob("efac*.py"))
    path.write_text(path.read_text() + "\n# tampered\n")


def broken_config(at: Path) -> None:
    (at / "germline.toml").write_text("[worlds\n")


def broken_policy(at: Path) -> None:
    (at / "policy" / "merge.toml").write_text('[merge]\nlow = "robots"\n')


def missing_phenotype(at: Path) -> None:
    (at / "germline.toml").write_text('[worlds.simulated]\nphenotype = "nobody"\n')


BREAKS = {
    malformed_contract: ("takess", "did you mean"),
    unknown_allele: ("0123456789ab",),
    tampered_allele: ("hash",),
    broken_config: ("germline.toml",),
    broken_policy: ("policy/merge.toml", "low"),
    missing_phenotype: ("nobody",),
}


@pytest.mark.parametrize("spoil", BREAKS, ids=lambda f: f.__name__)
def test_a_genome_that_is_wrong_is_told_and_not_acted_on(
    genome: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(genome)
    git(genome, "commit", "-qam", "A mistake")
    before = everything(genome)
    refused(germline("check", at=genome), *BREAKS[spoil])
    for command in (["status"], ["controller", "--once"], [*ASK, "simulated"]):
        refused(germline(*command, at=genome), "germline check")
    assert everything(genome) == before


def no_repository(at: Path) -> None:
    (at / ".git").rename(at / "gone")


def no_genome(at: Path) -> None:
    git(at, "rm", "-q", "germline.toml")
    git(at, "commit", "-qm", "Not a genome any more")


def detached(at: Path) -> None:
    git(at, "checkout", "-q", "--detach")


def no_main(at: Path) -> None:
    git(at, "branch", "-qm", "trunk")


@pytest.mark.parametrize("spoil", [no_repository, no_genome, detached, no_main])
def test_a_repository_that_cannot_be_worked_on_is_refused(
    genome: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(genome)
    for command in (["status"], ["gaps"], ["controller", "--once"], ["why", "bridge_uplink"]):
        refused(germline(*command, at=genome))


def test_a_log_with_a_broken_chain_is_refused_and_kept(genome: Path) -> None:
    assert germline("controller", "--once", at=genome).code == 0
    tree = git(genome, "ls-tree", "-r", "genome/events").split()
    blob, path = tree[2], tree[3]
    text = git(genome, "cat-file", "-p", blob).replace('"actor":"controller"', '"actor":"someone"')
    forged = genome / "forged"
    forged.write_text(text)
    other = git(genome, "hash-object", "-w", str(forged)).strip()
    forged.unlink()
    git(genome, "read-tree", "genome/events")
    git(genome, "update-index", "--cacheinfo", f"100644,{other},{path}")
    wrong = git(genome, "write-tree").strip()
    commit = git(genome, "commit-tree", wrong, "-m", "events 0..0").strip()
    git(genome, "update-ref", "refs/heads/genome/events", commit)
    git(genome, "read-tree", "main")
    before = everything(genome)
    for command in (["status"], ["events", "log"], ["controller", "--once"]):
        refused(germline(*command, at=genome), "0")
    assert everything(genome) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("express", "bridge_uplnk", "--input", INPUT, "--on", "simulated"), ("bridge_uplink",)),
        (("express", "bridge_uplink", "--input", "{", "--on", "simulated"), ("JSON",)),
        (("express", "bridge_uplink", "--input", "[]", "--on", "simulated"), ("object",)),
        (("express", "bridge_uplink", "--input", "{}", "--on", "simulated"), ("lacks bridge",)),
        (
            ("express", "bridge_uplink", "--input", '{"bridge": 7}', "--on", "simulated"),
            ("not a string",),
        ),
        ((*ASK, "moon"), ("moon", "simulated")),
        ((*ASK, "netns:nosuch"), ("germline.toml",)),
        ((*ASK, "simulated", "--phenotype", "nobody"), ("lab",)),
        (("why", "nothing_at_all"), ("nothing_at_all",)),
        (("lineage", "nothing"), ("bridge_uplink",)),
        (("draft", "show", "draft/no/such"), ("none",)),
        (("draft", "merge", "x"), ("x",)),
        (("draft", "prove", "x"), ("x",)),
        (("draft", "close", "x"), ("x",)),
        (("explain", "SG-E999"), ("SG-E101",)),
        (("check", "--at", "nowhere"), ("nowhere",)),
    ],
    ids=lambda value: " ".join(value)[:60],
)
def test_a_wrong_command_is_refused_with_a_hint(
    genome: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    before = everything(genome)
    refused(germline(*arguments, at=genome), *words)
    assert everything(genome) == before


def test_a_namespace_that_does_not_exist_is_refused_and_nothing_is_recorded(genome: Path) -> None:
    config = genome / "germline.toml"
    config.write_text(config.read_text() + '\n[worlds."netns:no-such-ns"]\nphenotype = "lab"\n')
    git(genome, "commit", "-qam", "A world that is not there")
    before = everything(genome)
    refused(germline(*ASK, "netns:no-such-ns", at=genome), "no-such-ns")
    assert everything(genome) == before


def test_init_does_not_touch_a_directory_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    refused(germline("init", str(tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_demand_that_cannot_start_says_why(genome: Path) -> None:
    asked = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "nosuch0"}'
    said = germline("express", "bridge_uplink", "--input", asked, "--on", "simulated", at=genome)
    refused(said, "nosuch0")


def test_an_unreadable_kept_world_says_what_to_do(genome: Path) -> None:
    kept = genome / ".git" / "germline" / "worlds" / "simulated.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{")
    refused(germline(*ASK, "simulated", at=genome), "delete it")
