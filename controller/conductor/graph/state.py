"""What the evaluator knows between events: open obligations and what they wait for.

Its size grows with what is open and with the things that live, not with the log. Indexes
(`pending`, `lineage`) are rebuilt when a state is loaded; dump.py says how.
"""

from __future__ import annotations

from typing import Any

import msgspec

from controller.conductor.graph.tables import Key, Tables
from controller.history.event import Event


class Open(msgspec.Struct):
    """One expected consequence that has not happened yet.

    `expect` is its place in `Program.openings`; `values` are its arguments'; `keys` are the names
    and ids that an event must share to be meant by arguments (none: any event is), `stand_in` if
    they are the trigger's because no argument names a thing. `opened` is when `within:` began.
    `rival` is the serial of the obligation that this one falls back from, or to. `marks` are
    events that it led to. `by` is the event that satisfied it.
    """

    serial: int
    expect: int
    case: str
    opened: str
    values: list[Any]
    keys: list[tuple[tuple[str, ...], str]]
    stand_in: bool = False
    depth: int = 0
    kind: str = "reaction"
    bound: dict[str, str] | None = None
    rival: int | None = None
    since: str | None = None
    marks: list[str] | None = None
    by: str | None = None
    withheld: bool = False


class Seen(msgspec.Struct):
    """How a condition came out: `outcome` None while a value that has to change has not."""

    check: int
    outcome: bool | None
    values: list[tuple[str, Any]]


class Case(msgspec.Struct):
    """One trigger with what followed from it. `unmet` counts its open obligations."""

    id: str
    rule: int
    time: str
    position: int
    event: Event | None
    name: str | None = None
    depth: int = 0
    opens: list[Open] = msgspec.field(default_factory=list)
    seen: list[Seen] = msgspec.field(default_factory=list)
    unmet: int = 0


class Watch(msgspec.Struct):
    """A condition that is looked at when one of its values is told next."""

    check: int
    case: Case
    bound: dict[str, str]
    keys: list[Key]


class Violation(msgspec.Struct):
    """Since when a claim is not true of a thing, and the event that made it so."""

    time: str
    event: str
    position: int


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
    """When a rule or a claim became part of the intent."""

    position: int
    time: str
    event: str


class State(msgspec.Struct):
    """The fold's state, after `length` events, the latest of them at `clock`."""

    length: int = 0
    clock: str = ""
    serial: int = 0
    tables: Tables = msgspec.field(default_factory=Tables)
    cases: dict[str, Case] = msgspec.field(default_factory=dict)
    pending: dict[str, dict[str, dict[int, Open]]] = msgspec.field(default_factory=dict)
    open: dict[int, Open] = msgspec.field(default_factory=dict)
    lineage: dict[str, list[Open]] = msgspec.field(default_factory=dict)
    watches: dict[Key, dict[int, Watch]] = msgspec.field(default_factory=dict)
    armed: list[dict[str, str]] = msgspec.field(default_factory=list)
    fired: list[dict[str, str]] = msgspec.field(default_factory=list)
    violations: list[dict[str, Violation]] = msgspec.field(default_factory=list)
    measured: dict[int, Measurement] = msgspec.field(default_factory=dict)
    evolved: dict[str, Evolved] = msgspec.field(default_factory=dict)
    troubles: list[Trouble] = msgspec.field(default_factory=list)
    troubles_lost: int = 0
    unknown: dict[str, Trouble] = msgspec.field(default_factory=dict)
    ahead: list[Event] = msgspec.field(default_factory=list)
    wake: str = ""
