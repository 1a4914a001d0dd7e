"""Endure: does a change still hold, hours and days later? The third timescale of a fitness.

The diagnostics of a confirmed trial are asked again at `limits.RESILIENCE_HOURS`. What is due is
read off the log, so that a restart or a reboot forgets nothing; a controller that was away looks
once when it is back. A change that does not hold loses its allele the resilience part of that
trial, and its demand begins a new round, as after any drift.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from controller.arena.trial import Trial
from controller.conductor.demand import subject_of
from controller.conductor.ledger import DemandRecord
from controller.conductor.obligation import endurance_due
from controller.stories.enact import Hands, verify
from controller.stories.mainline import Main
from grammar.sg.nodes import Timescale


def check_endurance(hands: Hands, main: Main, now: datetime) -> bool:
    """Look again at one change that is due; False if none is."""
    for record in hands.chronicle.ledger.standing_demands():
        trial = _latest(hands, record)
        contract = main.genome.loci.get(record.demand.locus)
        if trial is None or contract is None:
            continue
        due = endurance_due(trial, contract, _watch(hands, main, trial))
        if due is not None and due <= now:
            if not verify(hands, main.genome, trial, Timescale.RESILIENCE):
                _begin_again(hands, record)
            return True
    return False


def _watch(hands: Hands, main: Main, trial: Trial) -> timedelta | None:
    """How soon a change of a healthy fleet is looked at first."""
    rollout = hands.chronicle.ledger.rollout(trial.phenotype, trial.locus)
    if rollout is None or trial.id not in rollout.trials:
        return None
    return timedelta(seconds=main.config.rollout.watch_seconds)


def _latest(hands: Hands, record: DemandRecord) -> Trial | None:
    trials = hands.chronicle.ledger.trials_of(record)
    return trials[-1] if trials else None


def _begin_again(hands: Hands, record: DemandRecord) -> None:
    hands.chronicle.record(
        "drift.observed",
        subject_of(*record.demand.about),
        {"demand": record.demand.id, "missing": ["its diagnostics found it unhealthy later on"]},
        record.latest_event,
    )
