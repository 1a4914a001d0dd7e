"""What an event or a moment obliges: from a trigger to open obligations.

`follow` is pure towards the state's indexes: it makes a case with its obligations and watches,
which `admit` then enters. So what the clock would open by now can be asked without doing it.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.conductor.graph.program import Argument, Checking, Looping, Opening, Program, Ready
from controller.conductor.graph.scope import Scope, argument_value, key_of, value_of
from controller.conductor.graph.state import Case, Open, Seen, State, Trouble, Watch
from controller.conductor.graph.tables import Key
from controller.conductor.graph.telling import field_of
from controller import limits
from grammar.system import nodes
from grammar.system.text import path_text


class Follower:
    """Follows one trigger's rule through its conditions and loops."""

    def __init__(self, program: Program, case: Case, opened: str, kind: str) -> None:
        self.program, self.case = program, case
        self.opened, self.kind = opened, kind
        self.opens: list[Open] = []
        self.watches: list[Watch] = []
        self.missing: list[str] = []

    def follow(self, body: Sequence[Ready], scope: Scope) -> None:
        """Everything that follows here."""
        for step in body:
            if isinstance(step, Opening):
                self._open(step, scope)
            elif isinstance(step, Looping):
                self._each(step, scope)
            else:
                self.check(step, scope)

    def check(self, step: Checking, scope: Scope) -> None:
        """A condition: now, or when a value that it is about is told."""
        keys = [key for path in step.crossed if (key := key_of(path, scope)) is not None]
        if step.crossed and not any(key in scope.changes for key in keys):
            self.case.seen.append(Seen(step.place, None, []))
            if keys:
                self.watches.append(Watch(step.place, self.case, dict(scope.bound), keys))
            return
        outcome = step.test(scope)
        self.case.seen.append(Seen(step.place, outcome, _seen_values(step, scope)))
        if outcome:
            self.follow(step.body, scope)

    def _each(self, step: Looping, scope: Scope) -> None:
        for name in list(scope.tables.rows.get(step.entity, ())):
            inner = scope.with_bound(step.entity, name)
            if step.test is None or step.test(inner):
                self.follow(step.body, inner)

    def _open(self, step: Opening, scope: Scope) -> None:
        made = self._made(step, scope)
        self.opens.append(made)
        if step.fallback is not None:
            self.opens.append(self._made(self.program.openings[step.fallback], scope))

    def _made(self, step: Opening, scope: Scope) -> Open:
        values = [argument_value(a.passed, scope) for a in step.arguments]
        keys, stand_in = self._keys(step.arguments, values, scope)
        return Open(
            0,
            step.place,
            self.case.id,
            self.opened,
            values,
            keys,
            stand_in,
            self.case.depth,
            self.kind,
            dict(scope.bound) or None,
        )

    def _keys(
        self, arguments: Sequence[Argument], values: Sequence[object], scope: Scope
    ) -> tuple[list[tuple[tuple[str, ...], str]], bool]:
        for argument, value in zip(arguments, values, strict=True):
            if argument.thing and isinstance(value, str) and value:
                return [(argument.names, value)], False
            if argument.thing and value is None:
                self._say_missing(argument)
        found: list[tuple[tuple[str, ...], str]] = []
        for name, value in scope.bound.items():
            found.append(((name,), value))
        if scope.event is not None and scope.id:
            found.append(((scope.noun,), scope.id))
            for owner in self.program.owners.get(scope.noun, ()):
                value = field_of(scope.event, owner)
                if isinstance(value, str) and value:
                    found.append(((owner,), value))
        return found, True

    def _say_missing(self, argument: Argument) -> None:
        assert isinstance(argument.passed.value, nodes.Path)
        self.missing.append(path_text(argument.passed.value))


def admit(state: State, program: Program, follower: Follower, scope: Scope) -> None:
    """Enter what a follower found into the state."""
    case = follower.case
    last: Open | None = None
    for made in follower.opens:
        enter(state, program, case, made)
        if program.openings[made.expect].is_fallback and last is not None:
            made.rival, last.rival = last.serial, made.serial
            case.unmet -= 1
        last = made
    for watch in follower.watches:
        _watch(state, watch)
    for what in dict.fromkeys(follower.missing):
        say(state, Trouble(f"{what} is known", {"missing": what}, case.id, case.time))
    for what in dict.fromkeys(scope.troubles):
        say(state, Trouble(what, {"mistyped": what}, case.id, case.time))


def enter(state: State, program: Program, case: Case, made: Open) -> None:
    """Enter one obligation of a case."""
    state.serial += 1
    made.serial = serial = state.serial
    state.open[serial] = made
    index = state.pending.setdefault(program.openings[made.expect].expect.consequence.name, {})
    for key in {value for _, value in made.keys} or {""}:
        index.setdefault(key, {})[serial] = made
    case.opens.append(made)
    case.unmet += 1
    state.cases[case.id] = case


def say(state: State, trouble: Trouble) -> None:
    """Keep what could not be applied; beyond the limit, count it."""
    if len(state.troubles) < limits.TROUBLES_KEPT:
        state.troubles.append(trouble)
    else:
        state.troubles_lost += 1


def _watch(state: State, watch: Watch) -> None:
    """Wait for the next change. A later trigger of the same condition takes an earlier's place."""
    older = state.watches.get(watch.keys[0], {}).get(watch.check)
    if older is not None:
        unwatch(state, older)
    for key in watch.keys:
        state.watches.setdefault(key, {})[watch.check] = watch


def unwatch(state: State, watch: Watch) -> None:
    """Wait no longer."""
    for key in watch.keys:
        waiting = state.watches.get(key)
        if waiting is not None and waiting.get(watch.check) is watch:
            del waiting[watch.check]
            if not waiting:
                del state.watches[key]


def changed(state: State, changes: Sequence[Key]) -> list[Watch]:
    """The watches that these changes end, taken out, in the order they were begun."""
    found: dict[int, Watch] = {}
    for key in changes:
        for watch in list(state.watches.get(key, {}).values()):
            found[id(watch)] = watch
            unwatch(state, watch)
    return sorted(found.values(), key=lambda w: (w.case.position, w.case.id, w.check))


def _seen_values(step: Checking, scope: Scope) -> list[tuple[str, object]]:
    """The values that a condition looked at, for people: what was compared, and with what."""
    found: list[tuple[str, object]] = []
    for path in _compared(step.check.condition):
        found.append((path_text(path), value_of(path, scope)))
    return found


def _compared(condition: nodes.Condition) -> list[nodes.Path]:
    if isinstance(condition, nodes.Both | nodes.Either):
        return [path for part in condition.parts for path in _compared(part)]
    if isinstance(condition, nodes.Not):
        return _compared(condition.part)
    if isinstance(condition, nodes.Compare | nodes.Crosses):
        return [condition.left]
    return [condition.subject]
