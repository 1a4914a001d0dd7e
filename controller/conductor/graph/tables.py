"""What is known of things: their attributes, since when they are what they are, how many.

Brought up to date by `tell` for each event, from which conditions and claims read. Only what
`Needs` lists is kept. Rows of a projection named `P` are in the table `P()`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from controller import limits
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


class Tracked(msgspec.Struct, frozen=True):
    """What is kept of the things of one kind; `counted` are owner and table of its counts."""

    attributes: frozenset[str]
    states: tuple[str, ...]
    counted: tuple[tuple[str, str], ...]


class Heard(msgspec.Struct, frozen=True):
    """What events of one type can tell: of their own thing, of those that it refers to, of those
    that it belongs to by name, and of projections (table, labels and attributes)."""

    noun: str
    verb: str
    tracked: Tracked | None
    referring: tuple[str, ...]
    belonging: tuple[str, ...]
    projected: tuple[tuple[str, tuple[str, ...], frozenset[str]], ...]


class Teller:
    """Takes events into tables, as one graph needs them."""

    def __init__(self, needs: Needs, owners: dict[str, tuple[str, ...]]) -> None:
        self.needs = needs
        self.owners = owners
        self._heard: dict[str, Heard] = {}
        self._tracked = {
            name: Tracked(
                frozenset(attributes),
                tuple(sorted(needs.states.get(name, ()))),
                tuple(
                    (owner, f"{owner}.{many}")
                    for (owner, many), child in needs.counted.items()
                    if child == name
                ),
            )
            for name, attributes in needs.attributes.items()
        }

    def heard(self, kind: str) -> Heard:
        """What events of a type can tell."""
        found = self._heard.get(kind)
        if found is None:
            if len(self._heard) >= limits.EVENT_TYPES_CACHED:
                self._heard.clear()
            found = self._heard[kind] = self._hear(kind)
        return found

    def hears(self, kind: str) -> bool:
        """Whether events of a type can tell anything, whatever they are about."""
        heard = self.heard(kind)
        return bool(self._tracked or heard.belonging or heard.projected)

    def _hear(self, kind: str) -> Heard:
        noun, words, needs = noun_of(kind), words_of(kind), self.needs
        referring = (o for o in self.owners.get(noun, ()) if o in needs.attributes)
        belonging = (e for e, names in needs.attributes.items() if noun in names and noun != e)
        projected = (
            (f"{name}()", one.labels, frozenset(one.fields))
            for name, one in needs.projections.items()
            if name in words
        )
        tracked = self._tracked.get(noun)
        own = tuple(referring) if tracked is not None else ()
        return Heard(noun, verb_of(kind), tracked, own, tuple(belonging), tuple(projected))

    def tell(self, tables: Tables, event: Event, position: int) -> Told | None:
        """Take one event; what it changed, None if it is about nothing that is kept."""
        heard = self.heard(event.type)
        entity, name = thing_of(event)
        noun = heard.noun
        other = self._tracked.get(entity) if name and entity != noun else None
        if heard.tracked is None and other is None and not (heard.belonging or heard.projected):
            return None
        told = Told()
        if heard.tracked is not None:
            own = own_id(event, noun)
            if own is not None:
                self._own(tables, event, heard, heard.tracked, own, position, told)
        if other is not None:
            self._thing(tables, event, (entity, name), other, "", told)
        if heard.belonging:
            self._belonging(tables, event, heard, told)
        if heard.projected:
            self._projected(tables, event, heard, told)
        return told

    def _own(
        self,
        tables: Tables,
        event: Event,
        heard: Heard,
        tracked: Tracked,
        name: str,
        position: int,
        told: Told,
    ) -> None:
        noun = heard.noun
        if heard.verb in DELETIONS:
            gone = tables.rows.get(noun, {}).pop(name, None)
            if gone is not None:
                _count(tables, tracked, gone, -1)
                told.gone.append((noun, name))
        else:
            row = self._thing(tables, event, (noun, name), tracked, heard.verb, told)
            if not row.recorded:
                row.recorded = True
                _count(tables, tracked, row, 1)
            row.event, row.time, row.position = event.id, event.time, position
        for owner in heard.referring:
            reference = field_of(event, owner)
            if isinstance(reference, str) and reference:
                tables.rows.setdefault(owner, {}).setdefault(reference, Row())

    def _thing(
        self,
        tables: Tables,
        event: Event,
        about: tuple[str, str],
        tracked: Tracked,
        verb: str,
        told: Told,
    ) -> Row:
        """Take what an event says of a thing; `verb` is empty if it is another's event."""
        rows = tables.rows.get(about[0])
        if rows is None:
            rows = tables.rows[about[0]] = {}
        row = rows.get(about[1])
        if row is None:
            row = rows[about[1]] = Row()
        if event.data:
            said = tracked.attributes & event.data.keys()
            if said:
                _count(tables, tracked, row, -1)
                for attribute in said:
                    self._set(row, about, attribute, bare(event.data[attribute], attribute), told)
                _count(tables, tracked, row, 1)
        for word in tracked.states:
            _state(row, word, event, verb)
        told.rows.append(about)
        return row

    def _set(
        self, row: Row, about: tuple[str, str], attribute: str, value: Json, told: Told
    ) -> None:
        if (about[0], attribute) in self.needs.crossed:
            before = row.attributes.get(attribute)
            told.changes[about[0], about[1], attribute] = (before, value)
        row.attributes[attribute] = value

    def _belonging(self, tables: Tables, event: Event, heard: Heard, told: Told) -> None:
        """`explanation.recorded` with a `deal_score` gives that score its `explanation`."""
        for entity in heard.belonging:
            name = field_of(event, entity)
            if isinstance(name, str) and (row := tables.row(entity, name)) is not None:
                gone = heard.verb in DELETIONS
                value = None if gone else (own_id(event, heard.noun) or True)
                if (entity, name) not in told.rows:
                    told.rows.append((entity, name))
                tracked = self._tracked[entity]
                _count(tables, tracked, row, -1)
                self._set(row, (entity, name), heard.noun, value, told)
                _count(tables, tracked, row, 1)

    def _projected(self, tables: Tables, event: Event, heard: Heard, told: Told) -> None:
        for table, labels, names in heard.projected:
            fields = names & event.data.keys()
            key = projection_key([_named(event, label) for label in labels]) if fields else None
            if key is None:
                continue
            rows = tables.rows.get(table)
            if rows is None:
                rows = tables.rows[table] = {}
            row = rows.get(key)
            if row is None:
                row = rows[key] = Row()
            for attribute in sorted(fields):
                self._set(row, (table, key), attribute, event.data[attribute], told)


def _count(tables: Tables, tracked: Tracked, row: Row, by: int) -> None:
    if not row.recorded:
        return
    for owner, many in tracked.counted:
        name = row.attributes.get(owner)
        if isinstance(name, str):
            counts = tables.counts.setdefault(many, {})
            counts[name] = counts.get(name, 0) + by
            if not counts[name]:
                del counts[name]


def projection_key(values: list[Json]) -> str | None:
    """The name of a projection's row; None where an argument is unknown."""
    if None in values:
        return None
    return str(values[0]) if len(values) == 1 else "|".join(map(str, values))


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
