"""One immutable fact. Its id is the SHA-256 of its canonical body (RFC 8785), so a copy
can be checked anywhere and a repeated append is the same event."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from controller.history.canonical import canonical, is_canonical

if TYPE_CHECKING:
    from controller.domains.world import JsonObject
else:  # what msgspec needs to know of it
    JsonObject = dict[str, Any]


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


class Event(msgspec.Struct, frozen=True, gc=False):
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


class _Body(msgspec.Struct):
    """The members of a body in canonical order; `data` may be canonical text already."""

    actor: str
    cause: str | None
    data: Any
    subject: str
    time: str
    type: str


_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
_QUOTED_LENGTH: Final = len('"2026-11-01T12:00:00.000001Z"')
_AFTER_ID: Final = b',"subject":'


def rfc3339(moment: datetime) -> str:
    """A moment as the log writes it: UTC, microseconds, `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = _ENCODE(moment)
    if len(text) == _QUOTED_LENGTH:
        return text[1:-1].decode()
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"  # whole seconds


def event_id(body: JsonObject) -> str:
    """SHA-256, in hex, of a body in canonical JSON (RFC 8785). Raises `NotCanonical`."""
    return hashlib.sha256(canonical(body)).hexdigest()


def seal(occurrence: Occurrence) -> Event:
    """The event that an occurrence becomes when it is recorded. Raises `NotCanonical`."""
    return written(occurrence)[0]


def written(occurrence: Occurrence) -> tuple[Event, bytes]:
    """The event that an occurrence becomes, and its line in the log, newline included.

    The line is the canonical JSON of the body with the id in its place among the members.
    Raises `NotCanonical`.
    """
    of = occurrence
    time = rfc3339(of.time)
    body = _body(of, time)
    name = hashlib.sha256(body).hexdigest()
    at = body.rindex(_AFTER_ID)
    line = b'%b,"id":"%b"%b\n' % (body[:at], name.encode(), body[at:])
    return Event(name, of.type, of.subject, of.data, time, of.cause, of.actor), line


def _body(of: Occurrence, time: str) -> bytes:
    """Encoded at once where that is canonical, else with its data encoded by itself."""
    try:
        body = _ENCODE(_Body(of.actor, of.cause, of.data, of.subject, time, of.type))
        if is_canonical(of.data, body):
            return body
    except (TypeError, ValueError, RecursionError):
        pass  # said by `canonical`, of the data alone
    data = msgspec.Raw(canonical(of.data))
    return _ENCODE(_Body(of.actor, of.cause, data, of.subject, time, of.type))
