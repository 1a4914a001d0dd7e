"""`germline doctor`, as somebody runs it who does not know what is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.terminal import Said, germline, git


def looked(at: Path, *options: str) -> tuple[Said, dict[str, dict[str, str]]]:
    said = germline("doctor", "--format", "json", *options, at=at)
    return said, {one["name"]: one for one in json.loads(said.out)}


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    made = tmp_path / "genome"
    germline("init", str(made))
    return made


def test_a_new_genome_is_well_and_nobody_works_on_it_yet(genome: Path) -> None:
    said, found = looked(genome)
    assert said.code == 0, said.err
    assert found["main"]["state"] == found["log"]["state"] == "well"
    assert "25 loci" in found["main"]["told"]
    assert found["controller"]["state"] == "poor"
    assert found["controller"]["mend"] == "germline service install, or germline controller"
    assert found["git"]["told"].startswith("git version")


def test_what_must_be_mended_ends_it_with_1_and_a_hint(genome: Path) -> None:
    (genome / "contracts" / "network" / "bridge_uplink.sg").write_text("gene {")
    git(genome, "commit", "-qam", "a mistake")
    said = germline("doctor", at=genome)
    assert said.code == 1
    assert "✗ main: main has 7 errors" in said.out
    assert "Hint: " in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_pause_is_told_with_who_and_why(genome: Path) -> None:
    germline("pause", "the core switch is being replaced", at=genome)
    _, found = looked(genome)
    assert found["brake"]["state"] == "poor"
    assert "the core switch is being replaced" in found["brake"]["told"]


def test_where_no_genome_is_the_machine_is_looked_at_all_the_same(tmp_path: Path) -> None:
    said, found = looked(tmp_path)
    assert said.code == 1
    assert found["genome"]["state"] == "ill"
    assert {"git", "clock", "systemd"} <= set(found)


def test_a_program_that_is_not_there_is_told_with_how_to_get_it(
    genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_git = tmp_path / "bin"
    only_git.mkdir()
    paths = os.environ["PATH"].split(":")
    (place,) = [Path(one, "git") for one in paths if Path(one, "git").exists()][:1]
    (only_git / "git").symlink_to(place)
    monkeypatch.setenv("PATH", str(only_git))
    _, found = looked(genome)
    assert found["git"]["state"] == "well"
    assert found["ping"]["state"] == "poor"
    assert found["ping"]["mend"].endswith("apt-get install iputils-ping")
