"""`germline forget` and `germline vault` on a real genome repository, as a person runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from controller.ports import Blocked
from controller.wiring import open_organism
from tests.cli.terminal import germline, git
from tests.vault.people import MARKER, STORY, SYSTEM
from tests.vault.search import places_of


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A genome with a system that keeps customers' data."""
    path = tmp_path / "lab"
    assert germline("init", str(path)).code == 0
    (path / "systems").mkdir()
    (path / "systems" / "shop.sg").write_text(SYSTEM)
    git(path, "add", "systems")
    git(path, "commit", "--quiet", "-m", "a shop")
    return path


def tell_story(lab: Path) -> None:
    with open_organism(lab) as opened:
        opened.log.append(STORY)


def test_a_customer_is_forgotten_everywhere(lab: Path, tmp_path: Path) -> None:
    tell_story(lab)
    assert MARKER in germline("events", "log", "--format", "json", at=lab).out
    git(tmp_path, "clone", "--quiet", str(lab), "clone")
    said = germline("forget", "customer:c1", "--yes", at=lab)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("customer:c1 is forgotten: its key is destroyed")
    after = germline("events", "log", "--format", "json", at=lab)
    assert after.code == 0
    assert "event.forgotten" in after.out
    assert places_of(MARKER, tmp_path) == []
    again = germline("forget", "customer:c1", "--yes", at=lab)
    assert (again.code, "was forgotten on" in again.out) == (0, True)
    status = json.loads(germline("vault", "status", "--format", "json", at=lab).out)
    assert (status["keys"], status["forgotten"], status["entities"]) == (1, 1, ["customer"])
    assert germline("status", at=lab).code == 0


def test_without_a_yes_nobody_is_forgotten(lab: Path) -> None:
    tell_story(lab)
    said = germline("forget", "customer:c1", at=lab)
    assert said.code == 1
    assert MARKER in germline("events", "log", "--format", "json", at=lab).out


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("customer:c9", "nothing is sealed for customer:c9"),
        ("shelf:s1", "shelf:s1 is no subject that can be forgotten"),
        ("c1", "c1 is no subject that can be forgotten"),
    ],
)
def test_who_cannot_be_forgotten_is_said(lab: Path, subject: str, reason: str) -> None:
    tell_story(lab)
    said = germline("forget", subject, "--yes", at=lab)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"Error: {reason}")
    assert "Hint: " in said.err


def test_events_from_before_the_rule_are_named(lab: Path) -> None:
    (lab / "systems" / "shop.sg").write_text(SYSTEM.replace("deletion_means", "it_means"))
    git(lab, "commit", "--quiet", "-am", "no rule yet")
    with open_organism(lab) as opened:
        opened.log.append(STORY[:1])
    git(lab, "revert", "--no-edit", "HEAD")
    with open_organism(lab) as opened:
        opened.log.append(STORY[1:])
    said = germline("forget", "customer:c1", "--yes", at=lab)
    assert said.code == 0
    assert said.err.startswith("Warning: 1 events about it were recorded before its entity had")


def test_a_genome_without_people_never_has_a_vault(tmp_path: Path) -> None:
    germline("init", str(tmp_path / "lab"))
    with open_organism(tmp_path / "lab") as opened:
        opened.log.append(STORY)
    said = germline("vault", "status", at=tmp_path / "lab")
    assert (said.code, "No vault yet" in said.out) == (0, True)
    assert not (tmp_path / "lab" / ".git" / "germline" / "vault").exists()


def test_the_vault_is_kept_copied_rotated_and_brought_back(lab: Path, tmp_path: Path) -> None:
    safe = tmp_path / "safe" / "vault"
    with (lab / "germline.toml").open("a") as settings:
        settings.write(f'\n[vault]\ndirectory = "{safe}"\n')
    git(lab, "commit", "--quiet", "-am", "keys elsewhere")
    tell_story(lab)
    assert safe.is_dir()
    assert germline("vault", "rotate", at=lab).code == 0
    assert germline("vault", "backup", str(tmp_path / "copy"), at=lab).out.startswith("2 keys in")
    assert germline("forget", "customer:c2", "--yes", at=lab).code == 0
    shutil.rmtree(safe)
    lost = germline("events", "log", at=lab)
    assert lost.code == 1
    assert "not in the vault although nobody destroyed it" in lost.err
    back = germline("vault", "restore", str(tmp_path / "copy"), at=lab)
    assert back.out.splitlines() == [
        "1 keys restored, 0 were there.",
        "1 keys refused: their subjects were forgotten.",
    ]
    assert MARKER in germline("events", "log", "--format", "json", at=lab).out


def test_a_vault_in_the_working_tree_is_refused(lab: Path) -> None:
    with (lab / "germline.toml").open("a") as settings:
        settings.write(f'\n[vault]\ndirectory = "{lab}/keys"\n')
    git(lab, "commit", "--quiet", "-am", "keys here")
    said = germline("status", at=lab)
    assert (said.code, "is inside the working tree" in said.err) == (1, True)
    assert not (lab / "keys").exists()


def test_a_system_that_cannot_be_read_lets_nothing_be_recorded(lab: Path) -> None:
    (lab / "systems" / "shop.sg").write_text(SYSTEM.replace("entity order {", "entity [["))
    git(lab, "commit", "--quiet", "-am", "broken")
    with open_organism(lab) as opened:
        with pytest.raises(Blocked, match=r"systems/shop\.sg says whose data is sealed"):
            opened.log.append(STORY)
        assert opened.log.length() == 0
