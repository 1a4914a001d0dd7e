"""Take back: a change that failed on healthy hosts is reverted on main, by a draft like any other.

The draft's one commit is what git-revert(1) would make of the merge that brought the change, with
the reason in its message. Its gate asks exactly that, and that what people wrote comes back whole;
`automatic_revert` of `policy/merge.toml` says who merges it. Called by
`keep_rollouts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from controller import host_limits
from controller.arena.trial import Trial
from controller.conductor import rollout as rollouts
from controller.conductor.ledger import DraftRecord, Ledger
from controller.conductor.rollout import Rollout
from controller.membrane.draft import AGAINST, REVERTS, Proposal
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, open_draft
from controller.stories.notice import Earlier
from controller.stories.revert_gate import KIND, mixed


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why only a person can take it back, and how."""

    reason: str
    hint: str


def take_back(
    membrane: Membrane, main: Main, rollout: Rollout, earlier: Earlier, *, look: bool = False
) -> bool | Obstacle:
    """Open the draft that takes a failed rollout back; False if it is there already.

    With `look` nothing is opened.
    """
    if _is_open(membrane.chronicle.ledger, rollout):
        return False
    found = _merge_of(membrane, main, rollout, earlier)
    if isinstance(found, Obstacle):
        return found
    commit, title = found
    slug = f"{rollout.phenotype}-{rollout.locus}-{commit[:12]}"
    proposal = _proposal(membrane, main, rollout, commit, title, slug)
    if isinstance(proposal, Obstacle):
        return proposal
    known = membrane.chronicle.ledger.drafts.get(proposal.branch)
    if known is not None:
        return _ended(known, commit) or False
    if look:
        return False
    open_draft(membrane, proposal, main.commit)
    return True


def _merge_of(
    membrane: Membrane, main: Main, rollout: Rollout, earlier: Earlier
) -> tuple[str, str] | Obstacle:
    """The merge that made the allele dominant, and its title."""
    repository = membrane.repository
    walked = repository.first_parents(main.commit, host_limits.REVERT_SEARCH_COMMITS + 1)
    for (commit, message), (before, _) in pairwise(walked):
        said = earlier(before)
        stack = () if said is None else said.genome.stack(rollout.phenotype, rollout.locus)
        if stack and stack[0].sha == rollout.allele:
            continue
        title = message.partition("\n")[0]
        if len(repository.parents(commit)) < 2:
            hint = f"`git revert {commit[:12]}`"
            return Obstacle(f"{commit[:12]} ({title}) is a person's own commit", hint)
        if any(draft.merge == commit for draft in membrane.chronicle.ledger.reverts()):
            return Obstacle(f"{commit[:12]} took something back itself", "it is for a person now")
        return commit, title
    looked = f"the latest {host_limits.REVERT_SEARCH_COMMITS} commits of main do not tell"
    return Obstacle(looked, f"change what {rollout.phenotype} expresses at {rollout.locus}")


def _proposal(
    membrane: Membrane, main: Main, rollout: Rollout, commit: str, title: str, slug: str
) -> Proposal | Obstacle:
    repository = membrane.repository
    by_hand = f"`git revert -m 1 {commit[:12]}`"
    changes = repository.reverting(commit, main.commit)
    if changes is None:
        return Obstacle(f"main has changed since {commit[:12]} what it brought", by_hand)
    wrong = mixed(repository, commit, changes)
    if wrong is not None:
        return Obstacle(wrong, by_hand)
    failed = rollouts.failures(rollout, membrane.chronicle.ledger.trials)
    parent = repository.parents(commit)[0]
    body = (
        f"This reverts commit {commit}, reversing\nchanges made to {parent}.\n\n"
        f"{rollout.allele[:12]} failed where {rollout.former[:12]} had been healthy: "
        f"{rollout.failed}."
    )
    about = {
        "Locus": rollout.locus,
        "Phenotype": rollout.phenotype,
        "Allele": rollout.former,
        "Cause": rollout.latest_event,
        **_claims(rollout, failed),
        REVERTS: commit,
        AGAINST: rollout.allele,
    }
    return Proposal(KIND, slug, f'Revert "{title}"', body, changes, about)


def _claims(rollout: Rollout, failed: Sequence[Trial]) -> dict[str, str]:
    """What the draft would close, so that it waits for nothing else."""
    if not rollout.demands:
        return {"Gap": rollout.id}
    return {"Demand": failed[-1].demand if failed else rollout.demands[0]}


def _is_open(ledger: Ledger, rollout: Rollout) -> bool:
    """True while its draft waits for its proof, or for a person."""
    about = (rollout.phenotype, rollout.locus, rollout.allele, "open")
    drafts = ledger.drafts.values()
    return any((one.phenotype, one.locus, one.against, one.state) == about for one in drafts)


def _ended(known: DraftRecord, commit: str) -> Obstacle | None:
    """A draft that was refused or closed is not opened again."""
    if known.state in ("open", "merged"):
        return None
    why = known.reason or f"it is {known.state}"
    return Obstacle(f"{known.name} was {known.state}: {why}", f"`git revert -m 1 {commit[:12]}`")
