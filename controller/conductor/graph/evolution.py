"""The intent has evolved: what was open before becomes a gap of the intent.

Called by evaluator.py. `intent.evolved` lists in `added` what is new: ids or names of consequences,
texts of claims; without it, all of the system is. With `system`, it is about that one alone. The
graph is always the newest one, and the log is folded with it from the start, so what a new rule
asks for of older events is open already when this event comes.
"""

from __future__ import annotations

from controller.conductor.graph.opening import say
from controller.conductor.graph.program import Opening, Program
from controller.conductor.graph.satisfaction import close
from controller.conductor.graph.state import Evolved, State, Trouble
from controller.history.event import Event
from grammar.system.nodes import Backfill

DROPPED = "prospective"
"""What satisfied an obligation that is not asked of older events."""


def evolve(program: Program, state: State, event: Event) -> None:
    """Take the event: older obligations and claims that are new become gaps of the intent, due as
    if their trigger were this event; where the policy is `prospective_only`, they go."""
    if event.data.get("system", program.graph.name) != program.graph.name:
        return
    added = event.data.get("added")
    if added is not None and not isinstance(added, list):
        what = "intent.evolved lists what was added"
        say(state, Trouble(what, {"added": added}, event.id, event.time))
        return
    names = None if added is None else {str(one) for one in added}
    for one in list(state.open()):
        opening = program.openings[one.expect]
        if not _is_new(opening, names) or one.by:
            continue
        if program.graph.backfill is Backfill.PROSPECTIVE:
            close(state, program, one, DROPPED)
        else:
            one.kind, one.opened = "intent", event.time
    for ready in program.claims:
        if names is None or ready.claim.id in names:
            state.evolved[ready.claim.id] = Evolved(event.time, event.id)


def _is_new(opening: Opening, names: set[str] | None) -> bool:
    expect = opening.expect
    if names is None:
        return True
    own = expect.id.removesuffix(", fallback")
    return own in names or (not opening.is_fallback and expect.consequence.name in names)
