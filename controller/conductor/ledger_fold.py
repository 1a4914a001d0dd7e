"""The ledger as a fold whose states can be stored: `history.fold.Fold` for `Ledger`.

Followed by the chronicle. A dump is MessagePack of the ledger's dataclasses, field by field, so
`LedgerFold.version` grows with every change of a field here, in a trial or in a demand, and of
what an event does to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from controller.arena.trial import Report, Trial
from controller.conductor.attempts import Attempt, Attempts, Handed
from controller.conductor.brake import Pause
from controller.conductor.breakers import Charge, Spending
from controller.conductor.demand import Demand
from controller.conductor.ledger import DemandRecord, DraftRecord, Hold, Ledger
from controller.conductor.orchestration.fleet import FleetRecord
from controller.conductor.orchestration.run import RunRecord
from controller.conductor.rollout import Rollout
from controller.history.event import Event
from controller.history.fold import Unloadable

_Fields = dict[str, Any]


class LedgerFold:
    """Events in, `Ledger` out."""

    name: Final = "ledger"
    version: Final = 13

    def initial(self) -> Ledger:
        """A ledger of no events."""
        return Ledger()

    def step(self, state: Ledger, events: Iterable[Event]) -> Ledger:
        """The same ledger, brought up to date."""
        state.apply(events)
        return state

    def dump(self, state: Ledger) -> bytes:
        """MessagePack."""
        return msgspec.msgpack.encode(state)

    def load(self, data: bytes) -> Ledger:
        """The ledger of a dump. Raises `Unloadable`."""
        try:
            return _ledger(msgspec.msgpack.decode(data))
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise Unloadable(f"not a ledger: {error}") from error


LEDGER: Final = LedgerFold()


def _ledger(fields: _Fields) -> Ledger:
    return Ledger(
        **{
            **fields,
            "demands": {name: _demand(found) for name, found in fields["demands"].items()},
            "trials": {name: _trial(found) for name, found in fields["trials"].items()},
            "drafts": {name: DraftRecord(**found) for name, found in fields["drafts"].items()},
            "retired": [DraftRecord(**found) for found in fields["retired"]],
            "fleets": {name: FleetRecord(**found) for name, found in fields["fleets"].items()},
            "runs": {name: RunRecord(**found) for name, found in fields["runs"].items()},
            "attempts": _attempts(fields["attempts"]),
            "spending": _spending(fields["spending"]),
            "rollouts": {name: Rollout(**found) for name, found in fields["rollouts"].items()},
            "hold": None if fields["hold"] is None else Hold(**fields["hold"]),
            "pause": None if fields["pause"] is None else Pause(**fields["pause"]),
        }
    )


def _attempts(fields: _Fields) -> Attempts:
    tried = {gap: [Attempt(**one) for one in made] for gap, made in fields["tried"].items()}
    handed = {
        gap: Handed(**{**one, "tiers": tuple(one["tiers"])})
        for gap, one in fields["handed"].items()
    }
    return Attempts(tried, handed)


def _spending(fields: _Fields) -> Spending:
    charges = {name: Charge(**one) for name, one in fields["charges"].items()}
    return Spending(charges, fields["told"])


def _demand(fields: _Fields) -> DemandRecord:
    searches = [(tuple(stack), found) for stack, found in fields["searches"]]
    return DemandRecord(**{**fields, "demand": Demand(**fields["demand"]), "searches": searches})


def _trial(fields: _Fields) -> Trial:
    reports = tuple(_report(found) for found in fields["reports"])
    return Trial(**{**fields, "stack": tuple(fields["stack"]), "reports": reports})


def _report(fields: _Fields) -> Report:
    return Report(**{**fields, "facets": frozenset(fields["facets"])})
