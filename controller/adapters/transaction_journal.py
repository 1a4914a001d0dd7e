"""Keeps the inverses of a host's open transactions on disk: the port `Transactions`.

One file for each transaction, of lines (`transaction_lines`), each written and fsynced before
what it speaks of happens. A confirmed transaction has no file; an undone one keeps it until the
log knows. Whoever finds files after a crash (the controller at its start, the host's own
timer) undoes what they say.

    <number>-<transaction>.jsonl        numbers grow, so that they give the order
    <number>-<transaction>.partial      a header that was never finished: nothing had begun
    lock                                held while a file is created, extended or removed
    alone                               held while somebody undoes
    watch                               held by the process that watches deadlines

A deadline is counted on the clock of the machine since it started, suspension included, so that
no change of the time of day moves it. After another start all deadlines are over.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.adapters import transaction_lines as lines
from controller.adapters.transaction_lines import Header
from controller.adapters.watch import taken, watching
from controller.domains.world import JsonObject, Operation
from controller.limits import (
    TRANSACTION_BYTES,
    TRANSACTION_NAME_CHARACTERS,
    UNDO_LOCK_POLL_SECONDS,
    UNDO_LOCK_SECONDS,
)
from controller.ports import Blocked, Unavailable
from controller.ports.transactions import OpenTransaction, Undoing, Undone

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILE = re.compile(r"(\d{12})-(.+)\.jsonl")


@dataclass(frozen=True, slots=True)
class Uptime:
    """Which machine this is, which start of it, and the seconds since then."""

    machine: str
    boot: str
    now_s: float


def uptime() -> Uptime:
    """This machine's (machine-id(5), random(4), clock_gettime(2))."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    try:
        machine = Path("/etc/machine-id").read_text().strip()
    except OSError:
        machine = ""
    return Uptime(machine, boot, time.clock_gettime(time.CLOCK_BOOTTIME))


class TransactionJournal:
    """The journal in `directory`, which is created if need be. Safe for several processes."""

    def __init__(self, directory: Path, uptime: Callable[[], Uptime] = uptime) -> None:
        self.directory = directory
        self._uptime = uptime
        self._last: tuple[Path, int, int] = (directory, -1, 0)
        with _failing_as_unavailable(directory):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync_directory(directory.parent)

    def begin(self, transaction: str, world: str, trial: str, confirm_within_s: float) -> None:
        """Open a transaction, durably.

        Raises `Blocked` if it is open already, `ValueError` for a name that is no file's name.
        """
        _check_name(transaction)
        now = self._uptime()
        header = Header(
            transaction=transaction,
            world=world,
            trial=trial,
            machine=now.machine,
            boot=now.boot,
            due_s=now.now_s + confirm_within_s,
        )
        with self._locked():
            if self._find(transaction) is not None:
                raise Blocked(f"transaction {transaction} is open already")
            number = max((number for number, _ in self._numbered()), default=0) + 1
            path = self.directory / f"{number:012d}-{transaction}.jsonl"
            for abandoned in self.directory.glob("*.partial"):
                abandoned.unlink()
            partial = path.with_suffix(".partial")
            _write_durably(partial, lines.header(header), os.O_TRUNC)
            partial.rename(path)
            _sync_directory(self.directory)

    def record(self, transaction: str, operation: Operation, inverse: Sequence[Operation]) -> None:
        """Make an operation's inverse durable. Called before the operation is performed.

        Raises `Blocked` if the transaction is not open, or somebody undoes it; `Unavailable` if
        the disk refuses. Then the operation must not be performed.
        """
        with self._locked():
            path = self._find(transaction)
            number = None if path is None else self._next_number(path)
            if path is None or number is None:
                raise Blocked(
                    f"transaction {transaction} is not open",
                    "it was confirmed or rolled back meanwhile; express the locus again",
                )
            _append(path, lines.record(number, operation, inverse))
            self._last = path, path.stat().st_size, number

    def _next_number(self, path: Path) -> int | None:
        """The number of the next operation; None if none may be done any more.

        A file that is as this process left it is not read again.
        """
        written, size, number = self._last
        if (written, size) == (path, path.stat().st_size):
            return number + 1
        found = self._read(path)
        return None if found is None or found.undoing is not None else found.operations + 1

    def leave(self, transaction: str, footprint: JsonObject) -> bool:
        """Keep what the gene left; False if somebody has begun to undo it meanwhile."""
        with self._locked():
            path = self._find(transaction)
            found = None if path is None else self._read(path)
            if path is None or found is None or found.undoing is not None:
                return False
            _append(path, lines.left(footprint))
            return True

    def confirm(self, transaction: str) -> bool:
        """Forget the inverses, if nobody has begun to undo. Confirming twice is harmless."""
        with self._locked():
            path = self._find(transaction)
            if path is None:
                return True
            found = self._read(path)
            if found is not None and found.undoing is not None:
                return False
            self._remove(path)
            return True

    def undoing(self, transaction: str, undoing: Undoing) -> None:
        """Keep that an undoing has begun. Harmless for a transaction that is gone."""
        self._extend(transaction, lines.undoing(undoing))

    def undone(self, transaction: str, undone: Undone) -> None:
        """Keep how it ended. Harmless for a transaction that is gone."""
        self._extend(transaction, lines.undone(undone))

    def forget(self, transaction: str) -> None:
        """Remove its file. Harmless when repeated."""
        with self._locked():
            path = self._find(transaction)
            if path is not None:
                self._remove(path)

    def open(self) -> tuple[OpenTransaction, ...]:
        """All transactions that can be read, oldest first. Raises `Unavailable`."""
        return tuple(found for found, _ in self._look() if found is not None)

    def find(self, transaction: str) -> OpenTransaction | None:
        """The one of that name; None if it is gone or cannot be read. Raises `Unavailable`."""
        with self._locked():
            path = self._find(transaction)
            return None if path is None else self._open_one(path)[0]

    def damaged(self) -> tuple[str, ...]:
        """A line for each file that cannot be used: damaged, or another machine's."""
        return tuple(wrong for _, wrong in self._look() if wrong is not None)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from undoing. Raises `Unavailable` when one takes too long."""
        with _failing_as_unavailable(self.directory):
            descriptor = os.open(self.directory / "alone", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def watching(self) -> Iterator[bool]:
        """True while held: then no other process watches the deadlines of this journal."""
        with ExitStack() as held:
            with _failing_as_unavailable(self.directory):
                ours = held.enter_context(watching(self.directory))
            yield ours

    @contextmanager
    def quiet(self) -> Iterator[bool]:
        """True if no transaction waits to be confirmed; none is begun while it is held."""
        with self._locked():
            waiting = (self._open_one(path)[0] for _, path in self._numbered())
            yield not any(found is not None and found.undone is None for found in waiting)

    def _wait_for(self, descriptor: int) -> None:
        deadline = time.monotonic() + UNDO_LOCK_SECONDS
        while not taken(descriptor):
            if time.monotonic() > deadline:
                raise Unavailable("another process is undoing a transaction", "it goes on later")
            time.sleep(UNDO_LOCK_POLL_SECONDS)

    def _look(self) -> list[tuple[OpenTransaction | None, str | None]]:
        with self._locked():
            return [self._open_one(path) for _, path in self._numbered()]

    def _open_one(self, path: Path) -> tuple[OpenTransaction | None, str | None]:
        try:
            return self._read(path), None
        except Blocked as wrong:
            return None, wrong.reason

    def _read(self, path: Path) -> OpenTransaction | None:
        """What a file says; None if nothing had begun. Raises `Blocked` if it is of no use."""
        if path.stat().st_size > TRANSACTION_BYTES:
            raise Blocked(f"{path} is larger than any transaction: look at it, then move it away")
        now = self._uptime()

        def remaining(header: Header) -> float:
            return header.due_s - now.now_s if header.boot == now.boot else 0.0

        try:
            read = lines.read(path.read_bytes(), remaining)
        except (ValueError, RecursionError) as error:
            why = str(error) if type(error) is ValueError else type(error).__name__
            raise Blocked(
                f"{path} does not verify ({why}): undo by hand what its lines describe, then "
                "move it away"
            ) from error
        if read is None:
            return None
        header, found = read
        if header.machine != now.machine:
            raise Blocked(f"{path} is of another machine: move it away")
        return found

    def _extend(self, transaction: str, line: bytes) -> None:
        with self._locked():
            path = self._find(transaction)
            if path is not None:
                _append(path, line)

    def _remove(self, path: Path) -> None:
        path.unlink()
        _sync_directory(self.directory)

    def _numbered(self) -> list[tuple[int, Path]]:
        """Number and file of each transaction, oldest first."""
        matches = ((_FILE.fullmatch(path.name), path) for path in self.directory.iterdir())
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
        with _failing_as_unavailable(self.directory):
            descriptor = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
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


def _append(path: Path, line: bytes) -> None:
    """Add a line, durably, in place of a torn one. Raises `Blocked` when there is too much."""
    length = len(lines.whole(path.read_bytes()))
    if length + len(line) > TRANSACTION_BYTES:
        raise Blocked(f"{path} would grow beyond {TRANSACTION_BYTES} bytes")
    os.truncate(path, length)
    _write_durably(path, line, os.O_APPEND)


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
