"""`check`, `fmt`, `doc` and `diff` as people run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import Said, germline, git
from tests.language.genomes import DIAGNOSTIC, GENE, small_genome, write


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("language") / "genome"
    assert germline("init", str(path)).code == 0
    return path


def refused(said: Said) -> None:
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "Error:" in said.err
    assert "Hint:" in said.err


def test_files_are_checked_as_they_are_on_disk_without_a_repository(tmp_path: Path) -> None:
    write(tmp_path, {"a.sg": GENE.replace("takes:", "takess:"), "sub/b.sg": DIAGNOSTIC})
    said = germline("check", str(tmp_path), "--format", "json")
    assert said.code == 1
    errors = [remark for remark in json.loads(said.out) if remark["severity"] == "error"]
    assert {remark["file"] for remark in errors} == {str(tmp_path / "a.sg")}
    assert set(errors[0]) == {
        "file", "line", "column", "end_line", "end_column", "code", "severity", "message", "hint",
    }  # fmt: skip
    assert germline("check", str(tmp_path / "sub" / "b.sg")).code == 1
    write(tmp_path, {"a.sg": GENE})
    said = germline("check", str(tmp_path))
    assert said.code == 0
    assert said.out.endswith("2 files: 0 errors.\n")


def test_a_file_in_a_genome_is_checked_against_the_rest_of_it(tmp_path: Path) -> None:
    root = small_genome(tmp_path)
    one = str(root / "contracts/make_bridge.sg")
    assert germline("check", one).code == 0
    (root / "contracts/check_bridge.sg").unlink()
    assert "SG-E222" in germline("check", one).out
    rack = root / "phenotypes/rack.sg"
    assert germline("check", str(rack)).code == 0
    rack.write_text(rack.read_text().replace("0123456789ab", "ffffffffffff"))
    assert "SG-E227" in germline("check", str(rack)).out


def test_alleles_are_not_missed_where_there_is_no_genome(tmp_path: Path) -> None:
    write(tmp_path, {"a.sg": GENE, "b.sg": DIAGNOSTIC, "c.sg": (
        "phenotype rack\n  expresses:\n    make_bridge 0123456789ab\n")})  # fmt: skip
    assert germline("check", str(tmp_path)).code == 0


def test_of_two_contracts_with_one_name_the_file_that_was_given_is_blamed(tmp_path: Path) -> None:
    root = small_genome(tmp_path)
    twice = root / "contracts" / "aaa.sg"
    twice.write_text(DIAGNOSTIC)
    said = germline("check", str(twice), "--format", "json")
    assert "SG-E220" in [remark["code"] for remark in json.loads(said.out)]


def test_the_working_tree_is_checked_before_it_is_committed(shipped: Path) -> None:
    contract = shipped / "contracts" / "network" / "bridge_uplink.sg"
    before = contract.read_bytes()
    contract.write_text(contract.read_text().replace("takes:", "takess:"))
    try:
        assert germline("check", "--at", "main", at=shipped).code == 0
        said = germline("check", "--format", "github", at=shipped)
    finally:
        contract.write_bytes(before)
    assert said.code == 1
    assert "::error file=contracts/network/bridge_uplink.sg,line=24,col=3," in said.out


def test_what_is_to_be_checked_is_said_once(shipped: Path, tmp_path: Path) -> None:
    said = germline("check", "contracts", "--at", "main", at=shipped)
    assert said.code == 2
    assert "not both" in said.err
    refused(germline("check", str(tmp_path / "nothing.sg")))
    refused(germline("check", at=tmp_path))


def test_a_sarif_log_is_printed_whole(shipped: Path) -> None:
    said = germline("check", "--format", "sarif", at=shipped)
    assert said.code == 0
    assert json.loads(said.out)["version"] == "2.1.0"


def test_a_file_that_is_not_canonical_is_named_and_then_rewritten(tmp_path: Path) -> None:
    root = small_genome(tmp_path)
    loose = root / "contracts" / "make_bridge.sg"
    loose.write_text(GENE.replace("bridge  string", "bridge string"))
    loose.chmod(0o640)
    said = germline("fmt", "--check", at=root)
    assert (said.code, said.out) == (2, f"{loose}\n")
    assert "bridge string" in loose.read_text()
    assert germline("fmt", at=root).code == 0
    assert loose.read_text() == GENE
    assert loose.stat().st_mode & 0o777 == 0o640
    assert germline("fmt", "--check", at=root).code == 0


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    write(tmp_path, {"a.sg": "gene  x\n  is configuration\n  risk low\n  does:\n    X.\n"})
    (tmp_path / "b.sg").symlink_to("a.sg")
    assert germline("fmt", str(tmp_path / "b.sg")).code == 0
    assert (tmp_path / "b.sg").is_symlink()
    assert (tmp_path / "a.sg").read_text().startswith("gene x\n")


def test_a_file_with_mistakes_is_left_and_the_others_are_formatted(tmp_path: Path) -> None:
    broken = GENE.replace("takes:", "takess:")
    write(tmp_path, {"a.sg": broken, "b.sg": DIAGNOSTIC.replace("name  string", "name string")})
    (tmp_path / "c.sg").write_bytes(b"gene \xff\n")
    said = germline("fmt", str(tmp_path))
    refused(said)
    assert "line 8: unknown section `takess` (SG-E114)" in said.err
    assert (tmp_path / "a.sg").read_text() == broken
    assert (tmp_path / "b.sg").read_text() == DIAGNOSTIC
    assert (tmp_path / "c.sg").read_bytes() == b"gene \xff\n"


@pytest.mark.parametrize(
    ("text", "code", "out"),
    [
        (GENE.replace("bridge  string", "bridge string"), 0, GENE),
        (GENE.replace("takes:", "takess:"), 1, ""),
    ],
)
def test_standard_input_becomes_standard_output(text: str, code: int, out: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "controller", "fmt", "-"],
        input=text, capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, out)


def test_a_site_is_written_once_and_again_but_never_over_something_else(
    shipped: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        said = germline("doc", "--to", str(tmp_path / "site"), at=shipped)
        assert said.code == 0, said
    assert (tmp_path / "site" / "gene" / "bridge_uplink.html").is_file()
    (tmp_path / "site" / "mine.txt").write_text("mine")
    refused(germline("doc", "--to", str(tmp_path / "site"), at=shipped))


def test_a_difference_between_commits_is_told_in_words_and_as_json(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    contract = path / "contracts" / "network" / "bridge_uplink.sg"
    contract.write_text(contract.read_text().replace("within 3s", "within 300ms"))
    lab = path / "phenotypes" / "lab.sg"
    turned = re.sub(r"(bridge_uplink +)(\w+) then (\w+)", r"\1\3", lab.read_text())
    lab.write_text(turned)
    git(path, "commit", "-qam", "Changed")
    said = germline("diff", "HEAD~1", at=path)
    assert said.code == 0
    assert "widens   `verify:` looks within 300ms; was 3s" in said.out
    assert re.search(r"`bridge_uplink` in lab now expresses \w{12}…; was \w{12}…", said.out)
    assert [line for line in said.out.splitlines() if len(line) > 80] == []
    told = json.loads(germline("diff", "HEAD~1", "main", "--format", "json", at=path).out)
    assert [change["kind"] for change in told["changes"]] == [
        "window shorter",
        "expression changed",
    ]
    assert "Nothing changed" in germline("diff", "main", "main", at=path).out
    refused(germline("diff", "nowhere", at=path))
