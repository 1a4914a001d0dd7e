"""Proofs where policy asks for signatures: whose count, and what becomes of the others."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from controller.adapters.ssh_keygen import Key, sign
from controller.demo.setting import PERSON
from controller.membrane.draft import AGENT, AGENTS
from controller.membrane.proof import GateResult, Proof
from controller.membrane.signatures import PROOFS, SIGNERS_PATH, Signed
from controller.membrane.verdict import MayMerge, NeedsProof
from controller.ports import Blocked
from controller.stories.merge import prove_draft
from controller.stories.signing import authority_at
from controller.wiring import open_organism
from tests.git.stock import git
from tests.signing.keys import make_key
from tests.signing.signed_stage import SignedStage, signed_stage


def test_what_the_controller_proves_and_merges_by_itself_is_signed_by_it(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        demand = room.on.ask()
        assert room.on.settle() == ()
        assert room.on.outcomes(demand)[-1] == (room.on.dominant(), "confirmed")
        assert room.on.organism.chronicle.ledger.vouched == room.main()
        (room.on.path / "signers").write_text(room.controller.line())
        for commit in ("main", "main^2"):  # stock git agrees
            room.on.git("-c", "gpg.ssh.allowedSignersFile=signers", "verify-commit", commit)


def test_a_signed_proof_counts(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = room.proved()
        files = room.on.organism.repository.files(draft.base)
        found = authority_at(room.on.organism.past.notary, files).of_proof(room.proof(draft))
        assert isinstance(found, Signed)
        assert found.principals == (room.controller.principal,)
        assert room.judged(draft) == MayMerge()


def test_an_unsigned_proof_counts_for_nothing(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = room.proved()
        room.attach(draft, room.proof(draft).model_copy(update={"signature": None}))
        assert room.judged(draft) == NeedsProof("its proof is not signed")


def test_a_proof_that_was_changed_is_made_anew(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = room.proved()
        true = room.proof(draft)
        refusing = (GateResult(gate="paths", passed=False, evidence=("no",)),)
        room.attach(draft, true.model_copy(update={"gates": refusing}))
        assert isinstance(room.judged(draft), NeedsProof)
        room.on.settle()
        assert room.proof(draft) == true
        assert room.on.organism.chronicle.ledger.drafts[draft.name].state == "merged"


def test_a_proof_by_a_key_that_nobody_allowed_counts_for_nothing(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = room.proved()
        proof = room.proof(draft)
        forged = sign(proof.statement(), PROOFS, Key(room.eve.path))
        room.attach(draft, proof.model_copy(update={"signature": forged}))
        found = room.judged(draft)
        assert isinstance(found, NeedsProof)
        assert "a key that is not allowed to" in found.reason


def test_a_person_whose_key_is_for_deciding_alone_proves_nothing(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = room.propose()
        with pytest.raises(Blocked, match="not permitted for use in signature namespace"):
            prove_draft(room.on.organism.membrane, draft, PERSON)


def test_a_signature_for_a_commit_is_none_for_a_proof(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = room.proved()
        proof = room.proof(draft)
        moved = sign(proof.statement(), "git", Key(room.controller.path))
        room.attach(draft, proof.model_copy(update={"signature": moved}))
        found = room.judged(draft)
        assert isinstance(found, NeedsProof)
        assert found.reason.startswith("its proof is signed by controller@example.org, but")


def test_the_proof_of_one_draft_says_nothing_of_another(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        other = room.on.organism.repository.propose(
            "draft/person/other", room.main(), {"phenotypes/lab.sg": b"phenotype lab\n"}, "x", AGENT
        )
        room.attach(other, room.proof(draft))
        assert room.judged(other) == NeedsProof("its proof is for another tree or base")


@pytest.mark.parametrize("options", ['valid-before="20250101"', 'namespaces="git"'])
def test_a_controller_whose_key_does_not_count_proves_nothing_and_says_why(
    tmp_path: Path, options: str
) -> None:
    with signed_stage(tmp_path) as room:
        room.demand(controller=options)
        draft = room.propose()
        said = room.troubles()
        assert "one made here is signed by" in said
        assert room.on.organism.repository.proof(draft.commit) is None
        assert room.troubles() == said


def test_a_key_that_is_revoked_takes_its_proofs_with_it(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        proof = room.proof(room.proved())
        until = room.on.clock.now().strftime("%Y%m%d%H%M%SZ")
        room.demand(controller=f'valid-before="{until}"')
        room.on.clock.sleep(1)
        room.troubles()
        again = room.propose("draft/person/again")
        room.attach(again, replace_tree(proof, again.tree, again.base, room))
        found = room.judged(again)
        assert isinstance(found, NeedsProof)
        assert "expired" in found.reason


def replace_tree(proof: Proof, tree: str, base: str, room: SignedStage) -> Proof:
    """The proof of the same gates for another tree, signed by the controller's key."""
    unsigned = proof.model_copy(update={"tree": tree, "base": base, "signature": None})
    signature = sign(unsigned.statement(), PROOFS, Key(room.controller.path))
    return unsigned.model_copy(update={"signature": signature})


def test_a_configured_key_that_is_not_there_stops_drafts_and_says_so(tmp_path: Path) -> None:
    with signed_stage(tmp_path) as room:
        draft = room.propose()
        room.controller.path.rename(tmp_path / "lost")
        assert "[identity] of germline.toml names" in room.troubles()
        assert room.on.organism.repository.drafts() == (draft,)


def test_the_credential_of_the_service_goes_before_the_configured_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signed_stage(tmp_path) as room:
        handed = tmp_path / "credentials"
        handed.mkdir()
        room.eve.path.rename(handed / "germline-signing-key")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
        room.propose()
        assert "a key that is not allowed to" in room.troubles()


def test_what_an_agent_drafts_is_signed_by_its_own_key_where_it_has_one(tmp_path: Path) -> None:
    agents = make_key(tmp_path / "keys", "agents")
    with signed_stage(tmp_path) as room:
        config = room.on.main().files["germline.toml"].decode()
        room.on.commit({"germline.toml": f'{config}agents = "{agents.path}"\n'.encode()})
        draft = room.propose("draft/agent/try", AGENTS)
        notary = room.on.organism.past.notary
        sealed = notary.sealed(draft.commit)
        found = notary.verify(sealed.data, sealed.signature, "git", agents.line().encode())
        assert isinstance(found, Signed)


def test_another_clone_finds_the_same(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        draft = room.proved()
        room.approve(draft)
        here = room.judged(draft)
        elsewhere = tmp_path / "elsewhere"
        git(tmp_path, "clone", "--quiet", str(room.on.path), str(elsewhere))
        git(
            elsewhere,
            "fetch",
            "--quiet",
            "origin",
            "refs/heads/draft/*:refs/heads/draft/*",
            "refs/notes/*:refs/notes/*",
            "refs/germline/approvals/*:refs/germline/approvals/*",
        )
        with open_organism(elsewhere, room.on.clock) as other:
            there = replace(room, on=replace(room.on, organism=other, path=elsewhere))
            assert there.judged(draft) == here == MayMerge()


def test_without_a_policy_nothing_is_asked_and_what_has_a_key_signs(tmp_path: Path) -> None:
    with signed_stage(tmp_path, risk="high") as room:
        room.on.commit({SIGNERS_PATH: b"", "policy/signing.toml": b""}, "No more")
        room.on.organism.controller.run_pass()
        draft = room.proved()
        assert room.proof(draft).signature
        assert "risk high" in str(room.judged(draft))


def test_private_keys_and_what_is_signed_are_in_no_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    run = subprocess.run

    def watched(command: list[str], **options: object) -> object:
        seen.append([str(one) for one in command])
        return run(command, **options)  # type: ignore[call-overload]

    with signed_stage(tmp_path) as room:
        monkeypatch.setattr(subprocess, "run", watched)
        room.proved()
        secret = room.controller.path.read_text().splitlines()[1]
        said = " ".join(word for command in seen for word in command)
        assert "ssh-keygen -q -Y sign" in said
        assert secret not in said
        assert "tree" not in said
