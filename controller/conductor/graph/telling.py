"""What an event tells: of which thing, and the value that it has for a name.

An event is about the thing in its subject, `entity:id`. A subject without a colon is an id of the
entity that the event's type begins with. Its fields are its `data`, and under the name of an
entity the id of that thing. A reference to a thing is its id; `customer:c1` and `c1` are the same.
"""

from __future__ import annotations

from typing import Final

from controller.domains.world import Json
from controller.history.event import Event

DELETIONS: Final = ("deleted", "removed", "erased")
"""Verbs after which a thing is no more."""


def noun_of(kind: str) -> str:
    """The word that a type begins with: `interaction` of `interaction.created`."""
    return kind.partition(".")[0]


def verb_of(kind: str) -> str:
    """What a type says after its noun: `created`."""
    return kind.partition(".")[2]


def is_birth(kind: str) -> bool:
    """Whether a thing begins with such an event, so that nothing was known of it before."""
    return verb_of(kind) == "created"


def words_of(kind: str) -> frozenset[str]:
    """The words of a type, and the runs of words between its points."""
    parts = kind.split(".")
    return frozenset(word for part in parts for word in (part, *part.split("_")))


def thing_of(event: Event) -> tuple[str, str]:
    """The entity and the id that the subject names; the entity is empty if it does not say."""
    entity, colon, name = event.subject.partition(":")
    return (entity, name) if colon else ("", entity)


def own_id(event: Event, noun: str) -> str | None:
    """The id of the thing of this kind that the event itself is about; None if there is none."""
    entity, colon, name = event.subject.partition(":")
    if not colon:
        entity, name = "", entity
    if name and (entity == noun or not entity):
        return name
    found = event.data.get(noun, event.data.get("id"))
    return str(bare(found, noun)) if isinstance(found, str) else None


def bare(value: Json, label: str) -> Json:
    """A reference without the entity's name before its id; any other value as it is."""
    if isinstance(value, str) and ":" in value and value.startswith(f"{label}:"):
        return value[len(label) + 1 :]
    return value


def field_of(event: Event, label: str) -> Json:
    """What the event has under a name; None if nothing."""
    return value_of(event, label, thing_of(event))


def value_of(event: Event, label: str, about: tuple[str, str]) -> Json:
    """The same of an event of which is known which thing it is about."""
    found = event.data.get(label)
    if found is not None:
        return bare(found, label)
    entity, name = about
    if entity:
        return name if entity == label else None
    return name if name and noun_of(event.type) == label else None
