"""The gate of drafts that take something back. Called by `prove` and `take_back`."""

from __future__ import annotations

from collections.abc import Mapping

from controller.membrane.draft import PEOPLE_ONLY
from controller.membrane.proof import GateResult
from controller.ports import DraftRef, Repository

KIND = "revert"
"""Drafts that take something back are `draft/revert/…`."""


def revert_gate(repository: Repository, draft: DraftRef, reverted: str) -> GateResult:
    """The draft is exactly what git-revert(1) makes of a merge on main, and what people wrote is as
    they wrote it."""
    wrong = _objection(repository, draft, reverted)
    told = wrong or f"takes back {reverted[:12]}, and nothing else"
    return GateResult(gate=KIND, passed=wrong is None, evidence=(told,))


def _objection(repository: Repository, draft: DraftRef, reverted: str) -> str | None:
    if not repository.contains(draft.base, reverted):
        return f"{reverted[:12]} is not on main"
    if len(repository.parents(reverted)) < 2:
        return f"{reverted[:12]} is no merge"
    changes = repository.reverting(reverted, draft.base)
    if changes is None:
        return f"{reverted[:12]} cannot be reverted: main has changed the same lines since"
    proposed, base = repository.files(draft.commit), repository.files(draft.base)
    touched = {*repository.changed(draft.base, draft.commit)}
    for path in sorted(touched | {*changes}):
        wanted = changes.get(path, base.get(path))
        if proposed.get(path) != wanted:
            return f"{path} is not what a revert of {reverted[:12]} makes of it"
    return mixed(repository, reverted, changes)


def mixed(repository: Repository, reverted: str, changes: Mapping[str, bytes | None]) -> str | None:
    """What people wrote comes back whole: a file that others changed since is theirs to mend."""
    former = repository.files(repository.parents(reverted)[0])
    for path, content in changes.items():
        if path.startswith(PEOPLE_ONLY) and content != former.get(path):
            return f"{path} belongs to people, who have changed it since {reverted[:12]}"
    return None
