"""A log that somebody changed is corrupt, and says at which event."""

from __future__ import annotations

from pathlib import Path

import pygit2
import pytest

from controller.adapters.git_event_log import GitEventLog
from controller.ports import Corrupt
from tests.git.events import BRANCH, named, sealed
from tests.git.stock import git


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
        sealed(log, named("ana", 10, 10 * number))
    unread(path)
    return path


def unread(path: Path) -> None:
    """Make it a clone that has not read its log yet."""
    (path / "germline" / "verified.json").unlink()


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
