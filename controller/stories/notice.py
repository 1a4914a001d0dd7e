"""Notice: main is not where the log last saw it, so somebody merged, committed or reverted.

A merge of our own that a crash kept out of the log is recorded late. A person's commit that
takes a promotion back is remembered as a rejection; one that brings it back ends that. What a
system newly demands is recorded as `intent.evolved`, with what main says then about older events.
"""

from __future__ import annotations

from collections.abc import Callable

from controller.conductor.graph.evolution import POLICY
from controller.domains.world import JsonObject
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, note_merged
from controller.stories.watch_systems import added_since, graphs_of

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
