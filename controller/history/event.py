"""One immutable fact. Its id is the SHA-256 of its canonical body (RFC 8785), so a copy
can be checked anywhere and a repeated append is the same event."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785

from controller.domains.world import JsonObject


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event that nobody has recorded yet.

    `type` is `noun.verb` in the past tense, `subject` what it is about, `cause` the id of the
    event that led to it, `actor` who did it (`person:NAME`, `controller`, `agent:NAME`).
    """

    type: str
    subject: str
    data: JsonObject
    time: datetime
    cause: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded fact; fields as in `Occurrence`. `time` is RFC 3339 in UTC with microseconds."""

    id: str
    type: str
    subject: str
    data: JsonObject
    time: str
    cause: str | None
    actor: str

    def body(self) -> JsonObject:
        """What the id is the hash of: every field but the id."""
        return {
            "type": self.type,
            "subject": self.subject,
            "data": self.data,
            "time": self.time,
            "cause": self.cause,
            "actor": self.actor,
        }

    @property
    def at(self) -> datetime:
        """`time` as a moment."""
        return datetime.fromisoformat(self.time)


def rfc3339(moment: datetime) -> str:
    """A moment as the log writes it: UTC, microseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def event_id(body: JsonObject) -> str:
    """SHA-256, in hex, of a body in canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def seal(occurrence: Occurrence) -> Event:
    """The event that an occurrence becomes when it is recorded."""
    body: JsonObject = {
        "type": occurrence.type,
        "subject": occurrence.subject,
        "data": occurrence.data,
        "time": rfc3339(occurrence.time),
        "cause": occurrence.cause,
        "actor": occurrence.actor,
    }
    return Event(
        id=event_id(body),
        type=occurrence.type,
        subject=occurrence.subject,
        data=occurrence.data,
        time=rfc3339(occurrence.time),
        cause=occurrence.cause,
        actor=occurrence.actor,
    )
