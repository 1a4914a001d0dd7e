"""Main where policy asks for signatures: what nobody signed for is told, and not acted on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.membrane.signatures import SIGNERS_PATH, SIGNING_PATH
from controller.membrane.verdict import Held
from controller.ports import Blocked
from controller.stories.merge import prove_draft
from controller.stories.signing import hold_of
from controller.wiring import open_organism
from tests.signing.signed_stage import CONTRACT, SignedStage, signed_stage

UNSIGNED = "is not signed"


def loosened(room: SignedStage) -> dict[str, bytes]:
    """A change of a contract."""
    text = room.on.main().files[CONTRACT]
    return {CONTRACT: text.replace(b"  within 3s\n", b"  within 5s\n")}


def held(room: SignedStage) -> str | None:
    """Why main is held, after a pass."""
    room.troubles()
    return hold_of(room.on.organism.chronicle.ledger, room.on.organism.repository)


def pushed(room: SignedStage, commit: str) -> None:
    """Somebody moves main, working tree and all, past this program."""
    room.on.git("reset", "--quiet", "--hard", commit)


def test_a_persons_signed_commit_is_acted_on(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        room.on.commit(loosened(room))
        assert held(room) is None
        assert room.on.organism.chronicle.ledger.vouched == room.main()


def no_signature(room: SignedStage) -> None:
    room.sit(None)
    room.on.commit(loosened(room), "Looser")


def a_strangers(room: SignedStage) -> None:
    room.sit(room.eve)
    room.on.commit(loosened(room), "Looser")


def the_controllers(room: SignedStage) -> None:
    room.sit(room.controller)
    room.on.commit(loosened(room), "Looser")


def requiring_nothing_any_more(room: SignedStage) -> None:
    room.sit(None)
    room.on.commit({SIGNING_PATH: b""}, "No more signatures")
    room.on.commit(loosened(room), "Looser")


def allowing_itself(room: SignedStage) -> None:
    room.sit(room.eve)
    signers = room.on.main().files[SIGNERS_PATH] + room.eve.line().encode()
    people = b'[signing]\nrequired = true\npeople = ["eve@example.org"]\n'
    room.on.commit({SIGNERS_PATH: signers, SIGNING_PATH: people}, "I am Ana")
    room.on.commit(loosened(room), "Looser")


def an_allele_of_nobody(room: SignedStage) -> None:
    room.sit(None)
    text = room.on.main().files["phenotypes/lab.sg"]
    room.on.commit({"phenotypes/lab.sg": b"# somebody\n" + text}, "Straight to main")


def an_unproved_draft(room: SignedStage) -> None:
    draft = room.propose(author="germline controller <controller@germline.invalid>")
    pushed(room, draft.commit)
    room.on.git("branch", "-D", draft.name)


def an_older_main(room: SignedStage) -> None:
    pushed(room, "main~1")


def another_history(room: SignedStage) -> None:
    tree = room.on.git("rev-parse", "main^{tree}").strip()
    pushed(room, room.on.git("commit-tree", tree, "-m", "Another history").strip())


ATTACKS = [
    no_signature,
    a_strangers,
    the_controllers,
    requiring_nothing_any_more,
    allowing_itself,
    an_allele_of_nobody,
    an_unproved_draft,
    an_older_main,
    another_history,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_no_person_signed_is_told_and_nothing_is_done_on_it(
    tmp_path: Path, attack: Callable[[SignedStage], None]
) -> None:
    with signed_stage(tmp_path) as room:
        vouched = room.main()
        attack(room)
        room.sit(room.ana)
        room.on.ask()
        before = len(room.on.events())
        said = room.troubles()
        assert "main is held: " in said
        assert "one of the people signs on top" in said
        assert [event.type for event in room.on.events()[before:]] == ["main.held"]
        assert room.troubles() == said
        assert len(room.on.events()) == before + 1
        assert room.on.organism.chronicle.ledger.vouched == vouched


def test_a_person_who_signs_on_top_lets_go_of_it(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        no_signature(room)
        assert UNSIGNED in (held(room) or "")
        room.sit(room.ana)
        room.on.git("commit", "--quiet", "--allow-empty", "-S", "-m", "I looked at it")
        assert held(room) is None
        demand = room.on.ask()
        room.on.settle()
        assert room.on.outcomes(demand)[-1][1] == "confirmed"


def test_a_signed_revert_lets_go_of_it_as_well(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        no_signature(room)
        assert held(room) is not None
        room.sit(room.ana)
        room.on.git("-c", "commit.gpgsign=true", "revert", "--no-edit", "HEAD")
        assert held(room) is None


def test_a_stranger_who_signs_on_top_changes_nothing(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        allowing_itself(room)
        assert "I am Ana" in (held(room) or "")
        room.on.git("commit", "--quiet", "--allow-empty", "-S", "-m", "I looked at it")
        assert "I am Ana" in (held(room) or "")


def test_an_old_signed_commit_does_not_vouch_for_going_back_to_it(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        signed = room.main()
        room.on.commit(loosened(room))
        assert held(room) is None
        pushed(room, signed)
        assert "main was rewritten" in (held(room) or "")


def test_a_new_person_counts_from_the_commit_on_after_the_one_that_named_them(
    tmp_path: Path,
) -> None:
    with signed_stage(tmp_path) as room:
        signers = room.on.main().files[SIGNERS_PATH] + room.eve.line().encode()
        people = b'[signing]\nrequired = true\npeople = ["ana@example.org", "eve@example.org"]\n'
        room.on.commit({SIGNERS_PATH: signers, SIGNING_PATH: people}, "Eve is one of us")
        room.sit(room.eve)
        room.on.commit(loosened(room), "Looser")
        assert held(room) is None


def test_nothing_is_proved_or_merged_while_main_is_held(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        no_signature(room)
        room.troubles()
        draft = room.propose()
        with pytest.raises(Blocked, match="main is held"):
            prove_draft(room.on.organism.membrane, draft)
        assert isinstance(room.judged(draft), Held)
        with pytest.raises(Blocked, match="main is held"), room.on.organism.acting():
            raise AssertionError("it acts")


def merged_elsewhere(room: SignedStage, *, approved: bool) -> None:
    """A proved draft is merged with a button: by an unsigned merge commit."""
    draft = room.proved()
    if approved:
        room.approve(draft)
    room.sit(None)
    room.on.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #1", draft.commit)
    room.sit(room.ana)


def test_a_button_is_enough_where_a_person_has_approved(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        merged_elsewhere(room, approved=True)
        assert held(room) is None
        assert room.on.organism.chronicle.ledger.vouched == room.main()


def test_a_button_is_no_signature(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        merged_elsewhere(room, approved=False)
        assert "Merge pull request #1" in (held(room) or "")


def test_a_hold_outlives_the_process(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        no_signature(room)
        reason = held(room)
        assert reason is not None
        with open_organism(room.on.path, room.on.clock) as again:
            again.chronicle.refresh()
            assert hold_of(again.chronicle.ledger, again.repository) == reason


def test_what_waits_for_its_diagnostics_is_not_confirmed_while_main_is_held(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        demand = room.on.ask()
        room.on.organism.controller.run_pass()
        assert [end for _, end in room.on.outcomes(demand)] == [None]
        no_signature(room)
        room.on.clock.sleep(60)
        room.troubles()
        assert [end for _, end in room.on.outcomes(demand)] == [None]
        room.sit(room.ana)
        room.on.git("commit", "--quiet", "--allow-empty", "-S", "-m", "I looked at it")
        room.troubles()
        assert None not in [end for _, end in room.on.outcomes(demand)][:1]


def test_stock_git_sees_the_same_signature(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        room.on.commit(loosened(room))
        signers = "gpg.ssh.allowedSignersFile=policy/allowed_signers"
        done = subprocess.run(
            ["git", "-c", signers, "verify-commit", "main"],
            cwd=room.on.path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert 'Good "git" signature for ana@example.org' in done.stderr
