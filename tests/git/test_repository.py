"""A genome repository: reading it, and the refs that are not main."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pygit2
import pytest

from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_refs import move, tip
from controller.adapters.git_repository import GitRepository
from controller.ports import Blocked, Corrupt, Unavailable
from tests.git.events import sealed
from tests.git.stock import ANA, FILES, changes, fsck, git
from tests.git.writer import occurrence

PROMOTION = {
    "phenotypes/edge.sg": b"phenotype edge\n  expresses: a\n",
    "alleles/a/1.py": b"x = 1\n",
}
MESSAGE = "promote a at edge\n\nIt did better.\n\nKind: promote\nCause: 12ab\n"


# --- making and opening -----------------------------------------------------------------


def test_a_new_repository_is_clean_and_holds_what_it_was_given(genome: Path) -> None:
    assert changes(genome) == []
    fsck(genome)
    assert git(genome, "log", "--format=%an <%ae> %aI %s").splitlines() == [
        f"{ANA} 2026-11-01T12:00:00+00:00 genome: begin"
    ]
    assert {name: (genome / name).read_bytes() for name in FILES} == FILES
    assert git(genome, "branch", "--show-current") == "main\n"


def test_a_directory_with_something_in_it_is_not_made_a_repository(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(Blocked, match="is not empty"):
        GitRepository.create(tmp_path, FILES, "begin", ANA)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_an_author_has_a_name_and_an_address(tmp_path: Path) -> None:
    with pytest.raises(Blocked, match="'ana' does not name an author"):
        GitRepository.create(tmp_path / "genome", FILES, "begin", "ana")
    assert not (tmp_path / "genome").exists()


@pytest.mark.parametrize("below", ["", "contracts", "nowhere"])
def test_what_is_no_repository_itself_is_blocked(tmp_path: Path, below: str) -> None:
    git(tmp_path, "init", "--quiet", "outer")
    (tmp_path / "outer" / "contracts").mkdir()
    path = tmp_path / "outer" / below if below else tmp_path
    with pytest.raises(Blocked, match="is not a git repository") as caught:
        GitRepository(path)
    assert "germline init" in caught.value.hint


def test_a_linked_worktree_is_blocked(genome: Path, tmp_path: Path) -> None:
    git(genome, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
    with pytest.raises(Blocked, match="is a linked worktree"):
        GitRepository(tmp_path / "linked")


def test_main_that_is_not_born_yet_is_blocked(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "-b", "main")
    with pytest.raises(Blocked, match="no branch main with a commit"):
        GitRepository(tmp_path).main()


def test_a_main_with_another_name_is_blocked(genome: Path) -> None:
    git(genome, "branch", "-m", "trunk")
    with pytest.raises(Blocked, match="no branch main") as caught:
        GitRepository(genome).main()
    assert "git branch -m" in caught.value.hint


def test_a_detached_head_is_blocked(genome: Path, repository: GitRepository) -> None:
    git(genome, "checkout", "--quiet", "--detach")
    with pytest.raises(Blocked, match="HEAD is detached"):
        repository.main()


def test_main_is_readable_while_a_person_is_on_another_branch(
    genome: Path, repository: GitRepository
) -> None:
    main = repository.main()
    git(genome, "switch", "--quiet", "-c", "side")
    git(genome, "commit", "--quiet", "--allow-empty", "-m", "aside")
    assert repository.main() == main == git(genome, "rev-parse", "main").strip()


def test_a_bare_clone_answers_as_its_origin_does(
    genome: Path, repository: GitRepository, tmp_path: Path
) -> None:
    sealed(GitEventLog(genome), [occurrence("ana", 1)])
    git(tmp_path, "clone", "--quiet", "--bare", str(genome), "bare")
    bare = GitRepository(tmp_path / "bare")
    assert bare.main() == repository.main()
    assert dict(bare.files(bare.main())) == FILES
    assert list(GitEventLog(tmp_path / "bare").since()) == list(GitEventLog(genome).since())


# --- reading ----------------------------------------------------------------------------


def test_files_are_those_of_the_commit_whatever_the_working_tree_holds(
    genome: Path, repository: GitRepository
) -> None:
    first = repository.main()
    (genome / "germline.toml").write_text("changed")
    second = repository.commit_main({"new/x": b"\xff\x00"}, "add", ANA)
    assert dict(repository.files(first)) == FILES
    assert dict(repository.files(second)) == {**FILES, "new/x": b"\xff\x00"}
    assert "new/x" not in repository.files(first)
    with pytest.raises(KeyError):
        repository.files(first)["new/x"]


def test_changed_names_what_became_of_each_path(repository: GitRepository) -> None:
    first = repository.main()
    edits = {"germline.toml": None, "phenotypes/edge.sg": b"other\n", "alleles/a": b""}
    second = repository.commit_main(edits, "edit", ANA)
    assert repository.changed(first, second) == {
        "alleles/a": "added",
        "germline.toml": "deleted",
        "phenotypes/edge.sg": "modified",
    }
    assert repository.changed(second, second) == {}
    assert set(repository.changed("", first).items()) == {(name, "added") for name in FILES}


def test_first_parents_go_back_along_main(genome: Path, repository: GitRepository) -> None:
    first = repository.main()
    second = repository.commit_main({"a": b"1"}, "a: one", ANA)
    git(genome, "checkout", "--quiet", "-b", "side", first)
    git(genome, "commit", "--quiet", "--allow-empty", "-m", "side")
    git(genome, "checkout", "--quiet", "main")
    git(genome, "merge", "--quiet", "--no-ff", "-m", "merge side", "side")
    expected = [
        (repository.main(), "merge side\n"),
        (second, "a: one\n"),
        (first, "genome: begin\n"),
    ]
    assert list(repository.first_parents(repository.main(), 10)) == expected
    assert list(repository.first_parents(repository.main(), 2)) == expected[:2]


def test_a_name_resolves_to_the_commit_it_means(genome: Path, repository: GitRepository) -> None:
    main = repository.main()
    git(genome, "tag", "light")
    git(genome, "tag", "-a", "-m", "x", "heavy")
    git(genome, "branch", "draft/promote/a")
    names = ("main", "light", "heavy", "draft/promote/a", main, main[:9], "HEAD")
    assert {repository.resolve(name) for name in names} == {main}


@pytest.mark.parametrize("name", ["mian", "deadbeef", "", "..", "a b", "main^{tree}", "0" * 40])
def test_a_name_that_means_no_commit_is_blocked(repository: GitRepository, name: str) -> None:
    with pytest.raises(Blocked, match="means no commit here") as caught:
        repository.resolve(name)
    assert ("did you mean main?" in caught.value.hint) == (name == "mian")


@pytest.mark.parametrize("commit", ["", "x", "0" * 40, "0" * 39])
def test_a_commit_that_is_not_there_is_blocked(repository: GitRepository, commit: str) -> None:
    with pytest.raises(Blocked, match="there is no commit"):
        repository.tree(commit)


# --- drafts -----------------------------------------------------------------------------


def test_a_draft_is_a_branch_with_one_commit_and_touches_nothing_else(
    genome: Path, repository: GitRepository
) -> None:
    main = repository.main()
    draft = repository.propose("draft/promote/a", main, PROMOTION, MESSAGE, ANA)
    assert draft.trailers == {"Kind": "promote", "Cause": "12ab"}
    assert (draft.title, draft.message, draft.base) == ("promote a at edge", MESSAGE, main)
    assert repository.drafts() == (draft,)
    assert repository.tree(draft.commit) == draft.tree
    assert repository.changed(main, draft.commit) == {
        "alleles/a/1.py": "added",
        "phenotypes/edge.sg": "modified",
    }
    assert repository.main() == main
    assert changes(genome) == []
    assert git(genome, "rev-parse", "draft/promote/a^").strip() == main
    fsck(genome)


def test_proposing_again_gives_the_draft_that_is_there(repository: GitRepository) -> None:
    main = repository.main()
    draft = repository.propose("draft/promote/a", main, PROMOTION, MESSAGE, ANA)
    assert repository.propose("draft/promote/a", main, {"x": b""}, "other", ANA) == draft


def test_a_draft_reports_where_it_left_main_and_nothing_if_it_never_was_there(
    genome: Path, repository: GitRepository
) -> None:
    first = repository.main()
    repository.propose("draft/promote/a", first, PROMOTION, MESSAGE, ANA)
    repository.commit_main({"x": b""}, "move on", ANA)
    tree = git(genome, "mktree").strip()
    git(genome, "branch", "draft/ask/b", git(genome, "commit-tree", tree, "-m", "alone").strip())
    assert [(draft.name, draft.base) for draft in repository.drafts()] == [
        ("draft/ask/b", ""),
        ("draft/promote/a", first),
    ]


@pytest.mark.parametrize(
    "name",
    ["main", "draft/x", "draft/x/", "draft/x/y/z", "draft/x/..", "draft/x/a.lock", "draft/X y/a"],
)
def test_a_draft_has_a_kind_and_a_slug(repository: GitRepository, name: str) -> None:
    with pytest.raises(Blocked, match="cannot be the name of a draft"):
        repository.propose(name, repository.main(), {}, "x", ANA)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../x", ".git/config", "a/.GIT/x", "", "a//b", "a/", "a\x00b"]
)
def test_a_draft_stays_inside_the_repository(repository: GitRepository, path: str) -> None:
    with pytest.raises(Blocked, match="cannot be the path of a file in git"):
        repository.propose("draft/x/y", repository.main(), {path: b""}, "x", ANA)
    assert repository.drafts() == ()


@pytest.mark.parametrize("path", ["germline.toml/x", "contracts"])
def test_a_draft_cannot_lose_a_file_by_taking_its_place(
    repository: GitRepository, path: str
) -> None:
    with pytest.raises(Blocked, match="would be lost"):
        repository.propose("draft/x/y", repository.main(), {path: b""}, "x", ANA)


def test_a_draft_keeps_the_mode_of_a_file(genome: Path, repository: GitRepository) -> None:
    (genome / "run").write_text("#!/bin/sh\n")
    (genome / "run").chmod(0o755)
    git(genome, "add", "run")
    git(genome, "commit", "--quiet", "-m", "run")
    draft = repository.propose("draft/x/y", repository.main(), {"run": b"exit\n"}, "x", ANA)
    assert git(genome, "ls-tree", draft.commit, "run").startswith("100755 blob")


def test_a_closed_draft_is_gone_and_its_commits_stay(
    genome: Path, repository: GitRepository
) -> None:
    draft = repository.propose("draft/promote/a", repository.main(), PROMOTION, MESSAGE, ANA)
    repository.close(draft.name)
    repository.close(draft.name)
    assert repository.drafts() == ()
    kept = f"refs/germline/closed/draft/promote/a/{draft.commit[:12]}"
    assert git(genome, "rev-parse", kept).strip() == draft.commit
    again = repository.propose(draft.name, repository.main(), {"y": b""}, "again", ANA)
    repository.close(draft.name)
    assert git(
        genome, "for-each-ref", "--format=%(objectname)", "refs/germline/closed"
    ).split() == (sorted([draft.commit, again.commit], key=lambda commit: commit[:12]))
    fsck(genome)


@pytest.mark.parametrize("name", ["draft/no/such", "main", ""])
def test_only_a_draft_can_be_closed(repository: GitRepository, name: str) -> None:
    with pytest.raises(Blocked, match="there is no draft"):
        repository.close(name)
    assert len(repository.main()) == 40


# --- proofs -----------------------------------------------------------------------------


def test_a_proof_is_a_note_that_stock_git_shows(genome: Path, repository: GitRepository) -> None:
    draft = repository.propose("draft/promote/a", repository.main(), PROMOTION, MESSAGE, ANA)
    assert repository.proof(draft.commit) is None
    repository.attach_proof(draft.commit, {"tree": draft.tree, "gates": ["ü", 1.5]})
    assert repository.proof(draft.commit) == {"tree": draft.tree, "gates": ["ü", 1.5]}
    shown = git(genome, "notes", "--ref=germline/proofs", "show", draft.commit)
    assert shown == '{"gates":["ü",1.5],"tree":"' + draft.tree + '"}\n'
    repository.attach_proof(draft.commit, {"second": True})
    assert repository.proof(draft.commit) == {"second": True}
    assert repository.proof(repository.main()) is None
    fsck(genome)


def test_the_same_proof_twice_is_written_once(genome: Path, repository: GitRepository) -> None:
    for _ in range(2):
        repository.attach_proof(repository.main(), {"a": 1})
    assert git(genome, "rev-list", "--count", "refs/notes/germline/proofs") == "1\n"


def test_a_proof_that_stock_git_wrote_is_read(genome: Path, repository: GitRepository) -> None:
    git(genome, "notes", "--ref=germline/proofs", "add", "-m", json.dumps({"by": "hand"}))
    assert repository.proof(repository.main()) == {"by": "hand"}


def test_a_note_that_is_no_proof_is_corrupt(genome: Path, repository: GitRepository) -> None:
    git(genome, "notes", "--ref=germline/proofs", "add", "-m", "looks good to me")
    with pytest.raises(Corrupt, match="is not a JSON object"):
        repository.proof(repository.main())


def test_a_proof_without_a_canonical_form_is_blocked(repository: GitRepository) -> None:
    with pytest.raises(Blocked, match="a proof cannot be written"):
        repository.attach_proof(repository.main(), {"x": float("nan")})


def test_a_locked_notes_ref_is_unavailable(genome: Path, repository: GitRepository) -> None:
    lock = genome / ".git/refs/notes/germline/proofs.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(Unavailable, match="could not be written"):
        repository.attach_proof(repository.main(), {"x": 1})


# --- compare-and-swap -------------------------------------------------------------------

_COUNTER = """
import sys, pygit2
from pathlib import Path
from controller.adapters.git_open import open_repository
from controller.adapters.git_refs import move, tip
from controller.ports import Unavailable

repository = open_repository(Path(sys.argv[1]))
person = pygit2.Signature(sys.argv[2], "x@example.org", 0, 0)
tree = repository.TreeBuilder().write()
wins = 0
while wins < 25:
    at = tip(repository, "refs/heads/count")
    message = f"{sys.argv[2]} {wins}"
    new = repository.create_commit(None, person, person, message, tree, [at] if at else [])
    try:
        wins += move(repository, "refs/heads/count", at, new, "count")
    except Unavailable:
        pass
"""


def test_four_processes_that_move_one_ref_lose_no_commit(genome: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", _COUNTER, str(genome)]
    processes = [subprocess.Popen([*command, f"p{number}"], cwd=root) for number in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    subjects = git(genome, "log", "--format=%s", "count").splitlines()
    assert len(subjects) == 100
    assert sorted(subjects) == sorted(f"p{p} {n}" for p in range(4) for n in range(25))


def test_a_ref_moves_only_from_where_it_was_expected(genome: Path) -> None:
    repository = pygit2.Repository(str(genome))
    main = tip(repository, "refs/heads/main")
    assert main is not None
    person, empty = pygit2.Signature("x", "x@example.org", 0, 0), repository.TreeBuilder().write()
    other = repository.create_commit(None, person, person, "x", empty, [main])
    ref = "refs/heads/side"
    assert not move(repository, ref, main, other, "not there yet")
    assert move(repository, ref, None, main, "create")
    assert not move(repository, ref, None, other, "is there")
    assert not move(repository, ref, other, main, "is elsewhere")
    assert move(repository, ref, main, other, "move")
    assert not move(repository, ref, main, None, "is elsewhere")
    assert move(repository, ref, other, None, "delete")
    assert tip(repository, ref) is None


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["refs/heads/a/b", "refs/heads/a/b/c/d"])
def test_a_ref_is_a_file_or_a_directory_never_both(genome: Path, packed: bool, name: str) -> None:
    git(genome, "branch", "a/b/c")
    if packed:
        git(genome, "pack-refs", "--all")
    repository = pygit2.Repository(str(genome))
    with pytest.raises(Blocked, match="cannot be beside refs/heads/a/b/c"):
        move(repository, name, None, tip(repository, "refs/heads/main"), "create")


def test_a_symbolic_ref_in_place_of_a_branch_is_blocked(
    genome: Path, repository: GitRepository
) -> None:
    git(genome, "branch", "real")
    git(genome, "symbolic-ref", "refs/heads/draft/x/y", "refs/heads/real")
    with pytest.raises(Blocked, match="is a symbolic ref to refs/heads/real"):
        repository.drafts()
