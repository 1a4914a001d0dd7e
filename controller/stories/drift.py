"""Drift: a satisfied demand whose world no longer shows it is a consistency gap.

Of a gene, the contract's executable `after:` sentences are judged again on the world as it is; of
a pathway or topology, a plan is made again, which must be empty. The demand then begins a new
round; the cool-down keeps two hands that undo each other from racing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from controller import limits
from controller.conductor.demand import subject_of
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.orchestration.difference import name_of_state
from controller.conductor.orchestration.run import Ending, RunRecord
from controller.domains.world import JsonObject
from controller.ports import ControllerError
from controller.stories.enact import Hands
from controller.stories.express import unmet
from controller.stories.look import look
from controller.stories.mainline import Main
from controller.stories.orchestrate import pathway_of
from controller.stories.plan import HostPlan, Subject, of_gene, plan
from controller.stories.rollout import is_elsewhere
from grammar.sg.composition import Pathway


def find_drift(hands: Hands, main: Main, now: datetime, *, hosts: bool = True) -> bool:
    """Record the drift of one demand; False if every satisfied demand still shows. Without `hosts`
    those are not looked at.

    Raises the trouble of a world that could not be seen, once all others were.
    """
    ledger = hands.chronicle.ledger
    looked = [
        record
        for record in ledger.standing_demands()
        if not record.demand.run
        and is_satisfied(hands.chronicle.ledger, record)
        and not _cooling(record, now)
        and (hosts or not is_elsewhere(record))
    ]
    observed = look(hands, (record.demand.world for record in looked))
    for record in looked:
        seen = observed[record.demand.world]
        if isinstance(seen, ControllerError):
            continue
        missing = _missing(hands, main, record, seen)
        if missing:
            _note(hands, record, missing)
            return True
    for seen in observed.values():
        if isinstance(seen, ControllerError):
            raise seen
    return False


def is_satisfied(ledger: Ledger, record: DemandRecord) -> bool:
    """True if what a demand asks for was done, and has not drifted since as far as is known."""
    run = ledger.latest_run(record)
    if run is not None:
        return run.ending == Ending.DONE
    trials = ledger.trials_of(record)
    return bool(trials) and trials[-1].end == "confirmed"


def _cooling(record: DemandRecord, now: datetime) -> bool:
    if record.drifted_at is None:
        return False
    return now - record.drifted_at < timedelta(seconds=limits.DRIFT_COOLDOWN_SECONDS)


def _missing(
    hands: Hands, main: Main, record: DemandRecord, observed: JsonObject
) -> tuple[str, ...]:
    run = hands.chronicle.ledger.latest_run(record)
    if run is not None:
        settled = hands.bench.domain.settled(observed)
        if name_of_state(settled) == run.settled:
            return ()
        return _told(drifted(hands, main, record, observed))
    contract = main.genome.loci.get(record.demand.locus)
    if contract is None:
        return ()
    trial = hands.chronicle.ledger.trials_of(record)[-1]
    values = {**trial.values, **trial.output}
    missing = unmet(hands.bench.domain, contract.after, values, observed, observed)
    return tuple(f"{judgement.sentence} — {judgement.detail}" for judgement in missing)


def drifted(hands: Hands, main: Main, record: DemandRecord, observed: JsonObject) -> HostPlan:
    """What doing again what a demand asks for would change: its drift, as a plan.

    What would fail in a shadow now is told of under `problems`.
    """
    demand, run = record.demand, hands.chronicle.ledger.latest_run(record)
    pathway = None if run is None else _still(main, run)
    if pathway is None:
        pathway = of_gene(main.genome.loci[demand.locus])
    subject = Subject(demand.world, demand.phenotype, pathway, demand.values, observed)
    (told,) = plan(hands.bench, main.genome, (subject,), main.config.plan.ignore)
    return told


def _still(main: Main, run: RunRecord) -> Pathway | None:
    """What a run followed, as main has it now."""
    if not run.text and run.name not in main.genome.pathways:
        return None
    return pathway_of(main, run)


def satisfied(hands: Hands, main: Main, name: str | None) -> tuple[DemandRecord, ...]:
    """The standing demands, all or those of a name, that were met."""
    return tuple(
        record
        for record in hands.chronicle.ledger.standing_demands()
        if not record.demand.run
        and name in (None, record.demand.locus)
        and is_satisfied(hands.chronicle.ledger, record)
        and (record.demand.locus in main.genome.loci or record.runs)
    )


def note_drift(hands: Hands, record: DemandRecord, told: HostPlan) -> None:
    """Record what a demand has drifted by; a pass mends it."""
    _note(hands, record, _told(told))


def _told(one: HostPlan) -> tuple[str, ...]:
    """What has drifted, a change or a problem a line."""
    return (*(f"{p.change.kind.value} {p.change.path}" for p in one.changes), *one.problems)


def _note(hands: Hands, record: DemandRecord, missing: Sequence[str]) -> None:
    hands.chronicle.record(
        "drift.observed",
        subject_of(*record.demand.about),
        {"demand": record.demand.id, "missing": [*missing]},
        record.latest_event,
    )
