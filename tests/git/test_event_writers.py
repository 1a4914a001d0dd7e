"""Many writers, some of them killed: nothing lost, doubled or out of order."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from controller.adapters import git_locks, git_sealer
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_event_tree import tree_with
from controller.history.event import seal
from controller.ports import Unavailable
from tests.git.crash import lines_run, survives
from tests.git.events import BRANCH, FOR_EVER_SECONDS, named, sealed, stored
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
    before = list(sealed(GitEventLog(path), named("before", 2)))
    whole = tmp_path / "whole"
    shutil.copytree(path, whole)
    lines = lines_run(lambda: sealed(GitEventLog(whole), named("x", 2)))
    assert lines > 500
    rng = random.Random(11)
    for line in sorted(rng.sample(range(1, lines), 100)):
        copy = tmp_path / f"killed-at-{line}"
        shutil.copytree(path, copy)
        survives(lambda at=copy: sealed(GitEventLog(at), named("x", 2)), line)  # type: ignore[misc]
        (after,) = sealed(GitEventLog(copy), named("after", 1))
        added = [seal(each) for each in named("x", 2)]
        found = stored(copy)
        assert found in ([*before, *added, after], [*before, added[0], after], [*before, after])
        assert GitEventLog(copy).verify() == len(found)
        if line % 15 == 0:
            fsck(copy)
        shutil.rmtree(copy)


def test_two_clones_that_push_the_same_tip_cannot_both_win(path: Path, tmp_path: Path) -> None:
    sealed(GitEventLog(path), named("ana", 1))
    for name in ("one", "two"):
        git(tmp_path, "clone", "--quiet", "--bare", str(path), name)
        sealed(GitEventLog(tmp_path / name), named(name, 1))
    git(tmp_path / "one", "push", "--quiet", "origin", "genome/events")
    with pytest.raises(AssertionError, match="rejected"):
        git(tmp_path / "two", "push", "--quiet", "origin", "genome/events")
    assert [event.subject for event in stored(path)] == ["ana", "one"]


def test_a_push_while_a_seal_is_written_is_not_overwritten(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = GitEventLog(path)
    sealed(log, named("ana", 1))
    git(tmp_path, "clone", "--quiet", "--bare", str(path), "copy")
    sealed(GitEventLog(tmp_path / "copy"), named("pushed", 1))
    pushes = ["genome/events"]

    def push_meanwhile(*arguments: Any) -> tuple[bytes, list[bytes]]:
        if pushes:
            git(tmp_path / "copy", "push", "--quiet", "origin", pushes.pop())
        return tree_with(*arguments)

    monkeypatch.setattr("controller.adapters.git_sealer.tree_with", push_meanwhile)
    sealed(log, named("bo", 1))
    assert [event.subject for event in stored(path)] == ["ana", "pushed", "bo"]
    assert sealed(log, named("cy", 1)) == (stored(path)[3],)
    assert log.verify() == 4


@pytest.mark.parametrize(("count", "seconds"), [(1, 0.01), (1000, FOR_EVER_SECONDS)])
def test_events_are_sealed_when_they_waited_or_are_a_thousand(
    path: Path, monkeypatch: pytest.MonkeyPatch, count: int, seconds: float
) -> None:
    monkeypatch.setattr(git_sealer, "SEAL_SECONDS", seconds)
    log = GitEventLog(path)
    log.append(named("ana", count))
    deadline = time.monotonic() + 60
    while not (path / BRANCH).exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert GitEventLog(path).seal() == count
    assert git(path, "rev-list", "--count", "genome/events").strip() == "1"


def test_events_that_wait_follow_those_that_a_push_brings(path: Path, tmp_path: Path) -> None:
    log = GitEventLog(path)
    sealed(log, named("ana", 1))
    git(tmp_path, "clone", "--quiet", "--bare", str(path), "copy")
    sealed(GitEventLog(tmp_path / "copy"), named("pushed", 3))
    log.append(named("bo", 1))
    git(tmp_path / "copy", "push", "--quiet", "origin", "genome/events")
    assert sealed(GitEventLog(path), named("cy", 1))
    assert [event.subject for event in stored(path)] == ["ana", *["pushed"] * 3, "bo", "cy"]


# --- locks that were left behind --------------------------------------------------------


def test_a_ref_lock_of_a_living_git_is_respected(path: Path) -> None:
    log = GitEventLog(path)
    sealed(log, named("ana", 1))
    lock = path / f"{BRANCH}.lock"
    lock.touch()
    (event,) = log.append(named("bo", 1))
    with pytest.raises(Unavailable, match=r"events\.lock"):
        log.seal()
    assert stored(path)[1:] == [event]
    lock.unlink()
    assert log.seal() == 2


def test_a_ref_lock_of_a_killed_writer_is_removed_by_the_next_one(path: Path) -> None:
    log = GitEventLog(path)
    sealed(log, named("ana", 1))
    (path / "germline" / "writer.lock").write_text("99999\n")
    (path / f"{BRANCH}.lock").touch()
    sealed(log, named("bo", 1))
    assert [event.subject for event in stored(path)] == ["ana", "bo"]
    assert (path / "germline" / "writer.lock").read_text() == ""


def test_a_writer_that_keeps_its_turn_keeps_events_in_the_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_locks, "WRITER_LOCK_SECONDS", 0.02)
    log = GitEventLog(path)
    with git_locks.WriterLock(path).held():
        log.append(named("ana", 1))
        with pytest.raises(Unavailable, match="another writer holds"):
            log.seal()
    assert [event.subject for event in stored(path)] == ["ana"]
    assert log.seal() == 1
