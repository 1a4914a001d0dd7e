"""`express` on a twin, and with ordeals, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.adapters.clock import SystemClock
from controller.adapters.git_repository import GitRepository
from controller.adapters.twin.kernel import DIRECTORY, recipe_hash
from controller.demo.setting import PERSON, simulated
from controller.domains.network.scenario import draw
from tests.cli.terminal import Said, germline
from tests.stories.stage import ANNOUNCING
from tests.twin.test_stories import WORLDS

SCENARIO = draw(0)


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome"
    with simulated(path, SCENARIO, ANNOUNCING, SystemClock()):
        changes = {"germline.toml": WORLDS.format(use="false").encode()}
        GitRepository(path, SystemClock()).commit_main(changes, "Worlds", PERSON)
    return path


def express(genome: Path, world: str, *more: str) -> Said:
    given = json.dumps(SCENARIO.input)
    return germline("express", "bridge_uplink", "--input", given, "--on", world, *more, at=genome)


def test_a_locus_is_expressed_on_the_twin_and_its_ordeals_are_told(
    genome: Path, twin_kernel: Path
) -> None:
    said = express(genome, "twin", "--ordeals")
    assert said.code == 0, said
    assert "was expressed in twin" in said.out
    assert "healthy    a day passes (2 diagnostics agree)" in said.out
    assert "not tried  a reboot" in said.out


def test_ordeals_are_in_what_programs_read(genome: Path, twin_kernel: Path) -> None:
    said = express(genome, "simulated", "--ordeals", "--format", "json")
    assert said.code == 0, said
    told = json.loads(said.out)
    assert told["state"] == "converged"
    assert {one["healthy"] for one in told["ordeals"]} == {True, None}


@pytest.mark.parametrize("asked", [("twin",), ("simulated", "--ordeals")])
def test_without_a_twin_the_way_to_one_is_told(
    genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...]
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path / "nothing"))
    said = express(genome, *asked)
    assert said.code == 1, said
    assert "Error: there is no kernel for the twin" in said.err
    assert "make twin" in said.err
    assert "Traceback" not in said.err


def test_a_world_without_a_first_state_is_said_to_have_none(genome: Path) -> None:
    config = '[worlds.twin]\nphenotype = "lab"\n'
    repository = GitRepository(genome, SystemClock())
    repository.commit_main({"germline.toml": config.encode()}, "Nothing to begin with", PERSON)
    said = express(genome, "twin")
    assert said.code == 1
    assert "world twin has no first state" in said.err
    assert "`like`" in said.err


def test_doctor_says_whether_a_twin_is_built_and_how_to_build_one(
    genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    found = json.loads(germline("doctor", "--format", "json", at=genome).out)
    (twin,) = [one for one in found if one["name"] == "twin"]
    assert twin["state"] == "poor"
    assert "make twin" in twin["mend"]
    built = tmp_path / recipe_hash() / "linux"
    built.parent.mkdir()
    built.write_text("")
    built.chmod(0o755)
    found = json.loads(germline("doctor", "--format", "json", at=genome).out)
    (twin,) = [one for one in found if one["name"] == "twin"]
    assert (twin["state"], twin["told"]) == ("well", str(built))
