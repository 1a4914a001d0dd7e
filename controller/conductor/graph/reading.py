"""Lines of a file as events, for who evaluates a system without a repository.

A line is one of the log's, or as much of it as somebody wrote: `type` and `time` must be there, an
id is made where there is none, members that no event has become data. What is no event is told by
its line, and nothing stops the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from controller.conductor.graph.evaluator import Unreadable
from controller.domains.world import JsonObject
from controller.history.canonical import NotCanonical
from controller.history.event import Event, event_id, rfc3339
from controller.history.intake import MEMBERS, Refused, read_time
from controller.limits import EVENT_BYTES

_LENGTH: Final = len("2026-11-01T12:00:00.000001Z")


class _Whole(Event, frozen=True, forbid_unknown_fields=True, gc=False):
    """An event of which nothing is left out and nothing is told besides."""


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    type: str
    time: str
    id: str = ""
    subject: str = ""
    data: dict[str, Any] = {}
    cause: str | None = None
    actor: str = ""


_DECODE: Final = msgspec.json.Decoder(_Line).decode
_DECODE_WHOLE: Final = msgspec.json.Decoder(_Whole).decode
_UNLIKE: Final = (
    msgspec.ValidationError,
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
)


def read_events(lines: Iterable[bytes]) -> Iterator[Event | Unreadable]:
    """The events of the lines, in their order; blank lines are left out."""
    for number, line in enumerate(lines, start=1):
        try:
            event = _DECODE_WHOLE(line)
            if event.id and event.type and len(line) <= EVENT_BYTES and _is_written(event.time):
                yield event
                continue
        except _UNLIKE:
            pass  # not as the log writes it: looked at again below
        if not line.isspace() and line:
            try:
                yield _event(line)
            except Refused as refused:
                yield Unreadable(number, refused.reason)


def _is_written(time: str) -> bool:
    """Whether a moment is written as the log writes it."""
    if len(time) != _LENGTH or time[-1] != "Z" or time[19] != ".":
        return False
    try:
        datetime.fromisoformat(time)
    except ValueError:
        return False
    return True


def _event(line: bytes) -> Event:
    if len(line) > EVENT_BYTES:
        raise Refused(f"it has more than {EVENT_BYTES} bytes", "")
    try:
        one = _DECODE(line)
    except _UNLIKE:
        one = _written_otherwise(line)
    if not one.type:
        raise Refused("it has no type", "")
    time = one.time if _is_written(one.time) else rfc3339(read_time(one.time))
    event = Event(one.id, one.type, one.subject, one.data, time, one.cause, one.actor)
    return event if one.id else _named(event)


def _named(event: Event) -> Event:
    try:
        return msgspec.structs.replace(event, id=event_id(event.body()))
    except NotCanonical as error:
        raise Refused(str(error), "") from error


def _written_otherwise(line: bytes) -> _Line:
    """A line whose members are more than an event's, or not of the right type."""
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"it is not JSON: {error}", "") from error
    if not isinstance(record, dict):
        raise Refused("it is not a JSON object", "")
    data = record.get("data", {})
    if not isinstance(data, dict):
        raise Refused("`data` is not an object", "")
    more: JsonObject = {name: value for name, value in record.items() if name not in MEMBERS}
    known = {name: record[name] for name in MEMBERS if record.get(name) is not None}
    for name in ("type", "time"):
        if name not in known:
            raise Refused(f"it has no {name}", "")
    try:
        return msgspec.convert({**known, "data": {**more, **data}}, _Line)
    except msgspec.ValidationError as error:
        raise Refused(str(error), "") from error
