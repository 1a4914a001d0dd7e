"""Drafts that people wrote on, when main moves: over git here, in memory in `tests/simulation`."""

from __future__ import annotations

from controller.adapters.git_repository import GitRepository
from controller.membrane.draft import AGENT
from tests.git.proposal import CHANGES
from tests.git.stock import ANA


def test_a_draft_catches_up_with_main_and_keeps_what_is_on_it(repository: GitRepository) -> None:
    message = "A try\n\nGermline-Locus: a\n"
    draft = repository.propose("draft/person/try", repository.main(), CHANGES, message, ANA)
    main = repository.commit_main({"notes.txt": b"main moves\n"}, "Notes", ANA)
    assert repository.authors(draft.base, draft.commit) == {ANA}
    assert repository.conflicts(draft.commit, main) == ()
    again = repository.catch_up(draft, main, AGENT)
    assert again is not None
    assert (again.base, again.message) == (main, message)
    assert repository.parents(again.commit) == (draft.commit, main)
    assert repository.files(again.commit)["notes.txt"] == b"main moves\n"
    assert repository.changed(main, again.commit) == repository.changed(draft.base, draft.commit)
    assert repository.authors(main, again.commit) == {ANA, AGENT}
    assert repository.catch_up(draft, main, AGENT) is None
    assert repository.drafts() == (again,)


def test_a_draft_that_main_contradicts_is_left_as_it_is(repository: GitRepository) -> None:
    draft = repository.propose("draft/person/try", repository.main(), CHANGES, "A try", ANA)
    other = {"phenotypes/edge.sg": b"phenotype edge\n  expresses: b\n"}
    main = repository.commit_main(other, "Another", ANA)
    assert repository.conflicts(draft.commit, main) == ("phenotypes/edge.sg",)
    assert repository.catch_up(draft, main, AGENT) is None
    assert repository.drafts() == (draft,)
