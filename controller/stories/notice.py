"""Notice: main is not where the log last saw it, so somebody merged, committed or reverted.

A merge of our own that a crash kept out of the log is recorded late. A person's commit that
takes a promotion back is remembered as a rejection; one that brings it back ends that. What a
system newly demands is recorded as `intent.evolved`, with what main says then about older events.
"""

from __future__ import annotations

from collections.abc import Callable

from controller.conductor.graph.evolution import POLICY
from controller.domains.world import JsonObject
from controller.ports import DraftRef
from controller.stories.chronicle import CONTROLLER
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, note_merged, note_opened
from controller.stories.watch_systems import added_since, graphs_of

LANDING_COMMITS = 200
"""Commits of main among which a draft's merge is looked for: those of one pull."""

Earlier = Callable[[str], Main | None]
"""What main said at a commit, if that can still be read."""


def notice_main(membrane: Membrane, main: Main, earlier: Earlier) -> None:
    """Record where main is now, and what it newly demands, if the log does not say so yet."""
    ledger = membrane.chronicle.ledger
    if ledger.main == main.commit:
        return
    _, message = membrane.repository.first_parents(main.commit, 1)[0]
    name = _merged_draft(message)
    if name in ledger.drafts and ledger.drafts[name].state == "open":
        note_merged(membrane, name, main.commit, "controller")
        return
    title = message.partition("\n")[0]
    cause = None
    if ledger.main is not None:
        cause = _note_demands(membrane, main, earlier(ledger.main))
    moved = membrane.chronicle.record(
        "main.moved", "main", {"from": ledger.main, "to": main.commit, "title": title}, cause
    )
    _compare_promotions(membrane, main, moved.id)


def note_landed(membrane: Membrane, draft: DraftRef, main: str) -> None:
    """A draft's tip is in main: merged by somebody else, or by us before a crash.

    A branch that never left main is no such draft: it is one without a change, so far.
    """
    found = _landing(membrane, draft, main)
    if found is None:
        note_opened(membrane, draft)
        return
    merge, message = found
    record = membrane.chronicle.ledger.drafts.get(draft.name)
    if record is not None and record.state == "open":
        ours = _merged_draft(message) == draft.name
        actor = CONTROLLER if ours else f"person:{membrane.repository.author(merge)}"
        note_merged(membrane, draft.name, merge, actor)
    membrane.repository.close(draft.name)


def _landing(membrane: Membrane, draft: DraftRef, main: str) -> tuple[str, str] | None:
    """The commit of main, with its message, that brought a draft's tip from another branch."""
    landing = None
    for commit, message in membrane.repository.first_parents(main, LANDING_COMMITS):
        if commit == draft.commit:
            return None
        if not membrane.repository.contains(commit, draft.commit):
            return landing
        landing = commit, message
    return None


def _note_demands(membrane: Membrane, main: Main, before: Main | None) -> str | None:
    """Record what each system newly demands; before the move, so that a crash repeats it."""
    cause = None
    policies = {graph.name: graph.backfill.value for graph in graphs_of(main)}
    for system, added in added_since(before, main).items():
        told: JsonObject = {"system": system, "added": [*added], POLICY: policies[system]}
        cause = membrane.chronicle.record("intent.evolved", f"system:{system}", told, cause).id
    return cause


def _compare_promotions(membrane: Membrane, main: Main, cause: str) -> None:
    for draft in membrane.chronicle.ledger.latest_merged():
        stack = main.genome.stack(draft.phenotype, draft.locus)
        dominant = stack[0].sha if stack else None
        if draft.state == "merged" and dominant != draft.allele:
            _record(membrane, "draft.reverted", draft.name, cause)
        elif draft.state == "reverted" and dominant == draft.allele:
            _record(membrane, "draft.restored", draft.name, cause)
    for draft in membrane.chronicle.ledger.reverts():
        stack = main.genome.stack(draft.phenotype, draft.locus)
        if stack and stack[0].sha == draft.against:
            _record(membrane, "draft.reverted", draft.name, cause)


def _record(membrane: Membrane, kind: str, name: str, cause: str) -> None:
    membrane.chronicle.record(kind, name, {"draft": name}, cause)


def _merged_draft(message: str) -> str:
    """The draft that a merge commit's message names; of a revert's it names none."""
    if not message.startswith("Merge "):
        return ""
    for line in message.splitlines():
        if line.startswith("Germline-Draft: "):
            return line.removeprefix("Germline-Draft: ").strip()
    return ""
