"""Overdue: undoes what nobody has confirmed in time, once or for as long as there is something.

`rescue` does it beside a clone, and `outpost` on a host that genes were sent to. Both hand in their
way to reach worlds. It takes no part in deciding: it calls the same story as the
controller, over the same journal, and the controller that comes back finds there what happened.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn, Protocol

from controller import limits
from controller.adapters.transaction_journal import TransactionJournal
from controller.adapters.watch import TRANSACTIONS
from controller.ports import ControllerError, Worlds
from controller.ports.transactions import UNCONFIRMED
from controller.stories.undo import undo_overdue


class ClosingWorlds(Worlds, Protocol):
    """Worlds that are opened for one look and closed after it."""

    def close(self) -> None:
        """Let go of every kernel."""


Open = Callable[[Path], ClosingWorlds]
"""How the worlds of a journal are reached, given the directory that it is kept in."""


Why = Callable[[], str]
"""Why nobody confirmed, as far as this machine can tell; asked before anything is undone."""


def _unconfirmed() -> str:
    return UNCONFIRMED


def undo_once(state: Path, open_worlds: Open, why: Why = _unconfirmed) -> int:
    """Undo what is overdue now. The exit status: 0 if nothing of it is left."""
    return 1 if _undo(state, TransactionJournal(state / TRANSACTIONS), open_worlds, why) else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _undo(state: Path, journal: TransactionJournal, open_worlds: Open, why: Why) -> int:
    """Undo what is overdue; the number of transactions for which that could not be done."""
    with closing(open_worlds(state)) as worlds:
        outcomes = undo_overdue(worlds, journal, why)
    failed = 0
    for transaction, outcome in outcomes:
        if isinstance(outcome, ControllerError):
            failed += 1
            _say(f"{transaction}: {outcome.reason}")
        else:
            told = "; ".join(outcome.problems) or "all is as it was"
            _say(f"{transaction}: undone, since {outcome.reason}; {told}")
    return failed


def watch(state: Path, open_worlds: Open, why: Why = _unconfirmed) -> NoReturn:
    """See to deadlines until there has been nothing to see to for a while.

    Called in the child of `adapters.watch.in_background`, which nobody else can be beside.
    """
    journal = TransactionJournal(state / TRANSACTIONS)
    busy_at = well_at = time.monotonic()
    while journal.directory.is_dir():
        now = time.monotonic()
        try:
            if _undo(state, journal, open_worlds, why) == 0:
                well_at = now
            with journal.quiet() as quiet:
                if not quiet:
                    busy_at = now
                elif now - busy_at > limits.WATCHDOG_IDLE_SECONDS:
                    os._exit(0)  # with both locks: whoever begins now finds nobody watching
        except ControllerError as trouble:
            _say(trouble.reason)
        if now - well_at > limits.WATCHDOG_PATIENCE_SECONDS:
            break
        time.sleep(limits.WATCHDOG_POLL_SECONDS)
    os._exit(1)
