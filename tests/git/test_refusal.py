"""A merge that would lose a person's work is refused, and nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from controller.adapters.git_repository import GitRepository
from controller.ports import Blocked, DraftRef, Merged, Unavailable
from tests.git.proposal import AFTER, everything, merge, on_disk
from tests.git.stock import FILES, changes, git


def edit(genome: Path) -> None:
    (genome / "phenotypes/edge.sg").write_text("mine")


def stage(genome: Path) -> None:
    edit(genome)
    git(genome, "add", "phenotypes/edge.sg")


def stage_and_take_back(genome: Path) -> None:
    stage(genome)
    (genome / "phenotypes/edge.sg").write_bytes(FILES["phenotypes/edge.sg"])


def delete(genome: Path) -> None:
    (genome / "phenotypes/edge.sg").unlink()


def make_executable(genome: Path) -> None:
    (genome / "phenotypes/edge.sg").chmod(0o755)


def link_elsewhere(genome: Path) -> None:
    (genome / "phenotypes/edge.sg").unlink()
    (genome / "phenotypes/edge.sg").symlink_to("../germline.toml")


def change_what_the_draft_deletes(genome: Path) -> None:
    (genome / "contracts/network/b.sg").write_text("mine")


def put_a_file_in_the_way(genome: Path) -> None:
    (genome / "alleles/a").mkdir(parents=True)
    (genome / "alleles/a/1.py").write_text("mine")


def put_an_ignored_file_in_the_way(genome: Path) -> None:
    put_a_file_in_the_way(genome)
    (genome / ".git/info/exclude").write_text("alleles/\n")


def put_a_file_where_a_directory_must_be(genome: Path) -> None:
    (genome / "alleles").write_text("mine")


def put_a_link_where_a_directory_must_be(genome: Path) -> None:
    (genome.parent / "elsewhere").mkdir()
    (genome / "alleles").symlink_to(genome.parent / "elsewhere")


def move_a_directory_away_and_link_to_it(genome: Path) -> None:
    (genome / "contracts/network").rename(genome.parent / "network")
    (genome / "contracts/network").symlink_to(genome.parent / "network")


def put_a_directory_where_a_file_must_be(genome: Path) -> None:
    (genome / "alleles/a/1.py").mkdir(parents=True)
    (genome / "alleles/a/1.py/mine").write_text("mine")


def begin_a_merge(genome: Path) -> None:
    (genome / ".git/MERGE_HEAD").write_text(git(genome, "rev-parse", "HEAD"))


@pytest.mark.parametrize(
    ("disturb", "problem"),
    [
        (edit, "phenotypes/edge.sg is changed"),
        (stage, "phenotypes/edge.sg is staged with changes"),
        (stage_and_take_back, "phenotypes/edge.sg is staged with changes"),
        (delete, "phenotypes/edge.sg is deleted"),
        (make_executable, "phenotypes/edge.sg is changed"),
        (link_elsewhere, "phenotypes/edge.sg is changed"),
        (change_what_the_draft_deletes, "contracts/network/b.sg is changed"),
        (put_a_file_in_the_way, "alleles/a/1.py is not tracked"),
        (put_an_ignored_file_in_the_way, "alleles/a/1.py is not tracked"),
        (put_a_file_where_a_directory_must_be, "alleles is not a directory"),
        (put_a_link_where_a_directory_must_be, "alleles is not a directory"),
        (move_a_directory_away_and_link_to_it, "contracts/network is not a directory"),
        (put_a_directory_where_a_file_must_be, "alleles/a/1.py/mine is not tracked"),
        (begin_a_merge, "a git operation is going on"),
    ],
)
def test_a_merge_that_would_lose_a_persons_work_is_refused_and_nothing_moves(
    genome: Path,
    repository: GitRepository,
    draft: DraftRef,
    disturb: Callable[[Path], None],
    problem: str,
) -> None:
    disturb(genome)
    before = everything(genome)
    with pytest.raises(Blocked, match=problem) as caught:
        merge(repository, draft)
    assert caught.value.hint
    assert everything(genome) == before
    assert repository.recover() == ()
    assert repository.drafts() == (draft,)


def test_changes_elsewhere_do_not_stop_a_merge_and_stay(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    (genome / "contracts/network/a.sg").write_text("mine")
    (genome / "germline.toml").write_text("staged")
    git(genome, "add", "germline.toml")
    (genome / "notes.txt").write_text("mine too")
    assert isinstance(merge(repository, draft), Merged)
    assert changes(genome) == [
        " M contracts/network/a.sg",
        "M  germline.toml",
        "?? notes.txt",
    ]


def test_a_file_that_already_is_what_it_will_be_does_not_stop_a_merge(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    (genome / "alleles/a").mkdir(parents=True)
    (genome / "alleles/a/1.py").write_bytes(b"x = 1\n")
    (genome / "contracts/network/b.sg").unlink()
    assert isinstance(merge(repository, draft), Merged)
    assert (changes(genome), on_disk(genome)) == ([], AFTER)


def test_a_locked_index_makes_a_merge_wait_and_nothing_moves(
    genome: Path, repository: GitRepository, draft: DraftRef
) -> None:
    (genome / ".git/index.lock").touch()
    before = everything(genome)
    with pytest.raises(Unavailable, match="the index is locked"):
        merge(repository, draft)
    assert everything(genome) == before
    assert (genome / ".git/index.lock").exists()


def test_main_checked_out_in_a_linked_worktree_is_blocked(
    genome: Path, repository: GitRepository, draft: DraftRef, tmp_path: Path
) -> None:
    git(genome, "switch", "--quiet", "-c", "side")
    git(genome, "worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    before = everything(genome)
    with pytest.raises(Blocked, match="checked out in a linked worktree"):
        merge(repository, draft)
    assert everything(genome) == before
