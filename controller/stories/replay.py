"""Replay: the world as a failed task met it, though its run has been undone since.

Asked before an allele is sought for a task: whatever its run had done before it is done again in a
shadow of the world as it is now, by the alleles that had done it.
"""

from __future__ import annotations

from collections.abc import Iterator

from controller.arena.trial import Trial
from controller.conductor.ledger import Ledger
from controller.conductor.orchestration.fused import contract_at
from controller.domains.world import JsonObject
from controller.stories.enact import Hands
from controller.stories.express import express
from controller.stories.mainline import Main


def met_by(hands: Hands, main: Main, trial: Trial) -> JsonObject:
    """The world that a trial was made in, as far as it can be told now.

    For the trial of a demand of its own, that is the world as it is.
    """
    observed = hands.worlds.kernel(trial.world).observe()
    earlier = list(_done_before(hands.chronicle.ledger, trial))
    if not earlier:
        return observed
    shadow = hands.bench.domain.shadow(observed)
    for one in earlier:
        allele = main.genome.alleles.get(one.locus, {}).get(one.allele)
        if allele is None:
            continue
        contract = contract_at(main.genome, one.locus, one.values)
        express(hands.bench, contract, allele.source, one.values, shadow)
        if contract.verify is not None:
            shadow.advance(contract.verify.within_ms / 1000)
    return shadow.observe()


def _done_before(ledger: Ledger, trial: Trial) -> Iterator[Trial]:
    """The trials of a run's other tasks that had worked when this one began, oldest first."""
    run = ledger.runs.get(ledger.demands[trial.demand].demand.run)
    tasks = set(run.steps.values()) - {trial.demand} if run is not None else set()
    for one in ledger.trials.values():
        if one.id == trial.id:
            return
        if one.demand in tasks and one.immediate and not one.failed:
            yield one
