"""The intent has evolved: what was open before becomes a gap of the intent.

Called by evaluator.py. `intent.evolved` lists in `added` what is new: ids or names of consequences,
texts of claims; without it, all of the system is. With `system`, it is about that one alone. The
graph is always the newest one, and the log is folded with it from the start, so what a new rule
asks for of older events is open already when this event comes. What becomes of it is said by the
event's `backfill_policy`, else by the graph; `backfill.decided` is a person's word on what waits
for one (seed 000: sequential, prospective_only, human_decision).
"""

from __future__ import annotations

from controller.conductor.graph.opening import say
from controller.conductor.graph.program import Opening, Program
from controller.conductor.graph.satisfaction import close
from controller.conductor.graph.state import Evolved, State, Trouble
from controller.history.event import Event
from grammar.system.nodes import Backfill

POLICY = "backfill_policy"
"""The field of an event that says what becomes of older events."""
DROPPED = "prospective"
"""What satisfied an obligation that is not asked of older events."""


def evolve(program: Program, state: State, event: Event) -> None:
    """Take the event: older obligations and claims that are new become gaps of the intent, due as
    if their trigger were this event; where the policy is `prospective_only`, they go; where it is
    `human_decision`, they wait for a person."""
    if event.data.get("system", program.graph.name) != program.graph.name:
        return
    added, policy = event.data.get("added"), _policy(event, program.graph.backfill)
    if policy is None or (added is not None and not isinstance(added, list)):
        what = "intent.evolved lists what was added"
        say(state, Trouble(what, {"added": added}, event.id, event.time))
        return
    names = None if added is None else {str(one) for one in added}
    for one in list(state.open()):
        if _is_new(program.openings[one.expect], names) and not one.by:
            one.kind, one.undecided = "intent", policy is Backfill.HUMAN
            one.opened = event.time
            if policy is Backfill.PROSPECTIVE:
                close(state, program, one, DROPPED)
    for ready in program.claims:
        if names is None or ready.claim.id in names:
            state.evolved[ready.claim.id] = Evolved(event.time, event.id, policy.value)


def decide(program: Program, state: State, event: Event) -> None:
    """Take a person's decision: what waits for one is asked for from now on, or goes."""
    if event.data.get("system", program.graph.name) != program.graph.name:
        return
    policy = _policy(event, None)
    if policy is None or policy is Backfill.HUMAN:
        what = "backfill.decided says sequential or prospective_only"
        say(state, Trouble(what, {POLICY: event.data.get(POLICY)}, event.id, event.time))
        return
    for one in list(state.open()):
        if one.undecided and not one.by:
            one.undecided, one.opened = False, event.time
            if policy is Backfill.PROSPECTIVE:
                close(state, program, one, DROPPED)
    for evolved in state.evolved.values():
        if evolved.policy == Backfill.HUMAN:
            evolved.policy = policy.value


def undecided(state: State) -> int:
    """How many obligations wait for a person to decide whether older events are asked for them."""
    return sum(one.undecided for one in state.open())


def waits(state: State) -> bool:
    """Whether an obligation or a claim waits for such a decision."""
    claimed = any(evolved.policy == Backfill.HUMAN for evolved in state.evolved.values())
    return claimed or undecided(state) > 0


def _policy(event: Event, otherwise: Backfill | None) -> Backfill | None:
    """The policy that an event names; None where it names none that there is."""
    given = event.data.get(POLICY)
    if given is None:
        return otherwise
    return next((policy for policy in Backfill if policy == given), None)


def _is_new(opening: Opening, names: set[str] | None) -> bool:
    expect = opening.expect
    if names is None:
        return True
    own = expect.id.removesuffix(", fallback")
    return own in names or (not opening.is_fallback and expect.consequence.name in names)
