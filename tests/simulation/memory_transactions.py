"""A journal of inverses in memory: answers `ports.Transactions`."""

from __future__ import annotations

from dataclasses import dataclass, field

from controller.domains.world import JsonObject, Operation
from controller.ports import Blocked, OpenTransaction


@dataclass(slots=True)
class Begun:
    """One transaction that is open, and the inverses of what was done in it, in that order."""

    world: str
    trial: str
    before: JsonObject
    inverses: list[tuple[Operation, ...]] = field(default_factory=list)


class MemoryTransactions:
    """`begun` outlives a crash; it is in the order of beginning."""

    def __init__(self, begun: dict[str, Begun]) -> None:
        self._begun = begun

    def begin(self, transaction: str, world: str, trial: str, before: JsonObject) -> None:
        """See `ports.Transactions`."""
        if transaction in self._begun:
            raise Blocked(f"transaction {transaction} is open already")
        self._begun[transaction] = Begun(world, trial, before)

    def record(
        self, transaction: str, operation: Operation, inverse: tuple[Operation, ...]
    ) -> None:
        """See `ports.Transactions`."""
        if transaction not in self._begun:
            raise Blocked(f"transaction {transaction} is not open")
        self._begun[transaction].inverses.append(inverse)

    def confirm(self, transaction: str) -> None:
        """See `ports.Transactions`."""
        self._begun.pop(transaction, None)

    def undone(self, transaction: str) -> None:
        """See `ports.Transactions`."""
        self._begun.pop(transaction, None)

    def open(self) -> tuple[OpenTransaction, ...]:
        """See `ports.Transactions`."""
        return tuple(
            OpenTransaction(
                name,
                one.world,
                one.trial,
                one.before,
                tuple(step for inverse in reversed(one.inverses) for step in inverse),
            )
            for name, one in self._begun.items()
        )
