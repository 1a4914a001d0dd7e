"""Drift: a satisfied demand whose world no longer shows it is a consistency gap.

The contract's executable `after:` sentences are judged again on the world as it is. The demand
then begins a new round; the cool-down keeps two hands that undo each other from racing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from controller import limits
from controller.conductor.demand import subject_of
from controller.conductor.ledger import DemandRecord
from controller.domains.world import JsonObject
from controller.ports import ControllerError
from controller.stories.enact import Hands
from controller.stories.express import unmet
from controller.stories.mainline import Main


def find_drift(hands: Hands, main: Main, now: datetime) -> bool:
    """Record the drift of one demand; False if every satisfied demand still shows.

    Raises the trouble of a world that could not be seen, once all others were.
    """
    ledger = hands.chronicle.ledger
    looked = [r for r in ledger.standing_demands() if _satisfied(hands, r) and not _cooling(r, now)]
    observed = _observed(hands, sorted({record.demand.world for record in looked}))
    for record in looked:
        seen = observed[record.demand.world]
        if isinstance(seen, ControllerError):
            continue
        missing = _missing(hands, main, record, seen)
        if missing:
            hands.chronicle.record(
                "drift.observed",
                subject_of(*record.demand.about),
                {"demand": record.demand.id, "missing": list(missing)},
                record.latest_event,
            )
            return True
    for seen in observed.values():
        if isinstance(seen, ControllerError):
            raise seen
    return False


def _observed(hands: Hands, worlds: Sequence[str]) -> dict[str, JsonObject | ControllerError]:
    """Each world as it is, or why nobody can tell."""
    found: dict[str, JsonObject | ControllerError] = {}

    def observe(world: str) -> bool:
        found[world] = hands.worlds.kernel(world).observe()
        return True

    outcomes = hands.journeys.together([partial(observe, world) for world in worlds])
    for world, outcome in zip(worlds, outcomes, strict=True):
        if isinstance(outcome, ControllerError):
            found[world] = outcome
    return found


def _satisfied(hands: Hands, record: DemandRecord) -> bool:
    trials = hands.chronicle.ledger.trials_of(record)
    return bool(trials) and trials[-1].end == "confirmed"


def _cooling(record: DemandRecord, now: datetime) -> bool:
    if record.drifted_at is None:
        return False
    return now - record.drifted_at < timedelta(seconds=limits.DRIFT_COOLDOWN_SECONDS)


def _missing(
    hands: Hands, main: Main, record: DemandRecord, observed: JsonObject
) -> tuple[str, ...]:
    contract = main.genome.loci.get(record.demand.locus)
    if contract is None:
        return ()
    trial = hands.chronicle.ledger.trials_of(record)[-1]
    values = {**trial.values, **trial.output}
    missing = unmet(hands.bench.domain, contract.after, values, observed, observed)
    return tuple(f"{judgement.sentence} — {judgement.detail}" for judgement in missing)
