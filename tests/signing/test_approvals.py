"""What policy leaves to people is merged once one of them has signed for it, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.adapters.ssh_keygen import Key, sign
from controller.membrane.draft import AGENT
from controller.membrane.signatures import APPROVALS, Approval
from controller.membrane.verdict import AwaitsPerson, MayMerge, NeedsRebase
from controller.ports import Blocked, DraftRef
from tests.git.stock import git
from tests.signing.keys import DECIDING, Pair
from tests.signing.signed_stage import CONTRACT, SignedStage, signed_stage


def waiting(room: SignedStage, draft: DraftRef) -> str:
    """Why a draft waits for a person's signature."""
    found = room.judged(draft)
    assert isinstance(found, AwaitsPerson)
    assert found.signature
    return found.reason


def keep(room: SignedStage, draft: DraftRef, by: Pair, **said: str) -> None:
    """An approval that somebody wrote without this program."""
    base = room.on.organism.repository.tree(draft.base)
    given = {"draft": draft.name, "approves": draft.commit, "base": base, **said}
    approval = Approval.model_validate(given)
    signature = sign(approval.statement(), APPROVALS, Key(by.path))
    signed = approval.model_copy(update={"signature": signature})
    room.on.organism.past.notary.keep_approval(draft.commit, signed.to_note())


def test_a_draft_of_high_risk_is_merged_once_a_person_approved_it(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        demand = room.on.ask()
        room.on.settle()
        (draft,) = room.on.organism.repository.drafts()
        assert waiting(room, draft) == "its risk is high: a person's signed approval is missing"
        room.approve(draft)
        assert room.on.settle() == ()
        assert room.on.outcomes(demand)[-1] == (room.on.dominant(), "confirmed")
        merge = room.on.git("log", "-1", "--format=%(trailers)", "main")
        assert "Germline-Approved-By: ana@example.org" in merge
        assert room.on.organism.chronicle.ledger.vouched == room.main()


def test_approving_twice_is_approving_once(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        assert room.approve(draft) == room.approve(draft)
        assert len(room.on.organism.past.notary.approvals(draft.commit)) == 1


def test_the_controllers_key_cannot_approve(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        room.sit(room.controller)
        with pytest.raises(Blocked, match="not permitted for use in signature namespace"):
            room.approve(draft)
        keep(room, draft, room.controller)
        assert "not permitted" in waiting(room, draft)


def test_a_key_that_may_approve_but_is_no_persons_does_not_count(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        room.demand(controller="")
        room.troubles()
        draft = room.proved()
        keep(room, draft, room.controller)
        assert "controller@example.org, who is not among the people" in waiting(room, draft)


def test_a_stranger_cannot_approve(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        room.sit(room.eve)
        with pytest.raises(Blocked, match="a key that is not allowed to"):
            room.approve(draft)
        keep(room, draft, room.eve)
        assert "a key that is not allowed to" in waiting(room, draft)


def test_without_a_key_it_says_how_git_gets_one(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        room.sit(None)
        with pytest.raises(Blocked) as refused:
            room.approve(draft)
        assert refused.value.hint.startswith("git config gpg.format ssh")


@pytest.mark.parametrize("field", ["approves", "base"])
def test_an_approval_of_another_tip_or_base_does_not_count(tmp_path: Path, field: str) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        keep(room, draft, room.ana, **{field: "0" * 40})
        assert "an approval is of another tip or base" in waiting(room, draft)


def test_an_approval_of_what_a_draft_was_before_is_stale(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        room.approve(draft)
        assert room.judged(draft) == MayMerge()
        text = room.on.main().files["phenotypes/lab.sg"]
        room.on.commit({"phenotypes/lab.sg": b"# A person was here.\n" + text})
        room.on.settle()
        (again,) = room.on.organism.repository.drafts()
        assert again.commit != draft.commit
        assert f"of an earlier tip, {draft.commit[:12]}: it is stale" in waiting(room, again)


def test_an_approval_counts_as_long_as_its_key_does(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        signers = room.on.main().files["policy/allowed_signers"].decode()
        until = f'{DECIDING},valid-before="20260101120000Z"'  # noon of the first day
        room.on.commit({"policy/allowed_signers": signers.replace(DECIDING, until).encode()})
        room.troubles()
        draft = room.proved()
        room.approve(draft)
        assert room.judged(draft) == MayMerge()
        room.on.clock.sleep(24 * 3600)
        assert "expired" in waiting(room, draft)


@pytest.mark.parametrize("note", [{}, {"approves": "x"}, {"draft": 1}])
def test_what_is_no_approval_is_told_and_does_not_count(tmp_path: Path, note: object) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        room.on.organism.past.notary.keep_approval(draft.commit, note)  # type: ignore[arg-type]
        assert "an approval cannot be read" in waiting(room, draft)
        room.approve(draft)
        assert room.judged(draft) == MayMerge()


def test_two_people_approve_in_two_clones_and_both_arrive(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        ref = room.approve(draft)
        other = tmp_path / "elsewhere"
        git(tmp_path, "clone", "--quiet", "--bare", str(room.on.path), str(other))
        git(room.on.path, "push", "--quiet", str(other), ref)
        room.on.git("update-ref", "-d", ref)
        waiting(room, draft)
        git(room.on.path, "fetch", "--quiet", str(other), f"{ref}:{ref}")
        assert room.judged(draft) == MayMerge()


def edited(room: SignedStage, name: str, author: str) -> DraftRef:
    """A draft that changes a contract."""
    text = room.on.main().files[CONTRACT]
    changes = {CONTRACT: text.replace(b"  within 3s\n", b"  within 5s\n")}
    assert changes[CONTRACT] != text
    repository = room.on.organism.repository
    return repository.propose(name, room.main(), changes, "Wait longer", author)


def test_a_persons_draft_of_a_contract_is_merged_once_it_is_approved(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = edited(room, "draft/person/wait", "Ana <ana@example.org>")
        room.on.settle()
        assert waiting(room, draft).startswith("it changes what is people's")
        room.approve(draft)
        room.on.settle()
        assert b"  within 5s\n" in room.on.main().files[CONTRACT]
        assert room.on.organism.chronicle.ledger.vouched == room.main()


def test_a_persons_draft_whose_base_moved_is_left_to_that_person(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = edited(room, "draft/person/wait", "Ana <ana@example.org>")
        text = room.on.main().files["phenotypes/lab.sg"]
        room.on.commit({"phenotypes/lab.sg": b"# A person was here.\n" + text})
        room.on.settle()
        (left,) = room.on.organism.repository.drafts()
        assert left == draft
        assert isinstance(room.judged(left), NeedsRebase)


@pytest.mark.parametrize("author", [AGENT, "Eve <eve@example.org>"])
def test_nobody_elses_draft_of_a_contract_gets_past_the_gate(tmp_path: Path, author: str) -> None:
    with signed_stage(tmp_path) as room:
        room.sit(room.eve)
        draft = edited(room, "draft/person/wait", author)
        room.sit(room.ana)
        room.approve(draft)
        room.on.settle()
        (refused,) = room.on.events("draft.refused")
        assert f"{CONTRACT} belongs to people" in str(refused.data["reason"])


def test_a_draft_cannot_add_its_own_signer(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        signers = room.on.main().files["policy/allowed_signers"]
        changes = {
            "policy/allowed_signers": signers + room.eve.line().encode(),
            "policy/signing.toml": b'[signing]\npeople = ["eve@example.org"]\n',
        }
        room.sit(room.eve)
        repository = room.on.organism.repository
        who = "Eve <eve@example.org>"
        draft = repository.propose("draft/person/me", room.main(), changes, "Trust me", who)
        keep(room, draft, room.eve)
        room.on.settle()
        (refused,) = room.on.events("draft.refused")
        assert "belongs to people" in str(refused.data["reason"])
