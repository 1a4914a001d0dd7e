"""Merge: drafts from a proposal to main, through proof, policy and compare-and-swap.

A draft whose base is no longer main is written again on the new main, or main is merged into it if
people wrote on it; one that a gate refuses is closed and its allele remembered; one that policy
leaves to a person waits, proved, until somebody says `germline draft merge`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from controller.arena.selection import promoted
from controller.conductor.ledger import DraftRecord, Ledger
from controller.domains.world import JsonObject
from controller.genome.genome import Genome
from controller.membrane.draft import AGAINST, AGENT, AGENTS, REVERTS, Proposal, trailer
from controller.membrane.proof import Proof
from controller.membrane.signatures import of_people
from controller.membrane.verdict import (
    AwaitsPerson,
    Conflicts,
    Held,
    MayMerge,
    NeedsProof,
    NeedsRebase,
    Obstructed,
    Refused,
    Unchanged,
    Verdict,
    Waits,
    verdict,
)
from controller.policy import Policy, Right
from controller.ports import Blocked, DraftRef, Merged, Repository
from controller.ports.forge import Connection
from controller.ports.signing import Notary
from controller.stories.chronicle import CONTROLLER, Chronicle
from controller.stories.exchange import push_main
from controller.stories.express import Workbench
from controller.stories.log_standing import anchor_now
from controller.stories.project import Projector
from controller.stories.proposal import promotion
from controller.stories.prove import Past, prove
from controller.stories.signing import (
    HOLD_HINT,
    hold_of,
    is_by_people,
    require_prover,
    signatures_of,
    signed_proof,
)
from grammar.sg.terms import Risk


def unconnected() -> Connection | None:
    """No forge: drafts stay in this clone."""
    return None


def unobstructed() -> str:
    """No forge has refused a merge."""
    return ""


@dataclass(frozen=True, slots=True)
class Membrane:
    """What drafts pass through. `connect` gives the forge that main names, if it names one, and
    `obstacle` why that refused the last merge; `projector` builds projections of the log, as
    proofs of what changes them need it."""

    bench: Workbench
    repository: Repository
    chronicle: Chronicle
    connect: Callable[[], Connection | None] = unconnected
    notary: Notary | None = None
    obstacle: Callable[[], str] = unobstructed
    projector: Projector | None = None


def open_draft(membrane: Membrane, proposal: Proposal, base: str) -> DraftRef:
    """Make a proposal a branch and record it."""
    author = AGENTS if proposal.kind == "agent" else AGENT
    draft = membrane.repository.propose(
        proposal.branch, base, proposal.changes, proposal.message, author
    )
    note_opened(membrane, draft)
    return draft


def note_opened(membrane: Membrane, draft: DraftRef) -> None:
    """Record a draft that the log does not know: ours after a crash, or a person's."""
    known = membrane.chronicle.ledger.drafts.get(draft.name)
    if known is not None and known.state == "open":
        return
    data: JsonObject = {"draft": draft.name, "commit": draft.commit, "base": draft.base}
    for key in ("Allele", "Locus", "Phenotype", "Demand", "Gap", REVERTS, AGAINST):
        data[key.lower()] = trailer(draft.trailers, key) or ""
    cause = trailer(draft.trailers, "Cause")
    membrane.chronicle.record("draft.opened", draft.name, data, cause)


def judge(
    membrane: Membrane,
    draft: DraftRef,
    policy: Policy,
    held: str | None = None,
    *,
    person: bool,
) -> Verdict:
    """What may happen to a draft now. `held` is what it has to wait for (`stories/precede`)."""
    repository = membrane.repository
    proof = Proof.from_note(repository.proof(draft.commit))
    main = repository.main()
    hold = hold_of(membrane.chronicle.ledger, repository)
    if hold is not None:
        return Held(hold)
    if repository.contains(main, draft.commit):
        return Unchanged()
    signatures = signatures_of(membrane.notary, repository, draft, proof)
    risk, right = right_to(draft, proof, policy)
    found = verdict(
        draft.tree, draft.base, main, proof, risk, right, held, signatures, person=person
    )
    if isinstance(found, MayMerge) and not person and (refused := membrane.obstacle()):
        return Obstructed(refused)
    if isinstance(found, NeedsRebase) and people_wrote_on(repository, draft):
        paths = repository.conflicts(draft.commit, main)
        return Conflicts(paths) if paths else found
    return found


def people_wrote_on(repository: Repository, draft: DraftRef) -> bool:
    """True if a commit of a draft is not the controller's: it stays, whatever main does."""
    if not draft.base:
        return False
    return not repository.authors(draft.base, draft.commit) <= {AGENT, AGENTS}


def right_to(draft: DraftRef, proof: Proof | None, policy: Policy) -> tuple[str, Right]:
    """A draft's risk, as its proof found it, and who merges it."""
    risk = (Risk.CRITICAL if proof is None else proof.risk).value
    if trailer(draft.trailers, REVERTS):
        return risk, "automatic" if policy.automatic_revert else "person"
    return risk, policy.right(risk)


def demand_of(ledger: Ledger, draft: DraftRef) -> str:
    """The demand that a draft would close, as it was opened: people who write on it need not say
    so again. Empty if it is of none."""
    record = ledger.drafts.get(draft.name)
    if record is not None and record.state == "open":
        return record.demand
    return trailer(draft.trailers, "Demand") or ""


def prove_draft(membrane: Membrane, draft: DraftRef, author: str = AGENT) -> Proof:
    """Hold the draft against the gates, record the outcome, attach the proof: the log is never
    without what a note says, and a crash in between costs a second look.

    Raises `Blocked` if policy asks for signed proofs and one by `author` would not count.
    """
    notary, repository = membrane.notary, membrane.repository
    hold = hold_of(membrane.chronicle.ledger, repository)
    if hold is not None:
        raise Blocked(hold, HOLD_HINT)
    require_prover(notary, repository, draft.base, author)
    proof = signed_proof(
        notary, prove(membrane.bench, repository, draft, notary, _past(membrane)), author
    )
    gates: list[JsonObject] = [gate.model_dump(mode="json") for gate in proof.gates]
    data: JsonObject = {
        "draft": draft.name,
        "commit": draft.commit,
        "tree": proof.tree,
        "base": proof.base,
        "passed": proof.passed,
        "gates": list(gates),
    }
    membrane.chronicle.record("draft.proved", draft.name, data, _cause(membrane, draft))
    membrane.repository.attach_proof(draft.commit, proof.to_note())
    return proof


def _past(membrane: Membrane) -> Past:
    return Past(membrane.chronicle, membrane.projector)


def merge_draft(membrane: Membrane, draft: DraftRef, actor: str, author: str) -> Merged | None:
    """Merge a draft that may be merged; None if main moved meanwhile.

    A forge's main moves first: what it refuses does not happen here either. After a crash between
    the two, main here follows by `stories/exchange`.
    """
    repository = membrane.repository
    if repository.main() != draft.base:
        return None
    approved = signatures_of(membrane.notary, repository, draft, None).approved_by
    anchor = anchor_now(membrane.chronicle)
    message = (
        f"Merge {draft.name}\n\n{draft.title}\n\nGermline-Draft: {draft.name}\n"
        f"Germline-Proved-Tree: {draft.tree}\n"
        + "".join(f"Germline-Approved-By: {person}\n" for person in approved)
        + ("" if anchor is None else anchor.to_trailer())
    )
    connection = membrane.connect()
    if connection is None:
        merged = repository.merge(draft, draft.base, message, author)
    else:
        made = connection.clone.join(draft, draft.base, message, author)
        if not push_main(connection, draft.base, made):
            return None
        merged = connection.clone.land(draft, draft.base, made)
    if not isinstance(merged, Merged):
        return None
    note_merged(membrane, draft.name, merged.commit, actor)
    return merged


def note_merged(membrane: Membrane, name: str, merge: str, actor: str) -> None:
    """Record that a draft is on main."""
    record = membrane.chronicle.ledger.drafts[name]
    membrane.chronicle.record(
        "draft.merged",
        name,
        {"draft": name, "merge": merge, "demand": record.demand},
        record.proved_by or record.opened_by,
        actor,
    )


def end_draft(
    membrane: Membrane, draft: DraftRef, kind: str, reason: str, actor: str = CONTROLLER
) -> None:
    """Close a draft: `kind` is `refused` (a gate) or `closed` (a person)."""
    data: JsonObject = {"draft": draft.name, "commit": draft.commit, "reason": reason}
    membrane.chronicle.record(f"draft.{kind}", draft.name, data, _cause(membrane, draft), actor)
    membrane.repository.close(draft.name)


def advance_draft(
    membrane: Membrane, draft: DraftRef, genome: Genome, policy: Policy, held: str | None
) -> bool:
    """Take a draft one step further without a person; False if it can go no further so."""
    match judge(membrane, draft, policy, held, person=False):
        case NeedsProof():
            prove_draft(membrane, draft)
        case NeedsRebase():
            if _is_peoples(membrane, draft):
                return False
            if people_wrote_on(membrane.repository, draft):
                return catch_up(membrane, draft)
            rebase_draft(membrane, draft, genome)
        case Refused(reasons):
            end_draft(membrane, draft, "refused", "; ".join(reasons))
        case MayMerge() | Obstructed():
            merge_draft(membrane, draft, CONTROLLER, AGENT)
        case AwaitsPerson() | Waits() | Held() | Conflicts() | Unchanged():
            return False
    return True


def _is_peoples(membrane: Membrane, draft: DraftRef) -> bool:
    """True for what people signed and nobody else may write again: they rebase it themselves."""
    repository = membrane.repository
    changed = repository.changed(draft.base, draft.commit) if draft.base else {}
    return bool(of_people(changed)) and is_by_people(membrane.notary, repository, draft)


def catch_up(membrane: Membrane, draft: DraftRef) -> bool:
    """Main moved on: merge it into a draft that people wrote on, whose commits stay as they are.

    False if somebody moved either meanwhile.
    """
    again = membrane.repository.catch_up(draft, membrane.repository.main(), AGENT)
    if again is None:
        return False
    _note_rebased(membrane, draft, again)
    return True


def rebase_draft(membrane: Membrane, draft: DraftRef, genome: Genome) -> None:
    """Main moved on: write a draft again on the new main, or let it go if main says it already."""
    repository = membrane.repository
    main = repository.main()
    reverted = trailer(draft.trailers, REVERTS)
    if reverted is None:
        changes = _rewritten(membrane, draft, genome, main)
    else:
        taken_back = repository.reverting(reverted, main)
        if taken_back is None:
            end_draft(membrane, draft, "superseded", "main has changed what it would take back")
            return
        changes = taken_back
    repository.close(draft.name)
    if not changes:
        data: JsonObject = {"draft": draft.name, "reason": "main says so already"}
        membrane.chronicle.record("draft.superseded", draft.name, data, _cause(membrane, draft))
        return
    again = repository.propose(draft.name, main, changes, draft.message, AGENT)
    _note_rebased(membrane, draft, again)


def _note_rebased(membrane: Membrane, was: DraftRef, now: DraftRef) -> None:
    data: JsonObject = {"draft": now.name, "commit": now.commit, "base": now.base}
    data["was"] = was.commit
    membrane.chronicle.record("draft.rebased", now.name, data, _cause(membrane, was))


def _rewritten(
    membrane: Membrane, draft: DraftRef, genome: Genome, main: str
) -> Mapping[str, bytes | None]:
    repository = membrane.repository
    proposed = repository.files(draft.commit)
    present = repository.files(main)
    changed = repository.changed(draft.base, draft.commit) if draft.base else {}
    changes: dict[str, bytes | None] = {
        path: proposed[path]
        for path, change in changed.items()
        if change == "added" and present.get(path) != proposed[path]
    }
    allele = trailer(draft.trailers, "Allele") or ""
    locus = trailer(draft.trailers, "Locus") or ""
    phenotype = trailer(draft.trailers, "Phenotype") or ""
    if allele and phenotype in genome.phenotypes:
        stack = tuple(found.sha for found in genome.stack(phenotype, locus))
        if stack[:1] != (allele,):
            raised = promoted(stack, allele)
            changes.update(promotion(genome, present, phenotype, locus, raised))
    return changes


def require_draft(repository: Repository, name: str) -> DraftRef:
    """The draft of a name, with or without `draft/`. Raises `Blocked`."""
    drafts = repository.drafts()
    for draft in drafts:
        if draft.name in (name, f"draft/{name}"):
            return draft
    known = ", ".join(draft.name for draft in drafts) or "none"
    raise Blocked(f"there is no draft {name}", f"open drafts: {known}")


def _cause(membrane: Membrane, draft: DraftRef) -> str | None:
    record: DraftRecord | None = membrane.chronicle.ledger.drafts.get(draft.name)
    if record is None:
        return trailer(draft.trailers, "Cause")
    return record.proved_by or record.opened_by
