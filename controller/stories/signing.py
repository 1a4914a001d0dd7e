"""Signing: what signatures around a draft come to, by what its base says of signers.

Called where drafts are judged, proved, approved and told of. Nothing of a draft is asked who may
sign it: signers and people are those of the commit of main that it was cut from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from controller import signing_limits as limits
from controller.conductor.ledger import Ledger
from controller.membrane.proof import Proof
from controller.membrane.signatures import (
    APPROVALS,
    COMMITS,
    PROOFS,
    SIGNERS_PATH,
    Approval,
    Rejected,
    Signature,
    Signatures,
    Signed,
    SigningPolicy,
    of_people,
)
from controller.policy import read_signing
from controller.ports import Blocked, DraftRef, Repository
from controller.ports.signing import Notary, Sealed

HOLD_HINT: Final = (
    "look at it: if it is meant, one of the people signs on top (`git commit --allow-empty -S`), "
    "else takes it back so (`git revert -S`)"
)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may sign what, as one commit of main has it, and who verifies."""

    notary: Notary
    policy: SigningPolicy
    signers: bytes

    def of_commit(self, sealed: Sealed, *, then: bool = False) -> Signature:
        """Who signed a commit; `then`: judged by keys as they were when it says it was made."""
        at = sealed.at if then else None
        return self.notary.verify(sealed.data, sealed.signature, COMMITS, self.signers, at)

    def person_of(self, signature: Signature) -> str | None:
        """The person who signed, if a person did."""
        return signature.person(self.policy) if isinstance(signature, Signed) else None

    def of_proof(self, proof: Proof) -> Signature:
        """Who signed a proof."""
        return self.notary.verify(proof.statement(), proof.signature, PROOFS, self.signers)

    def of_approval(self, approval: Approval) -> Signature:
        """Who signed an approval."""
        statement = approval.statement()
        return self.notary.verify(statement, approval.signature, APPROVALS, self.signers)


def authority_at(notary: Notary, files: Mapping[str, bytes]) -> Authority:
    """The authority that the files of a commit give."""
    return Authority(notary, read_signing(files)[0], files.get(SIGNERS_PATH, b""))


def signatures_of(
    notary: Notary | None, repository: Repository, draft: DraftRef, proof: Proof | None
) -> Signatures:
    """What counts for a draft on its base. Raises `Unavailable`."""
    if notary is None or not draft.base:
        return Signatures()
    authority = authority_at(notary, repository.files(draft.base))
    policy = authority.policy
    if not policy.required and not policy.people:
        return Signatures()
    approved, objections = _approvals(authority, repository, draft)
    return Signatures(
        required=policy.required,
        distrust=_distrust(authority, proof),
        concerns_people=bool(of_people(repository.changed(draft.base, draft.commit))),
        approved_by=approved,
        objections=objections,
    )


def distrust_of(
    notary: Notary | None, repository: Repository, draft: DraftRef, proof: Proof
) -> str | None:
    """Why the signature of a draft's proof does not count; None if it does, or nobody asks."""
    if notary is None or not draft.base:
        return None
    return _distrust(authority_at(notary, repository.files(draft.base)), proof)


def _distrust(authority: Authority, proof: Proof | None) -> str | None:
    if proof is None or not authority.policy.required:
        return None
    signature = authority.of_proof(proof)
    return f"its proof {signature.reason}" if isinstance(signature, Rejected) else None


def _approvals(
    authority: Authority, repository: Repository, draft: DraftRef
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The people who approved a draft, and why other approvals do not count."""
    approved: list[str] = []
    objections: list[str] = []
    for note in authority.notary.approvals(draft.commit):
        approval = Approval.from_note(note)
        if approval is None:
            objections.append("an approval cannot be read")
            continue
        objection, person = _weighed(authority, repository, draft, approval)
        if person is None:
            objections.append(objection)
        elif person not in approved:
            approved.append(person)
    if not approved and not objections:
        objections += _earlier(authority.notary, draft)
    return tuple(approved), tuple(objections)


def _weighed(
    authority: Authority, repository: Repository, draft: DraftRef, approval: Approval
) -> tuple[str, str | None]:
    """Why an approval does not count, or whose it is."""
    if approval.approves != draft.commit or approval.base != repository.tree(draft.base):
        return "an approval is of another tip or base", None
    signature = authority.of_approval(approval)
    if isinstance(signature, Rejected):
        return f"an approval {signature.reason}", None
    person = authority.person_of(signature)
    return f"an approval is by {signature.name}, who is not among the people", person


def _earlier(notary: Notary, draft: DraftRef) -> Iterator[str]:
    """Approvals of what a draft was before: they count no more."""
    for note in notary.approvals():
        approval = Approval.from_note(note)
        if approval is not None and approval.draft == draft.name:
            yield f"an approval is of an earlier tip, {approval.approves[:12]}: it is stale"
            return


def is_by_people(notary: Notary | None, repository: Repository, draft: DraftRef) -> bool:
    """True if people have signed every commit of a draft that is signed for.

    Keys are judged as of each commit's own time, as git does, so that any clone finds the same.
    """
    if notary is None or not draft.base:
        return False
    authority = authority_at(notary, repository.files(draft.base))
    if not authority.policy.required:
        return False
    at = draft.commit
    for _ in range(limits.DRAFT_COMMITS):
        if at == draft.base:
            return True
        sealed = notary.sealed(at)
        signature = authority.of_commit(sealed, then=True)
        if len(sealed.parents) != 1 or authority.person_of(signature) is None:
            return False
        (at,) = sealed.parents
    return False


def signed_proof(notary: Notary | None, proof: Proof, author: str) -> Proof:
    """A proof with its author's signature, if there is a key."""
    signature = None if notary is None else notary.sign(proof.statement(), PROOFS, author)
    return proof.model_copy(update={"signature": signature})


def require_prover(notary: Notary | None, repository: Repository, base: str, author: str) -> None:
    """Raise `Blocked` if a proof by this author would not count on a base: nobody need make it."""
    if notary is None:
        return
    authority = authority_at(notary, repository.files(base))
    if not authority.policy.required:
        return
    trial = Proof(tree=repository.tree(base), base=base, gates=())
    signature = authority.of_proof(signed_proof(notary, trial, author))
    if isinstance(signature, Rejected):
        raise Blocked(
            f"policy asks for signed proofs, and one made here {signature.reason}",
            "`germline key show` prints the line for policy/allowed_signers; `germline doctor` "
            "looks at the keys",
        )


def approve(notary: Notary, repository: Repository, draft: DraftRef, author: str) -> str:
    """Sign a person's approval of a draft as it is, and keep it; its ref.

    Raises `Blocked` if there is no key, or if what it signs would not count.
    """
    if not draft.base:
        raise Blocked(f"{draft.name} has no commit in common with main")
    unsigned = Approval(draft=draft.name, approves=draft.commit, base=repository.tree(draft.base))
    signature = notary.sign(unsigned.statement(), APPROVALS, author)
    if signature is None:
        raise Blocked(
            "git has no SSH key of yours to sign with",
            "git config gpg.format ssh && git config user.signingkey ~/.ssh/id_ed25519.pub",
        )
    approval = unsigned.model_copy(update={"signature": signature})
    authority = authority_at(notary, repository.files(draft.base))
    objection, person = _weighed(authority, repository, draft, approval)
    if person is None:
        raise Blocked(
            f"main would not take it: {objection}",
            "people and their keys are in policy/signing.toml and policy/allowed_signers of main",
        )
    return notary.keep_approval(draft.commit, approval.to_note())


def hold_of(ledger: Ledger, repository: Repository) -> str | None:
    """Why nothing may be done on main as it is now; None if it may (`stories/vouch`)."""
    main, since = repository.main(), ledger.vouched
    if since in (None, main):
        return None
    assert since is not None
    if not read_signing(repository.files(since))[0].required:
        return None
    if ledger.hold is not None and ledger.hold.commit == main:
        return f"main is held: {ledger.hold.reason}"
    return f"main is at {main[:12]}, and nobody has looked at who signed it since {since[:12]}"
