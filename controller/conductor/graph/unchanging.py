"""Things that never change once they are recorded: `immutable: true` of an entity.

Whatever an event of its own says first of a field that the entity `has:` stays so; another value
later is said to be a gap, and taken all the same. Values are kept of the latest things only
(`UNCHANGING_REMEMBERED`), so memory does not grow with the log. Called by evaluator.py.
"""

from __future__ import annotations

from controller import limits
from controller.conductor.graph.graph import INVARIANT
from controller.conductor.graph.opening import say
from controller.conductor.graph.state import State, Trouble
from controller.conductor.graph.telling import DELETIONS, noun_of, own_id, verb_of
from controller.history.event import Event


def hold(state: State, event: Event, fields: frozenset[str]) -> None:
    """Keep what an event says first of its own thing's `fields`; tell what it says otherwise."""
    noun = noun_of(event.type)
    name = own_id(event, noun)
    if name is None:
        return
    thing = f"{noun}:{name}"
    known = state.unchanging.pop(thing, None) or state.unchanging_older.pop(thing, None) or {}
    if verb_of(event.type) in DELETIONS:
        return
    told = {field: event.data[field] for field in sorted(fields & event.data.keys())}
    changed = [field for field, value in told.items() if known.get(field, value) != value]
    if changed:
        args = {noun: name, "fields": changed}
        say(state, Trouble(f"{noun} is immutable", args, event.id, event.time, INVARIANT))
    if len(state.unchanging) >= limits.UNCHANGING_REMEMBERED:
        state.unchanging_older, state.unchanging = state.unchanging, {}
    state.unchanging[thing] = {**told, **known}
