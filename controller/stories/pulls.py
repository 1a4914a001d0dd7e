"""Pull requests: each open draft has one that says how far it is; those of others are closed.

What people do on the forge comes back: a merge is recorded, a pull request that somebody closed
closes its draft for good, one that is lost is opened anew. A text that a person has edited is left
as it is. Every step may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from controller.conductor.ledger import DraftRecord
from controller.domains.world import JsonObject
from controller.membrane.checks import Check, checks_of
from controller.membrane.pull_text import PullText, is_ours
from controller.ports import DraftRef
from controller.ports.forge import Connection, Forge, Pull
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, end_draft, note_merged
from controller.stories.pull_story import covering_proof

SOMEBODY = "somebody"
"""Who acted, where the forge does not tell."""


@dataclass(slots=True)
class Told:
    """What this process has told the forge: what need not be asked for again."""

    checks: dict[str, tuple[Check, ...]] = field(default_factory=dict)

    def forget_but(self, commits: set[str]) -> None:
        """Drop what was told of other commits."""
        self.checks = {commit: self.checks[commit] for commit in commits & self.checks.keys()}


def keep_pull(
    membrane: Membrane,
    connection: Connection,
    main: Main,
    draft: DraftRef,
    text: PullText,
    pulls: Mapping[str, Pull],
    told: Told,
) -> bool:
    """Bring a draft's pull request up to date. True if people ended the draft there."""
    record = membrane.chronicle.ledger.drafts.get(draft.name)
    if record is None:
        return False
    pull = pulls.get(draft.name) or _earlier(connection.forge, record)
    if pull is not None and pull.state != "open":
        return _over(membrane, main, draft, pull)
    if pull is None:
        pull = connection.forge.open(draft.name, text)
    if (record.pull, record.url) != (pull.number, pull.url):
        _note_published(membrane, draft, record, pull)
    if pull.text != text and is_ours(pull.text.title, pull.text.body):
        connection.forge.revise(pull, text)
    _show_proof(membrane, connection.forge, draft, pull, told)
    return False


def end_gone(membrane: Membrane, connection: Connection, main: Main, draft: DraftRef) -> bool:
    """Somebody deleted a draft's branch at the forge: after a merge, or to be rid of it."""
    record = membrane.chronicle.ledger.drafts.get(draft.name)
    pull = _earlier(connection.forge, record) if record is not None else None
    connection.remote.agree(f"refs/heads/{draft.name}", None)
    if pull is not None and pull.state == "merged":
        return _over(membrane, main, draft, pull)
    by = pull.by if pull is not None else ""
    reason = "its branch was deleted at the forge"
    end_draft(membrane, draft, "closed", reason, f"person:{by or SOMEBODY}")
    return True


def conclude(forge: Forge, ledger: Mapping[str, DraftRecord], pull: Pull) -> bool:
    """A pull request is open and its draft may be over: tell why, and close it. True if so."""
    record = ledger.get(pull.branch)
    if record is None or record.state == "open":
        return False
    if record.merge is not None:
        forge.mark_merged(pull, record.merge)
        return False  # the forge may need a moment to find out
    reasons = {
        "refused": "A gate refused it",
        "closed": "A person closed it",
        "superseded": "It is no longer needed",
    }
    why = f": {record.reason}" if record.reason else ""
    forge.close(pull, f"{reasons.get(record.state, record.state)}{why}.")
    return True


def _earlier(forge: Forge, record: DraftRecord) -> Pull | None:
    return None if record.pull is None else forge.pull(record.pull)


def _over(membrane: Membrane, main: Main, draft: DraftRef, pull: Pull) -> bool:
    actor = f"person:{pull.by or SOMEBODY}"
    if pull.state == "closed":
        end_draft(membrane, draft, "closed", f"closed on the forge ({pull.url})", actor)
        return True
    if not (pull.merge and membrane.repository.contains(main.commit, pull.merge)):
        return False  # main has not arrived yet
    note_merged(membrane, draft.name, pull.merge, actor)
    membrane.repository.close(draft.name)
    return True


def _note_published(membrane: Membrane, draft: DraftRef, record: DraftRecord, pull: Pull) -> None:
    data: JsonObject = {"draft": draft.name, "number": pull.number, "url": pull.url}
    membrane.chronicle.record("draft.published", draft.name, data, record.opened_by)


def _show_proof(membrane: Membrane, forge: Forge, draft: DraftRef, pull: Pull, told: Told) -> None:
    proof = covering_proof(membrane, draft)
    checks = checks_of(proof)
    if told.checks.get(draft.commit) != checks:
        shown = forge.checks(draft.commit)
        for check in checks:
            if shown.get(check.context) != check:
                forge.report(draft.commit, check)
        told.checks[draft.commit] = checks
    unproved = proof is None or not proof.passed
    if pull.draft != unproved:
        forge.set_draft(pull, unproved)
