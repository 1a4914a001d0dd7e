"""A clone is lost: all refs of git and the vault are everything, by the README's commands."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import germline, git
from tests.vault.people import MARKER, SYSTEM

README = Path(__file__).parents[2] / "README.md"
HEADING = "### Backups, recovery, upgrades\n"
INPUT = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}'
DISPOSABLE = ("snapshots", "index", "last-pass.json", "forge.json", "projections")
"""What lies beside git and, by ARCHITECTURE.md, may go at any time."""


def blocks() -> list[list[str]]:
    """The commands of the README's section, one list for each block."""
    _, _, rest = README.read_text().partition(HEADING)
    section = rest.partition("\n### ")[0]
    found = [part.splitlines() for part in section.split("\n\n") if part.startswith("    $ ")]
    return [[line.removeprefix("    $ ") for line in block] for block in found]


def do(commands: list[str], at: Path) -> str:
    """Run commands of the README, on directories of the test; what they print."""
    script = "\n".join(commands)
    for name, place in (("lab.git", "copy.git"), ("/backup", str(at)), ("/safe", str(at / "safe"))):
        script = script.replace(name, place)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", script],
        cwd=at,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def told(lab: Path) -> dict[str, Any]:
    """`germline status`, without what only the lost process knew."""
    said = germline("status", "--format", "json", at=lab)
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    del found["controller"]
    found["wrong"] = [one for one in found["wrong"] if one["what"] not in ("controller", "pass")]
    return found


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a genome `lab` has customers, a healed incident, a draft for a person, and a copy."""
    at = tmp_path_factory.mktemp("recovery")
    lab = at / "lab"
    assert germline("init", str(lab)).code == 0
    contract = lab / "contracts" / "network" / "bridge_uplink.sg"
    contract.write_text(contract.read_text().replace("within 3s", "within 300ms"))
    (lab / "systems").mkdir()
    (lab / "systems" / "shop.sg").write_text(SYSTEM)
    git(lab, "add", "-A")
    git(lab, "commit", "-qm", "A shop, and a shorter window")
    healed = germline("express", "bridge_uplink", "--input", INPUT, "--on", "simulated", at=lab)
    assert healed.code == 0, healed
    data = json.dumps({"name": MARKER})
    asked = ("--type", "customer.created", "--subject", "customer:c1", "--data", data)
    assert germline("events", "append", *asked, at=lab).code == 0
    git(at, "init", "--quiet", "--bare", "copy.git")
    git(lab, "branch", "draft/person/later", "main")
    return at


@pytest.fixture(scope="module")
def lost(lived: Path) -> tuple[Path, dict[str, Any]]:
    """The copy is made while a controller works; then that is killed, and its clone is gone."""
    lab = lived / "lab"
    process = subprocess.Popen(
        [sys.executable, "-m", "controller", "-C", str(lab), "controller"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("The controller works on")
        assert germline("pause", "the copy is made", at=lab).code == 0
        do(blocks()[0], lived)
        before = told(lab)
        (lived / "safe" / "master.key").write_bytes(
            (lab / ".git" / "germline" / "vault.master-key").read_bytes()
        )
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    shutil.rmtree(lab)
    return lived, before


@pytest.fixture(scope="module")
def recovered(lost: tuple[Path, dict[str, Any]]) -> Path:
    """The same genome, made by the README's commands."""
    at, _ = lost
    do(blocks()[1], at)
    return at / "lab"


def test_a_fresh_clone_and_the_vault_say_all_that_the_lost_clone_said(
    lost: tuple[Path, dict[str, Any]], recovered: Path
) -> None:
    _, before = lost
    assert told(recovered) == before
    assert before["events"] > 20
    assert [draft["draft"] for draft in before["drafts"]] == ["draft/person/later"]
    assert any(row["trials"] for row in before["expressed"])


def test_what_was_sealed_can_be_read_again(recovered: Path) -> None:
    assert MARKER in germline("events", "log", "--format", "json", at=recovered).out
    assert germline("events", "verify", at=recovered).code == 0
    assert git(recovered, "status", "--porcelain") == ""


def test_without_the_vault_the_rest_is_there_and_nobody_is_told_of(
    lost: tuple[Path, dict[str, Any]], recovered: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--mirror", str(lost[0] / "copy.git"), "bare.git")
    bare = tmp_path / "bare.git"
    verified = germline("events", "verify", "--against", str(lost[0] / "copy.git"), at=bare)
    assert verified.code == 0, verified
    assert "equal: " in verified.out
    assert "Repeated events were not looked for" in verified.err
    said = germline("events", "log", "--format", "json", at=bare)
    assert MARKER not in said.out + said.err


def test_what_is_disposable_may_go_at_any_time(
    lost: tuple[Path, dict[str, Any]], recovered: Path
) -> None:
    own = recovered / ".git" / "germline"
    assert germline("controller", "--once", at=recovered).code == 0  # paused: it only looks
    gone = [own / name for name in DISPOSABLE if (own / name).exists()]
    assert gone
    for place in gone:
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    assert told(recovered) == lost[1]


def test_the_controller_goes_on_and_mends_what_no_longer_holds(recovered: Path) -> None:
    length = told(recovered)["events"]
    assert germline("resume", at=recovered).code == 0
    asked = ("express", "bridge_uplink", "--input", INPUT, "--on", "simulated")
    again = germline(*asked, at=recovered)  # the simulated world was the clone's, and began anew
    assert again.code == 0, again
    assert "the change was confirmed" in again.out
    after = told(recovered)
    assert after["gaps"] == []
    assert after["events"] > length
    assert germline("forget", "customer:c1", "--yes", at=recovered).code == 0
    assert MARKER not in germline("events", "log", "--format", "json", at=recovered).out
