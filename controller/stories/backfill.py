"""Backfill: a person decides whether what is newly demanded is asked of older events as well.

Called by `germline backfill` and the demonstration, for a change of a system that was made under
`backfill_policy: human_decision`. The decision is an event, which the evaluator takes.
"""

from __future__ import annotations

from controller.conductor.graph.evolution import POLICY, undecided, waits
from controller.domains.world import JsonObject
from controller.history.event import Event
from controller.ports import Blocked
from controller.stories.mainline import Main
from controller.stories.serve_systems import Server
from controller.stories.watch_systems import Watched
from grammar.nearest import did_you_mean
from grammar.system.nodes import Backfill

DECIDED = "backfill.decided"


def decide_backfill(
    tools: Server, main: Main, system: str, policy: Backfill, actor: str
) -> tuple[Event, int]:
    """Record what becomes of what waits; the event, and how many obligations it is about.

    Raises `Blocked` where there is no such system, or nothing of it waits for a decision.
    """
    watched = _watched(tools, main, system)
    state = watched.follower.state
    if not waits(state):
        raise Blocked(
            f"nothing of {system} waits for a decision",
            "`backfill_policy: human_decision` in a system has its next changes wait for one",
        )
    count = undecided(state)
    about: JsonObject = {"system": system, POLICY: policy.value}
    return tools.staff.chronicle.record(DECIDED, f"system:{system}", about, None, actor), count


def _watched(tools: Server, main: Main, system: str) -> Watched:
    found = {one.evaluator.graph.name: one for one in tools.systems.look(main)}
    if system not in found:
        there = f"systems: {', '.join(sorted(found)) or 'none'}"
        raise Blocked(f"there is no system {system}", did_you_mean(system, found, there) or there)
    return found[system]
