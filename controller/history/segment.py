"""The form in which events are stored: a segment is lines of canonical JSON, one per event.

Called by the event log, which keeps segments as blobs. Decides what a well-formed line is
and where a segment lives; knows nothing of git. An event's *sequence number* is the number
of events before it, so the first one is 0. The form does not change: readers of any age
can read every log, and members of a line that a reader does not know stay in the line and
count for its id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from controller.domains.world import JsonObject
from controller.history.canonical import NotCanonical, canonical
from controller.history.event import Event

SEQUENCE_DIGITS: Final = 12
"""Digits of a sequence number in a path: 32,000 years at an event a second."""
FAN_OUT_DIGITS: Final = 3
"""Digits per directory, so that none holds more than a thousand entries."""
SUFFIX: Final = ".jsonl"

Buffer = bytes | memoryview

_NAME = re.compile(rf"([0-9]{{{SEQUENCE_DIGITS}}}){re.escape(SUFFIX)}")
_HEX_ID = re.compile(r"[0-9a-f]{64}")
_EVENTS: Final = msgspec.json.Decoder(Event)
_TEXT_FIELDS: Final = ("id", "type", "subject", "time", "actor")


class _Timed(msgspec.Struct):
    """Of an event, when it was."""

    time: str


_TIMES: Final = msgspec.json.Decoder(_Timed)


class Malformed(ValueError):
    """What is stored at a sequence number is not an event as this module writes it."""

    def __init__(self, sequence: int, problem: str) -> None:
        super().__init__(f"event {sequence}: {problem}")
        self.sequence = sequence
        self.problem = problem


def path_of(first: int) -> str:
    """Where the segment lives whose first event has this sequence number."""
    digits = f"{first:0{SEQUENCE_DIGITS}d}"
    folders = [digits[at : at + FAN_OUT_DIGITS] for at in range(0, 9, FAN_OUT_DIGITS)]
    return "/".join([*folders, digits + SUFFIX])


def first_of(name: str) -> int | None:
    """The sequence number in a segment's file name, or None if it is no such name."""
    match = _NAME.fullmatch(name)
    return int(match.group(1)) if match else None


def line_of(event: Event) -> bytes:
    """An event as the log holds it, without its newline. Raises `NotCanonical`."""
    return canonical({**event.body(), "id": event.id})


def segments(
    lines: bytes, first: int, events_max: int, bytes_max: int
) -> Iterator[tuple[int, bytes]]:
    """Cut whole lines into segments: (first sequence number, content), contiguous from `first`.

    A segment has at most `events_max` events, and at most `bytes_max` bytes unless a single
    event is larger.
    """
    begin = end = count = 0
    while end < len(lines):
        follower = lines.index(b"\n", end) + 1
        if count == events_max or (count and follower - begin > bytes_max):
            yield first, lines[begin:end]
            first, begin, count = first + count, end, 0
        end, count = follower, count + 1
    if count:
        yield first, lines[begin:end]


def read(content: Buffer, first: int) -> Sequence[Event]:
    """The events of a segment that was verified before: shape is looked at, ids are not.

    Raises `Malformed`, as `decode` does, where the content is no segment.
    """
    try:
        return _EVENTS.decode_lines(content)
    except (msgspec.DecodeError, RecursionError):
        return decode(content, first)


def latest(content: bytes, first: int) -> str:
    """The latest time of a segment's events. Raises `Malformed` as `read` does."""
    try:
        return max(each.time for each in _TIMES.decode_lines(content))
    except (msgspec.DecodeError, RecursionError):
        return max(each.time for each in decode(content, first))


def decode(content: Buffer, first: int) -> tuple[Event, ...]:
    """The events of a segment that begins at sequence number `first`.

    Every line is checked as in `decode_line`. Raises `Malformed`.
    """
    text = bytes(content)
    if not text.endswith(b"\n"):
        lines = text.count(b"\n")
        raise Malformed(first + lines, "the segment ends in the middle of a line")
    return tuple(
        decode_line(line, first + index) for index, line in enumerate(text[:-1].split(b"\n"))
    )


def decode_line(line: bytes, sequence: int) -> Event:
    """One event: canonical JSON (RFC 8785), all fields there, the id the hash of the rest.

    Raises `Malformed` with the sequence number.
    """
    record = _parse(line, sequence)
    for name in _TEXT_FIELDS:
        if not isinstance(record.get(name), str):
            raise Malformed(sequence, f"`{name}` is not a string")
    data, cause = record.get("data"), record.get("cause", 0)
    if not isinstance(data, dict):
        raise Malformed(sequence, "`data` is not an object")
    if cause is not None and not isinstance(cause, str):
        raise Malformed(sequence, "`cause` is neither an id nor null")
    _check_time(str(record["time"]), sequence)
    _check_id(line, str(record["id"]), sequence)
    return Event(
        id=str(record["id"]),
        type=str(record["type"]),
        subject=str(record["subject"]),
        data=data,
        time=str(record["time"]),
        cause=cause,
        actor=str(record["actor"]),
    )


def _parse(line: bytes, sequence: int) -> JsonObject:
    """The object of a line whose text is the canonical one for that object."""
    try:
        record = msgspec.json.decode(line)
        text = canonical(record)
    except (NotCanonical, msgspec.DecodeError, RecursionError) as error:
        raise Malformed(sequence, f"the line is not JSON: {error}") from error
    if not isinstance(record, dict):
        raise Malformed(sequence, "the line is not a JSON object")
    if text != line:
        raise Malformed(sequence, "the line is not in canonical form")
    return record


def _check_time(time: str, sequence: int) -> None:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError as error:
        raise Malformed(sequence, f"`time` is not a moment: {time!r}") from error
    if moment.tzinfo is None:
        raise Malformed(sequence, f"`time` has no time zone: {time!r}")


def _check_id(line: bytes, event_id: str, sequence: int) -> None:
    """The canonical body is the canonical line without the member `id`.

    The id cannot occur earlier in the line, inside another value, since it is a hash over it.
    """
    if not _HEX_ID.fullmatch(event_id):
        raise Malformed(sequence, "`id` is not a SHA-256 in hex")
    body = line.replace(b'"id":"%s",' % event_id.encode(), b"", 1)
    if hashlib.sha256(body).hexdigest() != event_id:
        raise Malformed(sequence, "its id does not match its content")
