"""Ports that fail as the real ones may: before anything happened, after it, or half way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from controller.domains.world import JsonObject, Operation
from controller.history.event import Event, Occurrence
from controller.ports import (
    Died,
    DraftRef,
    GeneOutcome,
    Grant,
    Merged,
    Sandbox,
    Serve,
    Snapshot,
    Stale,
    Unavailable,
)
from controller.ports.transactions import OpenTransaction, Undoing, Undone
from tests.simulation.chance import Chance, Crash
from tests.simulation.memory_log import MemoryIndex, MemoryLog, MemorySnapshots
from tests.simulation.memory_repository import MemoryRepository
from tests.simulation.memory_transactions import MemoryTransactions


class FailingLog:
    """A log whose appends may be refused, torn between two events, or not known to be durable."""

    def __init__(self, log: MemoryLog, chance: Chance) -> None:
        self._log = log
        self._chance = chance

    def append(self, occurrences: Sequence[Occurrence]) -> tuple[Event, ...]:
        """See `ports.EventLog`."""
        place = f"append {', '.join(one.type for one in occurrences)}"
        self._chance.before(place)
        self._chance.disk(place)
        if len(occurrences) > 1 and self._chance.happens("crash", f"in the middle of {place}"):
            self._log.append(occurrences[: self._chance.rng.randrange(len(occurrences))])
            raise Crash(place)
        events = self._log.append(occurrences)
        for event in events:
            self._chance.trace(f"    + {event.id[:8]} {event.type} {event.subject}")
        if self._chance.happens("disk", f"{place}, synced"):
            raise Unavailable("the journal could not be synced")
        self._chance.after(place)
        return events

    def since(self, cursor: int = 0) -> Iterator[Event]:
        """See `ports.EventLog`."""
        return self._log.since(cursor)

    def length(self) -> int:
        """See `ports.EventLog`."""
        return self._log.length()

    def wait(self, cursor: int, timeout_s: float) -> bool:
        """See `ports.EventLog`."""
        return self._log.wait(cursor, timeout_s)


class FailingSnapshots:
    """Snapshots that may not be kept, or not be found again."""

    def __init__(self, snapshots: MemorySnapshots, chance: Chance) -> None:
        self._snapshots = snapshots
        self._chance = chance

    def newest_first(self, fold: str, version: int) -> Iterator[Snapshot]:
        """See `ports.Snapshots`: a damaged one is left out."""
        for snapshot in self._snapshots.newest_first(fold, version):
            if not self._chance.happens("disk", f"snapshot of {fold}"):
                yield snapshot

    def keep(self, snapshot: Snapshot) -> None:
        """See `ports.Snapshots`."""
        self._chance.before("keep a snapshot")
        if self._chance.happens("disk", "keep a snapshot"):
            raise Unavailable("a snapshot could not be written")
        self._snapshots.keep(snapshot)

    def forget(self) -> None:
        """See `ports.Snapshots`."""
        self._snapshots.forget()


class FailingTransactions:
    """A journal of inverses on a disk that may refuse."""

    def __init__(self, transactions: MemoryTransactions, chance: Chance) -> None:
        self._transactions = transactions
        self._chance = chance

    def begin(self, transaction: str, world: str, trial: str, confirm_within_s: float) -> None:
        """See `ports.Transactions`."""
        with self._writing("begin"):
            self._transactions.begin(transaction, world, trial, confirm_within_s)

    def record(self, transaction: str, operation: Operation, inverse: Sequence[Operation]) -> None:
        """See `ports.Transactions`."""
        with self._writing("record"):
            self._transactions.record(transaction, operation, inverse)

    def leave(self, transaction: str, footprint: JsonObject) -> bool:
        """See `ports.Transactions`."""
        with self._writing("leave"):
            return self._transactions.leave(transaction, footprint)

    def confirm(self, transaction: str) -> bool:
        """See `ports.Transactions`."""
        with self._writing("confirm"):
            return self._transactions.confirm(transaction)

    def undoing(self, transaction: str, undoing: Undoing) -> None:
        """See `ports.Transactions`."""
        with self._writing("undoing"):
            self._transactions.undoing(transaction, undoing)

    def undone(self, transaction: str, undone: Undone) -> None:
        """See `ports.Transactions`."""
        with self._writing("undone"):
            self._transactions.undone(transaction, undone)

    def forget(self, transaction: str) -> None:
        """See `ports.Transactions`."""
        with self._writing("forget"):
            self._transactions.forget(transaction)

    def open(self) -> tuple[OpenTransaction, ...]:
        """See `ports.Transactions`."""
        with self._writing("open transactions"):
            return self._transactions.open()

    def find(self, transaction: str) -> OpenTransaction | None:
        """See `ports.Transactions`."""
        with self._writing("open transactions"):
            return self._transactions.find(transaction)

    def damaged(self) -> tuple[str, ...]:
        """See `ports.Transactions`."""
        return self._transactions.damaged()

    def alone(self) -> AbstractContextManager[None]:
        """See `ports.Transactions`."""
        return self._transactions.alone()

    @contextmanager
    def _writing(self, place: str) -> Iterator[None]:
        self._chance.before(place)
        if self._chance.happens("disk", place):
            raise Unavailable(f"{place}: the journal of transactions fails")
        yield
        self._chance.after(place)


class FailingRepository:
    """A repository whose refs others lock, and which a process may die on."""

    def __init__(self, repository: MemoryRepository, chance: Chance) -> None:
        self._repository = repository
        self._chance = chance

    def main(self) -> str:
        """See `ports.Repository`."""
        return self._repository.main()

    def files(self, commit: str) -> Mapping[str, bytes]:
        """See `ports.Repository`."""
        return self._repository.files(commit)

    def resolve(self, name: str) -> str:
        """See `ports.Repository`."""
        return self._repository.resolve(name)

    def tree(self, commit: str) -> str:
        """See `ports.Repository`."""
        return self._repository.tree(commit)

    def parents(self, commit: str) -> tuple[str, ...]:
        """See `ports.Repository`."""
        return self._repository.parents(commit)

    def reverting(self, commit: str, on: str) -> Mapping[str, bytes | None] | None:
        """See `ports.Repository`."""
        return self._repository.reverting(commit, on)

    def changed(self, base: str, commit: str) -> Mapping[str, str]:
        """See `ports.Repository`."""
        return self._repository.changed(base, commit)

    def contains(self, commit: str, ancestor: str) -> bool:
        """See `ports.Repository`."""
        return self._repository.contains(commit, ancestor)

    def author(self, commit: str) -> str:
        """See `ports.Repository`."""
        return self._repository.author(commit)

    def authors(self, base: str, commit: str) -> frozenset[str]:
        """See `ports.Repository`."""
        return self._repository.authors(base, commit)

    def conflicts(self, one: str, other: str) -> tuple[str, ...]:
        """See `ports.Repository`."""
        return self._repository.conflicts(one, other)

    def catch_up(self, draft: DraftRef, main: str, author: str) -> DraftRef | None:
        """See `ports.Repository`."""
        self._before(f"catch up {draft.name}")
        caught = self._repository.catch_up(draft, main, author)
        self._chance.after(f"catch up {draft.name}")
        return caught

    def first_parents(self, commit: str, limit: int) -> Sequence[tuple[str, str]]:
        """See `ports.Repository`."""
        return self._repository.first_parents(commit, limit)

    def propose(
        self, name: str, base: str, changes: Mapping[str, bytes | None], message: str, author: str
    ) -> DraftRef:
        """See `ports.Repository`."""
        self._before(f"propose {name}")
        draft = self._repository.propose(name, base, changes, message, author)
        self._chance.after(f"propose {name}")
        return draft

    def drafts(self) -> tuple[DraftRef, ...]:
        """See `ports.Repository`."""
        return self._repository.drafts()

    def close(self, name: str) -> None:
        """See `ports.Repository`."""
        self._before(f"close {name}")
        self._repository.close(name)
        self._chance.after(f"close {name}")

    def proof(self, commit: str) -> JsonObject | None:
        """See `ports.Repository`."""
        return self._repository.proof(commit)

    def attach_proof(self, commit: str, proof: JsonObject) -> None:
        """See `ports.Repository`."""
        self._before("attach a proof")
        self._repository.attach_proof(commit, proof)
        self._chance.after("attach a proof")

    def merge(self, draft: DraftRef, base: str, message: str, author: str) -> Merged | Stale:
        """See `ports.Repository`."""
        self._before(f"merge {draft.name}")
        merged = self._repository.merge(draft, base, message, author)
        self._chance.after(f"merge {draft.name}")
        return merged

    def recover(self) -> tuple[str, ...]:
        """See `ports.Repository`."""
        self._before("recover the repository")
        return self._repository.recover()

    def _before(self, place: str) -> None:
        self._chance.before(place)
        if self._chance.happens("repository", place):
            raise Unavailable(f"{place}: somebody else holds a lock")


class FailingSandbox:
    """A sandbox whose processes are killed, time out or cannot be had."""

    def __init__(self, sandbox: Sandbox, chance: Chance) -> None:
        self._sandbox = sandbox
        self._chance = chance

    def call(
        self, source: str, input_json: str, grants: Sequence[Grant], serve: Serve
    ) -> GeneOutcome:
        """See `ports.Sandbox`."""
        self._chance.before("call a gene")
        if not self._chance.happens("gene", "call a gene"):
            return self._sandbox.call(source, input_json, grants, serve)
        ending = self._chance.rng.randrange(4)
        if ending == 0:
            raise Unavailable("the sandbox cannot fork a process")
        if ending > 1:  # it dies when its work is done, or half done
            self._sandbox.call(source, input_json, grants, serve)
        return Died(*(("killed", "by the kernel"), ("timeout", "it hangs"))[ending % 2])

    def missing(self) -> tuple[str, ...]:
        """See `ports.Sandbox`."""
        return self._sandbox.missing()

    def close(self) -> None:
        """See `ports.Sandbox`."""
        self._sandbox.close()


class FailingIndex:
    """An index whose files cannot always be written."""

    def __init__(self, index: MemoryIndex, chance: Chance) -> None:
        self._index = index
        self._chance = chance

    def find(self, prefix: str) -> int | None:
        """See `ports.Index`."""
        self._before("find")
        return self._index.find(prefix)

    def known(self, event_id: str) -> bool:
        """See `ports.Index`."""
        self._before("known")
        return self._index.known(event_id)

    def by_subject(self, subject: str) -> Iterator[int]:
        """See `ports.Index`."""
        self._before("by subject")
        return self._index.by_subject(subject)

    def consequences(self, event_id: str) -> Iterator[int]:
        """See `ports.Index`."""
        self._before("consequences")
        return self._index.consequences(event_id)

    def between(self, earliest: datetime, latest: datetime) -> Iterator[range]:
        """See `ports.Index`."""
        self._before("between")
        return self._index.between(earliest, latest)

    def repeated(self) -> Iterator[tuple[int, int]]:
        """See `ports.Index`."""
        self._before("repeated")
        return self._index.repeated()

    def forget(self) -> None:
        """See `ports.Index`."""
        self._index.forget()

    def _before(self, place: str) -> None:
        if self._chance.happens("disk", f"index: {place}"):
            raise Unavailable("the index of the log cannot be kept")
