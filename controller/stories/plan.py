"""Plan: what asking for something would change, host by host, before anything is touched.

The alleles that would act are run in a shadow of each observed world, and the states before and
after are compared. A world in which they fail is told of with the reason, and nothing is planned
for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from controller.conductor.orchestration.difference import Change, difference
from controller.conductor.orchestration.resolving import texts
from controller.conductor.orchestration.unfolded import Unfolded
from controller.domains.world import Json, JsonObject, Operation
from controller.genome.genome import Genome
from controller.stories.express import Workbench
from controller.stories.foresee import Course, Foresight, Foretold
from grammar.sg.composition import Given, Pathway, Run, Step
from grammar.sg.nodes import GeneContract, Reference


@dataclass(frozen=True, slots=True)
class Subject:
    """Something asked for in one world: `observed` is the world as it is now.

    `kept` are things of earlier runs that are not wanted any more and stay for want of consent.
    With a `problem`, the world is not one in which it could be done.
    """

    world: str
    phenotype: str
    pathway: Pathway
    values: JsonObject
    observed: JsonObject
    host: str = ""
    kept: tuple[str, ...] = ()
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
    """The plan for each subject, in their order.

    Of worlds that are alike but for names that mean nothing, such as MAC addresses, two are run. If
    they come to the same, so do the others; if a gene makes a difference, each is run for itself.
    """
    found: dict[int, HostPlan] = {}
    kinds = _kinds(bench, subjects)
    _run(bench, genome, subjects, [i for kind in kinds for i, _ in kind[:2]], ignore, found)
    alone: list[int] = []
    for kind in kinds:
        (first, names), *others = kind
        for index, own in others:
            renaming = {names[plain]: own[plain] for plain in names}
            named = replace(renamed(found[first], renaming), subject=subjects[index])
            if index == others[0][0] and named != found[index]:
                alone += [i for i, _ in others[1:]]
                break
            found.setdefault(index, named)
    _run(bench, genome, subjects, alone, ignore, found)
    return tuple(
        HostPlan(subject, (), (), (subject.problem,)) if subject.problem else found[index]
        for index, subject in enumerate(subjects)
    )


_Kind = list[tuple[int, Mapping[str, str]]]
"""The subjects that are alike, each with what its plain names are called."""


def _kinds(bench: Workbench, subjects: Sequence[Subject]) -> list[_Kind]:
    found: dict[tuple[str, str, int], _Kind] = {}
    for index, one in enumerate(subjects):
        if not one.problem:
            like = bench.domain.likeness(one.observed, one.values)
            key = (like.form, one.phenotype, id(one.pathway))
            found.setdefault(key, []).append((index, like.names))
    return list(found.values())


def _run(
    bench: Workbench,
    genome: Genome,
    subjects: Sequence[Subject],
    chosen: Sequence[int],
    ignore: Sequence[str],
    found: dict[int, HostPlan],
) -> None:
    """Run the chosen ones for themselves."""
    courses = [_course(bench, subjects[index]) for index in chosen]
    Foresight(bench, genome).follow(courses)
    for index, course in zip(chosen, courses, strict=True):
        found[index] = _host_plan(bench, subjects[index], course, ignore)


def _course(bench: Workbench, one: Subject) -> Course:
    shadow = bench.domain.shadow(one.observed)
    return Course(one.world, one.phenotype, one.pathway, one.values, shadow)


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


def renamed(one: HostPlan, names: Mapping[str, str]) -> HostPlan:
    """The same plan with other names; a name is a word of a text."""

    def text(value: str) -> str:
        return " ".join(names.get(word, word) for word in value.split(" "))

    def told(task: Foretold) -> Foretold:
        operations = tuple(
            Operation(o.name, {k: _deep(v, text) for k, v in o.arguments.items()})
            for o in task.operations
        )
        values = _deep(task.values, text)
        assert isinstance(values, dict)
        return replace(task, operations=operations, values=values)

    tasks = {id(task): told(task) for task in one.tasks}
    changes = tuple(
        Planned(_renamed_change(planned.change, text), tuple(tasks[id(t)] for t in planned.by))
        for planned in one.changes
    )
    settled = _deep(one.settled, text)
    assert isinstance(settled, dict)
    return replace(
        one,
        changes=changes,
        tasks=tuple(tasks.values()),
        problems=tuple(map(text, one.problems)),
        settled=settled,
    )


def _renamed_change(change: Change, text: Callable[[str], str]) -> Change:
    fields = tuple(
        replace(field, before=_deep(field.before, text), after=_deep(field.after, text))
        for field in change.fields
    )
    return replace(change, name=text(change.name), fields=fields)


def _deep(value: Json, text: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_deep(item, text) for item in value]
    if isinstance(value, dict):
        return {key: _deep(item, text) for key, item in value.items()}
    return value


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
