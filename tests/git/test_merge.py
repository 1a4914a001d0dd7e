"""Main moves, by a merge or by a person's commit, and the working tree follows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from controller.adapters.clock import VirtualClock
from controller.adapters.git_repository import GitRepository
from controller.adapters.git_worktree import Worktree
from controller.ports import Blocked, DraftRef, Merged, Stale
from tests.git.proposal import AFTER, CHANGES, everything, merge, on_disk
from tests.git.stock import ANA, FILES, NOON, changes, fsck, git

# --- merging ----------------------------------------------------------------------------


def test_a_merge_has_the_drafts_tree_and_both_parents(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    result = merge(repository, draft)
    assert result == Merged(repository.main())
    assert git(genome, "log", "-1", "--format=%P %T %an %s", "main") == (
        f"{draft.base} {draft.commit} {draft.tree} Ana merge: promote a at edge\n"
    )
    assert repository.drafts() == ()
    fsck(genome)


def test_the_working_tree_follows_a_merge(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    merge(repository, draft)
    assert on_disk(genome) == AFTER
    assert changes(genome) == []
    assert not (genome / ".git/index.lock").exists()
    assert sorted(path.name for path in (genome / ".git/germline").iterdir()) == ["writer.lock"]


def test_a_merge_in_a_bare_repository_moves_main(
    genome: Path, draft: DraftRef, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--mirror", str(genome), "bare")
    bare = GitRepository(tmp_path / "bare", VirtualClock(NOON))
    assert bare.drafts() == (draft,)
    assert merge(bare, draft) == Merged(bare.main())
    assert dict(bare.files(bare.main())) == AFTER
    fsck(tmp_path / "bare")


def test_a_person_on_another_branch_keeps_their_working_tree(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    git(genome, "switch", "--quiet", "-c", "side")
    (genome / "phenotypes/edge.sg").write_text("mine")
    assert isinstance(merge(repository, draft), Merged)
    assert changes(genome) == [" M phenotypes/edge.sg"]
    assert dict(repository.files(repository.main())) == AFTER


def test_a_merge_can_be_reverted_by_stock_git(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    merge(repository, draft)
    git(genome, "revert", "--no-edit", "-m", "1", "HEAD")
    assert on_disk(genome) == FILES
    assert repository.tree(repository.main()) == repository.tree(draft.base)
    fsck(genome)


def test_what_takes_a_merge_back_is_what_stock_git_makes_of_it(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    merged = merge(repository, draft)
    assert isinstance(merged, Merged)
    repository.commit_main({"phenotypes/other.sg": b"phenotype other\n"}, "more", ANA)
    changes = repository.reverting(merged.commit, repository.main())
    assert changes is not None
    ours = repository.propose("draft/revert/a", repository.main(), changes, "revert", ANA)
    git(genome, "revert", "--no-edit", "-m", "1", merged.commit)
    assert repository.tree(repository.main()) == ours.tree


def test_a_moved_main_makes_a_merge_stale(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    moved = repository.commit_main({"x": b""}, "move on", ANA)
    before = everything(genome)
    assert merge(repository, draft) == Stale(expected=draft.base, found=moved)
    assert everything(genome) == before


def test_a_draft_that_does_not_build_on_main_would_undo_it_and_is_stale(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    moved = repository.commit_main({"x": b""}, "move on", ANA)
    before = everything(genome)
    result = repository.merge(draft, moved, "merge", ANA)
    assert result == Stale(expected=draft.base, found=moved)
    assert everything(genome) == before


def test_main_that_moves_at_the_last_moment_makes_a_merge_stale(
    genome: Path, repository: GitRepository, draft: DraftRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    obstacles = Worktree.obstacles

    def meanwhile(worktree: Worktree, steps: object) -> tuple[str, ...]:
        found = obstacles(worktree, steps)  # type: ignore[arg-type]
        new = git(genome, "commit-tree", "main^{tree}", "-p", "main", "-m", "pushed").strip()
        git(genome, "update-ref", "refs/heads/main", new)
        return found

    monkeypatch.setattr(Worktree, "obstacles", meanwhile)
    assert merge(repository, draft) == Stale(expected=draft.base, found=repository.main())
    assert on_disk(genome) == FILES
    assert repository.drafts() == (draft,)
    assert repository.recover() == ()


def test_a_draft_that_does_not_hold_the_proved_tree_is_blocked(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    other = DraftRef(draft.name, draft.commit, "0" * 40, draft.base, "", "", {})
    before = everything(genome)
    with pytest.raises(Blocked, match=f"the tree of {draft.name} is {draft.tree}"):
        merge(repository, other)
    assert everything(genome) == before


def test_a_draft_that_grew_after_its_proof_keeps_its_branch(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    more = git(genome, "commit-tree", f"{draft.tree}", "-p", draft.commit, "-m", "more").strip()
    git(genome, "update-ref", f"refs/heads/{draft.name}", more)
    assert isinstance(merge(repository, draft), Merged)
    assert [left.commit for left in repository.drafts()] == [more]


# --- a person's commits -----------------------------------------------------------------


def test_a_persons_commit_moves_main_and_the_working_tree(
    genome: Path, repository: GitRepository
) -> None:
    first = repository.main()
    second = repository.commit_main(CHANGES, "mine", ANA)
    assert repository.main() == second
    assert list(repository.first_parents(second, 9)) == [
        (second, "mine\n"),
        (first, "genome: begin\n"),
    ]
    assert (changes(genome), on_disk(genome)) == ([], AFTER)
    assert repository.commit_main(CHANGES, "again", ANA) == second


def test_a_persons_commit_takes_what_is_in_the_working_tree_already(
    genome: Path, repository: GitRepository
) -> None:
    (genome / "germline.toml").write_text("a = 1\n")
    repository.commit_main({"germline.toml": b"a = 1\n"}, "config", ANA)
    assert changes(genome) == []


def test_files_take_the_place_of_directories_and_the_other_way_round(
    genome: Path, repository: GitRepository
) -> None:
    removed = {"contracts/network/a.sg": None, "contracts/network/b.sg": None}
    repository.commit_main({**removed, "contracts/network": b"now a file\n"}, "flat", ANA)
    assert (genome / "contracts/network").read_bytes() == b"now a file\n"
    (genome / "alleles/empty/inside").mkdir(parents=True)
    deep = {"contracts/network": None, "contracts/network/deep/c.sg": b"c\n", "alleles": b"f\n"}
    repository.commit_main(deep, "deep", ANA)
    assert (changes(genome), on_disk(genome)) == (
        [],
        {
            "alleles": b"f\n",
            "contracts/network/deep/c.sg": b"c\n",
            "germline.toml": b"",
            "phenotypes/edge.sg": b"phenotype edge\n",
        },
    )


def test_modes_and_links_are_checked_out_as_git_would(
    genome: Path, repository: GitRepository, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", str(genome), "other")
    (tmp_path / "other/run").write_text("#!/bin/sh\n")
    (tmp_path / "other/run").chmod(0o755)
    (tmp_path / "other/link").symlink_to("germline.toml")
    git(tmp_path / "other", "checkout", "--quiet", "-b", "draft/x/y")
    git(tmp_path / "other", "add", ".")
    git(tmp_path / "other", "commit", "--quiet", "-m", "modes")
    git(tmp_path / "other", "push", "--quiet", "origin", "draft/x/y")
    (draft,) = repository.drafts()
    assert isinstance(merge(repository, draft), Merged)
    assert changes(genome) == []
    assert os.access(genome / "run", os.X_OK)
    assert (genome / "link").readlink() == Path("germline.toml")
    git(genome, "revert", "--no-edit", "-m", "1", "HEAD")
    assert not (genome / "link").is_symlink()


def test_line_endings_are_converted_where_the_repository_says_so(
    genome: Path, repository: GitRepository
) -> None:
    repository.commit_main({".gitattributes": b"*.bat text eol=crlf\n"}, "attributes", ANA)
    repository.commit_main({"run.bat": b"one\ntwo\n"}, "bat", ANA)
    assert (genome / "run.bat").read_bytes() == b"one\r\ntwo\r\n"
    repository.commit_main({"run.bat": b"three\n"}, "bat", ANA)
    assert (genome / "run.bat").read_bytes() == b"three\r\n"
    assert changes(genome) == []
