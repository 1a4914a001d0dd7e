"""The gates "failing input", "lineage" and "shadow": what rises does what it was made for.

What is replayed comes from the lineage of the allele that would become dominant: the failure that
prompted it, those of its ancestors, and held-out neighbours of the first. Called by `prove`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from controller.conductor.recorded import is_reserved
from controller.domains.records.reacting import Reaction
from controller.domains.world import Variation
from controller.genome.allele import Allele, Failure
from controller.genome.genome import Genome
from controller.membrane.proof import GateResult
from controller.stories.express import Workbench
from controller.stories.react import react, reacts
from controller.stories.rehearse import Stage, case_of, held_out, rehearse
from controller.stories.rehearse_fused import verdicts

MAX_ANCESTORS = 20
"""Generations of a lineage whose failures are replayed; older ones were replayed by theirs."""


@dataclass(frozen=True, slots=True)
class Rise:
    """An allele that a draft makes dominant at a locus of a phenotype."""

    phenotype: str
    allele: Allele


def rises(base: Genome, after: Genome) -> tuple[Rise, ...]:
    """Where the draft's dominant allele differs from the base's."""
    return tuple(
        Rise(name, after.allele(expression.locus, expression.stack[0]))
        for name, phenotype in after.phenotypes.items()
        for expression in phenotype.expresses
        if _dominant(base, name, expression.locus)
        != after.allele(expression.locus, expression.stack[0]).sha
    )


def _dominant(genome: Genome, phenotype: str, locus: str) -> str | None:
    stack = genome.stack(phenotype, locus)
    return stack[0].sha if stack else None


def rehearsal_gates(bench: Workbench, base: Genome, after: Genome) -> list[GateResult]:
    """What every allele that rises does in the shadows of what it was made for: three gates."""
    failing: list[str] = []
    lineage: list[str] = []
    shadow: list[str] = []
    counted = [0, 0, 0]
    for rise in rises(base, after):
        if rise.allele.locus in base.pathways:
            failures = _failures(after.alleles[rise.allele.locus], rise.allele)
            found = verdicts(bench, base, rise.phenotype, rise.allele, failures)
            failing += found.failing
            lineage += found.lineage
            shadow += found.shadow
            counted = [sum(both) for both in zip(counted, found.counted, strict=True)]
            continue
        stage = Stage(bench, base, rise.phenotype, base.loci[rise.allele.locus])
        if reacts(stage.contract):
            counted[0] += 1
            failing.extend(_reaction(stage, rise.allele))
            continue
        failures = _failures(after.alleles[rise.allele.locus], rise.allele)
        for depth, failure in enumerate(failures):
            case = case_of(failure.observed, failure.input)
            place = 0 if depth == 0 else 1
            counted[place] += 1
            (failing, lineage)[place].extend(_objection(stage, rise.allele, case))
        for variation in _variations(stage, rise.allele, failures):
            counted[2] += 1
            shadow.extend(_objection(stage, rise.allele, variation))
    return [
        _result("failing input", failing, f"{counted[0]} replayed in the shadow, healthy"),
        _result("lineage", lineage, f"{counted[1]} failures of ancestors replayed, healthy"),
        _result("shadow", shadow, f"{counted[2]} held-out cases, healthy"),
    ]


def _reaction(stage: Stage, allele: Allele) -> list[str]:
    """Where nothing is known, a gene either brings its consequence about or says that it cannot.

    The log is no part of a proof, and a lineage no place for what it says of people.
    """
    if allele.lineage.failure is None:
        return []
    kernel = Reaction(lambda *_: None, lambda *_: [], is_reserved)
    values = allele.lineage.failure.input
    done = react(stage.bench.sandbox, stage.contract, allele.source, values, kernel)
    if done is None or done.fine:
        return []
    return [f"{allele.short} on {values}: {done.reason}"]


def _failures(alleles: Mapping[str, Allele], allele: Allele) -> tuple[Failure, ...]:
    """The failure that prompted an allele, then those of its ancestors, nearest first."""
    found: list[Failure] = []
    waiting, seen = [allele], {allele.sha}
    while waiting and len(found) < MAX_ANCESTORS:
        current = waiting.pop(0)
        if current.lineage.failure is not None:
            found.append(current.lineage.failure)
        for parent in current.lineage.parents:
            if parent in alleles and parent not in seen:
                seen.add(parent)
                waiting.append(alleles[parent])
    return tuple(found)


def _variations(
    stage: Stage, allele: Allele, failures: tuple[Failure, ...]
) -> tuple[Variation, ...]:
    if not failures:
        return ()
    return held_out(stage, case_of(failures[0].observed, failures[0].input), allele.sha)


def _objection(stage: Stage, allele: Allele, case: Variation) -> list[str]:
    done = rehearse(stage, allele.source, case)
    return [] if done.passed else [f"{allele.short} on {case.title}: {done.complaint()}"]


def _result(name: str, objections: list[str], fine: str) -> GateResult:
    return GateResult(gate=name, passed=not objections, evidence=tuple(objections) or (fine,))
