"""Commit confirmed: a world is changed between a journal and a timer that take it back.

`enact` does it for worlds that the controller reaches, `outpost` on a host for a controller that
is elsewhere: the same order of steps in both places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from controller.domains.world import LiveKernel, Operation
from controller.ports import Blocked, Unavailable, Worlds
from controller.ports.transactions import CommitTimer, Transactions
from controller.stories.broker import Record
from controller.stories.undo import undo

Result = TypeVar("Result")


class Means(Protocol):
    """What a transaction needs."""

    @property
    def worlds(self) -> Worlds:
        """Where what is to be undone is."""

    @property
    def transactions(self) -> Transactions:
        """The journal of inverses."""

    @property
    def timer(self) -> CommitTimer:
        """What undoes if nobody confirms."""


@dataclass(frozen=True, slots=True)
class Window:
    """A transaction's name, its world, and the seconds that it has until its confirmation."""

    transaction: str
    world: str
    confirm_within_s: float


def commit_confirmed(
    means: Means, window: Window, kernel: LiveKernel, act: Callable[[Record], Result]
) -> Result:
    """Do it, with a timer armed first and every inverse on disk. What fails is undone at once."""
    name = window.transaction
    means.transactions.begin(name, window.world, name, window.confirm_within_s)
    means.timer.arm(name, window.world, window.confirm_within_s)
    inverses: list[Operation] = []

    def record(operation: Operation, inverse: tuple[Operation, ...]) -> None:
        means.transactions.record(name, operation, inverse)
        inverses[:0] = inverse

    try:
        done = act(record)
        _leave(means, kernel, name, inverses)
    except (Unavailable, Blocked) as trouble:
        undo(means.worlds, means.transactions, name, trouble.reason)
        raise
    return done


def _leave(means: Means, kernel: LiveKernel, name: str, inverses: list[Operation]) -> None:
    """Keep what was left. If the transaction was undone meanwhile, undo the rest too."""
    if not means.transactions.leave(name, kernel.footprint(inverses)):
        undo(means.worlds, means.transactions, name, "it was undone while it ran", again=True)
