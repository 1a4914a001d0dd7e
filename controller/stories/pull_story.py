"""What there is to tell about a draft: gathered from main, the draft, the ledger and its proof."""

from __future__ import annotations

from collections.abc import Mapping

from controller.genome.allele import Allele
from controller.genome.genome import Genome, compile_genome
from controller.membrane.changes import changes_between
from controller.membrane.draft import trailer
from controller.membrane.exposure import assess
from controller.membrane.proof import Proof
from controller.membrane.pull_text import Promotion, PullText, Subject, pull_text
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
    Waits,
)
from controller.ports import DraftRef
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, judge
from controller.stories.signing import distrust_of
from grammar.diagnostic import Severity
from grammar.sg.terms import Risk


def covering_proof(membrane: Membrane, draft: DraftRef) -> Proof | None:
    """The draft's proof, if it is of exactly this tree on this base, and signed if it must be."""
    repository = membrane.repository
    proof = Proof.from_note(repository.proof(draft.commit))
    if proof is None or not proof.covers(draft.tree, draft.base):
        return None
    distrust = distrust_of(membrane.notary, repository, draft, proof)
    return proof if distrust is None else None


def tell_draft(membrane: Membrane, main: Main, draft: DraftRef, held: str | None) -> PullText:
    """The pull request of a draft; `held` is what it has to wait for."""
    repository = membrane.repository
    parsed = compile_genome(repository.files(draft.commit), membrane.bench.domain)
    after, broken = parsed.value, any(d.severity is Severity.ERROR for d in parsed.diagnostics)
    assert after is not None
    allele = _rising(after, draft)
    parents = allele.lineage.parents if allele else ()
    proof = covering_proof(membrane, draft)
    changed = repository.changed(draft.base, draft.commit) if draft.base else {}
    known = after.alleles.get(allele.locus, {}) if allele else {}
    return pull_text(
        Subject(
            name=draft.name,
            message=draft.message,
            changed=changed,
            promotions=() if broken else _promotions(main.genome, after),
            allele=allele,
            parent=next((known[sha] for sha in parents if sha in known), None),
            risk=_risk(membrane, draft, None if broken else after, changed).value,
            standing=_standing(membrane, main, draft, held),
            proof=proof,
        )
    )


def _risk(
    membrane: Membrane, draft: DraftRef, after: Genome | None, changed: Mapping[str, str]
) -> Risk:
    """What its proof says or will say; of what cannot be read the highest."""
    if after is None or not draft.base:
        return Risk.CRITICAL
    domain = membrane.bench.domain
    base = compile_genome(membrane.repository.files(draft.base), domain).value
    assert base is not None
    changes = changes_between(base, after)
    return assess(changed, changes, base, after, domain.catalogue).risk


def _rising(after: Genome, draft: DraftRef) -> Allele | None:
    locus = trailer(draft.trailers, "Locus") or ""
    return after.alleles.get(locus, {}).get(trailer(draft.trailers, "Allele") or "")


def _promotions(main: Genome, after: Genome) -> tuple[Promotion, ...]:
    found = []
    for name, phenotype in after.phenotypes.items():
        for locus in dict.fromkeys(one.locus for one in phenotype.expresses):
            stacks = [tuple(a.sha for a in of.stack(name, locus)) for of in (main, after)]
            if stacks[0] != stacks[1]:
                found.append(Promotion(name, locus, stacks[0], stacks[1]))
    return tuple(found)


def _standing(membrane: Membrane, main: Main, draft: DraftRef, held: str | None) -> str:
    match judge(membrane, draft, main.policy, held, person=False):
        case MayMerge():
            return "Proved; policy lets the controller merge it."
        case Obstructed(reason):
            return f"Proved; {reason}. Whoever may merges it here."
        case Conflicts(paths):
            told = f"Main has changed {', '.join(paths)} otherwise"
            return f"{told}: merge main into it, or close it."
        case Held(reason):
            return f"Nothing is merged: {reason}."
        case AwaitsPerson(reason, signature=True):
            return f"Proved; {reason}: `germline draft approve {draft.name}` gives it."
        case AwaitsPerson(reason):
            return f"Proved; {reason}: merge it here, or `germline draft merge {draft.name}`."
        case Unchanged():
            return "It changes nothing yet."
        case Waits(reason):
            return f"Proved; it {reason}."
        case NeedsProof():
            return "It is merged by nobody before its gates have passed."
        case NeedsRebase(_, now):
            return f"Main has moved to `{now[:12]}`: it is to be written again on that."
        case Refused(reasons):
            return f"Refused: {len(reasons)} gates did not pass."
