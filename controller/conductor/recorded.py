"""The types of events that the controller itself records, and reads back as what it did.

Asked by whoever lets others append: an event of such a type that the controller did not record
would make it believe what never happened.
"""

from __future__ import annotations

from typing import Final

RECORDED: Final = frozenset(
    {
        "allele.judged",
        "allele.tried",
        "agent.assigned",
        "agent.finished",
        "backfill.decided",
        "breaker.tripped",
        "canary.away",
        "canary.failed",
        "canary.passed",
        "canary.replaced",
        "canary.started",
        "consequence.finished",
        "consequence.started",
        "controller.paused",
        "controller.resumed",
        "demand.refused",
        "diagnostic.reported",
        "draft.closed",
        "draft.merged",
        "draft.opened",
        "draft.proved",
        "draft.published",
        "draft.rebased",
        "draft.refused",
        "draft.restored",
        "draft.reverted",
        "draft.superseded",
        "drift.observed",
        "expression.finished",
        "expression.requested",
        "expression.started",
        "fleet.finished",
        "fleet.started",
        "intent.evolved",
        "main.held",
        "main.moved",
        "main.vouched",
        "pathway.finished",
        "pathway.started",
        "person.needed",
        "projection.advanced",
        "projection.built",
        "projection.compared",
        "projection.dropped",
        "projection.promoted",
        "projection.rebuilt",
        "projection.refused",
        "projection.retired",
        "projection.verified",
        "rollout.ended",
        "rollout.failed",
        "search.finished",
        "transaction.confirmed",
        "transaction.rolled_back",
        "trial.judged",
    }
)


def is_reserved(event_type: str) -> bool:
    """True for a type that only the controller may append; `draft.*` is its as a whole."""
    return event_type in RECORDED or event_type.startswith("draft.")
