"""Plan: what asking for something would change, host by host, before anything is touched.

The alleles that would act are run in a shadow of each observed world, and the states before and
after are compared. A world in which they fail is told of with the reason, and nothing is planned
for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from controller.conductor.orchestration.difference import Change, difference
from controller.conductor.orchestration.resolving import texts
from controller.conductor.orchestration.unfolding import Unfolded
from controller.domains.world import JsonObject
from controller.genome.genome import Genome
from controller.stories.express import Workbench
from controller.stories.foresee import Course, Foresight, Foretold
from grammar.sg.composition import Given, Pathway, Run, Step
from grammar.sg.nodes import GeneContract, Reference


@dataclass(frozen=True, slots=True)
class Subject:
    """Something asked for in one world: `observed` is the world as it is now.

    With a `problem`, the world is not one in which it could be done.
    """

    world: str
    phenotype: str
    pathway: Pathway
    values: JsonObject
    observed: JsonObject
    host: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A change, and the tasks whose operations it comes of."""

    change: Change
    by: tuple[Foretold, ...]


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What would become of one world. `problems` says why it could not be done, if so."""

    subject: Subject
    changes: tuple[Planned, ...]
    tasks: tuple[Foretold, ...]
    problems: tuple[str, ...] = ()
    settled: JsonObject = field(default_factory=dict)


def plan(
    bench: Workbench, genome: Genome, subjects: Sequence[Subject], ignore: Sequence[str]
) -> tuple[HostPlan, ...]:
    """The plan for each subject, in their order."""
    courses = [
        None
        if s.problem
        else Course(s.world, s.phenotype, s.pathway, s.values, bench.domain.shadow(s.observed))
        for s in subjects
    ]
    Foresight(bench, genome).follow([course for course in courses if course is not None])
    return tuple(
        HostPlan(subject, (), (), (subject.problem,))
        if course is None
        else _host_plan(bench, subject, course, ignore)
        for subject, course in zip(subjects, courses, strict=True)
    )


def _host_plan(
    bench: Workbench, subject: Subject, course: Course, ignore: Sequence[str]
) -> HostPlan:
    problems = _problems(course.unfolded)
    if problems:
        return HostPlan(subject, (), tuple(course.told), problems)
    domain = bench.domain
    observed = course.shadow.observe()
    settled = domain.settled(observed)
    unknown = domain.unforeseen(subject.observed, observed)
    changes = difference(domain.settled(subject.observed), settled, ignore, unknown)
    named = [(one, _named(one)) for one in course.told]
    planned = tuple(
        Planned(change, tuple(one for one, names in named if _concerns(change, names)))
        for change in changes
    )
    return HostPlan(subject, planned, tuple(course.told), (), settled)


def _problems(unfolded: Unfolded) -> tuple[str, ...]:
    return tuple(f"step {place}: {reason}" for place, reason in unfolded.failed.items())


def _named(task: Foretold) -> frozenset[str]:
    """What the operations of a task speak of."""
    return frozenset(t for o in task.operations for t in texts(dict(o.arguments)))


def _concerns(change: Change, names: frozenset[str]) -> bool:
    return change.name in names or bool(names & set(change.name.split()))


def of_gene(contract: GeneContract) -> Pathway:
    """A locus as the pathway whose only step it is, so that genes are planned like the rest."""
    given = tuple(Given(one.name, Reference(one.name)) for one in contract.takes)
    step = Step(1, Run(contract.name, given))
    return Pathway(contract.name, contract.risk, contract.does, contract.takes, (step,))
