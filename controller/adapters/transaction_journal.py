"""Keeps the inverses of a host's open transactions on disk: the port `Transactions`.

One file for each open transaction, JSON lines: a header with the state before, then a record
for each operation, written and fsynced before the operation is performed. A confirmed or undone
transaction has no file. Whoever finds files after a crash (the controller at its start, the
host's own timer) reads the inverses from here and performs them.

    <number>-<transaction>.jsonl        numbers grow, so that they give the order
    <number>-<transaction>.partial      a header that was never finished: nothing had begun
    lock                                held while a file is created, extended or removed

Each line is `{"checksum": …, "entry": {…}}`. A line without its newline was torn by a crash: its
`record` never returned, its operation never happened, and it is not read. Any other damage is
damage, and raises `Corrupt`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from controller.domains.world import JsonObject, Operation
from controller.limits import TRANSACTION_BYTES, TRANSACTION_NAME_CHARACTERS
from controller.ports import Blocked, Corrupt, OpenTransaction, Unavailable

FORMAT: Final = 1
"""Version of the files. A reader refuses another."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILE = re.compile(r"(\d{12})-(.+)\.jsonl")


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Header(_Entry):
    format: int
    transaction: str
    world: str
    trial: str
    before: dict[str, JsonValue]


class _Operation(_Entry):
    name: str
    arguments: dict[str, JsonValue]


class _Record(_Entry):
    number: Annotated[int, Field(ge=1)]
    operation: _Operation
    inverse: list[_Operation]


class TransactionJournal:
    """The journal in `directory`, which is created if need be. Safe for several processes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with _failing_as_unavailable(directory):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync_directory(directory.parent)

    def begin(self, transaction: str, world: str, trial: str, before: JsonObject) -> None:
        """Open a transaction; `before` is the observed state at its start. Durable.

        Raises `Blocked` if it is open already, `ValueError` for a name that is no file's name.
        """
        _check_name(transaction)
        header = _Header(
            format=FORMAT, transaction=transaction, world=world, trial=trial, before=before
        )
        line = _line(header)
        with self._locked():
            if self._find(transaction) is not None:
                raise Blocked(f"transaction {transaction} is open already")
            number = max((number for number, _ in self._numbered()), default=0) + 1
            path = self._directory / f"{number:012d}-{transaction}.jsonl"
            for abandoned in self._directory.glob("*.partial"):
                abandoned.unlink()
            partial = path.with_suffix(".partial")
            _write_durably(partial, line, os.O_TRUNC)
            partial.rename(path)
            _sync_directory(self._directory)

    def record(self, transaction: str, operation: Operation, inverse: Sequence[Operation]) -> None:
        """Make an operation's inverse durable. Called before the operation is performed.

        Raises `Blocked` if the transaction is not open, `Unavailable` if the disk refuses: in
        both cases the operation must not be performed.
        """
        with self._locked():
            path = self._find(transaction)
            if path is None:
                raise Blocked(
                    f"transaction {transaction} is not open",
                    "it was confirmed or rolled back meanwhile; express the locus again",
                )
            whole = _whole_lines(path.read_bytes())
            record = _Record(
                number=whole.count(b"\n"),
                operation=_stored(operation),
                inverse=[_stored(step) for step in inverse],
            )
            line = _line(record)
            if len(whole) + len(line) > TRANSACTION_BYTES:
                raise Blocked(
                    f"transaction {transaction} has grown beyond {TRANSACTION_BYTES} bytes"
                )
            os.truncate(path, len(whole))  # a torn line must not be continued
            _write_durably(path, line, os.O_APPEND)

    def confirm(self, transaction: str) -> None:
        """The change stays: forget the inverses. Confirming twice is harmless."""
        self._forget(transaction)

    def undone(self, transaction: str) -> None:
        """Every inverse has been performed: forget them. Harmless when repeated."""
        self._forget(transaction)

    def open(self) -> tuple[OpenTransaction, ...]:
        """All transactions that are open, oldest first. Raises `Corrupt`."""
        with self._locked():
            read = [_read(path) for _, path in self._numbered()]
        return tuple(transaction for transaction in read if transaction is not None)

    def _forget(self, transaction: str) -> None:
        with self._locked():
            path = self._find(transaction)
            if path is not None:
                path.unlink()
                _sync_directory(self._directory)

    def _numbered(self) -> list[tuple[int, Path]]:
        """Number and file of each transaction, oldest first."""
        matches = ((_FILE.fullmatch(path.name), path) for path in self._directory.iterdir())
        return sorted((int(match[1]), path) for match, path in matches if match)

    def _find(self, transaction: str) -> Path | None:
        suffix = f"-{transaction}.jsonl"
        for _, path in self._numbered():
            if path.name[12:] == suffix:
                return path
        return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among threads and processes: each takes a lock on a file of its own opening."""
        with _failing_as_unavailable(self._directory):
            descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)


@contextmanager
def _failing_as_unavailable(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"the journal of transactions in {directory} fails: {error.strerror}"
        raise Unavailable(reason, "free some space there, or make it writable") from error


def _check_name(transaction: str) -> None:
    if len(transaction) > TRANSACTION_NAME_CHARACTERS or not _NAME.fullmatch(transaction):
        raise ValueError(f"{transaction!r:.200} cannot name a transaction")


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | mode, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - opened above, with its mode
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync_directory(directory: Path) -> None:
    """Make a directory's entries durable: fsync(2) of a file in it does not."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stored(operation: Operation) -> _Operation:
    return _Operation(name=operation.name, arguments=dict(operation.arguments))


# --- lines ------------------------------------------------------------------------------


def _line(entry: _Entry) -> bytes:
    """One line of a file. Raises `ValueError` for a number that JSON does not have."""
    body = _canonical(entry.model_dump())
    return _canonical({"checksum": _checksum(body), "entry": json.loads(body)}) + b"\n"


def _canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def _checksum(body: bytes) -> str:
    return f"{zlib.crc32(body):08x}"


def _whole_lines(data: bytes) -> bytes:
    """The data up to its last newline."""
    return data[: data.rfind(b"\n") + 1]


def _entry(line: bytes) -> object:
    """The entry of a line whose checksum holds. Raises `ValueError`."""
    wrapped = json.loads(line)
    match wrapped:
        case {"checksum": str(checksum), "entry": dict(entry)}:
            if _checksum(_canonical(entry)) == checksum:
                return entry
    raise ValueError("a checksum does not hold")


def _read(path: Path) -> OpenTransaction | None:
    """What a file says; None if not even its header was finished. Raises `Corrupt`."""
    if path.stat().st_size > TRANSACTION_BYTES:
        raise Corrupt(f"{path} is larger than any transaction", "look at it, then move it away")
    lines = _whole_lines(path.read_bytes()).splitlines()
    if not lines:
        return None
    try:
        header = _Header.model_validate(_entry(lines[0]))
        records = [_Record.model_validate(_entry(line)) for line in lines[1:]]
    except (ValueError, RecursionError) as error:
        raise Corrupt(
            f"{path} does not verify: {type(error).__name__}",
            "undo by hand what its lines describe, then move it away",
        ) from error
    numbers = [record.number for record in records]
    if header.format != FORMAT or numbers != list(range(1, len(records) + 1)):
        raise Corrupt(f"{path} misses a line, or is of another version", "look at it")
    return OpenTransaction(
        id=header.transaction,
        world=header.world,
        trial=header.trial,
        before=header.before,
        inverses=tuple(
            Operation(step.name, step.arguments)
            for record in reversed(records)
            for step in record.inverse
        ),
    )
