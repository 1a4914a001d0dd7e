"""What the evaluator knows between events: open obligations and what they wait for.

Its size grows with what is open and with the things that live, not with the log: a case goes when
nothing of it is open, and what satisfied it with it. The indexes (`pending`, `lineage`, `watched`)
say nothing of their own; `dump` leaves them out and `load` makes them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from controller.conductor.graph.tables import Key, Tables
from controller.history.event import Event
from controller.history.fold import Unloadable


class Open(msgspec.Struct, gc=False):
    """One expected consequence; `by` is the event that satisfied it, empty while it is open.

    `expect` is its place in `Program.openings`, `case` its case's serial. `values` are those of its
    arguments; `keys` the names and ids that an event must share to be meant by what it names,
    `stand_in` if they are the trigger's because no argument names a thing. `opened` is when
    `within:` began. `rival` is the serial of the one that it falls back from, or to. `undecided`
    while a person is to say whether it is asked of older events at all.
    """

    serial: int
    expect: int
    case: int
    opened: str
    values: list[Any]
    keys: list[tuple[tuple[str, ...], str]]
    stand_in: bool = False
    kind: str = "reaction"
    bound: dict[str, str] | None = None
    rival: int | None = None
    by: str = ""
    undecided: bool = False


class Seen(msgspec.Struct, gc=False):
    """How a condition came out, and what its tests looked at."""

    check: int
    outcome: bool
    values: list[Any]
    bound: dict[str, str] = msgspec.field(default_factory=dict)


class Case(msgspec.Struct, gc=False):
    """One trigger with what followed from it; it lives while `unmet` or `waiting` is not 0.

    `trigger` is an event's id, or the moment of a clock's rule; `name` the thing that it is about;
    `marks` are the events that it led to.
    """

    serial: int
    rule: int
    trigger: str
    time: str
    event: Event | None
    name: str | None = None
    opens: list[Open] = msgspec.field(default_factory=list)
    seen: list[Seen] = msgspec.field(default_factory=list)
    unmet: int = 0
    waiting: int = 0
    marks: list[str] = msgspec.field(default_factory=list)


class Watch(msgspec.Struct):
    """A condition that is looked at when one of its values is told next."""

    check: int
    case: int
    bound: dict[str, str]
    keys: list[Key]
    serial: int = 0

    @property
    def about(self) -> tuple[object, ...]:
        """What a later trigger must share to take this one's place."""
        bound = sorted(self.bound.items()) if self.bound else ()
        return (self.check, *self.keys, *bound)


class Violation(msgspec.Struct):
    """Since when a claim is not true of a thing, and the event that made it so."""

    time: str
    event: str


class Trouble(msgspec.Struct):
    """Something that could not be applied: kept, and reported as a consistency gap."""

    what: str
    args: dict[str, Any]
    event: str
    time: str
    level: str = "must"


class Measurement(msgspec.Struct):
    """The latest value of a quality; for a budget what was spent since `begin`."""

    value: Any
    event: str
    time: str
    begin: str = ""


class Evolved(msgspec.Struct):
    """When a claim became part of the intent, by which event, and what becomes of what was untrue
    before it."""

    time: str
    event: str
    policy: str = "sequential"


Timer = tuple[str, int, str, str]
"""When it is due, the place of its rule, the thing it is about, the event since which."""


class State(msgspec.Struct):
    """The fold's state, after `length` events, the latest of them at `clock`."""

    length: int = 0
    clock: str = ""
    serial: int = 0
    tables: Tables = msgspec.field(default_factory=Tables)
    cases: dict[int, Case] = msgspec.field(default_factory=dict)
    waiting: dict[int, Watch] = msgspec.field(default_factory=dict)
    timers: list[Timer] = msgspec.field(default_factory=list)
    armed: dict[int, dict[str, str]] = msgspec.field(default_factory=dict)
    violations: dict[int, dict[str, Violation]] = msgspec.field(default_factory=dict)
    measured: dict[int, Measurement] = msgspec.field(default_factory=dict)
    evolved: dict[str, Evolved] = msgspec.field(default_factory=dict)
    troubles: list[Trouble] = msgspec.field(default_factory=list)
    troubles_lost: int = 0
    unknown: dict[str, Trouble] = msgspec.field(default_factory=dict)
    unchanging: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    unchanging_older: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    ahead: list[Event] = msgspec.field(default_factory=list)
    recent: set[str] = msgspec.field(default_factory=set)
    older: set[str] = msgspec.field(default_factory=set)
    pending: dict[str, dict[str, dict[int, Open]]] = msgspec.field(default_factory=dict)
    lineage: dict[str, list[Case]] = msgspec.field(default_factory=dict)
    watched: dict[Key, dict[int, Watch]] = msgspec.field(default_factory=dict)
    watching: dict[tuple[object, ...], int] = msgspec.field(default_factory=dict)

    def open(self) -> Iterator[Open]:
        """Every obligation that is open."""
        for case in self.cases.values():
            yield from (one for one in case.opens if not one.by)


def dump(state: State) -> bytes:
    """A state as MessagePack, without its indexes."""
    bare = msgspec.structs.replace(state, pending={}, lineage={}, watched={}, watching={})
    return msgspec.msgpack.encode(bare)


def load(data: bytes) -> State:
    """The state of a dump, its indexes but for `pending` made again. Raises `Unloadable`."""
    try:
        state = msgspec.msgpack.decode(data, type=State)
    except msgspec.MsgspecError as error:
        raise Unloadable(f"not a conductor's state: {error}") from error
    for case in state.cases.values():
        mark(state, case, case.trigger)
        for name in case.marks:
            state.lineage.setdefault(name, []).append(case)
    for watch in state.waiting.values():
        index_watch(state, watch)
    return state


def places_of(one: Open) -> Collection[str]:
    """Under which ids an obligation is found in `pending`; the empty one if it names nothing."""
    keys = one.keys
    return (keys[0][1],) if len(keys) == 1 else ({value for _, value in keys} or ("",))


def mark(state: State, case: Case, event_id: str) -> None:
    """What this event causes belongs to the case."""
    found = state.lineage.get(event_id)
    if found is None:
        state.lineage[event_id] = [case]
    else:
        found.append(case)


def index_watch(state: State, watch: Watch) -> None:
    """Make a watch found by its values."""
    state.watching[watch.about] = watch.serial
    for key in watch.keys:
        state.watched.setdefault(key, {})[watch.serial] = watch


def unwatch(state: State, watch: Watch) -> None:
    """Wait no longer."""
    del state.waiting[watch.serial]
    del state.watching[watch.about]
    for key in watch.keys:
        found = state.watched.get(key)
        if found is not None and found.pop(watch.serial, None) is not None and not found:
            del state.watched[key]
    state.cases[watch.case].waiting -= 1


def bury(state: State, case: Case) -> None:
    """Forget a case of which nothing is open."""
    if case.unmet or case.waiting:
        return
    del state.cases[case.serial]
    lineage = state.lineage
    for name in (case.trigger, *case.marks) if case.marks else (case.trigger,):
        found = lineage.get(name, ())
        if len(found) == 1 and found[0] is case:
            del lineage[name]
        elif found:
            lineage[name] = [one for one in found if one is not case]
