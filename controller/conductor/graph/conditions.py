"""Conditions become functions of a scope. Called when a graph is made ready for events.

What is not known makes a test false; two values that cannot be compared make it false as well and
are told as trouble.
"""

from __future__ import annotations

from collections.abc import Callable

from controller.conductor.graph.calendar import after
from controller.conductor.graph.measure import holds, of_constant, of_json
from controller.conductor.graph.needs import base_word, is_reachable
from controller.conductor.graph.scope import Scope, key_of, value_of
from controller.conductor.graph.tables import Row
from controller.domains.world import Json
from grammar.system import nodes
from grammar.system.text import condition_text

Test = Callable[[Scope], bool]


def test_of(condition: nodes.Condition) -> Test:
    """A condition as a function."""
    match condition:
        case nodes.Both():
            parts = [test_of(part) for part in condition.parts]
            return lambda scope: all(part(scope) for part in parts)
        case nodes.Either():
            parts = [test_of(part) for part in condition.parts]
            return lambda scope: any(part(scope) for part in parts)
        case nodes.Not():
            inner = test_of(condition.part)
            return lambda scope: not inner(scope)
        case nodes.Compare():
            return _compare(condition)
        case nodes.Crosses():
            return _crosses(condition)
        case nodes.Is():
            return lambda scope: _is(condition, scope)
        case nodes.Has():
            return lambda scope: bool(_had(condition, scope))
        case nodes.Exists():
            return lambda scope: _exists(condition.subject, scope)
    return lambda scope: bool(value_of(condition.subject, scope))


def _compare(condition: nodes.Compare) -> Test:
    right = condition.right
    fixed = None if isinstance(right, nodes.Path) else of_constant(right)

    def test(scope: Scope) -> bool:
        one = of_json(value_of(condition.left, scope))
        other = fixed
        if isinstance(right, nodes.Path):
            other = of_json(value_of(right, scope, word=True))
        if one is None or other is None:
            return False
        found = holds(one, condition.operator, other)
        if found is None:
            scope.troubles.append(condition_text(condition))
        return bool(found)

    return test


def _crosses(condition: nodes.Crosses) -> Test:
    """The value was on one side of the bound and is on the other. One that was never told counts
    as not below any bound (seed 000: 42 crosses 45, but not 20, and nothing is said before)."""
    bound = condition.bound
    fixed = None if isinstance(bound, nodes.Path) else of_constant(bound)

    def test(scope: Scope) -> bool:
        key = key_of(condition.left, scope)
        change = None if key is None else scope.changes.get(key)
        limit = fixed
        if isinstance(bound, nodes.Path):
            limit = of_json(value_of(bound, scope))
        if change is None or limit is None:
            return False
        before, now = (of_json(value) for value in change)
        if now is None:
            return False
        below = holds(now, "<", limit)
        if below is None:
            scope.troubles.append(condition_text(condition))
            return False
        was_below = before is not None and bool(holds(before, "<", limit))
        return below != was_below

    return test


def _row(path: nodes.Path, scope: Scope) -> Row | None:
    name = value_of(path, scope)
    table = (path.root, *path.fields)[-1]
    return scope.tables.row(str(table), name) if isinstance(name, str) else None


def _exists(path: nodes.Path, scope: Scope) -> bool:
    if not path.fields and isinstance(path.root, str):
        row = _row(path, scope)
        return row is not None and row.recorded
    return value_of(path, scope) not in (None, "", [], {})


def _had(condition: nodes.Has, scope: Scope) -> Json:
    path = nodes.Path(condition.subject.root, (*condition.subject.fields, condition.attribute))
    return value_of(path, scope)


def _is(condition: nodes.Is, scope: Scope) -> bool:
    path = condition.subject
    if is_reachable(condition.state):
        return _reached(condition, _row(path, scope), scope)
    word, meant = base_word(condition.state)
    if path.fields:
        return _value_is(path, word, scope) == meant
    row = _row(path, scope)
    if row is None:
        return False
    since = row.states.get(word)
    if word == "valid" and (since is None or not since.holds):
        return ("valid" not in row.attributes or bool(row.attributes["valid"])) == meant
    if since is None or since.holds != meant:
        return False
    return condition.for_ms is None or _lasted(condition, since.time, scope.now)


def _lasted(condition: nodes.Is, since: str, now: str) -> bool:
    then = after(since, condition.for_ms or 0)
    operator = condition.for_operator or ">="
    return {"<": now < then, "<=": now <= then, ">": now > then, ">=": now >= then}.get(
        operator, now == then
    )


def _value_is(path: nodes.Path, word: str, scope: Scope) -> bool:
    """What is said of a value: in itself if it is an object, or beside it: `key_valid`. A value
    is valid unless something says that it is not."""
    value = value_of(path, scope)
    if value is None:
        return False
    if isinstance(value, dict):
        return bool(value.get(word, word == "valid"))
    beside = nodes.Path(path.root, (*path.fields[:-1], f"{path.fields[-1]}_{word}"))
    said = value_of(beside, scope)
    return word == "valid" if said is None else bool(said)


def _reached(condition: nodes.Is, row: Row | None, scope: Scope) -> bool:
    """A thing is reachable if a projection has taken its latest event; before any projection
    has told how far it is, nothing is known to be out of reach."""
    name = condition.through or condition.state.partition("through_")[2]
    reach = scope.tables.reach
    if not reach or row is None:
        return True
    far = reach.get(name, max(reach.values()) if name in ("", "projection") else 0)
    return row.position <= far
