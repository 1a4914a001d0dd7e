"""Enrichment: what was inferred later about an event or a subject, laid over what was recorded.

An enrichment is an event of its own (seed 000, "Enrichment and Deletion"), of type
`enrichment.recorded` or `<anything>.enriched`, with data

    {"source": ID, "inferred": true, "confidence": 0.95, "values": {"sentiment": null}}

`source` is the id of the event it is about; without one it is about its subject. Called by
whoever appends such events (`problems`) and by readers, which use enrichments or leave them.
What was recorded always stands: no inference replaces it. null means honestly unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from controller.domains.world import Json, JsonObject
from controller.history.event import Event

RECORDED: Final = "enrichment.recorded"
SUFFIX: Final = ".enriched"

_MEMBERS: Final = frozenset({"source", "inferred", "confidence", "values"})
_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Original:
    """A value that an event recorded: `event` is its id."""

    event: str


@dataclass(frozen=True, slots=True)
class Inferred:
    """A value that `actor` inferred in the enrichment `event`, with a confidence of 0 to 1."""

    event: str
    actor: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it is from."""

    value: Json
    provenance: Original | Inferred


def is_enrichment(event_type: str) -> bool:
    """True for the types of enrichment events."""
    return event_type == RECORDED or event_type.endswith(SUFFIX)


def problems(subject: str, data: JsonObject) -> tuple[str, ...]:
    """What is wrong with an enrichment about `subject`, in sentences; empty if nothing is."""
    found = [f"`{name}` is no member of an enrichment" for name in sorted(set(data) - _MEMBERS)]
    source = data.get("source")
    if source is None and not subject:
        found.append("it is about nothing: give `source`, an event's id, or a subject")
    if source is not None and not (isinstance(source, str) and _ID.fullmatch(source)):
        found.append("`source` is not an event's id (64 hex digits)")
    if data.get("inferred") is not True:
        found.append("`inferred` is not true: what is not inferred is an event of its own")
    if _confidence(data) is None:
        found.append("`confidence` is not a number from 0 to 1")
    values = data.get("values")
    if not isinstance(values, dict) or not values:
        found.append("`values` is not an object with at least one member")
    return tuple(found)


def about_event(
    event: Event, enrichments: Iterable[Event], at_least: float = 0.0
) -> dict[str, Value]:
    """An event's data by member, with the enrichments that name it as their source laid over it.

    Of several inferences of a member the last one counts, among those whose confidence is
    `at_least` so high. Events that are no valid enrichment of this event are passed over.
    """
    return _laid_over(
        _originals([event]),
        (e for e in enrichments if is_valid(e) and e.data.get("source") == event.id),
        at_least,
    )


def about_subject(subject: str, events: Iterable[Event], at_least: float = 0.0) -> dict[str, Value]:
    """What is known of a subject: its events' members, the latest of each, and what was inferred.

    `events` are in the log's order; the enrichments among them that count are those about the
    subject itself. Those about one of its events say something of that event only.
    """
    about = [event for event in events if event.subject == subject]
    recorded = [event for event in about if not is_enrichment(event.type)]
    inferred = (e for e in about if is_valid(e) and e.data.get("source") is None)
    return _laid_over(_originals(recorded), inferred, at_least)


def is_valid(event: Event) -> bool:
    """True for an enrichment event without problems."""
    return is_enrichment(event.type) and not problems(event.subject, event.data)


def _originals(events: Iterable[Event]) -> dict[str, Value]:
    return {
        name: Value(value, Original(event.id))
        for event in events
        for name, value in event.data.items()
    }


def _laid_over(
    originals: dict[str, Value], enrichments: Iterable[Event], at_least: float
) -> dict[str, Value]:
    inferred = dict[str, Value]()
    for event in enrichments:
        confidence, values = _confidence(event.data), event.data["values"]
        assert confidence is not None
        assert isinstance(values, dict)
        if confidence >= at_least:
            provenance = Inferred(event.id, event.actor, confidence)
            inferred.update({name: Value(value, provenance) for name, value in values.items()})
    return {**inferred, **originals}


def _confidence(data: JsonObject) -> float | None:
    """The confidence, if it is one; True and False are no numbers here."""
    given = data.get("confidence")
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return float(given) if math.isfinite(given) and 0 <= given <= 1 else None
