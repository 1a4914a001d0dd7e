"""Promote: what the arena's records say about stacks becomes drafts."""

from __future__ import annotations

from datetime import timedelta

from controller import limits
from controller.arena.fitness import consecutive_failures, fitness
from controller.arena.selection import Reorder, Standing, select
from controller.arena.trial import Trial
from controller.conductor.ledger import Ledger
from controller.membrane.draft import trailer
from controller.membrane.exposure import risk_of_allele
from controller.membrane.risk import RISK_POLICIES
from controller.stories.enact import Hands
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, open_draft
from controller.stories.proposal import Reason, propose_order


def propose_records(membrane: Membrane, hands: Hands, main: Main) -> bool:
    """Open one draft for one stack whose records call for it; False if none does."""
    ledger = hands.chronicle.ledger
    for name, phenotype in main.genome.phenotypes.items():
        for expression in phenotype.expresses:
            if _drafted(membrane, name, expression.locus):
                continue
            stack = tuple(a.sha for a in main.genome.stack(name, expression.locus))
            standings = {sha: standing(main, ledger, name, expression.locus, sha) for sha in stack}
            reorder = select(stack, standings, main.config.selection)
            rejected = ledger.rejected(name, expression.locus)
            if reorder is None or reorder.stack[0] in rejected:
                continue
            if _may_rise(hands, main, name, expression.locus, reorder):
                _propose(membrane, main, ledger, name, expression.locus, reorder)
                return True
    return False


def _may_rise(hands: Hands, main: Main, phenotype: str, locus: str, reorder: Reorder) -> bool:
    """False for an allele whose risk demands that it has held for hours first."""
    source = main.genome.alleles[locus][reorder.stack[0]].source
    risk = risk_of_allele(main.genome, locus, source, hands.bench.domain.catalogue)
    if not RISK_POLICIES[risk].resilience:
        return True
    trials = trials_of_allele(hands.chronicle.ledger, phenotype, locus, reorder.stack[0])
    return reorder.kind != "promotion" or any(_held_for_hours(trial) for trial in trials)


def _held_for_hours(trial: Trial) -> bool:
    """True if it held at a look that was hours later, not minutes."""
    if not trial.resilience or trial.finished_at is None or trial.endured_at is None:
        return False
    return trial.endured_at - trial.finished_at >= timedelta(hours=limits.RESILIENCE_HOURS[0])


def standing(main: Main, ledger: Ledger, phenotype: str, locus: str, sha: str) -> Standing:
    """An allele's record in one phenotype."""
    trials = trials_of_allele(ledger, phenotype, locus, sha)
    verified = main.genome.verified(locus)
    return Standing(
        fitness=fitness(trials, main.config.weights_of(locus), verified=verified),
        invocations=sum(1 for trial in trials if trial.counts),
        consecutive_failures=consecutive_failures(trials),
    )


def trials_of_allele(ledger: Ledger, phenotype: str, locus: str, sha: str) -> tuple[Trial, ...]:
    """An allele's trials in one phenotype that are over, oldest first."""
    return tuple(
        trial
        for trial in ledger.trials.values()
        if (trial.phenotype, trial.locus, trial.allele) == (phenotype, locus, sha)
        and trial.end is not None
    )


def _drafted(membrane: Membrane, phenotype: str, locus: str) -> bool:
    return any(
        trailer(draft.trailers, "Phenotype") == phenotype
        and trailer(draft.trailers, "Locus") == locus
        for draft in membrane.repository.drafts()
    )


def _propose(
    membrane: Membrane,
    main: Main,
    ledger: Ledger,
    phenotype: str,
    locus: str,
    reorder: Reorder,
) -> None:
    trials = trials_of_allele(ledger, phenotype, locus, reorder.stack[0])
    latest = trials[-1].last_event if trials else ledger.main_event
    allele = main.genome.alleles[locus][reorder.stack[0]]
    reason = Reason(latest or "", "", f"The records say so: {reorder.reason}.")
    proposal = propose_order(
        main.genome, main.files, phenotype, allele, reorder.stack, reorder.kind, reason
    )
    open_draft(membrane, proposal, main.commit)
