"""Conflict: rules of main's systems that contradict each other are gaps that only people close.

Asked for every listing of gaps. `germline check` says the same of files.
"""

from __future__ import annotations

from controller.conductor.obligation import Gap, GapKind, Obligation
from controller.domains.world import JsonObject
from controller.genome.surroundings import thresholds_of
from controller.stories.chronicle import Chronicle
from controller.stories.mainline import Main
from grammar.system.contradictions import Contradiction, contradictions


def conflict_gaps(chronicle: Chronicle, main: Main) -> tuple[Gap, ...]:
    """One gap for each pair of rules; due since main was last seen to move."""
    systems = [main.genome.systems[name] for name in sorted(main.genome.systems)]
    found = contradictions(systems, thresholds_of(main.files))
    ledger = chronicle.ledger
    if not found or ledger.main_event is None:
        return ()
    moved = next(chronicle.since(ledger.main_at - 1))
    return tuple(
        Gap(
            GapKind.CONSISTENCY,
            Obligation("rules agree", _told(one), moved.id, moved.at),
            f"needs a person: they contradict each other: {one.why}",
            needs_person=True,
        )
        for one in found
    )


def _told(one: Contradiction) -> JsonObject:
    return {
        "first": f"{one.first.system}: {one.first.text}",
        "second": f"{one.second.system}: {one.second.text}",
    }
