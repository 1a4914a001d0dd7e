"""Measure: a draft's new alleles and main's dominant in the same drawn situations.

Situations are seeded by the candidate's name, shadows are deterministic, and only cases count in
which both succeed. Where the candidate is beyond its budget, diagnostics are asked about what the
dominant left: a dominant that fails by doing too little is no measure. Loci of consequences and of
projections have no situations, those of pathways are held against their steps.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from controller.domains.world import Variation
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.membrane.performance import Measured, PerformancePolicy
from controller.proof_limits import PERFORMANCE_CASES
from controller.stories.express import Workbench
from controller.stories.rehearse import Stage, rehearse


def measured(
    bench: Workbench,
    base: Genome,
    candidates: Iterator[tuple[str, Allele]],
    policy: PerformancePolicy,
) -> tuple[Measured, ...]:
    """Every candidate of a phenotype's locus beside what main expresses there, if it does."""
    found = []
    for phenotype, allele in candidates:
        stack = base.stack(phenotype, allele.locus)
        if stack:
            stage = Stage(bench, base, phenotype, base.loci[allele.locus])
            found.append(_beside(stage, allele, stack[0], policy))
    return tuple(one for one in found if one.cases)


def _beside(
    stage: Stage, candidate: Allele, dominant: Allele, policy: PerformancePolicy
) -> Measured:
    plain = replace(stage, contract=replace(stage.contract, verify=None))
    counted = []
    for case in _cases(stage, candidate.sha):
        new, old = (rehearse(plain, one.source, case) for one in (candidate, dominant))
        if new.passed and old.passed:
            counted.append((case, new.served, old.served))
    found = _summed(candidate, counted)
    if found.candidate <= policy.budget(found.locus, found.dominant, found.cases):
        return found
    sound = [one for one in counted if rehearse(stage, dominant.source, one[0]).passed]
    return _summed(candidate, sound)


def _summed(candidate: Allele, counted: Sequence[tuple[Variation, int, int]]) -> Measured:
    asked, usual = sum(new for _, new, _ in counted), sum(old for _, _, old in counted)
    return Measured(candidate.locus, candidate.short, len(counted), asked, usual)


def _cases(stage: Stage, seed: str) -> Iterator[Variation]:
    for number in range(PERFORMANCE_CASES):
        rng = random.Random(f"{seed}/performance/{number}")
        drawn = stage.bench.domain.situation(stage.contract, rng)
        if drawn is not None:
            yield Variation(f"drawn case {number}", drawn.observed, (drawn.values,))
