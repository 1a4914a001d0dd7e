"""The lines of a transaction's file: what is written, and what is read back of it.

`transaction_journal` writes and reads them. Each line is `{"checksum": …, "entry": {…}}`: a
header, a record for each operation, what the gene left, then how an undoing went. A line without
its newline was torn by a crash: whoever wrote it never went on, and it is not read. Any other
damage is damage, and raises `ValueError`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from controller.domains.world import JsonObject, Operation
from controller.ports.transactions import OpenTransaction, Undoing, Undone

FORMAT: Final = 2
"""Version of the files. A reader refuses another."""


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Header(_Entry):
    """The first line. `boot` and `due_s` are a moment of the machine's time since it started."""

    entry: Literal["transaction"] = "transaction"
    format: int = FORMAT
    transaction: str
    world: str
    trial: str
    machine: str
    boot: str
    due_s: float


class _Operation(_Entry):
    name: str
    arguments: dict[str, JsonValue]


class _Record(_Entry):
    entry: Literal["operation"] = "operation"
    number: Annotated[int, Field(ge=1)]
    operation: _Operation
    inverse: list[_Operation]


class _Left(_Entry):
    entry: Literal["left"] = "left"
    footprint: dict[str, JsonValue]


class _Undoing(_Entry):
    entry: Literal["undoing"] = "undoing"
    reason: str
    spared: list[str]


class _Undone(_Entry):
    entry: Literal["undone"] = "undone"
    reason: str
    problems: list[str]


_Line = Header | _Record | _Left | _Undoing | _Undone
_LINES: Final[TypeAdapter[_Line]] = TypeAdapter(Annotated[_Line, Field(discriminator="entry")])


def header(line: Header) -> bytes:
    """The first line of a file."""
    return _line(line)


def record(number: int, operation: Operation, inverse: Sequence[Operation]) -> bytes:
    """The line of an operation that is about to be performed, the `number`th."""
    steps = [_stored(step) for step in inverse]
    return _line(_Record(number=number, operation=_stored(operation), inverse=steps))


def left(footprint: JsonObject) -> bytes:
    """The line of what a gene left."""
    return _line(_Left(footprint=footprint))


def undoing(begun: Undoing) -> bytes:
    """The line of an undoing that begins."""
    return _line(_Undoing(reason=begun.reason, spared=[*begun.spared]))


def undone(ended: Undone) -> bytes:
    """The line of an undoing that has ended."""
    return _line(_Undone(reason=ended.reason, problems=[*ended.problems]))


def _stored(operation: Operation) -> _Operation:
    return _Operation(name=operation.name, arguments=dict(operation.arguments))


def _line(entry: _Entry) -> bytes:
    """One line. Raises `ValueError` for a number that JSON does not have."""
    body = _canonical(entry.model_dump())
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
    match json.loads(line):
        case {"checksum": str(checksum), "entry": dict(entry)}:
            if _checksum(_canonical(entry)) == checksum:
                return _LINES.validate_python(entry)
    raise ValueError("a checksum does not hold")


def read(
    data: bytes, remaining_s: Callable[[Header], float]
) -> tuple[Header, OpenTransaction] | None:
    """What a file says; None if not even its header was finished. Raises `ValueError`."""
    lines = whole(data).splitlines()
    if not lines:
        return None
    first, *rest = (_entry(line) for line in lines)
    if not isinstance(first, Header) or first.format != FORMAT:
        raise ValueError("it is of another version")
    records = [entry for entry in rest if isinstance(entry, _Record)]
    if [entry.number for entry in records] != list(range(1, len(records) + 1)):
        raise ValueError("it misses a line")
    return first, OpenTransaction(
        id=first.transaction,
        world=first.world,
        trial=first.trial,
        inverses=tuple(
            Operation(step.name, step.arguments)
            for entry in reversed(records)
            for step in entry.inverse
        ),
        operations=len(records),
        due_in_s=max(0.0, remaining_s(first)),
        left=next((dict(e.footprint) for e in rest if isinstance(e, _Left)), None),
        undoing=next(
            (Undoing(e.reason, tuple(e.spared)) for e in rest if isinstance(e, _Undoing)), None
        ),
        undone=next(
            (Undone(e.reason, tuple(e.problems)) for e in rest if isinstance(e, _Undone)), None
        ),
    )
