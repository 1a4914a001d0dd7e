"""Undo: a transaction is taken back, by whoever finds first that it must be.

The controller undoes what failed, what was cut short and what nobody wants any more; the timer
(`rescue`) undoes what nobody confirmed in time. Both come here, one at a time, and whatever one
of them left half done the next one finishes: the journal says what had been decided, and an
undoing that is done again does only what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from controller.ports import ControllerError, Worlds
from controller.ports.transactions import (
    BUILT_ON,
    UNCONFIRMED,
    OpenTransaction,
    Transactions,
    Undoing,
    Undone,
)


def undo(
    worlds: Worlds,
    transactions: Transactions,
    transaction: str,
    reason: str,
    *,
    again: bool = False,
) -> Undone:
    """Take a transaction back and read back whether all is as it was; nothing if it is gone.

    With `again` also one that was undone: its gene may have gone on after that. Raises
    `Unavailable` when the world is out of reach, or the journal: then it stays open.
    """
    with transactions.alone():
        opened = transactions.find(transaction)
        if opened is None:
            return Undone(reason)
        if opened.undone is not None and not again:
            return opened.undone
        return _undo(worlds, transactions, opened, reason)


def _undo(
    worlds: Worlds, transactions: Transactions, opened: OpenTransaction, reason: str
) -> Undone:
    kernel = worlds.undoing(opened.world)
    begun = opened.undoing
    if begun is None:
        left = opened.left
        spared = () if left is None else kernel.disturbed(opened.inverses, left)
        begun = Undoing(reason, spared)
        transactions.undoing(opened.id, begun)
    problems = kernel.undo(opened.inverses, begun.spared)
    told = (f"{item} was changed by somebody else, and stays" for item in begun.spared)
    ended = Undone(begun.reason, (*problems, *told))
    transactions.undone(opened.id, ended)
    return ended


def overdue(opened: Sequence[OpenTransaction]) -> dict[str, str]:
    """Why each transaction is to be undone by now, by its name, the latest first.

    Whatever was begun in a world after one whose time is over may build on what that did, as a
    run's tasks do on each other, and goes with it: undone alone, the older would have to spare what
    the later one left. `opened` are all of a journal, oldest first.
    """
    found: dict[str, str] = {}
    late: set[str] = set()
    for one in opened:
        if one.undone is None and one.due_in_s <= 0:
            late.add(one.world)
            found[one.id] = UNCONFIRMED
        elif one.undone is None and one.world in late:
            found[one.id] = BUILT_ON
    return dict(reversed(found.items()))


def undo_overdue(
    worlds: Worlds, transactions: Transactions, why: Callable[[], str] = lambda: UNCONFIRMED
) -> tuple[tuple[str, Undone | ControllerError], ...]:
    """Undo all that is overdue; what became of each, by its name.

    `why` is asked before the first is undone, which may be what lets this machine be heard again.
    """
    due = overdue(transactions.open())
    late = why() if due else UNCONFIRMED
    return tuple(
        (name, _outcome(worlds, transactions, name, late if reason == UNCONFIRMED else reason))
        for name, reason in due.items()
    )


def _outcome(
    worlds: Worlds, transactions: Transactions, transaction: str, reason: str
) -> Undone | ControllerError:
    try:
        return undo(worlds, transactions, transaction, reason)
    except ControllerError as trouble:
        return trouble
