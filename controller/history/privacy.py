"""Whose key seals what: decided from the entities of the systems, before an event is recorded.

Called by the private event log. A *subject* is written `entity:id`. An entity with the rule
`deletion_means_crypto_shred` (seed 000) is *shredded*: each of its subjects has a key, and an
event that is about such a subject, or names one anywhere in its data, is sealed under the keys
of all that it names. Named is a subject by its full name, or by its id in a field that has the
name of its entity. A *thing* is a subject of an entity that belongs to a shredded one, however
far; whose it is was said by an earlier event, if this one does not say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from controller.domains.world import Json, JsonObject
from grammar.system.nodes import Entity, Names, System

RULE: Final = "deletion_means_crypto_shred"
"""The rule of an entity whose subjects may ask to be forgotten."""
PSEUDONYM_MARK: Final = "~"
"""Begins the id of a subject that is named by its pseudonym; no other id may begin with it."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """Entities whose subjects have keys, and entities that belong to those."""

    shredded: frozenset[str] = frozenset()
    owned: frozenset[str] = frozenset()

    def named(self, subject: str, data: JsonObject) -> Named:
        """The subjects with keys, and their things, that an event is about or names."""
        if not self.shredded:
            return Named()
        found = {subject, *_mentions(data, self.shredded | self.owned)}
        return Named(
            owners=frozenset(name for name in found if entity_of(name) in self.shredded),
            things=frozenset(name for name in found if entity_of(name) in self.owned),
        )


@dataclass(frozen=True, slots=True)
class Named:
    """What one event names: subjects that have keys, and things that belong to such."""

    owners: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()


def privacy_of(systems: Iterable[System]) -> Privacy:
    """What the entities of all systems together demand."""
    entities = [one for system in systems for one in system.members if isinstance(one, Entity)]
    shredded = frozenset(one.name for one in entities if RULE in _words(one.rules))
    owned: set[str] = set()
    while True:
        more = {one.name for one in entities if _words(one.belongs_to) & (shredded | owned)}
        if more <= owned:
            return Privacy(shredded, frozenset(owned - shredded))
        owned |= more


def entity_of(subject: str) -> str:
    """The entity in `entity:id`; empty where the text is no such name."""
    entity, colon, name = subject.partition(":")
    return entity if colon and name else ""


def is_pseudonym(subject: str) -> bool:
    """True for `entity:~…`, which only a sealed event or a tombstone is about."""
    return subject.partition(":")[2].startswith(PSEUDONYM_MARK)


def pseudonymous(entity: str, pseudonym: str) -> str:
    """How the log names a subject outside the box."""
    return f"{entity}:{PSEUDONYM_MARK}{pseudonym}"


def _words(lines: Iterable[Names]) -> frozenset[str]:
    return frozenset(name.removesuffix("[]") for line in lines for name in line.names)


def _mentions(data: JsonObject, entities: frozenset[str]) -> Iterator[str]:
    """Every `entity:id` in data, whichever way it is written, with a stack instead of depth."""
    left: list[tuple[str, Json]] = list(data.items())
    while left:
        key, value = left.pop()
        if isinstance(value, dict):
            left.extend(value.items())
            if key in entities and _is_id(value.get("id")):
                yield _qualified(key, str(value["id"]))
        elif isinstance(value, list):
            left.extend((key, item) for item in value)
        elif isinstance(value, str) and entity_of(value) in entities:
            yield value
        elif key in entities and _is_id(value):
            yield _qualified(key, str(value))


def _is_id(value: Json) -> bool:
    return (isinstance(value, str) and value != "") or (
        isinstance(value, int) and not isinstance(value, bool)
    )


def _qualified(entity: str, name: str) -> str:
    return name if name.startswith(f"{entity}:") and entity_of(name) else f"{entity}:{name}"
