"""Measure: a draft's new alleles and main's dominant in the same drawn situations.

Situations are seeded by the candidate's name, shadows are deterministic, and only cases count that
both master, diagnostics included: a dominant that fails by doing too little is no measure. Loci of
consequences and of projections have no situations, those of pathways are held against their steps.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from controller.domains.world import Variation
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.membrane.performance import Measured
from controller.proof_limits import PERFORMANCE_CASES
from controller.stories.express import Workbench
from controller.stories.rehearse import Stage, rehearse


def measured(
    bench: Workbench, base: Genome, candidates: Iterator[tuple[str, Allele]]
) -> tuple[Measured, ...]:
    """Every candidate of a phenotype's locus beside what main expresses there, if it does."""
    found = []
    for phenotype, allele in candidates:
        stack = base.stack(phenotype, allele.locus)
        if stack:
            stage = Stage(bench, base, phenotype, base.loci[allele.locus])
            found.append(_beside(stage, allele, stack[0]))
    return tuple(one for one in found if one.cases)


def _beside(stage: Stage, candidate: Allele, dominant: Allele) -> Measured:
    cases, asked, usual = 0, 0, 0
    for case in _cases(stage, candidate.sha):
        new, old = (rehearse(stage, one.source, case) for one in (candidate, dominant))
        if new.passed and old.passed:
            cases, asked, usual = cases + 1, asked + new.served, usual + old.served
    return Measured(candidate.locus, candidate.short, cases, asked, usual)


def _cases(stage: Stage, seed: str) -> Iterator[Variation]:
    for number in range(PERFORMANCE_CASES):
        rng = random.Random(f"{seed}/performance/{number}")
        drawn = stage.bench.domain.situation(stage.contract, rng)
        if drawn is not None:
            yield Variation(f"drawn case {number}", drawn.observed, (drawn.values,))
