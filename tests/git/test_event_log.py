"""The event log in git: one order for all writers, and nothing lost, doubled or made up."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pygit2
import pytest

from controller.adapters import git_locks
from controller.adapters.clock import VirtualClock
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_event_tree import tree_with
from controller.history.event import Event, Occurrence, seal
from controller.limits import EVENT_BYTES, SEGMENT_EVENTS
from controller.ports import Blocked, Corrupt, Unavailable
from tests.git.crash import survives
from tests.git.stock import fsck, git
from tests.git.writer import occurrence

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
BRANCH = "refs/heads/genome/events"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    pygit2.init_repository(str(tmp_path / "genome"), bare=True)
    return tmp_path / "genome"


def named(name: str, count: int, start: int = 0) -> list[Occurrence]:
    return [occurrence(name, number) for number in range(start, start + count)]


def stored(path: Path) -> list[Event]:
    return list(GitEventLog(path).since())


def writer(path: Path, name: str, count: int, batch: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.git.writer", str(path), name, str(count), str(batch)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def test_an_empty_log_has_no_events(path: Path) -> None:
    log = GitEventLog(path)
    assert (log.length(), list(log.since()), log.append([]), log.verify()) == (0, [], (), 0)


def test_appended_events_are_read_back_in_order(path: Path) -> None:
    log = GitEventLog(path)
    first, second = log.append(named("ana", 2)), log.append(named("bo", 1))
    assert stored(path) == [*first, *second] == list(log.since())
    assert [event.subject for event in stored(path)] == ["ana", "ana", "bo"]


def test_a_cursor_is_the_number_of_events_before_it(path: Path) -> None:
    log = GitEventLog(path)
    events = [event for n in range(5) for event in log.append(named("ana", 3, 3 * n))]
    assert all(list(log.since(cursor)) == events[cursor:] for cursor in range(16))
    with pytest.raises(ValueError, match="-1"):
        log.since(-1)


def test_a_cursor_beyond_the_end_says_that_events_are_gone(path: Path) -> None:
    log = GitEventLog(path)
    log.append(named("ana", 3))
    with pytest.raises(Corrupt, match="event 3: the log ends here, but 4 events were there"):
        log.since(4)


def test_what_is_in_the_log_already_is_not_appended_again(path: Path) -> None:
    log, other = GitEventLog(path), GitEventLog(path)
    (event,) = log.append(named("ana", 1))
    both = other.append([*named("ana", 1), *named("bo", 1), *named("bo", 1)])
    assert both == (event, both[1], both[1])
    assert log.append(named("bo", 1)) == (both[1],)
    assert stored(path) == [event, both[1]]


def test_a_batch_larger_than_a_segment_is_one_commit_of_several_segments(path: Path) -> None:
    log = GitEventLog(path)
    log.append(named("ana", 1))
    log.append(named("bo", 2 * SEGMENT_EVENTS + 5))
    assert git(path, "log", "--format=%B", "-1", BRANCH).split() == [
        "events",
        f"1..{2 * SEGMENT_EVENTS + 5}",
        "Events:",
        f"{2 * SEGMENT_EVENTS + 5}",
    ]
    assert git(path, "ls-tree", "-r", "--name-only", BRANCH).split() == [
        "000/000/000/000000000000.jsonl",
        "000/000/000/000000000001.jsonl",
        "000/000/001/000000001001.jsonl",
        "000/000/002/000000002001.jsonl",
    ]
    events = stored(path)
    assert [event.data["number"] for event in events[1:]] == list(range(2 * SEGMENT_EVENTS + 5))
    assert list(log.since(SEGMENT_EVENTS + 1)) == events[SEGMENT_EVENTS + 1 :]
    assert log.verify() == log.length() == 2 * SEGMENT_EVENTS + 6


def test_stock_git_can_read_and_check_the_log(path: Path) -> None:
    log = GitEventLog(path, VirtualClock(NOON))
    for number in range(4):
        log.append(named("ana", 2, 2 * number))
    fsck(path)
    assert git(path, "log", "--format=%an %ae %aI %s", "genome/events").splitlines() == [
        f"germline germline@localhost 2026-11-01T12:00:00+00:00 events {first}..{first + 1}"
        for first in (6, 4, 2, 0)
    ]


def test_a_clone_carries_the_log_and_a_fetch_brings_what_is_new(path: Path, tmp_path: Path) -> None:
    log = GitEventLog(path)
    log.append(named("ana", 2))
    git(tmp_path, "clone", "--quiet", "--bare", str(path), "copy")
    assert stored(tmp_path / "copy") == stored(path)
    log.append(named("bo", 2))
    git(tmp_path / "copy", "fetch", "--quiet", "origin", "genome/events:genome/events")
    assert stored(tmp_path / "copy") == stored(path)


def test_reading_from_a_cursor_needs_no_segment_before_it(path: Path) -> None:
    log = GitEventLog(path)
    for number in range(3):
        log.append(named("ana", 10, 10 * number))
    blob = git(path, "rev-parse", f"{BRANCH}:000/000/000/000000000000.jsonl").strip()
    (path / "objects" / blob[:2] / blob[2:]).unlink()
    fresh = GitEventLog(path)
    assert [event.data["number"] for event in fresh.since(10)] == list(range(10, 30))
    with pytest.raises(Corrupt, match=r"event 0: its segment .* is missing"):
        list(fresh.since(9))


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("tail", [b"", b"????????"])
def test_a_damaged_object_is_corrupt(path: Path, kept: float, tail: bytes) -> None:
    GitEventLog(path).append(named("ana", 3))
    blob = git(path, "rev-parse", f"{BRANCH}:000/000/000/000000000000.jsonl").strip()
    file = path / "objects" / blob[:2] / blob[2:]
    stored_bytes = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(stored_bytes[: int(kept * len(stored_bytes))] + tail)
    with pytest.raises(Corrupt, match="event 0: its segment"):
        list(GitEventLog(path).since())


# --- what cannot be recorded ------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"x": float("nan")}, "not representable"),
        ({"x": 2**60}, "safe integer"),
        ({"x": 1e20}, "not JSON"),
        ({"x": "\ud800"}, "non-UTF-8"),
        ({"x": "a" * EVENT_BYTES}, "bytes"),
    ],
)
def test_data_without_a_canonical_form_is_refused_and_nothing_is_appended(
    path: Path, data: dict[str, float | str], problem: str
) -> None:
    log = GitEventLog(path)
    bad = Occurrence("gap.found", "x", dict(data), NOON, None, "controller")
    with pytest.raises(Blocked, match=problem):
        log.append([*named("ana", 1), bad])
    assert log.length() == 0


def test_data_that_contains_itself_is_refused(path: Path) -> None:
    loop: dict[str, object] = {}
    loop["again"] = loop
    bad = Occurrence("gap.found", "x", loop, NOON, None, "controller")  # type: ignore[arg-type]
    with pytest.raises(Blocked, match="cannot be recorded"):
        GitEventLog(path).append([bad])


def test_a_time_without_a_zone_is_refused(path: Path) -> None:
    bad = Occurrence("gap.found", "x", {}, NOON.replace(tzinfo=None), None, "controller")
    with pytest.raises(Blocked, match="no time zone"):
        GitEventLog(path).append([bad])


# --- a log that was tampered with -------------------------------------------------------


def tamper(path: Path, name: str, content: bytes | None, parent: bool = True) -> None:
    """Commit a change of one file of the log, as somebody with a shell could."""
    repository = pygit2.Repository(str(path))
    commit = repository.references[BRANCH].peel(pygit2.Commit)
    index = pygit2.Index()
    index.read_tree(commit.tree)
    if content is None:
        index.remove(name)
    else:
        blob = repository.create_blob(content)
        index.add(pygit2.IndexEntry(name, blob, pygit2.enums.FileMode.BLOB))
    person = pygit2.Signature("Mallory", "m@example.org", 0, 0)
    parents = [commit.id] if parent else list(commit.parent_ids)
    tree = index.write_tree(repository)
    new = repository.create_commit(None, person, person, "tidy", tree, parents)
    repository.references[BRANCH].set_target(new)


def content(path: Path, name: str) -> bytes:
    repository = pygit2.Repository(str(path))
    blob = repository.references[BRANCH].peel(pygit2.Tree)[name]
    assert isinstance(blob, pygit2.Blob)
    return blob.data


FIRST, SECOND, THIRD = (f"000/000/000/{first:012d}.jsonl" for first in (0, 10, 20))


@pytest.fixture
def three(path: Path) -> Path:
    log = GitEventLog(path)
    for number in range(3):
        log.append(named("ana", 10, 10 * number))
    return path


def test_an_edited_event_is_corrupt_at_its_sequence_number(three: Path) -> None:
    edited = content(three, SECOND).replace(b'"number":14', b'"number":15')
    tamper(three, SECOND, edited)
    log = GitEventLog(three)
    assert len(list(log.since(20))) == 10
    with pytest.raises(Corrupt, match="event 14: its id does not match its content") as caught:
        list(log.since())
    assert "clone" in caught.value.hint
    with pytest.raises(Corrupt, match="event 14"):
        log.append(named("bo", 1))


def test_a_segment_that_lost_its_last_lines_is_corrupt(three: Path) -> None:
    tamper(three, SECOND, b"\n".join(content(three, SECOND).split(b"\n")[:7]) + b"\n")
    with pytest.raises(Corrupt, match="event 17: a segment begins at 20 instead of 17"):
        list(GitEventLog(three).since())
    with pytest.raises(Corrupt, match="event 17: a segment begins at 20 instead of 17"):
        list(GitEventLog(three).since(18))


def test_a_segment_cut_in_the_middle_is_corrupt(three: Path) -> None:
    tamper(three, SECOND, content(three, SECOND)[:-30])
    with pytest.raises(Corrupt, match="event 19: the segment ends in the middle of a line"):
        list(GitEventLog(three).since())


@pytest.mark.parametrize(("name", "sequence"), [(FIRST, 0), (SECOND, 10)])
def test_a_segment_that_is_missing_is_corrupt(three: Path, name: str, sequence: int) -> None:
    tamper(three, name, None)
    with pytest.raises(Corrupt, match=f"event {sequence}: "):
        list(GitEventLog(three).since())


@pytest.mark.parametrize("name", ["README", "000/notes.txt", "000/000/000/000000000030.json"])
def test_a_file_that_is_no_segment_is_corrupt(three: Path, name: str) -> None:
    tamper(three, name, b"hello\n")
    with pytest.raises(Corrupt, match="has an entry"):
        list(GitEventLog(three).since())


def test_a_replaced_segment_that_is_well_formed_is_found_by_verify(three: Path) -> None:
    forged = b"".join(
        line + b"\n" for line in content(three, FIRST).split(b"\n")[:-1][::-1]
    )  # the same events in another order: every line is good
    tamper(three, FIRST, forged)
    log = GitEventLog(three)
    assert len(list(log.since())) == 30
    with pytest.raises(Corrupt, match=f"changed what was there: {FIRST}"):
        log.verify()


def test_a_running_process_finds_a_replaced_segment_by_itself(three: Path) -> None:
    log = GitEventLog(three)
    assert log.length() == 30
    tamper(three, FIRST, b"".join(x + b"\n" for x in content(three, FIRST).split(b"\n")[-2::-1]))
    with pytest.raises(Corrupt, match=f"changed what was there: {FIRST}"):
        log.length()


def test_a_running_process_finds_a_branch_that_was_set_back(three: Path) -> None:
    log = GitEventLog(three)
    assert log.length() == 30
    git(three, "update-ref", BRANCH, f"{BRANCH}~1")
    with pytest.raises(Corrupt, match="the log was rewritten"):
        log.append(named("bo", 1))
    git(three, "update-ref", "-d", BRANCH)
    with pytest.raises(Corrupt, match="is gone: it had 30 events"):
        log.length()


def test_a_merge_in_the_log_is_found_by_verify(three: Path) -> None:
    tree = git(three, "rev-parse", f"{BRANCH}^{{tree}}").strip()
    merge = git(three, "commit-tree", tree, "-p", BRANCH, "-p", f"{BRANCH}~1", "-m", "x").strip()
    git(three, "update-ref", BRANCH, merge)
    with pytest.raises(Corrupt, match=f"commit {merge} of the log is a merge"):
        GitEventLog(three).verify()


# --- many writers -----------------------------------------------------------------------


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
