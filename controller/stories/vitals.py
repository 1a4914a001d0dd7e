"""Take vitals: numbers about a pass, main and the log, for whoever watches over time.

Called after every pass by the service.
"""

from __future__ import annotations

from collections import Counter

from controller.conductor.obligation import Gap
from controller.ports.vitals import Dominant, Vitals
from controller.stories.converge import Controller, PassResult
from controller.stories.drift import is_satisfied
from controller.stories.mainline import Main
from controller.stories.promote import standing


def take_vitals(controller: Controller, result: PassResult, pass_s: float, late_s: float) -> Vitals:
    """Look, after a pass. Raises `Blocked` where main cannot be read."""
    ledger = controller.hands.chronicle.ledger
    return Vitals(
        events=ledger.length,
        paused=ledger.pause is not None,
        pass_s=pass_s,
        late_s=late_s,
        actions=result.actions,
        troubles=result.troubles,
        needs_person=sum(1 for gap in result.gaps if gap.needs_person),
        gaps=_by_kind(result.gaps),
        drafts=Counter(draft.state for draft in ledger.drafts.values()),
        trials=Counter(trial.end or "open" for trial in ledger.trials.values()),
        drifted=sum(
            1
            for one in ledger.standing_demands()
            if one.drifted_at is not None and not is_satisfied(ledger, one)
        ),
        dominants=_dominants(controller, controller.main()),
    )


def _by_kind(gaps: tuple[Gap, ...]) -> Counter[str]:
    return Counter(gap.kind.value for gap in gaps)


def _dominants(controller: Controller, main: Main) -> tuple[Dominant, ...]:
    ledger = controller.hands.chronicle.ledger
    found: list[Dominant] = []
    for name, phenotype in main.genome.phenotypes.items():
        for expression in phenotype.expresses:
            for allele in main.genome.stack(name, expression.locus)[:1]:
                record = standing(main, ledger, name, expression.locus, allele.sha)
                found.append(
                    Dominant(
                        name, expression.locus, allele.short, record.fitness, record.invocations
                    )
                )
    return tuple(found)
