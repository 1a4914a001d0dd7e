"""Recover: what a killed controller left behind is finished or undone, before anything new.

A transaction is left open on purpose only while its trial waits for its diagnostics, and only
until its time is over. Any other open one is half a change: of a gene that was cut short, of a
demand that a newer one replaced, of a trial that had ended when the process died before it could
forget the inverses. One that its timer has undone is told to the log.
"""

from __future__ import annotations

from functools import partial

from controller.arena.trial import Trial
from controller.conductor.ledger import Ledger
from controller.ports import Blocked, ControllerError, Repository, Unavailable
from controller.ports.transactions import OpenTransaction
from controller.stories.enact import Hands, note_undone, roll_back
from controller.stories.undo import UNCONFIRMED, undo


def recover(hands: Hands, repository: Repository) -> tuple[ControllerError, ...]:
    """Undo or forget what is open without a reason.

    What is out of reach, or cannot be read, is left for later and returned.
    """
    repository.recover()
    ledger = hands.chronicle.ledger
    standing = {record.demand.id for record in ledger.standing_demands()}
    troubles: list[ControllerError] = [
        Blocked(f"a transaction cannot be undone: {wrong}")
        for wrong in hands.transactions.damaged()
    ]
    tasks = [
        partial(_recover_one, hands, ledger, opened, standing)
        for opened in hands.transactions.open()
    ]
    for outcome in hands.journeys.together(tasks):
        if isinstance(outcome, Unavailable | Blocked):
            troubles.append(outcome)
        elif isinstance(outcome, ControllerError):
            raise outcome
    return tuple(troubles)


def _recover_one(hands: Hands, ledger: Ledger, opened: OpenTransaction, standing: set[str]) -> bool:
    """True if nothing of it is open any more."""
    trial = ledger.trials.get(opened.trial)
    if trial is not None and trial.end == "confirmed":
        hands.transactions.confirm(opened.id)
    elif trial is None or trial.end is not None:
        undo(hands.worlds, hands.transactions, opened.id, "no trial knows of it")
        hands.transactions.forget(opened.id)
    elif opened.undone is not None:
        note_undone(hands, trial, opened.undone)
    else:
        reason = _reason(opened, trial, standing)
        if reason is None:
            return False
        roll_back(hands, trial, reason)
    return True


def _reason(opened: OpenTransaction, trial: Trial, standing: set[str]) -> str | None:
    """Why an open transaction must not stay; None if its trial waits to be judged."""
    if opened.undoing is not None:
        return opened.undoing.reason
    if trial.immediate is None:
        return "its expression was cut short"
    if trial.demand not in standing:
        return "a newer demand took the place of its own"
    if opened.due_in_s <= 0:
        return UNCONFIRMED
    return None
