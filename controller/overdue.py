"""Overdue: undoes what nobody has confirmed in time, once or for as long as there is something.

Called by `rescue` beside a clone, and by `outpost` on a host that genes were sent to. Both hand
in their way to reach worlds. It takes no part in deciding: it calls the same story as the
controller, over the same journal, and the controller that comes back finds there what happened.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

from controller import limits
from controller.adapters.transaction_journal import TRANSACTIONS, TransactionJournal
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


def see_to_deadlines(
    arguments: list[str], open_worlds: Open, why: Why = _unconfirmed
) -> int | None:
    """`STATE` undoes once, `STATE --watch` goes into the background; None for anything else.

    The exit status: 0 if all that was overdue is undone, or somebody watches.
    """
    state = Path(arguments[0]) if arguments else None
    if state is None or not state.is_dir() or arguments[1:] not in ([], ["--watch"]):
        return None
    if arguments[1:]:
        return _go_into_background(state, open_worlds, why)
    return 1 if _undo_once(state, TransactionJournal(state / TRANSACTIONS), open_worlds, why) else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _undo_once(state: Path, journal: TransactionJournal, open_worlds: Open, why: Why) -> int:
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


def _go_into_background(state: Path, open_worlds: Open, why: Why) -> int:
    """Return when a child watches, or another process does."""
    journal = TransactionJournal(state / TRANSACTIONS)
    deadline = time.monotonic() + limits.WATCHDOG_POLL_SECONDS
    while True:
        with journal.watching() as ours:
            if ours:
                if os.fork() == 0:
                    _watch(state, journal, open_worlds, why)
                return 0
        if time.monotonic() > deadline:
            return 0
        time.sleep(limits.UNDO_LOCK_POLL_SECONDS)  # whoever only looks lets go at once


def _watch(state: Path, journal: TransactionJournal, open_worlds: Open, why: Why) -> None:
    """See to deadlines until there has been nothing to see to for a while. Never returns."""
    busy_at = well_at = time.monotonic()
    while journal.directory.is_dir():
        now = time.monotonic()
        try:
            if _undo_once(state, journal, open_worlds, why) == 0:
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
