"""The evaluator: events in, what is open out. A pure function, whatever the batches.

`Evaluator(graph)` is used by finding.py's `gaps_of`, by the commands and by who follows the log.
A state is changed in place and given back; nothing outside it and the graph decides anything, so
any way to cut a log into batches, with a `dump` and a `load` between them, gives the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from controller import limits
from controller.conductor.graph import claims, clock, unchanging
from controller.conductor.graph.evolution import decide, evolve
from controller.conductor.graph.graph import Graph
from controller.conductor.graph.opening import (
    Follower,
    admit,
    changed,
    index_open,
    open_plainly,
    say,
)
from controller.conductor.graph.program import Plan, Program, Trigger
from controller.conductor.graph.quality import measure
from controller.conductor.graph.satisfaction import remember, satisfy
from controller.conductor.graph.scope import Scope
from controller.conductor.graph.state import Case, State, Trouble, bury, load, unwatch
from controller.conductor.graph.tables import Row, Told
from controller.conductor.graph.telling import own_id
from controller.conductor.recorded import is_reserved
from controller.domains.world import Json
from controller.history.event import Event

Values = Mapping[str, Mapping[str, Mapping[str, Json]]]
"""What projections say before the first event: projection, what it is asked for, attribute."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line of a log that is no event: where it stands and why."""

    line: int
    reason: str


class Evaluator:
    """Folds a log for one graph."""

    def __init__(self, graph: Graph, foreign: Callable[[str], bool] = lambda _: False) -> None:
        """`foreign` types of events are no business of this system: none is told as unknown."""
        self.graph = graph
        self.program = Program(graph)
        self._foreign = foreign

    def initial(self, values: Values | None = None) -> State:
        """The state before the first event."""
        state = State()
        for name, rows in (values or {}).items():
            for key, attributes in rows.items():
                row = state.tables.rows.setdefault(f"{name}()", {}).setdefault(key, Row())
                row.attributes.update(attributes)
        return state

    def load(self, data: bytes) -> State:
        """The state of a dump. Raises `Unloadable`."""
        state = load(data)
        for one in state.open():
            index_open(state, self.program, one)
        return state

    def step(
        self, state: State, events: Iterable[Event | Unreadable], now: str | None = None
    ) -> State:
        """The state after more events. Those after `now` are put by until their time comes.

        What the controller records itself is never from the future: its clock was there, though
        it was set back since. Whatever was to come by then has come.
        """
        if now is not None:
            self._come(state, now)
        for event in events:
            if isinstance(event, Unreadable):
                what = {"line": event.line, "reason": event.reason}
                say(state, Trouble("event is readable", what, f"line {event.line}", state.clock))
            elif now is None or event.time <= now:
                self._take(state, event)
            elif is_reserved(event.type):
                self._come(state, event.time)
                self._take(state, event)
            else:
                state.ahead.append(event)
        return state

    def _come(self, state: State, now: str) -> None:
        """Take what was put by and whose time has come."""
        if state.ahead:
            come = sorted((e for e in state.ahead if e.time <= now), key=lambda e: (e.time, e.id))
            state.ahead = [event for event in state.ahead if event.time > now]
            for one in come:
                self._take(state, one)

    def _take(self, state: State, event: Event) -> None:
        program, time = self.program, event.time
        if time > state.clock:
            if program.timed:
                self._pass_time(state, time)
            state.clock = time
        elif not self._in_order(state, event):
            return
        if len(state.recent) >= limits.DUPLICATES_WITHIN:
            state.older, state.recent = state.recent, set()
        state.recent.add(event.id)
        state.length += 1
        plan = program.plans.get(event.type) or program.plan(event.type)
        if not plan.known and not self._foreign(event.type):
            _unknown(state, event)
        if plan.fixed:
            unchanging.hold(state, event, plan.fixed)
        if plan.own:
            self._about_the_system(state, event, plan)
        told = program.teller.tell(state.tables, event, state.length) if plan.tells else None
        led = list(state.lineage.get(event.cause, ())) if event.cause is not None else []
        if plan.closes:
            satisfy(state, program, event, plan.closes, led)
        if told is not None:
            self._told(state, event, told, led)
        for trigger in plan.triggers:
            self._open(state, trigger, event, told)
        if led:
            remember(state, event.id, led)

    def _pass_time(self, state: State, now: str) -> None:
        if state.clock:
            for firing in clock.take(self.program, state, now):
                self._fire(state, firing)
        else:
            state.clock = now
            clock.begin(self.program, state)

    def _fire(self, state: State, firing: clock.Firing) -> None:
        follower, scope = self.followed(state, firing)
        state.serial += 1
        follower.case.serial = state.serial
        admit(state, self.program, follower, scope)

    def followed(self, state: State, firing: clock.Firing) -> tuple[Follower, Scope]:
        """What a clock's rule obliges; nothing is entered."""
        trigger = self.program.triggers[firing.place]
        moment, name = firing.moment, firing.name or None
        case = Case(0, trigger.place, firing.event or moment, moment, None, name)
        scope = Scope(self.program.needs, state.tables, moment, None, trigger.noun, name)
        follower = Follower(self.program, case, moment, "temporal")
        follower.follow(trigger.body, scope)
        return follower, scope

    def _in_order(self, state: State, event: Event) -> bool:
        """Whether an event that is not later than the last one is taken; it is told either way."""
        if event.id in state.recent or event.id in state.older:
            what = "event is recorded once"
            say(state, Trouble(what, {"event": event.id}, event.id, event.time, "should"))
            return False
        if event.time < state.clock:
            args = {"event": event.id, "after": state.clock}
            say(state, Trouble("event is in order", args, event.id, event.time, "should"))
        return True

    def _about_the_system(self, state: State, event: Event, plan: Plan) -> None:
        if plan.own == "measurement":
            measure(self.program, state, event)
        elif plan.own == "intent":
            evolve(self.program, state, event)
        elif plan.own == "backfill":
            decide(self.program, state, event)
        else:
            _reach(state, event)
            claims.covered(self.program, state, event.time)

    def _told(self, state: State, event: Event, told: Told, led: list[Case]) -> None:
        if told.changes and state.waiting:
            for watch in changed(state, told.changes):
                case = state.cases[watch.case]
                unwatch(state, watch)
                trigger = self.program.triggers[case.rule]
                scope = Scope(
                    self.program.needs,
                    state.tables,
                    event.time,
                    case.event,
                    trigger.noun,
                    case.name,
                    watch.bound,
                    told.changes,
                )
                kind = "reaction" if case.event is not None else "temporal"
                follower = Follower(self.program, case, event.time, kind)
                follower.check(self.program.checks[watch.check], scope)
                admit(state, self.program, follower, scope)
                bury(state, case)
                if not any(one is case for one in led):
                    led.append(case)
        if self.program.claims:
            rows = (*told.rows, *told.gone)
            claims.look(self.program, state, rows, event.id, event.time)
        if self.program.timed:
            clock.touch(self.program, state, (*told.rows, *told.gone))

    def _open(self, state: State, trigger: Trigger, event: Event, told: Told | None) -> None:
        name = own_id(event, trigger.noun)
        state.serial += 1
        case = Case(state.serial, trigger.place, event.id, event.time, event, name)
        if trigger.plain and name:
            open_plainly(state, trigger, case, name)
            return
        changes = told.changes if told is not None else {}
        program, tables = self.program, state.tables
        scope = Scope(program.needs, tables, event.time, event, trigger.noun, name, {}, changes)
        follower = Follower(program, case, event.time, "reaction")
        follower.follow(trigger.body, scope)
        admit(state, program, follower, scope)


def _unknown(state: State, event: Event) -> None:
    found = state.unknown.get(event.type)
    if found is not None:
        found.args["events"] += 1
    elif len(state.unknown) < limits.TROUBLES_KEPT:
        args = {"type": event.type, "events": 1}
        what = f"{event.type} is known"
        state.unknown[event.type] = Trouble(what, args, event.id, event.time, "should")
    else:
        state.troubles_lost += 1


def _reach(state: State, event: Event) -> None:
    """`projection.advanced`: it has taken the first `events` of the log."""
    name = event.data.get("projection", event.subject.rpartition(":")[2])
    taken = event.data.get("events")
    if isinstance(name, str) and isinstance(taken, int) and not isinstance(taken, bool):
        state.tables.reach[name] = max(taken, state.tables.reach.get(name, 0))
    else:
        what = "a projection says how many events it has taken"
        say(state, Trouble(what, {"projection": name}, event.id, event.time))
