"""Looking after the vault: another master key, copies, and the way back."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from controller.adapters.vault_upkeep import Restored, backup, restore, rotate, state_of
from controller.ports import Blocked, Corrupt
from controller.stories.forget import forget
from tests.git.crash import survives
from tests.vault.people import MORNING, STORY, Shop, founded, new_shop

KILL_EVERY_LINES = 17


def readable(shop: Shop) -> int:
    """How many events about people a fresh process reads."""
    fresh = Shop(shop.gitdir, dict(shop.vault.source.environment))
    return sum(event.type in {one.type for one in STORY} for event in fresh.log.since())


def test_a_rotation_changes_every_file_and_no_event(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    forget(shop.memory, "customer:c2", MORNING + timedelta(hours=1), "person:clerk")
    old = {p.read_bytes() for p in shop.gitdir.glob("germline/vault*/**/*") if p.is_file()}
    old_key = shop.vault.source.own_file.read_bytes()
    before = state_of(shop.vault)
    rotate(shop.vault, None)
    after = state_of(shop.vault)
    new = {p.read_bytes() for p in shop.vault.records().pseudonyms.iterdir()}
    assert not old & new
    assert shop.vault.source.own_file.read_bytes() != old_key
    assert (before.keys, before.forgotten) == (after.keys, after.forgotten) == (1, 1)
    assert before.master != after.master
    assert readable(shop) == len(STORY) - 1
    assert [p.name for p in shop.vault.directory.glob("keys-*")] == ["keys-2"]
    with pytest.raises(Blocked, match="was forgotten"):
        shop.log.append(STORY[1:2])


def test_a_key_from_elsewhere_is_rotated_to_a_file(tmp_path: Path) -> None:
    new_shop(tmp_path / "shop")
    shop = Shop(tmp_path / "shop", {"GERMLINE_MASTER_KEY": "ab" * 32})
    shop.log.append(STORY)
    with pytest.raises(Blocked, match=r"comes from \$GERMLINE_MASTER_KEY, which only you"):
        rotate(shop.vault, None)
    following = tmp_path / "next"
    following.write_text("cd" * 32)
    following.chmod(0o600)
    rotate(shop.vault, following)
    with pytest.raises(Blocked, match="needs master key"):
        readable(shop)
    assert readable(Shop(shop.gitdir, {"GERMLINE_MASTER_KEY": "cd" * 32})) == len(STORY)


def test_a_rotation_killed_anywhere_leaves_one_key_that_opens_all(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    founded(fresh)
    kills, ended = 0, False
    while not ended:
        path = tmp_path / f"shop{kills}"
        shutil.copytree(fresh, path, symlinks=True)
        ended = survives(
            lambda path=path: rotate(Shop(path).vault, None), 1 + kills * KILL_EVERY_LINES
        )
        assert readable(Shop(path)) == len(STORY)
        rotate(Shop(path).vault, None)
        assert readable(Shop(path)) == len(STORY)
        assert len(list(path.glob("germline/vault/keys-*"))) == 1
        shutil.rmtree(path)
        kills += 1
    assert kills > 10


def test_a_lost_vault_comes_back_from_a_backup(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    assert backup(shop.vault, tmp_path / "copy", MORNING) == 2
    shutil.rmtree(shop.vault.directory)
    lost = Shop(shop.gitdir)
    assert restore(lost.vault, tmp_path / "copy", ()) == Restored(2, 0, 0)
    assert readable(shop) == len(STORY)
    assert restore(lost.vault, tmp_path / "copy", ()) == Restored(0, 2, 0)


@pytest.mark.parametrize("damage", [b"", b"\0" * 99, b"x" * 99])
def test_a_damaged_key_comes_back_from_a_backup(tmp_path: Path, damage: bytes) -> None:
    shop = founded(tmp_path / "shop")
    backup(shop.vault, tmp_path / "copy", MORNING)
    next(shop.vault.records().subjects.iterdir()).write_bytes(damage)
    damaged = Shop(shop.gitdir)
    with pytest.raises(Corrupt, match="is damaged"):
        state_of(damaged.vault)
    with pytest.raises(Corrupt, match="is damaged"):
        damaged.log.append(STORY)
    assert restore(damaged.vault, tmp_path / "copy", ()) == Restored(1, 1, 0)
    assert readable(shop) == len(STORY)


@pytest.mark.parametrize("lost", [False, True])
def test_a_backup_does_not_bring_back_who_was_forgotten(tmp_path: Path, lost: bool) -> None:
    shop = founded(tmp_path / "shop")
    backup(shop.vault, tmp_path / "copy", MORNING)
    forget(shop.memory, "customer:c1", MORNING, "person:clerk")
    if lost:
        shutil.rmtree(shop.vault.directory)
    again = Shop(shop.gitdir)
    buried = {event.subject.partition("~")[2] for event in again.log.tombstones(0)[0]}
    done = restore(again.vault, tmp_path / "copy", buried)
    assert done == (Restored(1, 0, 1) if lost else Restored(0, 1, 1))
    read = [event.type for event in Shop(shop.gitdir).log.since()]
    assert read.count("event.forgotten") == 4


def test_a_backup_holds_the_marks_of_who_was_forgotten(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    forget(shop.memory, "customer:c1", MORNING, "person:clerk")
    backup(shop.vault, tmp_path / "copy", MORNING)
    shutil.rmtree(shop.vault.directory)
    again = Shop(shop.gitdir)
    restore(again.vault, tmp_path / "copy", ())
    with pytest.raises(Blocked, match="was forgotten"):
        again.log.append(STORY[:1])


@pytest.mark.parametrize("how", ["changed", "missing", "added"])
def test_a_backup_that_is_not_as_it_was_written_is_refused(tmp_path: Path, how: str) -> None:
    shop = founded(tmp_path / "shop")
    backup(shop.vault, tmp_path / "copy", MORNING)
    file = next((tmp_path / "copy" / "keys-1" / "subjects").iterdir())
    if how == "changed":
        file.write_bytes(file.read_bytes()[::-1])
    elif how == "missing":
        file.unlink()
    else:
        shutil.copy(file, file.with_name("f" * 64))
    shutil.rmtree(shop.vault.directory)
    with pytest.raises(Corrupt, match="is not as it was written"):
        restore(Shop(shop.gitdir).vault, tmp_path / "copy", ())
    assert not shop.vault.directory.exists()


def test_a_backup_under_another_master_key_is_refused(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    backup(shop.vault, tmp_path / "copy", MORNING)
    rotate(shop.vault, None)
    with pytest.raises(Blocked, match="needs master key"):
        restore(shop.vault, tmp_path / "copy", ())


def test_a_backup_goes_only_into_an_empty_place(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    with pytest.raises(Blocked, match="is not empty"):
        backup(shop.vault, shop.gitdir, MORNING)
    (tmp_path / "other").mkdir()
    with pytest.raises(Blocked, match="is not a backup of a vault"):
        restore(shop.vault, tmp_path / "other", ())
