"""A journal of inverses in memory, which answers `ports.Transactions`, and a timer beside it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from controller.domains.world import JsonObject, Operation
from controller.ports import Blocked
from controller.ports.transactions import OpenTransaction, Undoing, Undone
from tests.simulation.clocks import Time


@dataclass(slots=True)
class Begun:
    """One transaction, and the inverses of what was done in it, in that order."""

    world: str
    trial: str
    due_s: float
    inverses: list[tuple[Operation, ...]] = field(default_factory=list)
    left: JsonObject | None = None
    undoing: Undoing | None = None
    undone: Undone | None = None


class MemoryTransactions:
    """`begun` outlives a crash; it is in the order of beginning. Deadlines are on `time`."""

    def __init__(self, begun: dict[str, Begun], time: Time) -> None:
        self._begun = begun
        self._time = time

    def begin(self, transaction: str, world: str, trial: str, confirm_within_s: float) -> None:
        """See `ports.Transactions`."""
        if transaction in self._begun:
            raise Blocked(f"transaction {transaction} is open already")
        self._begun[transaction] = Begun(world, trial, self._time.passed_s + confirm_within_s)

    def record(self, transaction: str, operation: Operation, inverse: Sequence[Operation]) -> None:
        """See `ports.Transactions`."""
        found = self._begun.get(transaction)
        if found is None or found.undoing is not None:
            raise Blocked(f"transaction {transaction} is not open")
        found.inverses.append(tuple(inverse))

    def leave(self, transaction: str, footprint: JsonObject) -> bool:
        """See `ports.Transactions`."""
        found = self._begun.get(transaction)
        if found is None or found.undoing is not None:
            return False
        found.left = footprint
        return True

    def confirm(self, transaction: str) -> bool:
        """See `ports.Transactions`."""
        found = self._begun.get(transaction)
        if found is not None and found.undoing is not None:
            return False
        self.forget(transaction)
        return True

    def undoing(self, transaction: str, undoing: Undoing) -> None:
        """See `ports.Transactions`."""
        if transaction in self._begun:
            self._begun[transaction].undoing = undoing

    def undone(self, transaction: str, undone: Undone) -> None:
        """See `ports.Transactions`."""
        if transaction in self._begun:
            self._begun[transaction].undone = undone

    def forget(self, transaction: str) -> None:
        """See `ports.Transactions`."""
        self._begun.pop(transaction, None)

    def open(self) -> tuple[OpenTransaction, ...]:
        """See `ports.Transactions`."""
        return tuple(
            OpenTransaction(
                id=name,
                world=one.world,
                trial=one.trial,
                operations=len(one.inverses),
                inverses=tuple(step for inverse in reversed(one.inverses) for step in inverse),
                due_in_s=max(0.0, one.due_s - self._time.passed_s),
                left=one.left,
                undoing=one.undoing,
                undone=one.undone,
            )
            for name, one in self._begun.items()
        )

    def find(self, transaction: str) -> OpenTransaction | None:
        """See `ports.Transactions`."""
        return next((one for one in self.open() if one.id == transaction), None)

    def damaged(self) -> tuple[str, ...]:
        """See `ports.Transactions`: a disk here loses nothing that it took."""
        return ()

    def alone(self) -> AbstractContextManager[None]:
        """See `ports.Transactions`: there is one thread."""
        return nullcontext()


class TimerOfTheStory:
    """Answers `ports.CommitTimer`: the story itself undoes what is overdue as time passes."""

    def arm(self, transaction: str, world: str, confirm_within_s: float) -> None:
        """See `ports.CommitTimer`."""

    def disarm(self, transaction: str) -> None:
        """See `ports.CommitTimer`."""
