"""The vault's directory: private, whole, and refused precisely when it is of no use."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from controller.adapters.file_vault import FileVault
from controller.adapters.master_key import MasterKeySource
from controller.adapters.vault_files import place_of
from controller.ports import Blocked, ControllerError, Corrupt
from tests.vault.people import founded
from tests.vault.search import places_of

KEY = "ab" * 32
OTHER = "cd" * 32


def vault_at(directory: Path, environment: dict[str, str] | None = None) -> FileVault:
    """A vault with a key for customer:c1."""
    vault = FileVault(directory, environment or {})
    with vault.steady():
        vault.keys_for({"customer:c1": None})
    return vault


def test_every_file_is_for_this_user_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        vault_at(tmp_path / "vault")
    finally:
        os.umask(old)
    for path in tmp_path.rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_a_listing_tells_nobody_anything(tmp_path: Path) -> None:
    key = vault_at(tmp_path / "vault").keys_for({"customer:c1": None})["customer:c1"]
    names = " ".join(str(path) for path in tmp_path.rglob("*"))
    assert "c1" not in [path.name for path in tmp_path.rglob("*")]
    assert key.pseudonym not in names
    assert places_of("customer", tmp_path / "vault") == []
    assert places_of(key.pseudonym, tmp_path / "vault") == []


def test_a_key_is_the_same_for_every_process_and_another_for_every_subject(tmp_path: Path) -> None:
    first = vault_at(tmp_path / "vault").keys_for({"customer:c1": None, "customer:c2": None})
    again = FileVault(tmp_path / "vault", {})
    assert again.keys_for({"customer:c1": None})["customer:c1"] == first["customer:c1"]
    assert again.key_of(first["customer:c2"].pseudonym) == first["customer:c2"]
    assert first["customer:c1"].secret != first["customer:c2"].secret
    assert str(first["customer:c1"].secret) not in repr(first)


def test_two_processes_that_need_the_same_key_make_one(tmp_path: Path) -> None:
    source = (
        "import sys; from pathlib import Path\n"
        "from controller.adapters.file_vault import FileVault\n"
        "vault = FileVault(Path(sys.argv[1]), {})\n"
        "with vault.steady():\n"
        "    made = vault.keys_for({f'customer:c{n}': None for n in range(20)})\n"
        "print(sorted(key.pseudonym for key in made.values()))\n"
    )
    command = [sys.executable, "-c", source, str(tmp_path / "vault")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {process.communicate()[0] for process in running}
    assert len(said) == 1
    assert len(list(FileVault(tmp_path / "vault", {}).records().everything())) == 20


@pytest.mark.parametrize(
    ("path", "mode", "hint"),
    [
        ("vault", 0o755, "chmod 700"),
        ("vault/keys-1", 0o770, "chmod 700"),
        ("vault/keys-1/subjects", 0o701, "chmod 700"),
        ("vault/vault.json", 0o604, "chmod 600"),
        ("vault.master-key", 0o640, "chmod 600"),
    ],
)
def test_what_others_can_get_at_is_refused(tmp_path: Path, path: str, mode: int, hint: str) -> None:
    vault_at(tmp_path / "vault")
    (tmp_path / path).chmod(mode)
    with pytest.raises(Blocked, match=f"has mode {mode:04o}: others can get at it") as told:
        FileVault(tmp_path / "vault", {}).keys_for({"customer:c1": None})
    assert hint in told.value.hint


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    vault = vault_at(tmp_path / "vault")
    for path in vault.records().subjects.iterdir():
        path.chmod(0o644)
    with pytest.raises(Blocked, match="has mode 0644"):
        FileVault(tmp_path / "vault", {}).keys_for({"customer:c1": None})


@pytest.mark.root
def test_a_vault_of_another_user_is_refused(tmp_path: Path) -> None:
    vault_at(tmp_path / "vault")
    os.chown(tmp_path / "vault", 12345, -1)
    with pytest.raises(Blocked, match="belongs to user 12345, and this is user 0"):
        FileVault(tmp_path / "vault", {}).records()


@pytest.mark.parametrize("place", ["vault", "vault/vault.json", "vault/keys-1/subjects"])
def test_something_else_in_its_place_is_refused(tmp_path: Path, place: str) -> None:
    vault_at(tmp_path / "vault")
    (tmp_path / place).rename(tmp_path / "away")
    (tmp_path / place).symlink_to(tmp_path / "away")
    with pytest.raises(ControllerError):
        FileVault(tmp_path / "vault", {}).keys_for({"customer:c1": None})
    assert (tmp_path / place).is_symlink()


def test_a_directory_that_is_gone_is_said(tmp_path: Path) -> None:
    vault_at(tmp_path / "vault")
    (tmp_path / "vault" / "keys-1" / "forgetting").rmdir()
    with pytest.raises(Blocked, match=r"No such file or directory.*forgetting"):
        FileVault(tmp_path / "vault", {}).records()


@pytest.mark.parametrize("damage", [b"", b"\0\0", b"{}", b"x" * 200])
def test_a_damaged_file_is_said_and_not_replaced(tmp_path: Path, damage: bytes) -> None:
    vault = vault_at(tmp_path / "vault")
    header = tmp_path / "vault" / "vault.json"
    kept = header.read_bytes()
    header.write_bytes(damage)
    with pytest.raises(Corrupt, match=r"vault\.json is damaged"):
        FileVault(tmp_path / "vault", {}).keys_for({"customer:c1": None})
    header.write_bytes(kept)
    (file,) = vault.records().subjects.iterdir()
    file.write_bytes(damage)
    with pytest.raises(Corrupt, match="is damaged"):
        FileVault(tmp_path / "vault", {}).keys_for({"customer:c1": None})
    assert file.read_bytes() == damage


# --- where it is ------------------------------------------------------------------------


@pytest.mark.parametrize("inside", ["vault", "keys/vault", ".git/vault", ".git/germline"])
def test_a_vault_is_never_where_git_would_keep_it(tmp_path: Path, inside: str) -> None:
    (tmp_path / "lab" / ".git").mkdir(parents=True)
    with pytest.raises(Blocked, match="inside the working tree"):
        place_of(str(tmp_path / "lab" / inside), tmp_path / "lab" / ".git")


def test_a_link_into_the_working_tree_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "lab" / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "lab")
    with pytest.raises(Blocked, match="inside the working tree"):
        place_of(str(tmp_path / "link" / "vault"), tmp_path / "lab" / ".git")


def test_its_place_is_absolute_or_in_the_git_directory(tmp_path: Path) -> None:
    gitdir = tmp_path / "lab" / ".git"
    assert place_of(None, gitdir) == gitdir / "germline" / "vault"
    assert place_of(str(tmp_path / "safe"), gitdir) == tmp_path / "safe"
    with pytest.raises(Blocked, match="not an absolute path"):
        place_of("safe", gitdir)


# --- the master key ---------------------------------------------------------------------


def key_file(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_the_master_key_comes_from_the_first_place_that_has_one(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    key_file(tmp_path / "credentials" / "germline-master-key", "11" * 32)
    named = key_file(tmp_path / "named", "22" * 32 + "\n")
    environment = {
        "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"),
        "GERMLINE_MASTER_KEY_FILE": str(named),
        "GERMLINE_MASTER_KEY": "MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM=",
    }
    found = []
    for name in [*environment, ""]:
        source = MasterKeySource(tmp_path / "vault", dict(environment))
        found.append(source.find_or_make().secret)
        environment.pop(name, None)
    assert found[:3] == [bytes([0x11]) * 32, bytes([0x22]) * 32, bytes([0x33]) * 32]
    assert found[3] == (tmp_path / "vault.master-key").read_bytes()
    assert len(found[3]) == 32


@pytest.mark.parametrize("text", ["", "short", "zz" * 32, "ab" * 31, "ab" * 33])
def test_a_master_key_that_is_none_is_refused_without_being_shown(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(Blocked, match=r"\$GERMLINE_MASTER_KEY is not 32 bytes") as told:
        vault_at(tmp_path / "vault", {"GERMLINE_MASTER_KEY": text})
    assert not text or text not in told.value.reason + told.value.hint
    assert not (tmp_path / "vault").exists()


def test_a_master_key_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Blocked, match="there is no master key file"):
        vault_at(tmp_path / "vault", {"GERMLINE_MASTER_KEY_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize("environment", [{}, {"GERMLINE_MASTER_KEY": OTHER}])
def test_another_master_key_opens_nothing_and_changes_nothing(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    vault_at(tmp_path / "vault", {"GERMLINE_MASTER_KEY": KEY})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(Blocked, match=r"needs master key [0-9a-f]{16}, but"):
        FileVault(tmp_path / "vault", environment).keys_for({"customer:c9": None})
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_the_vault_alone_gives_no_key_away(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    secrets = [record.key.secret for record in shop.vault.records().everything()]
    held = b"".join(p.read_bytes() for p in shop.vault.directory.rglob("*") if p.is_file())
    assert [secret for secret in secrets if secret in held or secret[:32] in held] == []
