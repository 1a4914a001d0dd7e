"""What changing a live world asks of the disk: inverses that outlive whoever performs.

Answered by `adapters.transaction_journal` and, for the timer, by `adapters.host_timer`. The
controller and the timer read the same journal; `alone` keeps them apart while one of them undoes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from controller.domains.world import JsonObject, Operation

UNCONFIRMED: Final = "nobody confirmed it in time"
"""Why a timer undoes. Whoever was to confirm was late: it says nothing of what was changed."""
UNHEARD: Final = "nobody confirmed it in time, nor heard what was said from here"
"""Why it does on a host whose connections get no answer: the change has cut it off."""
BUILT_ON: Final = "nobody confirmed in time what was done there before it"
"""Why it undoes what came later in the same world as well."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """An undoing that has begun, why, and what it leaves alone since somebody else changed it."""

    reason: str
    spared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """An undoing that has ended: why it was begun, and what is not as it was, in words."""

    reason: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """A transaction that nobody has confirmed or taken note of.

    `inverses` undo its `operations`, the last one's first. `left` is what the gene left, as a
    footprint of the world; None if nobody got to write it down. `due_in_s` seconds remain for
    confirming it, 0 at the least.
    """

    id: str
    world: str
    trial: str
    operations: int
    inverses: tuple[Operation, ...]
    due_in_s: float
    left: JsonObject | None = None
    undoing: Undoing | None = None
    undone: Undone | None = None


class Transactions(Protocol):
    """The journal of inverses on disk. What is refused or fails there must not be performed."""

    def begin(self, transaction: str, world: str, trial: str, confirm_within_s: float) -> None:
        """Open a transaction, durably. It is to be confirmed within so many seconds."""

    def record(self, transaction: str, operation: Operation, inverse: Sequence[Operation]) -> None:
        """Make an operation's inverse durable. Called before the operation is performed.

        Raises `Blocked` for a transaction that is not open, or that somebody is undoing.
        """

    def leave(self, transaction: str, footprint: JsonObject) -> bool:
        """Keep what the gene left. False if somebody has begun to undo it meanwhile."""

    def confirm(self, transaction: str) -> bool:
        """The change stays: forget the inverses. False if somebody has begun to undo it."""

    def undoing(self, transaction: str, undoing: Undoing) -> None:
        """Keep that an undoing has begun: from now on nobody may confirm or go on."""

    def undone(self, transaction: str, undone: Undone) -> None:
        """Keep how it ended, until `forget`."""

    def forget(self, transaction: str) -> None:
        """Whoever had to know of the end knows it. Harmless when repeated."""

    def open(self) -> tuple[OpenTransaction, ...]:
        """All transactions that can be read, oldest first."""

    def find(self, transaction: str) -> OpenTransaction | None:
        """The one of that name; None if it is gone, or cannot be read."""

    def damaged(self) -> tuple[str, ...]:
        """What is there and cannot be read, or belongs to another machine: a line for each."""

    def alone(self) -> AbstractContextManager[None]:
        """While it is held, nobody else undoes. Raises `Unavailable` when it takes too long."""


class CommitTimer(Protocol):
    """Undoes a transaction that nobody confirms in time, whatever becomes of the controller."""

    def arm(self, transaction: str, world: str, confirm_within_s: float) -> None:
        """Return when the timer runs. Raises `Unavailable` if there can be none."""

    def disarm(self, transaction: str) -> None:
        """The transaction has ended. A timer that stays finds nothing to do."""
