"""Recover: what a killed controller left behind is finished or undone, before anything new.

A transaction is left open on purpose only while its trial waits for its diagnostics, and only
until its time is over. Any other open one is half a change: of a gene that was cut short, of a
demand that a newer one replaced, of a trial that had ended when the process died before it could
forget the inverses. One that its timer has undone is told to the log. And a trial that the log has
open, of a demand that was replaced, may have no transaction any more, or never had one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from controller.arena.trial import Trial
from controller.conductor.ledger import Ledger
from controller.ports import Blocked, ControllerError, Repository, Unavailable
from controller.ports.outposts import HOST
from controller.ports.transactions import OpenTransaction
from controller.stories.enact import Hands, confirm, note_undone, roll_back
from controller.stories.undo import overdue, undo


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
    waiting = hands.transactions.open()
    due = overdue(waiting)
    for opened in reversed([one for one in waiting if not one.world.startswith(HOST)]):
        try:
            _recover_one(hands, ledger, opened, standing, due)
        except (Unavailable, Blocked) as trouble:
            troubles.append(trouble)
    troubles += _recover_hosts(hands, ledger, waiting, standing, due)
    if not troubles:
        _close_others(hands, ledger, {opened.trial for opened in waiting} | standing)
    return tuple(troubles)


def _recover_hosts(
    hands: Hands,
    ledger: Ledger,
    waiting: Sequence[OpenTransaction],
    standing: set[str],
    due: Mapping[str, str],
) -> list[ControllerError]:
    """The same for what is open on hosts: the latest of each first, all hosts at a time."""
    by_host: dict[str, list[OpenTransaction]] = {}
    for opened in reversed(waiting):
        if opened.world.startswith(HOST):
            by_host.setdefault(opened.world, []).append(opened)

    def recover_host(several: list[OpenTransaction]) -> bool:
        for opened in several:
            _recover_one(hands, ledger, opened, standing, due)
        return True

    outcomes = hands.journeys.together([partial(recover_host, one) for one in by_host.values()])
    troubles = [outcome for outcome in outcomes if isinstance(outcome, ControllerError)]
    for trouble in troubles:
        if not isinstance(trouble, Unavailable | Blocked):
            raise trouble
    return troubles


def _close_others(hands: Hands, ledger: Ledger, known: set[str]) -> None:
    """Close trials of replaced demands that have no transaction, where all of those can be read.

    An undone transaction stays until the log knows of it: one that is gone was confirmed, if its
    trial had come to an end and nothing was wrong with it, or had never begun.
    """
    for trial in [*ledger.trials.values()]:
        if trial.end is None and known.isdisjoint((trial.id, trial.demand)):
            if trial.immediate and not trial.failed:
                confirm(hands, trial)
            else:
                roll_back(hands, trial, "a newer demand took the place of its own")


def _recover_one(
    hands: Hands,
    ledger: Ledger,
    opened: OpenTransaction,
    standing: set[str],
    due: Mapping[str, str],
) -> None:
    trial = ledger.trials.get(opened.trial)
    if trial is not None and trial.end == "confirmed":
        hands.transactions.confirm(opened.id)
    elif trial is None or trial.end is not None:
        undo(hands.worlds, hands.transactions, opened.id, "no trial knows of it")
        hands.transactions.forget(opened.id)
    elif opened.undone is not None:
        note_undone(hands, trial, opened.undone)
    else:
        reason = _reason(opened, trial, standing) or due.get(opened.id)
        if reason is not None:
            roll_back(hands, trial, reason)


def _reason(opened: OpenTransaction, trial: Trial, standing: set[str]) -> str | None:
    """Why an open transaction must not stay; None if its trial waits to be judged."""
    if opened.undoing is not None:
        return opened.undoing.reason
    if trial.immediate is None:
        return "its expression was cut short"
    if trial.demand not in standing:
        return "a newer demand took the place of its own"
    return None
