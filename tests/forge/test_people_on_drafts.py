"""People write on drafts as well: what they wrote stays, and what only they can decide is asked."""

from __future__ import annotations

from pathlib import Path

from controller.membrane.proof import Proof
from tests.fleet import people
from tests.forge.conftest import Publish, on_one_forge
from tests.forge.test_screen import germline, told
from tests.git.stock import git
from tests.stories.stage import ANNOUNCING

PHENOTYPE = "phenotypes/lab.sg"


@on_one_forge
def test_a_persons_commit_on_a_draft_is_kept_when_main_moves(publish: Publish) -> None:
    at = publish()
    at.on.ask()
    at.settle()
    (draft,) = at.on.organism.repository.drafts()
    proposed = at.on.organism.repository.files(draft.commit)[PHENOTYPE].decode()
    hers = at.project.commit(draft.name, PHENOTYPE, "# Ana was here.\n" + proposed)
    at.project.commit("main", "notes.txt", "main moves\n")
    assert at.settle().troubles == ()
    (now,) = at.on.organism.repository.drafts()
    assert at.project.tip(draft.name) == now.commit
    assert at.on.organism.repository.contains(now.commit, hers)
    assert now.base == at.project.tip("main")
    proof = Proof.from_note(at.on.organism.repository.proof(now.commit))
    assert proof is not None
    assert proof.covers(now.tree, now.base)
    assert list(at.project.pulls) == [1]
    at.project.merge(1)
    at.settle()
    assert at.on.main().files[PHENOTYPE].startswith(b"# Ana was here.\n")
    assert at.on.main().files["notes.txt"] == b"main moves\n"
    assert at.on.dominant() == draft.trailers["Germline-Allele"]


@on_one_forge
def test_of_two_drafts_that_conflict_one_is_merged_and_a_person_is_asked_about_the_other(
    publish: Publish, tmp_path: Path
) -> None:
    at = publish(risk="medium")
    first = at.propose("draft/person/first")
    second = at.propose("draft/person/second", ANNOUNCING + "\n# written again\n")
    at.settle()
    assert at.on.dominant() == first.trailers["Germline-Allele"]
    (left,) = at.on.organism.repository.drafts()
    assert left.commit == second.commit == at.project.tip(second.name)
    (row,) = told(at)["drafts"]
    assert row["needs_person"] is True
    assert f"main has changed {PHENOTYPE} otherwise" in row["state"]
    at.later()
    assert "merge main into it, or close it" in at.project.pulls[2].body
    shown = " ".join(germline(at, "status").split())
    assert "WAITS FOR A PERSON: 1" in shown

    hers = tmp_path / "hers"
    people.git(tmp_path, "clone", "-q", "-b", second.name, str(at.project.path), "hers")
    people.git(hers, "merge", "-q", "-X", "ours", "--no-edit", "origin/main")
    people.git(hers, "commit", "-q", "--amend", "-m", second.message)
    people.git(hers, "push", "-q", "origin", second.name)
    at.later()
    assert at.settle().troubles == ()
    assert at.on.dominant() == second.trailers["Germline-Allele"]
    assert git(at.project.path, "rev-parse", "main").strip() == at.on.organism.repository.main()
