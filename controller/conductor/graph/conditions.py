"""Conditions become functions of a scope. Called when a graph is made ready for events.

What is not known makes a test false; two values that cannot be compared make it false as well and
are told as trouble.
"""

from __future__ import annotations

from collections.abc import Callable

from controller.conductor.graph.calendar import after
from controller.conductor.graph.measure import holds, of_constant, of_json
from controller.conductor.graph.needs import base_word, is_reachable
from controller.conductor.graph.scope import Read, Scope, key_reader, reader
from controller.conductor.graph.tables import Row
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
            return _is(condition)
        case nodes.Has():
            had = reader(_under(condition.subject, condition.attribute))
            return lambda scope: bool(had(scope))
        case nodes.Exists():
            return _exists(condition.subject)
    value = reader(condition.subject)
    return lambda scope: bool(value(scope))


def _under(path: nodes.Path, attribute: str) -> nodes.Path:
    return nodes.Path(path.root, (*path.fields, attribute))


def _fixed_or_read(value: nodes.Expression, *, word: bool = False) -> Read:
    """A bound: a constant, or what a path stands for when it is asked."""
    if isinstance(value, nodes.Path):
        return reader(value, word=word)
    fixed = of_constant(value)
    return lambda _: fixed


def _compare(condition: nodes.Compare) -> Test:
    left, right = reader(condition.left), _fixed_or_read(condition.right, word=True)

    def test(scope: Scope) -> bool:
        one, other = of_json(left(scope)), of_json(right(scope))
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
    key_of, bound = key_reader(condition.left), _fixed_or_read(condition.bound)

    def test(scope: Scope) -> bool:
        key = key_of(scope)
        change = None if key is None else scope.changes.get(key)
        limit = of_json(bound(scope))
        if change is None or limit is None:
            return False
        before, now = of_json(change[0]), of_json(change[1])
        if now is None:
            return False
        below = holds(now, "<", limit)
        if below is None:
            scope.troubles.append(condition_text(condition))
            return False
        was_below = before is not None and bool(holds(before, "<", limit))
        return below != was_below

    return test


def _row_reader(path: nodes.Path) -> Callable[[Scope], Row | None]:
    name_of, table = reader(path), str((path.root, *path.fields)[-1])

    def row(scope: Scope) -> Row | None:
        name = name_of(scope)
        return scope.tables.row(table, name) if isinstance(name, str) else None

    return row


def _exists(path: nodes.Path) -> Test:
    if path.fields or not isinstance(path.root, str):
        value = reader(path)
        return lambda scope: value(scope) not in (None, "", [], {})
    row_of = _row_reader(path)

    def test(scope: Scope) -> bool:
        row = row_of(scope)
        return row is not None and row.recorded

    return test


def _is(condition: nodes.Is) -> Test:
    path = condition.subject
    row_of = _row_reader(path)
    if is_reachable(condition.state):
        return lambda scope: _reached(condition, row_of(scope), scope)
    word, meant = base_word(condition.state)
    if path.fields:
        value = reader(path)
        beside = reader(nodes.Path(path.root, (*path.fields[:-1], f"{path.fields[-1]}_{word}")))
        return lambda scope: _value_is(value, beside, word, scope) == meant

    def test(scope: Scope) -> bool:
        row = row_of(scope)
        return row is not None and _state_is(condition, word, meant, row, scope.now)

    return test


def _state_is(condition: nodes.Is, word: str, meant: bool, row: Row, now: str) -> bool:
    since = row.states.get(word)
    if word == "valid" and (since is None or not since.holds):
        return ("valid" not in row.attributes or bool(row.attributes["valid"])) == meant
    if since is None or since.holds != meant:
        return False
    return condition.for_ms is None or _lasted(condition, since.time, now)


def _lasted(condition: nodes.Is, since: str, now: str) -> bool:
    then = after(since, condition.for_ms or 0)
    operator = condition.for_operator or ">="
    return {"<": now < then, "<=": now <= then, ">": now > then, ">=": now >= then}.get(
        operator, now == then
    )


def _value_is(value_of: Read, beside: Read, word: str, scope: Scope) -> bool:
    """What is said of a value: in itself if it is an object, or beside it: `key_valid`. A value
    is valid unless something says that it is not."""
    value = value_of(scope)
    if value is None:
        return False
    if isinstance(value, dict):
        return bool(value.get(word, word == "valid"))
    said = beside(scope)
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
