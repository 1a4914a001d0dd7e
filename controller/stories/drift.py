"""Drift: a satisfied demand whose world no longer shows it is a consistency gap.

The contract's executable `after:` sentences are judged again on the world as it is. The demand
then begins a new round; the cool-down keeps two hands that undo each other from racing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from controller import limits
from controller.conductor.demand import subject_of
from controller.conductor.ledger import DemandRecord
from controller.domains.world import JsonObject
from controller.stories.enact import Hands
from controller.stories.express import unmet
from controller.stories.mainline import Main


def find_drift(hands: Hands, main: Main, now: datetime) -> bool:
    """Record the drift of one demand; False if every satisfied demand still shows."""
    observed: dict[str, JsonObject] = {}
    for record in hands.chronicle.ledger.standing_demands():
        if record.demand.run or not _satisfied(hands, record) or _cooling(record, now):
            continue
        world = record.demand.world
        if world not in observed:
            observed[world] = hands.worlds.kernel(world).observe()
        missing = _missing(hands, main, record, observed[world])
        if missing:
            hands.chronicle.record(
                "drift.observed",
                subject_of(*record.demand.about),
                {"demand": record.demand.id, "missing": list(missing)},
                record.latest_event,
            )
            return True
    return False


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
