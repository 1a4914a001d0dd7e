"""Ordeals: would a change survive the long run? Tried on shadows of the world that it left.

`express --ordeals` asks. Each of the domain's ordeals has a shadow of its own, in which time is
virtual, and ends in the diagnostics of the contract. The judgement is the trial's resilience, in
the twin.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.arena.trial import Trial
from controller.domains.world import (
    JsonObject,
    Operation,
    OperationRefused,
    Ordeal,
    Reboot,
    Renewal,
    TwinKernel,
)
from controller.genome.genome import Genome
from controller.genome.locus import with_defaults
from controller.ports import Unavailable
from controller.stories.diagnose import diagnose
from controller.stories.enact import Hands
from grammar.sg.nodes import Timescale

TWIN = "twin"


@dataclass(frozen=True, slots=True)
class Undergone:
    """What an ordeal came to. `healthy` is None where it was not tried; `detail` says why."""

    title: str
    healthy: bool | None
    detail: str

    def as_json(self) -> JsonObject:
        """The same as plain JSON."""
        return {"ordeal": self.title, "healthy": self.healthy, "detail": self.detail}


def undergo(hands: Hands, genome: Genome, trial: Trial) -> tuple[Undergone, ...]:
    """Try all ordeals on what a trial left, and record the judgement if any could be tried.

    Raises `Unavailable` where there is no twin.
    """
    if hands.shadows is None:
        raise Unavailable("nothing here makes shadows on a real kernel")
    observed = hands.worlds.kernel(trial.world).observe()
    undergone: list[Undergone] = []
    for ordeal in hands.bench.domain.ordeals(observed):
        if ordeal.impossible is not None:
            undergone.append(Undergone(ordeal.title, None, ordeal.impossible))
            continue
        with hands.shadows.shadow(observed) as shadow:
            undergone.append(_undergone(hands, genome, trial, ordeal, shadow))
    tried = [one.healthy for one in undergone if one.healthy is not None]
    if tried:
        hands.chronicle.record(
            "trial.judged",
            trial.allele[:12],
            {
                "trial": trial.id,
                "timescale": Timescale.RESILIENCE.value,
                "healthy": all(tried),
                "world": TWIN,
                "ordeals": [one.as_json() for one in undergone],
            },
            trial.last_event,
        )
    return tuple(undergone)


def _take(shadow: TwinKernel, step: Operation | float | Reboot | Renewal) -> tuple[str, ...]:
    """What is lost by it, in words. Of a reboot the diagnostics tell."""
    match step:
        case float():
            shadow.advance(step)
        case Reboot():
            shadow.reboot()
        case Renewal(thing):
            return shadow.renew(thing)
        case Operation():
            shadow.perform(step)
    return ()


def _undergone(
    hands: Hands, genome: Genome, trial: Trial, ordeal: Ordeal, shadow: TwinKernel
) -> Undergone:
    lost: list[str] = []
    try:
        for step in ordeal.steps:
            lost += _take(shadow, step)
    except OperationRefused as refused:
        return Undergone(ordeal.title, False, refused.reason)
    if lost:
        return Undergone(ordeal.title, False, "; ".join(lost))
    contract = genome.loci[trial.locus]
    values = with_defaults(contract, trial.values)
    findings = diagnose(hands.bench, genome, trial.phenotype, contract, values, shadow)
    sick = [finding.locus for finding in findings if not finding.healthy]
    told = f"unhealthy: {', '.join(sick)}" if sick else f"{len(findings)} diagnostics agree"
    return Undergone(ordeal.title, not sick, told)
