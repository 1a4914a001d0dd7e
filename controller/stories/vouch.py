"""Vouch: is what main says now what somebody with the right to say it said?

Called whenever main may have moved, before anything is done on it. It begins at the last commit
that was vouched for (the ledger has it) and holds every later one against the signers that the
commit before it names. A commit of main counts if a person signed it, which vouches for all below
it as well, or if it is exactly a draft that might be merged there. Anything else, and the
controller holds: it says so and does nothing until a person has signed on top. Where policy does
not ask for signatures nobody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from controller import signing_limits as limits
from controller.domains.world import JsonObject
from controller.membrane.draft import trailers_of
from controller.membrane.proof import Proof
from controller.membrane.signatures import Rejected, Signature, of_people
from controller.membrane.verdict import MayMerge, verdict
from controller.ports import DraftRef
from controller.ports.signing import Notary, Sealed
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, right_to
from controller.stories.signing import Authority, authority_at, signatures_of

TOLD: Final = 3
"""Objections that are told: the first ones lead to the others."""

Earlier = Callable[[str], Main | None]
"""What main said at a commit, if that can still be read."""


def vouch_main(membrane: Membrane, main: Main, earlier: Earlier) -> bool:
    """Whether main may be acted on; recorded when it changes. Raises `Unavailable`."""
    ledger, notary = membrane.chronicle.ledger, membrane.notary
    since = ledger.vouched
    if notary is None or since == main.commit:
        return True
    if since is None or not authority_at(notary, membrane.repository.files(since)).policy.required:
        if main.signing.required:
            _record_vouched(membrane, main.commit, since)
        return True
    objections = _objections(membrane, notary, since, main.commit, earlier)
    if not objections:
        _record_vouched(membrane, main.commit, since)
        return True
    more = len(objections) - TOLD
    reason = "; ".join((*objections[:TOLD], *((f"and {more} more",) if more > 0 else ())))
    hold = ledger.hold
    if hold is None or (hold.commit, hold.reason) != (main.commit, reason):
        held: JsonObject = {"commit": main.commit, "since": since, "reason": reason}
        membrane.chronicle.record("main.held", "main", held, ledger.main_event)
    return False


def _record_vouched(membrane: Membrane, commit: str, since: str | None) -> None:
    vouched: JsonObject = {"commit": commit, "since": since}
    membrane.chronicle.record("main.vouched", "main", vouched, membrane.chronicle.ledger.main_event)


def _objections(
    membrane: Membrane, notary: Notary, since: str, tip: str, earlier: Earlier
) -> list[str]:
    """What stands against main's commits after `since`, the oldest first; none if nothing does."""
    repository, trusted = membrane.repository, since
    commits = _later(membrane, since, tip)
    objections: list[str] = []
    if len(commits) == limits.VOUCH_COMMITS:
        objections.append(f"it has more than {len(commits)} commits since {since[:12]}")
    if not repository.contains(tip, since):
        objections.append(f"main was rewritten: it does not contain {since[:12]} any more")
    for commit in commits:
        authority = authority_at(notary, repository.files(trusted))
        sealed = notary.sealed(commit)
        signature = authority.of_commit(sealed)
        by_person = authority.person_of(signature) is not None or not authority.policy.required
        if by_person and repository.contains(commit, since):
            trusted, objections = commit, []
            continue
        objection = _objection(membrane, authority, trusted, sealed, signature, earlier)
        if objection is not None:
            objections.append(objection)
        elif not objections:
            trusted = commit
    return objections


def _later(membrane: Membrane, since: str, tip: str) -> Sequence[str]:
    """Main's commits that `since` does not contain, the oldest first."""
    repository = membrane.repository
    found: list[str] = []
    for commit, _ in repository.first_parents(tip, limits.VOUCH_COMMITS):
        if repository.contains(since, commit):
            break
        found.append(commit)
    return found[::-1]


def _objection(
    membrane: Membrane,
    authority: Authority,
    trusted: str,
    sealed: Sealed,
    signature: Signature,
    earlier: Earlier,
) -> str | None:
    """Why a commit that no person signed does not count; None if it does."""
    changed = membrane.repository.changed(trusted, sealed.commit)
    continues = sealed.parents[:1] == (trusted,)
    if continues and (not changed or _is_proved(membrane, trusted, sealed, authority, earlier)):
        return None
    title = sealed.message.partition("\n")[0]
    paths = of_people(changed) or tuple(sorted(changed))
    what = f"changes {paths[0]}" if paths else f"does not follow {trusted[:12]}"
    others = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    said = signature.reason if isinstance(signature, Rejected) else f"is by {signature.name} alone"
    return f'{sealed.commit[:12]} "{title}" by {sealed.author} {what}{others} and {said}'


def _is_proved(
    membrane: Membrane, trusted: str, sealed: Sealed, authority: Authority, earlier: Earlier
) -> bool:
    """True if a commit is a draft, or the merge of one, that might be merged on `trusted`."""
    tip = sealed if len(sealed.parents) == 1 else authority.notary.sealed(sealed.parents[-1])
    before = earlier(trusted)
    if before is None or tip.tree != sealed.tree:
        return False
    draft = DraftRef(
        name="",
        commit=tip.commit,
        tree=tip.tree,
        base=trusted,
        title="",
        message=tip.message,
        trailers=trailers_of(tip.message),
    )
    proof = Proof.from_note(membrane.repository.proof(tip.commit))
    signatures = signatures_of(authority.notary, membrane.repository, draft, proof)
    risk, right = right_to(draft, proof, before.policy)
    found = verdict(tip.tree, trusted, trusted, proof, risk, right, None, signatures, person=False)
    return isinstance(found, MayMerge)
