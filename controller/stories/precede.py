"""Precede: a promotion waits while something more urgent is open at what it touches.

Seed 000: a `must` blocks promotion until it is resolved, and invariants are above it. A gap touches
a draft's locus if

    its consequence is the locus: a demand for it, or a `must` of a system that it answers for
    it is an invariant of a system that demands a consequence which the locus answers for

A draft with a `Demand` or a `Gap` among its trailers was written to close what is open at its locus
and claims to; any other waits. A person who merges one decides for themselves. Asked by the pass
and by whoever shows drafts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from controller.conductor.graph.graph import INVARIANT, Graph, expects
from controller.conductor.obligation import Gap
from controller.membrane.draft import trailer
from controller.ports import DraftRef
from controller.stories.mainline import Main
from controller.stories.react import is_named
from controller.stories.watch_systems import Systems

_BLOCKING = (INVARIANT, "must")


def held_by(main: Main, draft: DraftRef, demanded: Sequence[Gap], systems: Systems) -> str | None:
    """What a draft has to wait for, in one line; None if nothing precedes it.

    `demanded` are the gaps of demands.
    """
    if trailer(draft.trailers, "Demand") or trailer(draft.trailers, "Gap"):
        return None
    locus = trailer(draft.trailers, "Locus")
    if locus is None:
        return None
    found = [gap for gap in demanded if gap.obligation.consequence == locus]
    if trailer(draft.trailers, "Phenotype") == main.config.systems.phenotype:
        found += _of_systems(main, locus, systems)
    blocking = [gap for gap in found if gap.obligation.level in _BLOCKING]
    if not blocking:
        return None
    one = min(blocking, key=lambda gap: _BLOCKING.index(gap.obligation.level)).obligation
    return (
        f"waits: {one.consequence} ({one.level}) is open, and the draft does not claim to "
        "resolve it"
    )


def _of_systems(main: Main, locus: str, systems: Systems) -> Iterator[Gap]:
    now = systems.now()
    for watched in systems.look(main):
        if _demands(watched.evaluator.graph, locus):
            for gap in watched.gaps(now):
                one = gap.obligation
                if one.level == INVARIANT or is_named(one.consequence, locus):
                    yield gap


def _demands(graph: Graph, locus: str) -> bool:
    """Whether a system has a consequence that the locus answers for."""
    found = (one for rule in graph.rules for one in expects(rule.body))
    return any(is_named(one.consequence.name, locus) for one in found)
