"""What names mean where a condition or a consequence is looked at.

A name is, in this order: what a loop runs over, the thing that the trigger is about, a field of
the triggering event. A field after it is the event's if it is about that thing, otherwise the last
that was told of the thing; of what begins with the event (`….created`), only the event's. A word
alone that is none of these is itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from controller.conductor.graph.measure import of_constant
from controller.conductor.graph.needs import COUNT, Needs
from controller.conductor.graph.tables import Change, Key, Tables, projection_key
from controller.conductor.graph.telling import bare, field_of, is_birth
from controller.domains.world import Json
from controller.history.event import Event
from grammar.system.nodes import Invocation, Passed, Path


class Scope(msgspec.Struct, gc=False):
    """An event, the thing it is about, loop variables, tables, the moment, and what changed."""

    needs: Needs
    tables: Tables
    now: str
    event: Event | None = None
    noun: str = ""
    id: str | None = None
    bound: Mapping[str, str] = {}
    changes: Mapping[Key, Change] = {}
    troubles: list[str] = []

    def with_bound(self, entity: str, name: str) -> Scope:
        """The same with one more loop variable."""
        return msgspec.structs.replace(self, bound={**self.bound, entity: name})


Read = Callable[[Scope], Json]
"""What a path or an argument stands for; None if it is not known."""


def reader(path: Path, *, word: bool = False) -> Read:
    """A path as a function of a scope. With `word`, a lone name that is nothing else is itself."""
    if isinstance(path.root, Invocation):
        return _call_reader(path.root, path.fields)
    root, fields = path.root, path.fields
    if not fields:

        def read(scope: Scope) -> Json:
            found = _root(root, scope)
            return root if word and found is None else found

        return read
    if len(fields) == 1 and fields[0] != COUNT:
        only = fields[0]

        def read_one(scope: Scope) -> Json:
            current = _root(root, scope)
            return None if current is None else _attribute(root, current, only, scope)

        return read_one
    return lambda scope: _followed(root, _root(root, scope), fields, scope)


def _call_reader(call: Invocation, fields: tuple[str, ...]) -> Read:
    if not fields:
        return lambda _: None
    table, row_of, first, rest = f"{call.name}()", row_reader(call), fields[0], fields[1:]

    def read(scope: Scope) -> Json:
        name = row_of(scope)
        row = None if name is None else scope.tables.row(table, name)
        value = None if row is None else row.attributes.get(first)
        return _followed(first, value, rest, scope) if rest else value

    return read


def row_reader(call: Invocation) -> Callable[[Scope], str | None]:
    """The row of a projection that a call asks for."""
    readers = [argument_reader(one) for one in call.arguments]
    if len(readers) == 1:
        (only,) = readers

        def read(scope: Scope) -> str | None:
            value = only(scope)
            return None if value is None else str(value)

        return read
    return lambda scope: projection_key([one(scope) for one in readers])


def argument_reader(argument: Passed) -> Read:
    """What an argument passes: a reference is an id, a constant its value."""
    if isinstance(argument.value, Path):
        return reader(argument.value, word=True)
    value = of_constant(argument.value)
    return lambda _: value


def key_reader(path: Path) -> Callable[[Scope], Key | None]:
    """The table, row and attribute that a path ends in; None where it leads nowhere."""
    if not path.fields:
        return lambda _: None
    last = path.fields[-1]
    if isinstance(path.root, Invocation):
        call, row_of, first = f"{path.root.name}()", row_reader(path.root), path.fields[0]

        def key(scope: Scope) -> Key | None:
            name = row_of(scope)
            return None if name is None else (call, name, first)

        return key
    before, table = reader(Path(path.root, path.fields[:-1])), (path.root, *path.fields)[-2]

    def key_of(scope: Scope) -> Key | None:
        name = before(scope)
        return (table, name, last) if isinstance(name, str) else None

    return key_of


def _root(name: str, scope: Scope) -> Json:
    if scope.bound and name in scope.bound:
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
        if (found := field_of(event, name)) is not None or is_birth(event.type):
            return found
    row = scope.tables.row(entity, current) if isinstance(current, str) else None
    return None if row is None else row.attributes.get(name)
