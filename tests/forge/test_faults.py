"""What goes wrong between here and the forge: explained, tried again, and nothing half done."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from controller import forge_limits
from controller.stories.exchange import push_main
from tests.forge.conftest import Publish, on_one_forge
from tests.forge.project import TOKEN

FAULTS = {
    "slow": "does not answer",
    "rate": "the forge answered 4",
    "broken": "the forge answered 500",
    "nonsense": "makes no sense",
    "expired": "GERMLINE_FORGE_TOKEN",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_and_got_over(
    publish: Publish, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forge_limits, "FORGE_REQUEST_SECONDS", 1)
    at = publish()
    at.server.fault = fault
    draft = at.propose()
    result = at.run()
    assert FAULTS[fault] in result.troubles[0]
    assert TOKEN not in str(result)
    relations = at.relations()
    assert relations.failures == 1
    assert relations.next_look is not None
    assert result.wake_at is not None
    if fault == "rate":
        waits = (relations.next_look - at.on.clock.now()).total_seconds()
        assert waits > forge_limits.FORGE_BACKOFF_FIRST_SECONDS * 2
    assert at.on.organism.repository.proof(draft.commit) is not None
    asked = len(at.server.asked)
    assert at.run().troubles == result.troubles
    assert len(at.server.asked) == asked
    at.server.fault = ""
    at.server.released.set()
    assert at.later().troubles == ()
    assert at.relations().failures == 0
    assert not at.is_draft(at.pull())


@on_one_forge
def test_a_git_that_hangs_is_ended_with_its_helpers(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forge_limits, "FORGE_GIT_SECONDS", 1)
    at = publish(risk="medium")
    at.server.fault = "slow git"
    draft = at.propose()
    (trouble,) = at.run().troubles
    assert "`git ls-remote` took longer than 1 s" in trouble
    assert at.on.organism.repository.proof(draft.commit) is not None
    assert at.on.events("draft.merged") == []
    helpers = [
        entry
        for entry in Path("/proc").glob("[0-9]*/cmdline")
        if at.server.git_url.encode() in _read(entry)
    ]
    assert helpers == []


def _read(entry: Path) -> bytes:
    with suppress(OSError):
        return entry.read_bytes()
    return b""


@on_one_forge
def test_each_failure_in_a_row_doubles_the_wait_up_to_a_bound(publish: Publish) -> None:
    at = publish()
    at.server.fault = "broken"
    waits = []
    for _ in range(10):
        at.later()
        relations = at.relations()
        assert relations.next_look is not None
        waits.append((relations.next_look - at.on.clock.now()).total_seconds())
    assert waits[2] > 1.5 * waits[1] > 1.5 * waits[0]
    assert max(waits) <= forge_limits.FORGE_BACKOFF_MAX_SECONDS * (1 + forge_limits.FORGE_JITTER)


@on_one_forge
def test_a_forge_that_is_down_holds_no_local_draft_up(publish: Publish) -> None:
    at = publish(risk="medium")
    at.server.close()
    draft = at.propose()
    before = at.on.organism.repository.main()
    result = at.run()
    assert any("out of reach" in trouble for trouble in result.troubles)
    assert at.on.organism.repository.proof(draft.commit) is not None
    assert at.on.organism.repository.main() == before
    assert [d.name for d in at.on.organism.repository.drafts()] == [draft.name]


@on_one_forge
def test_a_protected_main_refuses_the_merge_on_both_sides(publish: Publish) -> None:
    at = publish(risk="medium")
    at.project.protect(on=True)
    before = at.on.organism.repository.main()
    at.propose()
    result = at.run()
    assert any("the forge refused a push to main" in one for one in result.troubles)
    assert "refused" in at.relations().refused
    assert at.on.organism.repository.main() == before == at.project.tip("main")
    assert at.on.events("draft.merged") == []
    at.project.protect(on=False)
    assert at.run().troubles == ()
    assert at.on.organism.repository.main() == at.project.tip("main") != before
    assert at.relations().refused == ""


@on_one_forge
def test_a_rewritten_main_is_refused_and_reported(publish: Publish) -> None:
    at = publish(risk="medium")
    at.project.rewrite()
    before = at.on.organism.repository.main()
    at.propose()
    result = at.run()
    assert "was rewritten" in result.troubles[0]
    assert at.on.organism.repository.main() == before
    assert at.on.events("draft.merged") == []
    assert "was rewritten" in at.relations().trouble


@on_one_forge
def test_commits_that_only_this_clone_has_on_main_are_reported_not_pushed(
    publish: Publish,
) -> None:
    at = publish(risk="medium")
    there = at.project.tip("main")
    at.on.commit({"notes.txt": b"not pushed\n"})
    at.propose()
    result = at.run()
    assert "is ahead of the forge's" in result.troubles[0]
    assert at.project.tip("main") == there
    assert at.on.events("draft.merged") == []
    at.on.git("push", "-q", str(at.project.path), "main")
    at.later()
    assert at.later().troubles == ()
    assert at.on.events("draft.merged") != []


@on_one_forge
def test_a_merge_that_lost_the_race_there_moves_nothing_here(publish: Publish) -> None:
    at = publish(risk="medium")
    draft = at.propose()
    at.publish()
    moved = at.project.commit("main", "notes.txt", "Ana was first\n")
    at.on.organism.controller.run_pass()  # does not look at the forge before it merges
    (merged,) = at.on.events("draft.merged")
    assert merged.data["draft"] == draft.name
    main = at.on.organism.repository.main()
    assert at.project.tip("main") == main
    assert at.on.organism.repository.contains(main, moved)


@on_one_forge
def test_a_crash_between_the_two_pushes_of_a_merge_costs_a_pass(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    membrane = at.on.organism.membrane
    message = f"Merge {draft.name}\n\nGermline-Draft: {draft.name}\n"
    connection = membrane.connect()
    assert connection is not None
    made = connection.clone.join(draft, draft.base, message, "Bo <bo@example.org>")
    assert push_main(connection, draft.base, made)
    assert membrane.repository.main() == draft.base
    at.run()
    assert membrane.repository.main() == made
    assert [event.data["merge"] for event in at.on.events("draft.merged")] == [made]
    assert len(at.on.events("draft.opened")) == 1
    assert membrane.repository.drafts() == ()
    at.run()
    assert at.project.drafts() == []


@on_one_forge
def test_without_a_token_it_says_where_one_is_looked_for(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = publish()
    monkeypatch.delenv("GERMLINE_FORGE_TOKEN")
    draft = at.propose()
    (trouble,) = at.run().troubles
    assert "there is no token" in trouble
    assert "germline-forge-token" in trouble
    assert at.on.organism.repository.proof(draft.commit) is not None


@on_one_forge
def test_the_token_is_in_no_file_of_the_clone(publish: Publish) -> None:
    at = publish()
    at.propose()
    at.run()
    at.on.organism.log.seal()
    found = [
        path
        for path in at.on.path.rglob("*")
        if path.is_file() and TOKEN.encode() in path.read_bytes()
    ]
    assert found == []
