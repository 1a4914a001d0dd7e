"""What failed on a healthy host is taken back on the forge's main as well, by whoever may."""

from __future__ import annotations

from pathlib import Path

from controller.demo.setting import LOCUS, PHENOTYPE
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.membrane.draft import AGENT
from grammar.sg.edit import with_stack
from tests.fleet import people
from tests.forge.conftest import Publish, Published
from tests.forge.test_screen import germline, told
from tests.git.stock import git

RAISES = """
def execute(input_json: str) -> str:
    raise ValueError("not here")
"""


def healthy(at: Published) -> str:
    """A host that has kept what main expresses; the allele."""
    at.on.ask()
    at.settle()
    return at.on.dominant()


def merged(at: Published, **others: bytes) -> str:
    """A person merges an allele that fails, and pushes; the merge commit."""
    path, sha = f"phenotypes/{PHENOTYPE}.sg", name_of(RAISES)
    former = at.on.dominant()[:12]
    text = at.on.main().files[path].decode()
    files = {
        source_path(LOCUS, sha): RAISES.encode(),
        lineage_path(LOCUS, sha): Lineage(locus=LOCUS, engine="person").to_bytes(),
        path: with_stack(text, path, PHENOTYPE, LOCUS, [sha[:12], former]).encode(),
    }
    merge = people.merge(at.on.path, {**files, **others}, "a person's allele")
    people.git(at.on.path, "push", "-q", str(at.project.path), "main")
    return merge


def serving(at: Published) -> str:
    """The allele that the host has confirmed last."""
    trials = at.on.organism.chronicle.ledger.trials.values()
    return [trial.allele for trial in trials if trial.end == "confirmed"][-1]


def test_an_automatic_revert_is_a_pull_request_that_is_merged_there_and_pushed(
    publish: Publish,
) -> None:
    at = publish(risk="medium")
    former = healthy(at)
    merge = merged(at)
    assert at.settle().troubles == ()
    assert at.on.dominant() == serving(at) == former
    main = at.on.organism.repository.main()
    assert at.project.tip("main") == main
    row = at.project.pulls[2]
    assert not at.is_draft(row)
    assert row.title.endswith('Revert "Merge: a person\'s allele"')
    assert f"This reverts commit {merge}" in row.body
    assert "ValueError" in row.body
    assert at.checks(row.head)["germline/proof"] == "success"
    assert row.state == ("closed" if at.kind == "forgejo" else "merged")
    assert git(at.project.path, "log", "-1", "--format=%an <%ae>", row.head).strip() == AGENT
    assert git(at.project.path, "diff", f"{merge}^1", "main") == ""
    assert at.project.drafts() == []


def test_where_main_is_protected_a_person_merges_the_revert_there(publish: Publish) -> None:
    at = publish(risk="medium")
    former = healthy(at)
    merge = merged(at)
    at.project.protect("pre-receive" if at.kind == "gitlab" else "update", on=True)
    result = at.settle()
    assert any("main" in one for one in result.troubles)
    assert at.project.tip("main") == merge == at.on.organism.repository.main()
    assert serving(at) == former
    at.run()  # tells the pull request of what was met
    row = at.project.pulls[2]
    assert not at.is_draft(row)
    assert "Whoever may merges it here." in row.body
    (draft,) = told(at)["drafts"]
    assert draft["needs_person"] is True
    assert draft["url"].startswith(at.server.url)
    assert draft["url"].endswith("/2")
    shown = " ".join(germline(at, "status").split())
    assert "WAITS FOR A PERSON: 1" in shown
    assert f"merge it there) {draft['url']}" in shown

    at.project.merge(2)
    assert at.settle().troubles == ()
    assert at.on.dominant() == serving(at) == former
    assert at.on.events("draft.merged")[-1].actor.startswith("person:")
    assert told(at)["wrong"] == []
    assert told(at)["drafts"] == []
    rejected = at.on.organism.chronicle.ledger.rejected(PHENOTYPE, LOCUS)
    assert name_of(RAISES) in rejected


def test_without_the_right_to_revert_the_pull_request_is_ready_and_waits(publish: Publish) -> None:
    at = publish(risk="medium")
    former = healthy(at)
    merged(at, **{"policy/merge.toml": b"[merge]\nautomatic_revert = false\n"})
    assert at.settle().troubles == ()
    assert serving(at) == former != at.on.dominant()
    row = at.project.pulls[2]
    assert (row.state, at.is_draft(row)) == ("open", False)
    assert "to a person: merge it here" in row.body
    commit = at.project.merge(2, "squash")
    assert at.settle().troubles == ()
    assert at.on.organism.repository.main() == commit
    assert at.on.dominant() == serving(at) == former
    assert at.on.organism.repository.drafts() == ()


def test_a_revert_that_a_person_pushes_to_the_forge_is_followed(
    publish: Publish, tmp_path: Path
) -> None:
    at = publish(risk="medium")
    former = healthy(at)
    draft = at.propose()
    at.settle()
    assert at.on.dominant() == serving(at) == draft.trailers["Germline-Allele"]
    people.git(tmp_path, "clone", "-q", str(at.project.path), "hers")
    people.git(tmp_path / "hers", "revert", "-m", "1", "--no-edit", "HEAD")
    people.git(tmp_path / "hers", "push", "-q", "origin", "main")
    assert at.settle().troubles == ()
    assert at.on.organism.repository.main() == at.project.tip("main")
    assert at.on.dominant() == serving(at) == former
    assert at.on.events("draft.reverted")[-1].data["draft"] == draft.name
