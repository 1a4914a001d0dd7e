"""Survey: what is missing of each standing demand, and what would be done about it next.

Acts on nothing. Called by the pass, for its result and for what precedes drafts, and by whoever
tells of gaps.
"""

from __future__ import annotations

from datetime import datetime

from controller.conductor.ledger import DemandRecord
from controller.conductor.obligation import Gap
from controller.conductor.triage import Action, Wait, triage
from controller.genome.composite import locus_of
from controller.stories.advance import situation_of
from controller.stories.intend import intent_gap, is_intent
from controller.stories.mainline import Main
from controller.stories.merge import Membrane
from controller.stories.orchestrate import Earlier, is_composed, run_gap
from controller.stories.rollout import held_gap, holds
from controller.stories.stage_runs import Turns, stopped_by, with_stop

Found = tuple[Gap | None, Action]
"""The gap of a demand, if it has one, and the next step towards closing it."""


def survey(
    membrane: Membrane, main: Main, earlier: Earlier, staged: Turns, now: datetime
) -> list[Found]:
    """One entry for each standing demand about which main has something to say."""
    ledger = membrane.chronicle.ledger
    held = holds(main, ledger, ledger.standing_demands())
    found = (
        _waiting(record, held.get(record.demand.id), staged)
        or _standing(membrane, main, earlier, record, staged, now)
        for record in ledger.standing_demands()
    )
    return [one for one in found if one is not None]


def _waiting(record: DemandRecord, reason: str | None, staged: Turns) -> Found | None:
    """What waits for others of its fleet."""
    if reason is not None:
        return held_gap(record, reason), Wait()
    turn = staged.get(record.demand.id)
    if turn is not None and turn.reason:
        return held_gap(record, turn.reason, person=turn.stopped), Wait()
    return None


def _standing(
    membrane: Membrane,
    main: Main,
    earlier: Earlier,
    record: DemandRecord,
    staged: Turns,
    now: datetime,
) -> Found | None:
    ledger, locus = membrane.chronicle.ledger, record.demand.locus
    if is_intent(record):
        missing, wait = intent_gap(ledger, main, earlier, record, now)
        return with_stop(missing, stopped_by(ledger, record, staged)), wait
    if not record.demand.run and is_composed(main.genome, locus):
        return run_gap(ledger, main, earlier, record, now)
    if locus_of(main.genome, locus) is None:
        return None
    gap, action = triage(situation_of(membrane, main, ledger, record, now), ledger, now)
    # a task's gap is its run's, which tells of it
    return None if record.demand.run else gap, action
