"""What an event or a moment obliges: from a trigger to open obligations.

`follow` is pure towards the state's indexes: it makes a case with its obligations and watches,
which `admit` then enters. So what the clock would open by now can be asked without doing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from controller import limits
from controller.conductor.graph.program import (
    Argument,
    Checking,
    Looping,
    Opening,
    Program,
    Ready,
    Trigger,
)
from controller.conductor.graph.scope import Scope
from controller.conductor.graph.state import (
    Case,
    Open,
    Seen,
    State,
    Trouble,
    Watch,
    bury,
    index_watch,
    mark,
    places_of,
    unwatch,
)
from controller.conductor.graph.tables import Key
from controller.conductor.graph.telling import field_of
from grammar.system import nodes
from grammar.system.text import path_text


class Follower(msgspec.Struct, gc=False):
    """Follows one trigger's rule through its conditions and loops."""

    program: Program
    case: Case
    opened: str
    kind: str
    opens: list[Open] = []
    watches: list[Watch] = []
    missing: list[str] = []

    def follow(self, body: Sequence[Ready], scope: Scope) -> None:
        """Everything that follows here."""
        for step in body:
            if isinstance(step, Opening):
                self.opens.append(self._made(step, scope))
                if step.fallback is not None:
                    self.opens.append(self._made(self.program.openings[step.fallback], scope))
            elif isinstance(step, Looping):
                self._each(step, scope)
            else:
                self.check(step, scope)

    def check(self, step: Checking, scope: Scope) -> None:
        """A condition: now, or when a value that it is about is told."""
        keys = [key for read in step.crossed if (key := read(scope)) is not None]
        if step.crossed and scope.changes.keys().isdisjoint(keys):
            if keys:
                self.watches.append(Watch(step.place, self.case.serial, dict(scope.bound), keys))
            return
        outcome = step.test(scope)
        values = [read(scope) for read in step.compared]
        self.case.seen.append(Seen(step.place, outcome, values, dict(scope.bound)))
        if outcome:
            self.follow(step.body, scope)

    def _each(self, step: Looping, scope: Scope) -> None:
        for name in list(scope.tables.rows.get(step.entity, ())):
            inner = scope.with_bound(step.entity, name)
            if step.test is None or step.test(inner):
                self.follow(step.body, inner)

    def _made(self, step: Opening, scope: Scope) -> Open:
        reads = step.reads
        values = [reads[0](scope)] if len(reads) == 1 else [read(scope) for read in reads]
        keys: list[tuple[tuple[str, ...], str]] = []
        for at, argument in step.things:
            value = values[at]
            if isinstance(value, str) and value:
                keys.append((argument.names, value))
                break
            if value is None:
                self._say_missing(argument)
        stand_in = not keys
        if stand_in:
            keys = self._stand_in(scope)
        bound = dict(scope.bound) if scope.bound else None
        case, opened, kind = self.case.serial, self.opened, self.kind
        return Open(0, step.place, case, opened, values, keys, stand_in, kind, bound)

    def _stand_in(self, scope: Scope) -> list[tuple[tuple[str, ...], str]]:
        """What an event may name instead, where no argument names a thing."""
        found: list[tuple[tuple[str, ...], str]] = []
        for name, value in scope.bound.items():
            found.append(((name,), value))
        if scope.event is not None and scope.id:
            found.append(((scope.noun,), scope.id))
            for owner in self.program.owners.get(scope.noun, ()):
                named = field_of(scope.event, owner)
                if isinstance(named, str) and named:
                    found.append(((owner,), named))
        elif scope.noun and scope.id:
            found.append(((scope.noun,), scope.id))
        return found

    def _say_missing(self, argument: Argument) -> None:
        assert isinstance(argument.passed.value, nodes.Path)
        self.missing.append(path_text(argument.passed.value))


def admit(state: State, program: Program, follower: Follower, scope: Scope) -> None:
    """Enter what a follower found into the state."""
    case = follower.case
    if (follower.opens or follower.watches) and case.serial not in state.cases:
        state.cases[case.serial] = case
        mark(state, case, case.trigger)
    last: Open | None = None
    serial = state.serial
    for made in follower.opens:
        serial += 1
        made.serial, made.case = serial, case.serial
        case.opens.append(made)
        index_open(state, program, made)
        if last is not None and program.openings[made.expect].is_fallback:
            made.rival, last.rival = last.serial, made.serial
        else:
            case.unmet += 1
        last = made
    state.serial = serial
    for watch in follower.watches:
        watch.case = case.serial
        _watch(state, case, watch)
    if follower.missing or scope.troubles:
        for trouble in troubles_of(follower, scope):
            say(state, trouble)


def open_plainly(state: State, trigger: Trigger, case: Case, name: str) -> None:
    """The same for a plain rule: its consequences are about this thing, and nothing is asked."""
    state.cases[case.serial] = case
    mark(state, case, case.trigger)
    for step in trigger.plain:
        state.serial += 1
        keys = [(step.arguments[0].names, name)]
        made = Open(state.serial, step.place, case.serial, case.time, [name], keys)
        case.opens.append(made)
        case.unmet += 1
        _index(state, step.name, name, made)


def troubles_of(follower: Follower, scope: Scope) -> list[Trouble]:
    """What could not be known or compared on the way."""
    case = follower.case
    missing = [
        Trouble(f"{what} is known", {"missing": what}, case.trigger, case.time)
        for what in dict.fromkeys(follower.missing)
    ]
    mistyped = [
        Trouble(what, {"mistyped": what}, case.trigger, case.time)
        for what in dict.fromkeys(scope.troubles)
    ]
    return missing + mistyped


def index_open(state: State, program: Program, made: Open) -> None:
    """Make an obligation found by its consequence and by what it is about."""
    name = program.openings[made.expect].name
    for key in places_of(made):
        _index(state, name, key, made)


def _index(state: State, name: str, key: str, made: Open) -> None:
    index = state.pending.get(name)
    if index is None:
        index = state.pending[name] = {}
    found = index.get(key)
    if found is None:
        index[key] = {made.serial: made}
    else:
        found[made.serial] = made


def say(state: State, trouble: Trouble) -> None:
    """Keep what could not be applied; beyond the limit, count it."""
    if len(state.troubles) < limits.TROUBLES_KEPT:
        state.troubles.append(trouble)
    else:
        state.troubles_lost += 1


def _watch(state: State, case: Case, watch: Watch) -> None:
    """Wait for the next change. A later trigger of the same condition takes an earlier's place."""
    case.waiting += 1
    older = state.watching.get(watch.about)
    if older is not None:
        replaced = state.waiting[older]
        unwatch(state, replaced)
        bury(state, state.cases[replaced.case])
    state.serial += 1
    watch.serial = state.serial
    state.waiting[watch.serial] = watch
    index_watch(state, watch)


def changed(state: State, changes: Iterable[Key]) -> list[Watch]:
    """The watches that these changes end, in the order they were begun."""
    found: dict[int, Watch] = {}
    for key in changes:
        found.update(state.watched.get(key, {}))
    return [found[serial] for serial in sorted(found)]
