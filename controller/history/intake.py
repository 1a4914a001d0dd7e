"""Events as others hand them in: a line of JSON read and refused precisely, or taken.

Called by the story that appends for people and programs. A line is an object with `type` and, if
wanted, `subject`, `data`, `time` (RFC 3339), `cause`, `actor` and `id`: the members of a line of
the log itself, so that what was exported can be handed in again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NoReturn

from controller.domains.world import Json, JsonObject
from controller.limits import EVENT_BYTES, EVENT_NESTING, EVENT_TYPE_CHARACTERS

MEMBERS: Final = ("type", "subject", "data", "time", "cause", "actor", "id")
_TYPE = re.compile(r"[A-Za-z0-9_]+([.:-][A-Za-z0-9_]+)*")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Refused(ValueError):
    """What was handed in is no event. `hint` says what one is."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Offered:
    """An event that somebody hands in; None where they leave it to the log."""

    type: str
    subject: str
    data: JsonObject
    time: datetime | None
    cause: str | None
    actor: str | None
    id: str | None


def read_line(line: bytes) -> Offered:
    """The event of one line. Raises `Refused`."""
    if len(line) > EVENT_BYTES:
        raise too_large(len(line))
    record = _parsed(line)
    if not isinstance(record, dict):
        raise Refused("it is not a JSON object", 'such as {"type": "interaction.created"}')
    unknown = [name for name in record if name not in MEMBERS]
    if unknown:
        raise Refused(
            f"unknown member {', '.join(map(_quoted, unknown))}",
            f"an event has {', '.join(MEMBERS)}; what it says belongs in `data`",
        )
    return _offered(record)


def too_large(size: int) -> Refused:
    """The refusal of an event of so many bytes."""
    return Refused(
        f"it has {size} bytes or more, {EVENT_BYTES} are allowed",
        "keep large content in git, and name it in the event",
    )


def read_time(text: str) -> datetime:
    """A moment in RFC 3339. Raises `Refused`."""
    hint = "such as 2026-11-01T12:00:00Z or 2026-11-01T13:00:00.5+01:00"
    if not _RFC3339.fullmatch(text):
        raise Refused(f"{_quoted(text)} is not a time in RFC 3339", hint)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(f"{_quoted(text)} is not a time in RFC 3339: {error}", hint) from error


def _parsed(line: bytes) -> Json:
    try:
        return json.loads(  # type: ignore[no-any-return]
            line.decode(), object_pairs_hook=_object, parse_constant=_no_number
        )
    except Refused:
        raise
    except RecursionError as error:
        raise Refused("it is nested too deeply", "flatten `data`") from error
    except ValueError as error:
        raise Refused(f"it is not JSON: {error}", "one event a line, in UTF-8") from error


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"member {_quoted(twice)} is there twice", "say each thing once")
    return found


def _no_number(word: str) -> NoReturn:
    raise Refused(f"{word} is not a number of JSON", "null says that a value is not known")


def _offered(record: JsonObject) -> Offered:
    kind, data = record.get("type"), record.get("data", {})
    if kind is None:
        raise Refused("it has no type", "such as interaction.created: what happened, in the past")
    _check_type(kind)
    if not isinstance(data, dict):
        raise Refused("`data` is not an object", 'such as {"duration_s": 900}')
    if _depth(data) > EVENT_NESTING:
        raise Refused(f"`data` has more than {EVENT_NESTING} levels", "flatten it")
    time = _text(record, "time")
    return Offered(
        type=str(kind),
        subject=_text(record, "subject") or "",
        data=data,
        time=None if time is None else read_time(time),
        cause=_text(record, "cause"),
        actor=_text(record, "actor"),
        id=_text(record, "id"),
    )


def _check_type(kind: Json) -> None:
    fits = isinstance(kind, str) and len(kind) <= EVENT_TYPE_CHARACTERS and _TYPE.fullmatch(kind)
    if not fits:
        raise Refused(
            f"{_quoted(kind)} is not an event's type",
            "words of letters, digits and _ joined by dots, such as interaction.created",
        )


def _text(record: JsonObject, name: str) -> str | None:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(f"`{name}` is not a string", "leave it out if there is none")
    return value


def _depth(value: Json) -> int:
    """Levels of arrays and objects, counted no further than one beyond what is allowed."""
    levels, layer = 0, [value]
    while layer and levels <= EVENT_NESTING + 1:
        inner = list[Json]()
        for one in layer:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        levels += any(isinstance(one, dict | list) for one in layer)
        layer = [one for one in inner if isinstance(one, dict | list)]
    return levels


def _quoted(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:77] + "..."
