"""Evolve: find an allele that does what the failing one could not, or say that none was found.

reproduce   the failing allele is rehearsed in a shadow of the world; a failure that the
            shadow does not show cannot be searched for there
search      the engine's candidates are rehearsed, each on the failing input and then on
            held-out cases, and judged by the diagnostics of main
choose      of the perfect ones the least disruptive that nobody has rejected before
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from controller.arena.mutation import Candidate, Complaint, Failure
from controller.arena.search import Score, SearchBudget, search
from controller.arena.trial import Trial
from controller.config import SearchConfig
from controller.domains.world import JsonObject, Variation
from controller.genome.allele import Failure as Prompt
from controller.genome.allele import Lineage, name_of
from controller.stories.diagnose import diagnose
from controller.stories.rehearse import Memo, Rehearsal, Stage, case_of, held_out, rehearse


@dataclass(frozen=True, slots=True)
class Found:
    """A new allele's source and where it came from."""

    source: str
    lineage: Lineage
    generations: int


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why there is none. `reproduced` is False if the shadow does not show the failure."""

    reason: str
    tried: int
    reproduced: bool


def evolve(
    stage: Stage,
    source: str,
    trial: Trial,
    observed: JsonObject,
    config: SearchConfig,
    attempt: int,
    rejected: Collection[str],
) -> Found | NotFound:
    """Search for an allele at the trial's locus. `observed` is the world before the trial."""
    case = case_of(observed, trial.values)
    first = rehearse(stage, source, case)
    if first.passed:
        return NotFound("the shadow does not show the failure", 0, reproduced=False)
    failure = _failure(stage, source, trial, observed, first)
    rng = random.Random(f"{config.seed}/{trial.demand}/{attempt}")
    budget = SearchBudget(config.max_candidates, config.max_generations, config.beam)
    judge = _Judge(stage, case, held_out(stage, case, trial.id), frozenset(rejected))
    result = search(failure, stage.bench.domain.catalogue, judge, budget, rng)
    if not result.found:
        return NotFound("no candidate satisfies the contract", result.tried, reproduced=True)
    chosen = result.found[0]
    lineage = Lineage(
        locus=trial.locus,
        parents=(trial.allele,),
        engine="search",
        edits=chosen.edits,
        tried=result.tried,
        failure=prompt_of(trial, observed),
    )
    return Found(chosen.source, lineage, result.generations)


REJECTED = Rehearsal(False, False, 0, 0, (), 0, "rejected before")
"""What an allele that was refused or taken back is worth to a search."""


class _Judge:
    """Scores candidates; one that was rejected before is never rehearsed."""

    def __init__(
        self,
        stage: Stage,
        case: Variation,
        variations: tuple[Variation, ...],
        rejected: frozenset[str],
    ) -> None:
        self._stage = stage
        self._case = case
        self._variations = variations
        self._rejected = rejected
        self._memo: Memo = {}

    def __call__(self, candidate: Candidate) -> Score:
        source = candidate.source
        if name_of(source) in self._rejected:
            return score_of(self._stage, REJECTED, 0, 0)
        first = rehearse(self._stage, source, self._case, self._memo)
        if not first.passed:
            return score_of(self._stage, first, 0, 0)
        passed = sum(
            rehearse(self._stage, source, case, self._memo).passed for case in self._variations
        )
        return score_of(self._stage, first, passed, len(self._variations))


def score_of(stage: Stage, first: Rehearsal, held_out_passed: int, held_out_all: int) -> Score:
    """A rehearsal and the held-out cases as the engine compares them."""
    verify = stage.contract.verify
    return Score(
        valid=first.valid,
        postconditions_held=first.held,
        postconditions=max(first.sentences, first.held),
        healthy=first.healthy,
        diagnostics=len(verify.calls) if verify else 0,
        heldout_passed=held_out_passed,
        heldout=held_out_all,
        operations=first.operations,
    )


def _failure(
    stage: Stage, source: str, trial: Trial, observed: JsonObject, shown: Rehearsal
) -> Failure:
    live = {r.locus: Complaint(r.locus, r.output, r.facets) for r in trial.reports if not r.healthy}
    shadowed = {
        f.locus: Complaint(f.locus, f.output, f.facets) for f in shown.findings if not f.healthy
    }
    if not shadowed and not live:
        shadowed = _unasked(stage, trial, observed)
    return Failure(
        source=source,
        contract=stage.contract,
        values=trial.values,
        kinds=_kinds(stage, observed, trial.values),
        complaints=tuple({**shadowed, **live}.values()),
        error=trial.error,
    )


def _unasked(stage: Stage, trial: Trial, observed: JsonObject) -> dict[str, Complaint]:
    """The gene failed before any diagnostic was asked: what they would have looked at."""
    shadow = stage.bench.domain.shadow(observed)
    findings = diagnose(
        stage.bench, stage.genome, stage.phenotype, stage.contract, trial.values, shadow
    )
    return {f.locus: Complaint(f.locus, {}, f.facets) for f in findings}


def _kinds(stage: Stage, observed: JsonObject, values: JsonObject) -> Mapping[str, frozenset[str]]:
    return {name: stage.bench.domain.kinds(observed, value) for name, value in values.items()}


def prompt_of(trial: Trial, observed: JsonObject) -> Prompt:
    """A failed trial as the lineage of what it prompts keeps it. `observed` is the world before."""
    return Prompt(
        event=trial.judged_by or trial.last_event,
        world=trial.world,
        input=trial.values,
        observed=observed,
        error=trial.error,
        reports={r.locus: r.output for r in trial.reports if not r.healthy},
    )
