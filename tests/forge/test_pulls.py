"""Drafts as pull requests: the same life on every kind of forge."""

from __future__ import annotations

from controller.membrane.proof import Proof
from controller.membrane.pull_text import PullText
from controller.stories.merge import end_draft
from tests.forge.conftest import CONTRACT, Publish, on_one_forge
from tests.forge.server import PAGE


def test_a_draft_is_opened_proved_shown_and_merged_by_the_controller(publish: Publish) -> None:
    at = publish(risk="medium")
    demand = at.on.ask()
    assert at.settle().troubles == ()
    assert at.on.outcomes(demand)[-1] == (at.on.dominant(), "confirmed")
    assert at.project.tip("main") == at.on.organism.repository.main()
    assert at.project.drafts() == []
    record, row = at.on.draft(), at.pull()
    assert (record.pull, record.state) == (1, "merged")
    assert record.url.startswith(at.server.url)
    assert row.state == ("closed" if at.kind == "forgejo" else "merged")
    for told in ("## What failed", "check_fdb_stability", "send_gratuitous_arp", "| shadow |"):
        assert told in row.body


def test_a_new_draft_is_a_draft_there_and_its_commit_waits_for_the_proof(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.publish()
    row = at.pull()
    assert at.is_draft(row)
    assert row.title.endswith("bridge_uplink: announce the new uplink")
    assert row.body.startswith("The switch must learn at once.")
    assert "Germline-Locus" not in row.body
    assert set(row.labels) == {"germline", "person", "risk: high"}
    assert at.checks(draft.commit) == {"germline/proof": "pending"}
    assert at.project.tip("main") == at.on.organism.repository.main()


def test_a_proved_draft_that_policy_leaves_to_a_person_is_ready_for_review(
    publish: Publish,
) -> None:
    at = publish()
    draft = at.propose()
    assert at.run().troubles == ()
    row = at.pull()
    assert not at.is_draft(row)
    assert row.state == "open"
    states = at.checks(draft.commit)
    assert set(states.values()) == {"success"}
    assert {"germline/proof", "germline/paths", "germline/contract"} <= set(states)
    assert "policy leaves risk high to a person" in row.body
    assert "| paths | passed |" in row.body


@on_one_forge
def test_a_look_that_finds_all_as_it_was_changes_nothing_there(publish: Publish) -> None:
    at = publish()
    at.propose()
    at.run()
    at.server.asked.clear()
    at.run()
    assert [line for line in at.server.asked if not line.startswith("GET ")] == []
    at.server.asked.clear()
    at.on.organism.controller.run_pass()
    assert at.server.asked == []


def test_a_person_merges_there_and_it_is_live_here(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    commit = at.project.merge(1)
    assert at.run().troubles == ()
    assert at.on.organism.repository.main() == commit
    assert at.on.organism.repository.drafts() == ()
    (event,) = at.on.events("draft.merged")
    assert (event.data["draft"], event.data["merge"]) == (draft.name, commit)
    assert event.actor.startswith("person:")
    assert at.project.drafts() == []
    assert at.on.git("status", "--porcelain") == ""


def test_a_squashed_merge_counts_as_one(publish: Publish) -> None:
    at = publish()
    at.propose()
    at.run()
    commit = at.project.merge(1, "squash")
    assert at.run().troubles == ()
    (event,) = at.on.events("draft.merged")
    assert (event.data["merge"], event.actor) == (commit, "person:ana")
    assert at.on.organism.repository.drafts() == ()
    assert at.project.drafts() == []


def test_what_a_person_closes_there_is_closed_and_never_offered_again(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    at.project.close(1)
    assert at.run().troubles == ()
    (event,) = at.on.events("draft.closed")
    assert event.actor == "person:ana"
    assert at.on.organism.repository.drafts() == ()
    assert at.project.drafts() == []
    allele = draft.trailers["Germline-Allele"]
    assert allele in at.on.organism.chronicle.ledger.rejected("lab", "bridge_uplink")
    at.run()
    assert len(at.project.pulls) == 1


@on_one_forge
def test_a_branch_that_a_person_deletes_there_closes_its_draft(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    at.project.delete(draft.name)
    assert at.run().troubles == ()
    (event,) = at.on.events("draft.closed")
    assert event.actor.startswith("person:")
    assert at.on.organism.repository.drafts() == ()


def test_what_is_closed_here_is_closed_there_with_the_reason(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    end_draft(at.on.organism.membrane, draft, "closed", "not in this quarter", "person:Bo")
    assert at.run().troubles == ()
    row = at.pull()
    assert row.state == "closed"
    assert row.comments == ["A person closed it: not in this quarter."]
    assert at.project.drafts() == []


@on_one_forge
def test_a_draft_that_a_gate_refuses_is_shown_failing_and_closed(publish: Publish) -> None:
    at = publish()
    draft = at.propose(source="import os\n\n\ndef execute(text):\n    return text\n")
    assert at.run().troubles == ()
    row = at.pull()
    assert row.state == "closed"
    assert row.comments[0].startswith("A gate refused it: ")
    assert at.checks(draft.commit)["germline/proof"] in ("failure", "failed")


@on_one_forge
def test_an_edit_there_makes_the_proof_stale_and_is_proved_anew(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    text = (at.on.main().files["phenotypes/lab.sg"]).decode()
    proposed = at.on.organism.repository.files(draft.commit)["phenotypes/lab.sg"].decode()
    assert text != proposed
    commit = at.project.commit(draft.name, "phenotypes/lab.sg", "# Ana was here.\n" + proposed)
    assert at.run().troubles == ()
    (now,) = at.on.organism.repository.drafts()
    assert now.commit == commit
    proof = Proof.from_note(at.on.organism.repository.proof(commit))
    assert proof is not None
    assert proof.covers(now.tree, now.base)
    assert at.checks(commit)["germline/proof"] == "success"
    assert not at.is_draft(at.pull())


@on_one_forge
def test_an_edit_there_of_what_belongs_to_people_is_refused(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    at.project.commit(draft.name, CONTRACT, "gene bridge_uplink\n")
    assert at.run().troubles == ()
    assert at.pull().state == "closed"
    assert "belongs to people" in at.pull().comments[0]


@on_one_forge
def test_checks_of_a_commit_that_a_newer_one_replaced_are_cancelled(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.publish()
    assert at.checks(draft.commit) == {"germline/proof": "pending"}
    at.project.commit(draft.name, "phenotypes/lab.sg", "# Other.\n")
    at.run()
    assert at.checks(draft.commit)["germline/proof"] in ("error", "canceled")


@on_one_forge
def test_a_draft_is_written_again_on_the_new_main_under_the_same_number(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    text = at.on.main().files["phenotypes/lab.sg"].decode()
    at.project.commit("main", "phenotypes/lab.sg", "# Ana was here.\n" + text)
    assert at.run().troubles == ()
    (now,) = at.on.organism.repository.drafts()
    assert now.base == at.project.tip("main") == at.on.organism.repository.main()
    assert at.project.tip(draft.name) == now.commit != draft.commit
    assert list(at.project.pulls) == [1]
    assert at.checks(now.commit)["germline/proof"] == "success"


def test_a_pull_request_that_is_lost_is_opened_anew(publish: Publish) -> None:
    at = publish()
    at.propose()
    at.run()
    lost = at.project.pulls.pop(1)
    assert at.run().troubles == ()
    assert (at.pull().number, at.pull().body) == (2, lost.body)
    assert [event.data["number"] for event in at.on.events("draft.published")] == [1, 2]


@on_one_forge
def test_a_pull_request_that_a_crash_kept_out_of_the_log_is_adopted(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.on.git("push", "-q", str(at.project.path), draft.name)
    connection = at.on.organism.membrane.connect()
    assert connection is not None
    connection.forge.open(draft.name, PullText("Cut short", "", ()))
    assert at.run().troubles == ()
    assert list(at.project.pulls) == [1]
    assert [event.data["number"] for event in at.on.events("draft.published")] == [1]


def test_a_text_that_a_person_edited_is_left_alone(publish: Publish) -> None:
    at = publish()
    at.propose()
    at.publish()
    at.pull().body = "Ana says it better."
    at.run()
    assert at.pull().body == "Ana says it better."
    assert not at.is_draft(at.pull())


@on_one_forge
def test_a_persons_branch_there_becomes_a_draft_here(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.on.git("push", "-q", str(at.project.path), f"{draft.name}:refs/heads/draft/person/hers")
    at.on.git("update-ref", "-d", f"refs/heads/{draft.name}")
    assert at.run().troubles == ()
    (found,) = at.on.organism.repository.drafts()
    assert (found.name, found.commit) == ("draft/person/hers", draft.commit)
    assert at.pull().branch == "draft/person/hers"


def test_a_forks_branch_of_the_same_name_is_nobody(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.on.git("push", "-q", str(at.project.path), draft.name)
    at.project.open(draft.name, "From a fork", "Please").fork = True
    at.run()
    assert sorted((row.number, row.fork) for row in at.project.pulls.values()) == [
        (1, True),
        (2, False),
    ]


def test_all_pages_of_a_listing_are_read(publish: Publish) -> None:
    at = publish()
    for number in range(2 * PAGE + 1):
        at.on.git("push", "-q", str(at.project.path), f"main:refs/heads/feature/{number}")
        at.project.open(f"feature/{number}", "Another's", "x")
    at.propose()
    at.run()
    at.server.asked.clear()
    at.run()
    assert len(at.project.pulls) == 2 * PAGE + 2
    assert sum(line.endswith(("/pulls", "/merge_requests")) for line in at.server.asked) >= 3


@on_one_forge
def test_proofs_are_pushed_as_notes(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    at.run()
    note = at.on.git(
        "-C", str(at.project.path), "notes", "--ref=germline/proofs", "show", draft.commit
    )
    assert Proof.model_validate_json(note).passed
