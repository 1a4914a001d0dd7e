"""Rehearse an allele at a pathway's locus: held against the pathway's own steps, in shadows.

In each case the steps are followed in one shadow of the observed world, by the alleles of main,
and the allele is called in another. Where the steps work, it must work too: the diagnostics that
they ask must find health, and it must leave the host configured as they leave it, but for what
nobody can foresee. So an allele that "succeeds" by doing less is found out. The story `prove` asks
before a draft is merged, `precaution` before an allele is let at a live world.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from controller import run_limits
from controller.conductor.orchestration.difference import Change, difference
from controller.conductor.orchestration.fused import contract_at, described, may_be_fused
from controller.conductor.orchestration.resolving import Unresolvable, texts
from controller.domains.world import Json, JsonObject, TwinKernel, Variation
from controller.genome.allele import Allele, Failure
from controller.genome.composite import as_gene
from controller.genome.genome import Genome
from controller.genome.locus import with_defaults
from controller.stories.express import Workbench
from controller.stories.foresee import Course, Foresight
from controller.stories.rehearse import Rehearsal, Stage, case_of, held_out, rehearse

UNJUDGED = "something in {0} depends on what a step gave, so that no allele can be judged"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a case came to: whether the steps work there, and what is wrong with the allele."""

    steps_work: bool
    objection: str | None


@dataclass(slots=True)
class Verdicts:
    """Objections by the gate that they belong to, with the number of cases that were held up."""

    failing: list[str]
    lineage: list[str]
    shadow: list[str]
    counted: tuple[int, int, int] = (0, 0, 0)


def compare(
    bench: Workbench, genome: Genome, phenotype: str, allele: Allele, case: Variation
) -> Comparison:
    """Hold an allele against the steps in one case."""
    steps, whole = (bench.domain.shadow(case.observed) for _ in range(2))
    for values in case.inputs:
        course = _followed(bench, genome, phenotype, allele.locus, values, steps)
        done = _called(bench, genome, phenotype, allele, values, whole)
        steps = course.shadow
        wrong = None if done.passed else done.complaint()
        if course.unfolded.failed:
            return Comparison(False, wrong)
        if wrong is None:
            wrong = _otherwise(bench, case.observed, steps, whole)
        if wrong is not None:
            return Comparison(True, wrong)
    return Comparison(True, None)


def _followed(
    bench: Workbench,
    genome: Genome,
    phenotype: str,
    name: str,
    values: JsonObject,
    shadow: TwinKernel,
) -> Course:
    pathway = genome.pathways[name]
    given = with_defaults(as_gene(pathway), values)
    course = Course(name, phenotype, pathway, given, shadow)
    Foresight(bench, genome, whole=False).follow([course])
    return course


def _called(
    bench: Workbench,
    genome: Genome,
    phenotype: str,
    allele: Allele,
    values: JsonObject,
    shadow: TwinKernel,
) -> Rehearsal:
    try:
        contract = contract_at(genome, allele.locus, values)
    except Unresolvable as wrong:
        return Rehearsal(False, False, 0, 0, (), 0, str(wrong))
    stage = Stage(bench, genome, phenotype, contract)
    return rehearse(stage, allele.source, case_of({}, values), shadow=shadow)


def _otherwise(
    bench: Workbench, observed: JsonObject, steps: TwinKernel, whole: TwinKernel
) -> str | None:
    """What an allele left otherwise than the steps, in one line."""
    domain, left, kept = bench.domain, steps.observe(), whole.observe()
    unknown = domain.unforeseen(observed, left) | domain.unforeseen(observed, kept)
    changes = difference(domain.settled(left), domain.settled(kept), unknown=unknown)
    told = [one for one in changes if not _is_unforeseen(one)]
    if not told:
        return None
    first = ", ".join(
        f"{one.kind.value} {one.path}" for one in told[: run_limits.FUSED_DIFFERENCES]
    )
    return f"it leaves the world otherwise than the steps: {first}"


def _is_unforeseen(change: Change) -> bool:
    return bool(change.fields) and all(field.unknown for field in change.fields)


# --- proofs -------------------------------------------------------------------------------


def verdicts(
    bench: Workbench,
    base: Genome,
    phenotype: str,
    allele: Allele,
    failures: Sequence[Failure],
) -> Verdicts:
    """What a proof has to say of an allele at a pathway's locus.

    What prompted it and its ancestors, as `failures` (the nearest first) have it, it must do even
    where the steps cannot; of held-out and drawn cases those count in which the steps work.
    """
    found = Verdicts([], [], [])
    if not may_be_fused(base, base.pathways[allele.locus]):
        found.shadow.append(f"{allele.short}: {UNJUDGED.format(allele.locus)}")
        return found
    for depth, failure in enumerate(failures):
        case = case_of(failure.observed, failure.input)
        objection = compare(bench, base, phenotype, allele, case).objection
        if objection is not None:
            (found.lineage if depth else found.failing).append(f"{allele.short}: {objection}")
    counted = 0
    for case in _cases(bench, base, allele, failures):
        seen = compare(bench, base, phenotype, allele, case)
        counted += seen.steps_work
        if seen.steps_work and seen.objection is not None:
            found.shadow.append(f"{allele.short} on {case.title}: {seen.objection}")
    if not counted and not failures:
        found.shadow.append(f"{allele.short}: no case was found in which the steps work")
    found.counted = (min(len(failures), 1), max(len(failures) - 1, 0), counted)
    return found


def _cases(
    bench: Workbench, base: Genome, allele: Allele, failures: Sequence[Failure]
) -> Iterator[Variation]:
    """Held-out neighbours of what prompted it, and cases drawn for what the pathway takes."""
    contract = described(base, base.pathways[allele.locus])
    if failures:
        stage = Stage(bench, base, "", contract)
        case = case_of(failures[0].observed, failures[0].input)
        yield from held_out(stage, case, allele.sha)
    for number in range(run_limits.FUSED_EXAMPLES):
        drawn = bench.domain.situation(contract, random.Random(f"{allele.sha}/{number}"))
        if drawn is not None:
            case = Variation(f"drawn case {number}", drawn.observed, (drawn.values,))
            yield case
            yield from _with_new_names(case)


def _with_new_names(case: Variation) -> Iterator[Variation]:
    """The same for each field that names things, with names that nothing has there yet."""
    (values,) = case.inputs
    taken = set(texts(case.observed))
    fresh = (name for name in map("new{}".format, count()) if name not in taken)
    for name, value in values.items():
        made: Json = next(fresh) if isinstance(value, str) else None
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            made = [next(fresh) for _ in value]
        if made is not None:
            title = f"{case.title} with another {name}"
            changed = Variation(title, case.observed, ({**values, name: made},))
            yield changed
            yield from _with_one_of_several(changed)


def _with_one_of_several(case: Variation) -> Iterator[Variation]:
    """The same with a single thing in place of several, of which one may be somebody else's."""
    (values,) = case.inputs
    for name, value in values.items():
        several = value if isinstance(value, list) and len(value) > 1 else []
        for one in several:
            yield Variation(
                f"{case.title}, {name} {one}", case.observed, ({**values, name: [one]},)
            )
