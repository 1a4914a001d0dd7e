"""What names mean where a condition or a consequence is looked at.

A name is, in this order: what a loop runs over, the thing that the trigger is about, a field of
the triggering event. A field after it is the event's if it is about that thing, otherwise the last
that was told of the thing; of what begins with the event (`….created`), only the event's. A word
alone that is none of these is itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from controller.conductor.graph.measure import of_constant
from controller.conductor.graph.needs import COUNT, Needs
from controller.conductor.graph.tables import Change, Key, Tables, projection_key
from controller.conductor.graph.telling import bare, field_of, is_birth
from controller.domains.world import Json
from controller.history.event import Event
from grammar.system.nodes import Invocation, Passed, Path


class Scope:
    """An event, the thing it is about, loop variables, tables, the moment, and what changed."""

    __slots__ = (
        *("bound", "changes", "event", "fresh", "id", "needs", "noun", "now"),
        *("tables", "troubles"),
    )

    def __init__(
        self,
        needs: Needs,
        tables: Tables,
        now: str,
        event: Event | None = None,
        noun: str = "",
        name: str | None = None,
        bound: Mapping[str, str] | None = None,
        changes: Mapping[Key, Change] | None = None,
    ) -> None:
        self.needs, self.tables, self.now = needs, tables, now
        self.event, self.noun, self.id = event, noun, name
        self.fresh = event is not None and is_birth(event.type)
        self.bound = bound or {}
        self.changes = changes or {}
        self.troubles: list[str] = []

    def with_bound(self, entity: str, name: str) -> Scope:
        """The same with one more loop variable."""
        bound = {**self.bound, entity: name}
        inner = Scope(
            self.needs, self.tables, self.now, self.event, self.noun, self.id, bound, self.changes
        )
        inner.troubles = self.troubles
        return inner


def value_of(path: Path, scope: Scope, *, word: bool = False) -> Json:
    """What a path stands for; None if it is not known. With `word`, a lone name is itself."""
    if isinstance(path.root, Invocation):
        if not path.fields:
            return None
        entity = f"{path.root.name}()"
        current: Json = call_key(path.root, scope)
    else:
        entity = path.root
        current = _root(path.root, scope)
        if current is None and word and not path.fields:
            return path.root
    return _followed(entity, current, path.fields, scope)


def call_key(call: Invocation, scope: Scope) -> str | None:
    """The row of a projection that a call asks for."""
    return projection_key([argument_value(one, scope) for one in call.arguments])


def argument_value(argument: Passed, scope: Scope) -> Json:
    """What an argument passes: a reference is an id, a constant its value."""
    value = argument.value
    if isinstance(value, Path):
        return value_of(value, scope, word=True)
    return of_constant(value)


def key_of(path: Path, scope: Scope) -> Key | None:
    """The table, row and attribute that a path ends in; None where it leads nowhere."""
    if not path.fields:
        return None
    last = path.fields[-1]
    if isinstance(path.root, Invocation):
        name = call_key(path.root, scope)
        return None if name is None else (f"{path.root.name}()", name, path.fields[0])
    before = value_of(Path(path.root, path.fields[:-1]), scope)
    table = (path.root, *path.fields)[-2]
    return (table, before, last) if isinstance(before, str) else None


def _root(name: str, scope: Scope) -> Json:
    if name in scope.bound:
        return scope.bound[name]
    if name == scope.noun and scope.id is not None:
        return scope.id
    return None if scope.event is None else field_of(scope.event, name)


def _followed(entity: str, current: Json, fields: tuple[str, ...], scope: Scope) -> Json:
    for index, name in enumerate(fields):
        if current is None:
            return None
        if name == COUNT:
            return len(current) if isinstance(current, list) else None
        if fields[index + 1 : index + 2] == (COUNT,) and (entity, name) in scope.needs.counted:
            counts = scope.tables.counts.get(f"{entity}.{name}", {})
            return counts.get(str(current), 0)
        current = _attribute(entity, current, name, scope)
        entity = name
    return current


def _attribute(entity: str, current: Json, name: str, scope: Scope) -> Json:
    if isinstance(current, dict):
        return current.get(name)
    event = scope.event
    if event is not None and entity == scope.noun and current == scope.id:
        if name in event.data:
            return bare(event.data[name], name)
        if (found := field_of(event, name)) is not None or scope.fresh:
            return found
    row = scope.tables.row(entity, current) if isinstance(current, str) else None
    return None if row is None else row.attributes.get(name)
