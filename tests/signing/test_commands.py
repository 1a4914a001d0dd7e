"""How a team switches signatures on, and what the commands say of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.adapters.git_repository import GitRepository
from controller.adapters.machine import Finding
from controller.cli.screen import organism
from controller.cli.signing import look_at_signing
from controller.shipped import shipped_files
from tests.cli.terminal import germline, git
from tests.signing.keys import COMMITTING, DECIDING, Pair, make_key

UPLINK = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}'


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Pair]:
    return {name: make_key(tmp_path / "keys", name) for name in ("controller", "ana")}


@pytest.fixture
def genome(tmp_path: Path, keys: dict[str, Pair]) -> Path:
    """A new genome whose owner has a key that git knows."""
    at = tmp_path / "genome"
    GitRepository.create(at, shipped_files(), "A new genome", "Ana <ana@example.org>")
    for name, value in (
        ("user.name", "Ana"),
        ("user.email", "ana@example.org"),
        ("gpg.format", "ssh"),
        ("user.signingkey", f"{keys['ana'].path}.pub"),
    ):
        git(at, "config", name, value)
    return at


def signatures(at: Path) -> Finding:
    """What the doctor finds."""
    with organism(str(at)) as opened:
        return look_at_signing(opened)


def switch_on(at: Path, keys: dict[str, Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    """What README.md says."""
    monkeypatch.chdir(at)
    with (at / "germline.toml").open("a") as config:
        config.write(f'\n[identity]\ncontroller = "{keys["controller"].path}"\n')
    git(at, "commit", "-qam", "The controller has a key")
    lines = [germline("key", "show").out, germline("key", "show", "--controller").out]
    (at / "policy" / "allowed_signers").write_text("".join(lines))
    assert len("".join(lines).splitlines()) == 2
    policy = '[signing]\nrequired = true\npeople = ["ana@example.org"]\n'
    (at / "policy" / "signing.toml").write_text(policy)
    git(at, "add", "policy")
    git(at, "commit", "-S", "-qm", "Signatures are asked for")


def test_a_new_genome_asks_for_no_signature_and_the_doctor_says_how_to(genome: Path) -> None:
    said = germline("doctor", "--format", "json", at=genome)
    assert said.code == 0
    (found,) = [one for one in json.loads(said.out) if one["name"] == "signatures"]
    assert found["state"] == "poor"
    assert "there is no policy/allowed_signers" in found["told"]
    assert "README.md" in found["mend"]
    status = germline("status", at=genome).out
    assert "signatures: not required; main's last commit is not signed" in status


def test_a_team_switches_signatures_on_and_the_doctor_finds_them_well(
    genome: Path, keys: dict[str, Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(genome, keys, monkeypatch)
    told_well = "are required; the people are ana@example.org"
    assert signatures(genome) == Finding("signatures", "well", told_well)
    told = json.loads(germline("status", "--format", "json").out)["signing"]
    assert told["required"]
    assert told["head"].startswith("signed by ana@example.org, ED25519 key SHA256:")


def test_the_lines_of_both_keys_say_what_each_may(
    genome: Path, keys: dict[str, Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(genome, keys, monkeypatch)
    mine, theirs = (genome / "policy" / "allowed_signers").read_text().splitlines()
    assert mine == f'ana@example.org namespaces="git,germline-approval" {keys["ana"].public}'
    assert theirs.startswith('controller@germline.invalid namespaces="git,germline-proof" ssh-')
    named = germline("key", "show", "--controller", "--principal", "ctl@example.org").out
    assert named.startswith("ctl@example.org namespaces=")


def written(at: Path, keys: dict[str, Pair]) -> None:
    """The same as `switch_on`, without the commands."""
    with (at / "germline.toml").open("a") as config:
        config.write(f'\n[identity]\ncontroller = "{keys["controller"].path}"\n')
    signers = keys["ana"].line(DECIDING) + keys["controller"].line(COMMITTING)
    (at / "policy" / "allowed_signers").write_text(signers)
    policy = '[signing]\nrequired = true\npeople = ["ana@example.org"]\n'
    (at / "policy" / "signing.toml").write_text(policy)
    git(at, "add", "-A")


def broken_line(at: Path, keys: dict[str, Pair]) -> None:
    with (at / "policy" / "allowed_signers").open("a") as signers:
        signers.write("bo@example.org ssh-ed25519 nonsense\n")


def readable_key(at: Path, keys: dict[str, Pair]) -> None:
    keys["controller"].path.chmod(0o644)


def lost_key(at: Path, keys: dict[str, Pair]) -> None:
    keys["controller"].path.unlink()


def forgotten_person(at: Path, keys: dict[str, Pair]) -> None:
    lines = (at / "policy" / "allowed_signers").read_text().splitlines()
    (at / "policy" / "allowed_signers").write_text(lines[1] + "\n")


def revoked_key(at: Path, keys: dict[str, Pair]) -> None:
    lines = (at / "policy" / "allowed_signers").read_text()
    revoked = lines.replace('proof"', 'proof",valid-before="20250101"')
    (at / "policy" / "allowed_signers").write_text(revoked)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (broken_line, "policy/allowed_signers, line 3: invalid key"),
        (readable_key, "has mode 0644: chmod 600"),
        (lost_key, "which is not there"),
        (forgotten_person, "policy/allowed_signers has no key of ana@example.org"),
        (revoked_key, "what the controller signs as git is signed by a key that is not allowed"),
    ],
)
def test_what_keeps_signatures_from_counting_is_told_by_the_doctor(
    genome: Path, keys: dict[str, Pair], damage: Callable[[Path, dict[str, Pair]], None], told: str
) -> None:
    written(genome, keys)
    damage(genome, keys)
    git(genome, "commit", "-S", "-qam", "Damage", "--allow-empty")
    found = signatures(genome)
    assert found.state == "ill"
    assert told in found.told


def test_without_a_key_the_commands_say_how_to_get_one(genome: Path) -> None:
    git(genome, "config", "--unset", "user.signingkey")
    mine = germline("key", "show", at=genome)
    theirs = germline("key", "show", "--controller", at=genome)
    assert (mine.code, theirs.code) == (1, 1)
    assert "git config user.signingkey" in mine.err
    assert "[identity] controller" in theirs.err


def test_a_policy_that_asks_for_people_and_names_none_is_an_error(genome: Path) -> None:
    (genome / "policy" / "signing.toml").write_text("[signing]\nrequired = true\n")
    git(genome, "add", "policy")
    git(genome, "commit", "-qm", "Nobody")
    said = germline("check", at=genome)
    assert said.code == 1
    assert "nobody could ever change a contract" in " ".join((said.out + said.err).split())


def test_a_draft_that_waits_is_shown_approved_and_merged_by_the_command_line(
    genome: Path, keys: dict[str, Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = genome / "policy" / "merge.toml"
    path.write_text(path.read_text().replace('medium = "automatic"', 'medium = "person"'))
    switch_on(genome, keys, monkeypatch)
    germline("express", "bridge_uplink", "--on", "simulated", "--input", UPLINK)
    (draft,) = json.loads(germline("draft", "list", "--format", "json").out)
    assert "a person's signed approval is missing" in draft["state"]
    assert f"germline draft approve {draft['draft']}" in draft["state"]
    shown = json.loads(germline("draft", "show", draft["draft"], "--format", "json").out)
    by = "signed by controller@germline.invalid, ED25519 key SHA256:"
    assert [line.partition(by)[0] for line in shown["signatures"]] == ["Draft: ", "Proof: "]
    approved = germline("draft", "approve", draft["draft"])
    assert approved.code == 0, approved.err
    assert "git push origin refs/germline/approvals/" in approved.out
    again = germline("draft", "show", draft["draft"])
    assert "Approved by ana@example.org" in again.out
    merged = germline("draft", "merge", draft["draft"])
    assert merged.code == 0, merged.err
    signed = git(genome, "log", "-1", "--format=%GK %(trailers)", "main")
    assert "Germline-Approved-By: ana@example.org" in signed


def test_what_nobody_signed_for_is_held_and_the_commands_say_so(
    genome: Path, keys: dict[str, Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(genome, keys, monkeypatch)
    assert germline("controller", "--once").code == 0
    (genome / "contracts" / "network" / "extra.sg").write_text("# somebody was here\n")
    git(genome, "add", "contracts")
    git(genome, "commit", "-qm", "Not signed")
    told = germline("controller", "--once")
    assert "main is held" in " ".join((told.out + told.err).split())
    status = " ".join(germline("status").out.split())
    assert "HELD main is held" in status
    assert "changes contracts/network/extra.sg and is not signed" in status
    assert signatures(genome).state == "ill"
    git(genome, "commit", "-q", "-S", "--allow-empty", "-m", "I looked at it")
    assert germline("controller", "--once").code == 0
    assert "HELD" not in germline("status").out
