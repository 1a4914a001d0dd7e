"""Endure: does a change still hold, hours and days later? The third timescale of a fitness.

The diagnostics of a confirmed trial are asked again at `limits.RESILIENCE_HOURS`. What is due is
read off the log, so that a restart or a reboot forgets nothing; a controller that was away looks
once when it is back. A change that does not hold loses its allele the resilience part of that
trial, and its demand begins a new round, as after any drift.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from controller.arena.trial import Trial
from controller.conductor.demand import subject_of
from controller.conductor.ledger import DemandRecord
from controller.conductor.obligation import endurance_due
from controller.ports import ControllerError
from controller.ports.outposts import HOST
from controller.stories.enact import Hands, verify
from controller.stories.mainline import Main
from grammar.sg.nodes import Timescale


def check_endurance(hands: Hands, main: Main, now: datetime) -> bool:
    """Look again at what was due `now`: at all hosts at once, or at one other change.

    False if nothing was. A pass gives the moment of its own beginning, so that it comes to an end.

    Raises the trouble of a host that could not be asked, once all others were.
    """
    due = [
        (record, trial)
        for record in hands.chronicle.ledger.standing_demands()
        if (trial := _due(hands, main, record, now)) is not None
    ]
    if not due:
        return False
    elsewhere = [one for one in due if one[1].world.startswith(HOST)]
    tasks = [partial(_look, hands, main, *one) for one in elsewhere or due[:1]]
    outcomes = hands.journeys.together(tasks) if elsewhere else [task() for task in tasks]
    troubles = [outcome for outcome in outcomes if isinstance(outcome, ControllerError)]
    if len(troubles) == len(outcomes):
        raise troubles[0]
    return True


def _due(hands: Hands, main: Main, record: DemandRecord, now: datetime) -> Trial | None:
    """The trial of a demand that is to be looked at now."""
    trial = _latest(hands, record)
    contract = main.genome.loci.get(record.demand.locus)
    if trial is None or contract is None:
        return None
    due = endurance_due(trial, contract, _watch(hands, main, trial))
    return trial if due is not None and due <= now else None


def _look(hands: Hands, main: Main, record: DemandRecord, trial: Trial) -> bool:
    if not verify(hands, main.genome, trial, Timescale.RESILIENCE):
        _begin_again(hands, record)
    return True


def _watch(hands: Hands, main: Main, trial: Trial) -> timedelta | None:
    """How often a change of a healthy fleet is looked at in its first hour."""
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
