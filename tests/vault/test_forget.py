"""Forgetting: no byte is left, wherever one looks, and no kill leaves it half done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from controller.ports import Unavailable
from controller.stories.forget import Memory, finish_forgetting, forget
from tests.git.crash import survives
from tests.git.events import sealed
from tests.git.stock import fsck, git
from tests.vault.people import MARKER, MORNING, STORY, Shop, founded
from tests.vault.search import places_of

KILL_EVERY_LINES = 23
"""A prime, so that over a few hundred lines every step is hit somewhere."""


def do_forget(path: Path) -> None:
    shop = Shop(path)
    forget(shop.memory, "customer:c1", MORNING, "person:clerk")


def assert_forgotten(path: Path) -> None:
    """All that must hold afterwards, as a fresh process finds it."""
    shop = Shop(path)
    read = list(shop.log.since())
    assert [event.type for event in read].count("event.forgotten") == 4
    assert [event.type for event in read].count("subject.forgotten") == 1
    assert [event.data for event in read if event.subject == "customer:c2"] == [{"name": "Bo"}]
    assert shop.log.verify() == len(STORY) + 1
    assert shop.vault.pending() == ()
    assert places_of(MARKER, path) == places_of("customer:c1", path) == []
    fsck(path)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    sealed(shop.stored, list(STORY))
    places = " ".join(places_of(MARKER, tmp_path))
    assert "(objects)" in places
    assert "germline/index/deep/copy" in places
    git(shop.gitdir, "gc", "--quiet")
    assert "(objects)" in " ".join(places_of(MARKER, tmp_path))


def test_data_of_people_is_nowhere_in_plain_even_before(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    for name in ("snapshots", "index"):
        shutil.rmtree(shop.gitdir / "germline" / name)
    for text in (MARKER, "customer:c1", "order:o1", "Rosenweg"):
        assert places_of(text, tmp_path) == []


def test_afterwards_no_byte_is_in_the_repository_its_clones_or_the_files(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    keys = [record.key for record in shop.vault.records().everything()]
    git(tmp_path, "clone", "--quiet", "--mirror", str(shop.gitdir), "clone")
    git(shop.gitdir, "gc", "--quiet")
    do_forget(shop.gitdir)
    assert_forgotten(shop.gitdir)
    assert places_of(MARKER, tmp_path) == places_of("customer:c1", tmp_path) == []
    left = [record.key for record in Shop(shop.gitdir).vault.records().everything()]
    assert len(keys) - len(left) == 1
    assert not (shop.gitdir / "germline" / "index").exists()
    git(tmp_path / "clone", "fetch", "--quiet")
    shutil.copytree(shop.gitdir / "germline", tmp_path / "clone" / "germline")
    assert_forgotten(tmp_path / "clone")


def test_a_kill_at_any_step_is_finished_by_the_next_start(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    founded(fresh)
    kills, ended = 0, False
    while not ended:
        path = tmp_path / f"shop{kills}"
        shutil.copytree(fresh, path, symlinks=True)
        ended = survives(lambda path=path: do_forget(path), 1 + kills * KILL_EVERY_LINES)
        finish_forgetting(Shop(path).memory)
        begun = Shop(path).vault.records().of_subject("customer:c1")
        if hasattr(begun, "key"):
            do_forget(path)  # killed before it was noted: nothing had happened yet
        assert_forgotten(path)
        shutil.rmtree(path)
        kills += 1
    assert kills > 20


def test_a_kill_while_finishing_is_finished_by_the_start_after(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    shop = founded(fresh)
    with shop.vault.exclusive():
        shop.vault.begin_forgetting("customer:c1", MORNING, "person:clerk")
    kills, ended = 0, False
    while not ended:
        path = tmp_path / f"shop{kills}"
        shutil.copytree(fresh, path, symlinks=True)
        ended = survives(
            lambda path=path: finish_forgetting(Shop(path).memory),
            11 + kills * 3 * KILL_EVERY_LINES,
        )
        finish_forgetting(Shop(path).memory)
        assert_forgotten(path)
        shutil.rmtree(path)
        kills += 1
    assert kills > 5


def test_a_holder_that_fails_keeps_the_key_and_the_next_start_goes_on(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")

    class Busy:
        def forget(self, subject: str) -> None:
            raise Unavailable(f"the copy of {subject} is out of reach")

    with pytest.raises(Unavailable):
        forget(Memory(shop.log, shop.vault, (Busy(),)), "customer:c1", MORNING, "person:clerk")
    assert MARKER not in str(list(Shop(shop.gitdir).log.since()))
    (done,) = finish_forgetting(Shop(shop.gitdir).memory)
    assert done.subject == "customer:c1"
    assert_forgotten(shop.gitdir)


def test_every_holder_is_told_the_subject_by_its_name(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    heard: list[str] = []

    class Listening:
        def forget(self, subject: str) -> None:
            heard.append(subject)
            assert MARKER not in str(list(shop.log.since()))

    memory = Memory(shop.log, shop.vault, (Listening(), *shop.memory.holders))
    forget(memory, "customer:c1", MORNING, "person:clerk")
    assert heard == ["customer:c1"]


def test_a_key_that_comes_back_is_destroyed_at_the_next_start(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    vault = shop.gitdir / "germline" / "vault"
    shutil.copytree(vault, tmp_path / "saved")
    do_forget(shop.gitdir)
    shutil.rmtree(vault)
    shutil.copytree(tmp_path / "saved", vault)
    (done,) = finish_forgetting(Shop(shop.gitdir).memory)
    assert done.subject == "customer:c1"
    assert_forgotten(shop.gitdir)
    assert finish_forgetting(Shop(shop.gitdir).memory) == ()
