"""The lines of a transaction's file: what is written, and what is read back of it.

`transaction_journal` writes and reads them. Each line is `{"checksum": …, "entry": {…}}`: a
header, a record for each operation, what the gene left, then how an undoing went. A line without
its newline was torn by a crash: whoever wrote it never went on, and it is not read. Any other
damage is damage, and raises `ValueError`. Held to their form by hand: the journal is kept on
hosts too, where there is nothing but the standard library.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Union

from controller.adapters.members import Members
from controller.domains.world import Json, JsonObject, Operation
from controller.ports.transactions import OpenTransaction, Undoing, Undone

FORMAT: Final = 2
"""Version of the files. A reader refuses another."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `boot` and `due_s` are a moment of the machine's time since it started."""

    transaction: str
    world: str
    trial: str
    machine: str
    boot: str
    due_s: float


@dataclass(frozen=True, slots=True)
class _Record:
    number: int
    inverse: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class _Left:
    footprint: JsonObject


_Line = Union[Header, _Record, _Left, Undoing, Undone]


def header(line: Header) -> bytes:
    """The first line of a file."""
    return _line(
        {
            "entry": "transaction",
            "format": FORMAT,
            "transaction": line.transaction,
            "world": line.world,
            "trial": line.trial,
            "machine": line.machine,
            "boot": line.boot,
            "due_s": line.due_s,
        }
    )


def record(number: int, operation: Operation, inverse: Sequence[Operation]) -> bytes:
    """The line of an operation that is about to be performed, the `number`th."""
    steps: list[Json] = [_stored(step) for step in inverse]
    stored = _stored(operation)
    return _line({"entry": "operation", "number": number, "operation": stored, "inverse": steps})


def left(footprint: JsonObject) -> bytes:
    """The line of what a gene left."""
    return _line({"entry": "left", "footprint": footprint})


def undoing(begun: Undoing) -> bytes:
    """The line of an undoing that begins."""
    return _line({"entry": "undoing", "reason": begun.reason, "spared": [*begun.spared]})


def undone(ended: Undone) -> bytes:
    """The line of an undoing that has ended."""
    return _line({"entry": "undone", "reason": ended.reason, "problems": [*ended.problems]})


def _stored(operation: Operation) -> JsonObject:
    return {"name": operation.name, "arguments": dict(operation.arguments)}


def _line(entry: JsonObject) -> bytes:
    """One line. Raises `ValueError` for a number that JSON does not have."""
    body = _canonical(entry)
    return _canonical({"checksum": _checksum(body), "entry": json.loads(body)}) + b"\n"


def _canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def _checksum(body: bytes) -> str:
    return f"{zlib.crc32(body):08x}"


def whole(data: bytes) -> bytes:
    """The data up to its last newline."""
    return data[: data.rfind(b"\n") + 1]


def _entry(line: bytes) -> _Line:
    """The entry of a line whose checksum holds. Raises `ValueError`."""
    said = Members(json.loads(line))
    entry = said.object("entry")
    if _checksum(_canonical(entry)) != said.text("checksum"):
        raise ValueError("a checksum does not hold")
    return _understood(entry)


def _understood(entry: JsonObject) -> _Line:
    reading = _READINGS.get(str(entry.get("entry")))
    if reading is None:
        raise ValueError("a line is not one of this format")
    read_entry, only = reading
    return read_entry(Members(entry, only=("entry", *only)))


def _header(said: Members) -> _Line:
    if said.whole("format") != FORMAT:
        raise ValueError("it is of another version")
    return Header(
        said.text("transaction"),
        said.text("world"),
        said.text("trial"),
        said.text("machine"),
        said.text("boot"),
        said.number("due_s"),
    )


def _record(said: Members) -> _Line:
    said.object("operation")
    return _Record(said.whole("number"), tuple(_operation(one) for one in said.items("inverse")))


def _left(said: Members) -> _Line:
    return _Left(said.object("footprint"))


def _undoing(said: Members) -> _Line:
    return Undoing(said.text("reason"), said.texts("spared"))


def _undone(said: Members) -> _Line:
    return Undone(said.text("reason"), said.texts("problems"))


_READINGS: Final[Mapping[str, tuple[Callable[[Members], _Line], tuple[str, ...]]]] = {
    "transaction": (
        _header,
        ("format", "transaction", "world", "trial", "machine", "boot", "due_s"),
    ),
    "operation": (_record, ("number", "operation", "inverse")),
    "left": (_left, ("footprint",)),
    "undoing": (_undoing, ("reason", "spared")),
    "undone": (_undone, ("reason", "problems")),
}
"""How each kind of line is read, and its members beside `entry`."""


def _operation(value: Json) -> Operation:
    said = Members(value, only=("name", "arguments"))
    return Operation(said.text("name"), said.object("arguments"))


def read(
    data: bytes, remaining_s: Callable[[Header], float]
) -> tuple[Header, OpenTransaction] | None:
    """What a file says; None if not even its header was finished. Raises `ValueError`."""
    lines = whole(data).splitlines()
    if not lines:
        return None
    first, *rest = (_entry(line) for line in lines)
    if not isinstance(first, Header):
        raise ValueError("it does not begin with its header")
    records = [entry for entry in rest if isinstance(entry, _Record)]
    if [entry.number for entry in records] != list(range(1, len(records) + 1)):
        raise ValueError("it misses a line")
    return first, OpenTransaction(
        id=first.transaction,
        world=first.world,
        trial=first.trial,
        inverses=tuple(step for entry in reversed(records) for step in entry.inverse),
        operations=len(records),
        due_in_s=max(0.0, remaining_s(first)),
        left=next((entry.footprint for entry in rest if isinstance(entry, _Left)), None),
        undoing=next((entry for entry in rest if isinstance(entry, Undoing)), None),
        undone=next((entry for entry in rest if isinstance(entry, Undone)), None),
    )
