"""What a life left behind, for checkers: the log, the refs, the worlds, and when passes ran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.domains.world import JsonObject
from controller.history.event import Event
from tests.simulation.genomes import Rule


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass: the log's length before and after it, what the clock said, how it ended.

    `end` is `done`, `crashed` or `blocked`; `faults` is how much went wrong in it, `troubles` what
    it could not reach.
    """

    first: int
    last: int
    began: datetime
    ended: datetime
    end: str
    actions: int
    faults: int
    troubles: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Something that changed a world during a pass, when the log had `length` events.

    `gene` is False for what the controller did itself: the inverses of a transaction.
    """

    world: str
    operation: str
    length: int
    gene: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole life. From pass `quiet_from` on nothing failed and nobody did anything.

    `handed_in` are the ids of events that people appended, once for each time that they did.
    """

    events: tuple[Event, ...]
    passes: tuple[Pass, ...]
    quiet_from: int
    settled: bool
    done: tuple[Done, ...]
    worlds: dict[str, JsonObject]
    rules: tuple[Rule, ...]
    open_transactions: tuple[str, ...]
    drafts: dict[str, str]
    main: str
    merges: tuple[str, ...]
    handed_in: tuple[str, ...]
