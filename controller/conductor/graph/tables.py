"""What is known of things: their attributes, since when they are what they are, how many.

Brought up to date by `tell` for each event, from which conditions and claims read. Only what
`Needs` lists is kept. Rows of a projection named `P` are in the table `P()`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from controller.conductor.graph.needs import Needs, base_word
from controller.conductor.graph.telling import (
    DELETIONS,
    bare,
    field_of,
    noun_of,
    own_id,
    thing_of,
    verb_of,
    words_of,
)
from controller.domains.world import Json
from controller.history.event import Event

Key = tuple[str, str, str]
"""Table, row and attribute."""
Change = tuple[Json, Json]
"""A value before and after an event."""


class Since(msgspec.Struct):
    """Whether a word is true of a thing, since when, by which event and which of its fields."""

    holds: bool
    time: str
    event: str
    by: str | None = None


class Row(msgspec.Struct):
    """One thing. `recorded` if it has events of its own, not only references to it."""

    recorded: bool = False
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    states: dict[str, Since] = msgspec.field(default_factory=dict)
    event: str = ""
    time: str = ""
    position: int = 0


class Told(msgspec.Struct, gc=False):
    """What one event changed: rows that it touched, and the values whose changes matter."""

    rows: list[tuple[str, str]] = msgspec.field(default_factory=list)
    changes: dict[Key, Change] = msgspec.field(default_factory=dict)
    gone: list[tuple[str, str]] = msgspec.field(default_factory=list)


class Tables(msgspec.Struct):
    """All rows, by table and id; `counts` by owner's table, name of the many, and owner."""

    rows: dict[str, dict[str, Row]] = msgspec.field(default_factory=dict)
    counts: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    reach: dict[str, int] = msgspec.field(default_factory=dict)

    def row(self, table: str, name: str) -> Row | None:
        """A thing, if anything is known of it."""
        found = self.rows.get(table)
        return None if found is None else found.get(name)


class Teller:
    """Takes events into tables, as one graph needs them."""

    def __init__(self, needs: Needs, owners: dict[str, tuple[str, ...]]) -> None:
        self.needs = needs
        self.owners = owners
        self.watches = bool(needs.attributes or needs.projections)
        self._words: dict[str, frozenset[str]] = {}
        self._referring = {
            name: tuple(o for o in names if o in needs.attributes) for name, names in owners.items()
        }

    def tell(self, tables: Tables, event: Event, position: int) -> Told:
        """Take one event; what it changed."""
        told = Told()
        noun, about = noun_of(event.type), thing_of(event)
        if noun in self.needs.attributes:
            own = own_id(event, noun)
            if own is not None:
                self._thing(tables, event, (noun, own), position, told, own=True)
                self._references(tables, event, noun)
        if about[0] != noun and about[0] in self.needs.attributes and about[1]:
            self._thing(tables, event, about, position, told, own=False)
        self._belonging(tables, event, noun, told)
        if self.needs.projections:
            self._projected(tables, event, told)
        return told

    def _thing(
        self,
        tables: Tables,
        event: Event,
        about: tuple[str, str],
        position: int,
        told: Told,
        *,
        own: bool,
    ) -> None:
        entity, name = about
        rows = tables.rows.setdefault(entity, {})
        verb = verb_of(event.type)
        if own and verb in DELETIONS:
            gone = rows.pop(name, None)
            if gone is not None:
                self._count(tables, entity, gone, -1)
                told.gone.append(about)
            return
        row = rows.get(name)
        if row is None:
            row = rows[name] = Row()
        self._count(tables, entity, row, -1)
        if own:
            row.recorded = True
            row.event, row.time, row.position = event.id, event.time, position
        for attribute in self.needs.attributes[entity] & event.data.keys():
            self._set(row, about, attribute, bare(event.data[attribute], attribute), told)
        self._count(tables, entity, row, 1)
        for word in self.needs.states.get(entity, ()):
            _state(row, word, event, verb if own else "")
        told.rows.append(about)

    def _set(
        self, row: Row, about: tuple[str, str], attribute: str, value: Json, told: Told
    ) -> None:
        if (about[0], attribute) in self.needs.crossed:
            before = row.attributes.get(attribute)
            told.changes[about[0], about[1], attribute] = (before, value)
        row.attributes[attribute] = value

    def _count(self, tables: Tables, entity: str, row: Row, by: int) -> None:
        if not row.recorded:
            return
        for (owner, many), child in self.needs.counted.items():
            if child == entity and isinstance(row.attributes.get(owner), str):
                counts = tables.counts.setdefault(f"{owner}.{many}", {})
                name = row.attributes[owner]
                counts[name] = counts.get(name, 0) + by
                if not counts[name]:
                    del counts[name]

    def _references(self, tables: Tables, event: Event, noun: str) -> None:
        """What a thing belongs to is known from then on, if only by name."""
        for owner in self._referring.get(noun, ()):
            name = field_of(event, owner)
            if isinstance(name, str) and name:
                tables.rows.setdefault(owner, {}).setdefault(name, Row())

    def _belonging(self, tables: Tables, event: Event, noun: str, told: Told) -> None:
        """`explanation.recorded` with a `deal_score` gives that score its `explanation`."""
        for entity, attributes in self.needs.attributes.items():
            if noun in attributes and noun != entity:
                name = field_of(event, entity)
                if isinstance(name, str) and (row := tables.row(entity, name)) is not None:
                    verb = verb_of(event.type)
                    value = None if verb in DELETIONS else (own_id(event, noun) or True)
                    if (entity, name) not in told.rows:
                        told.rows.append((entity, name))
                    self._count(tables, entity, row, -1)
                    self._set(row, (entity, name), noun, value, told)
                    self._count(tables, entity, row, 1)

    def _projected(self, tables: Tables, event: Event, told: Told) -> None:
        words = self._words.get(event.type)
        if words is None:
            words = self._words[event.type] = words_of(event.type)
        for name, projected in self.needs.projections.items():
            fields = projected.fields & event.data.keys() if name in words else ()
            key = projection_key([_named(event, label) for label in projected.labels])
            if not fields or key is None:
                continue
            row = tables.rows.setdefault(f"{name}()", {}).setdefault(key, Row())
            for attribute in sorted(fields):
                self._set(row, (f"{name}()", key), attribute, event.data[attribute], told)


def projection_key(values: list[Json]) -> str | None:
    """The name of a projection's row; None where an argument is unknown."""
    if any(value is None for value in values):
        return None
    return "|".join(str(value) for value in values)


def _named(event: Event, label: str) -> Json:
    found = field_of(event, label)
    entity, name = thing_of(event)
    return found if found is not None else (name if not entity and name else None)


def _state(row: Row, word: str, event: Event, verb: str) -> None:
    """Bring up to date whether a word is true of a thing."""
    said = _said(row, word, event, verb)
    was = row.states.get(word)
    if said is None:
        if was is None:
            row.states[word] = Since(False, event.time, event.id)
        return
    holds, by = said
    if was is None or was.holds != holds:
        row.states[word] = Since(holds, event.time, event.id, by)
    else:
        was.by = by


def _said(row: Row, word: str, event: Event, verb: str) -> tuple[bool, str | None] | None:
    if verb and base_word(verb)[0] == word:
        return base_word(verb)[1], None
    if word in event.data:
        return bool(event.data[word]), None
    was = row.states.get(word)
    for name, value in event.data.items():
        if value == word:
            return True, name
        if (isinstance(value, str) and value == f"un{word}") or (was and was.by == name):
            return False, None
    return None
