"""Recover: what a killed controller left behind is finished or undone, before anything new.

A transaction is left open on purpose only while its trial waits for its diagnostics. Any other
open one is half a change: of a gene that was cut short, of a demand that a newer one replaced,
of a trial that had ended when the process died before it could forget the inverses.
"""

from __future__ import annotations

from controller.ports import Repository, Unavailable
from controller.stories.enact import Hands, roll_back, undo


def recover(hands: Hands, repository: Repository) -> None:
    """Undo or forget what is open without a reason. Worlds out of reach are left for later."""
    repository.recover()
    ledger = hands.chronicle.ledger
    standing = {record.demand.id for record in ledger.standing_demands()}
    for opened in reversed(hands.transactions.open()):
        trial = ledger.trials.get(opened.trial)
        try:
            if trial is None or trial.end in ("rolled_back", "interrupted"):
                undo(hands, opened)
            elif trial.end == "confirmed":
                hands.transactions.confirm(opened.id)
            elif trial.immediate is None or trial.demand not in standing:
                roll_back(hands, trial, interrupted=trial.immediate is None)
        except Unavailable:
            continue
