"""A process is killed in the middle: what it began is finished, or never happened."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from controller.adapters import git_locks
from controller.adapters.git_repository import GitRepository
from controller.adapters.git_worktree import Worktree
from controller.ports import Blocked, Corrupt, DraftRef, Merged
from tests.git.crash import survives
from tests.git.proposal import AFTER, merge, on_disk
from tests.git.stock import ANA, FILES, changes, fsck, git


def test_a_merge_killed_between_ref_and_checkout_is_finished(
    genome: Path, repository: GitRepository, draft: DraftRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Worktree, "follow", lambda *_: os.kill(os.getpid(), 9))
        assert not survives(lambda: merge(GitRepository(genome), draft), 10**9)
    assert on_disk(genome) == FILES
    assert repository.main() != draft.base
    assert repository.recover() == (
        "removed index.lock, left by a killed process",
        f"the move of main to {repository.main()[:12]} was finished",
    )
    assert (on_disk(genome), changes(genome), repository.drafts()) == (AFTER, [], ())
    assert repository.recover() == ()


def test_a_merge_killed_at_any_line_is_finished_or_never_happened(
    genome: Path, draft: DraftRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_locks, "STALE_LOCK_SECONDS", 0.0)
    ends = set()
    for line in range(1, 2000, 3):
        copy = tmp_path / "killed"
        shutil.copytree(genome, copy, symlinks=True)
        done = survives(lambda at=copy: merge(GitRepository(at), draft), line)  # type: ignore[misc]
        repository = GitRepository(copy)
        repository.recover()
        assert repository.recover() == ()
        assert not (copy / ".git/index.lock").exists()
        if repository.main() == draft.base:
            assert not done
            assert (on_disk(copy), changes(copy), repository.drafts()) == (FILES, [], (draft,))
            assert isinstance(merge(repository, draft), Merged)
        assert (on_disk(copy), changes(copy), repository.drafts()) == (AFTER, [], ())
        assert not (copy / ".git/index.lock").exists()
        ends.add(done)
        if line % 30 == 1:
            fsck(copy)
        shutil.rmtree(copy)
        if done:
            break
    assert ends == {True, False}


def killed_before_checkout(genome: Path, draft: DraftRef, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Worktree, "follow", lambda *_: os.kill(os.getpid(), 9))
        assert not survives(lambda: merge(GitRepository(genome), draft), 10**9)


def test_recovery_does_not_overwrite_what_a_person_changed_meanwhile(
    genome: Path, repository: GitRepository, draft: DraftRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_before_checkout(genome, draft, monkeypatch)
    (genome / "phenotypes/edge.sg").write_text("mine")
    _, found = repository.recover()
    assert "the working tree is not: phenotypes/edge.sg is changed" in found
    assert (genome / "phenotypes/edge.sg").read_text() == "mine"
    with pytest.raises(Blocked, match="an earlier merge is not finished"):
        repository.commit_main({"x": b""}, "x", ANA)
    (genome / "phenotypes/edge.sg").write_bytes(FILES["phenotypes/edge.sg"])
    repository.commit_main({"x": b""}, "x", ANA)
    assert (changes(genome), on_disk(genome)) == ([], {**AFTER, "x": b""})


def test_recovery_accepts_what_a_person_repaired_by_hand(
    genome: Path, repository: GitRepository, draft: DraftRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_before_checkout(genome, draft, monkeypatch)
    (genome / ".git/index.lock").unlink()
    git(genome, "reset", "--quiet", "--hard")
    assert len(repository.recover()) == 1
    assert (changes(genome), on_disk(genome), repository.recover()) == ([], AFTER, ())


def test_a_damaged_record_of_a_merge_is_corrupt(genome: Path, repository: GitRepository) -> None:
    (genome / ".git/germline/merge-intent.json").write_text("{")
    with pytest.raises(Corrupt, match=r"merge-intent\.json"):
        repository.recover()


def test_a_working_tree_that_cannot_be_written_is_finished_later(
    genome: Path, repository: GitRepository, draft: DraftRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Worktree, "follow", full)
        with pytest.raises(Blocked, match=r"main has moved, the working tree has not: .* No space"):
            merge(repository, draft)
    assert len(repository.recover()) == 1
    assert (changes(genome), on_disk(genome), repository.drafts()) == ([], AFTER, ())


LOCKS = [
    "packed-refs.lock",
    "refs/heads/main.lock",
    "refs/heads/genome/events.lock",
    "refs/heads/draft/promote/a.lock",
    "refs/notes/germline/proofs.lock",
]


def leave_locks(genome: Path, names: list[str]) -> list[Path]:
    paths = [genome / ".git" / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def test_recovery_removes_the_locks_that_a_killed_writer_left(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    (genome / ".git/germline/writer.lock").write_text("99999\n")
    leave_locks(genome, LOCKS)
    assert sorted(repository.recover()) == sorted(
        f"removed {name}, left by a killed process" for name in LOCKS
    )
    assert isinstance(merge(repository, draft), Merged)


def test_recovery_removes_locks_from_before_the_machine_started(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    for path in leave_locks(genome, LOCKS):
        os.utime(path, (1, 1))
    assert len(repository.recover()) == len(LOCKS)
    assert isinstance(merge(repository, draft), Merged)


def test_recovery_leaves_the_locks_of_others(genome: Path, repository: GitRepository) -> None:
    paths = leave_locks(genome, [*LOCKS, "index.lock", "refs/heads/side.lock"])
    assert repository.recover() == ()
    assert all(path.exists() for path in paths)


def test_the_first_line_of_a_message_is_in_the_reflog(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    merge(repository, draft)
    last = (genome / ".git/logs/refs/heads/main").read_text().splitlines()[-1]
    assert last.endswith("\tmerge: promote a at edge")
