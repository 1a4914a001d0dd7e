"""Many writers, some of them killed: nothing lost, doubled or out of order."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pygit2
import pytest

from controller.adapters import git_locks
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_event_tree import tree_with
from controller.history.event import seal
from controller.ports import Unavailable
from tests.git.crash import survives
from tests.git.events import BRANCH, named, stored
from tests.git.stock import fsck, git


def writer(path: Path, name: str, count: int, batch: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.git.writer", str(path), name, str(count), str(batch)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def test_eight_writers_at_once_lose_nothing_and_agree_on_one_order(path: Path) -> None:
    writers = [writer(path, f"w{number}", 12, batch=2) for number in range(8)]
    acknowledged = [process.communicate()[0].split() for process in writers]
    assert [process.returncode for process in writers] == [0] * 8
    ids = [event.id for event in stored(path)]
    assert len(ids) == len(set(ids)) == 8 * 12 * 2
    for mine in acknowledged:
        assert len(mine) == 24
        assert [event_id for event_id in ids if event_id in set(mine)] == mine
    assert GitEventLog(path).verify() == 192
    fsck(path)


def test_a_writer_killed_at_random_points_loses_nothing_that_it_acknowledged(path: Path) -> None:
    rng = random.Random(7)
    acknowledged: list[str] = []
    for life in range(30):
        process = writer(path, f"life{life}", 10_000, batch=rng.choice([1, 3]))
        assert process.stdout is not None
        for _ in range(rng.randrange(1, 6)):
            acknowledged += process.stdout.readline().split()
        for _ in range(rng.randrange(20_000)):
            pass
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        acknowledged += [
            i for line in rest.splitlines(True) if line[-1] == "\n" for i in line.split()
        ]
        ids = [event.id for event in stored(path)]
        assert [event_id for event_id in ids if event_id in set(acknowledged)] == acknowledged
    GitEventLog(path).append(named("after", 1))
    assert GitEventLog(path).verify() == len({e.id for e in stored(path)})
    fsck(path)


def test_a_writer_killed_at_any_line_leaves_a_log_that_takes_the_next_event(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_locks, "STALE_LOCK_SECONDS", 0.0)
    before = list(GitEventLog(path).append(named("before", 2)))
    for line in range(1, 1000, 2):
        copy = tmp_path / f"killed-at-{line}"
        shutil.copytree(path, copy)
        done = survives(lambda at=copy: GitEventLog(at).append(named("x", 2)), line)  # type: ignore[misc]
        (after,) = GitEventLog(copy).append(named("after", 1))
        added = [seal(each) for each in named("x", 2)]
        found = stored(copy)
        assert found == [*before, *added, after] or (found == [*before, after] and not done)
        assert GitEventLog(copy).verify() == len(found)
        if line % 15 == 0:
            fsck(copy)
        shutil.rmtree(copy)
        if done:
            break
    assert done


def test_two_clones_that_push_the_same_tip_cannot_both_win(path: Path, tmp_path: Path) -> None:
    GitEventLog(path).append(named("ana", 1))
    for name in ("one", "two"):
        git(tmp_path, "clone", "--quiet", "--bare", str(path), name)
        GitEventLog(tmp_path / name).append(named(name, 1))
    git(tmp_path / "one", "push", "--quiet", "origin", "genome/events")
    with pytest.raises(AssertionError, match="rejected"):
        git(tmp_path / "two", "push", "--quiet", "origin", "genome/events")
    assert [event.subject for event in stored(path)] == ["ana", "one"]


def test_a_push_between_reading_and_writing_is_not_overwritten(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = GitEventLog(path)
    log.append(named("ana", 1))
    git(tmp_path, "clone", "--quiet", "--bare", str(path), "copy")
    GitEventLog(tmp_path / "copy").append(named("pushed", 1))
    pushes = ["genome/events"]

    def push_meanwhile(*arguments: Any) -> pygit2.Oid:
        if pushes:
            git(tmp_path / "copy", "push", "--quiet", "origin", pushes.pop())
        return tree_with(*arguments)

    monkeypatch.setattr("controller.adapters.git_event_log.tree_with", push_meanwhile)
    log.append(named("bo", 1))
    assert [event.subject for event in stored(path)] == ["ana", "pushed", "bo"]
    assert log.verify() == 3


# --- locks that were left behind --------------------------------------------------------


def test_a_ref_lock_of_a_living_git_is_respected(path: Path) -> None:
    log = GitEventLog(path)
    log.append(named("ana", 1))
    lock = path / f"{BRANCH}.lock"
    lock.touch()
    with pytest.raises(Unavailable, match=r"events\.lock"):
        log.append(named("bo", 1))
    lock.unlink()
    assert len(log.append(named("bo", 1))) == 1


def test_a_ref_lock_of_a_killed_writer_is_removed_by_the_next_one(path: Path) -> None:
    log = GitEventLog(path)
    log.append(named("ana", 1))
    (path / "germline" / "writer.lock").write_text("99999\n")
    (path / f"{BRANCH}.lock").touch()
    log.append(named("bo", 1))
    assert [event.subject for event in stored(path)] == ["ana", "bo"]
    assert (path / "germline" / "writer.lock").read_text() == ""


def test_a_writer_that_keeps_its_turn_makes_others_give_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_locks, "WRITER_LOCK_SECONDS", 0.02)
    with (
        git_locks.WriterLock(path).held(),
        pytest.raises(Unavailable, match="another writer holds"),
    ):
        GitEventLog(path).append(named("ana", 1))
    assert len(GitEventLog(path).append(named("ana", 1))) == 1
