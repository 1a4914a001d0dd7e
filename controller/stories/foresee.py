"""Foresee: follow pathways in shadows of the worlds that they are meant for. Nothing is touched.

The same unfolding as a live run's decides what comes next, the same genes do it, fall back and are
verified by the same diagnostics; only the worlds are twins of the observed ones. Many worlds are
taken a task at a time, so that a gene which is the same in all of them is called in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from controller.conductor.orchestration.fused import FusedContract, contract_at, loci_of
from controller.conductor.orchestration.ordering import Loci
from controller.conductor.orchestration.unfolded import Outcome, Result, Task, Unfolded
from controller.conductor.orchestration.unfolding import unfold
from controller.domains.world import JsonObject, Operation, TwinKernel
from controller.genome.genome import Genome
from controller.genome.locus import passed, with_defaults
from controller.stories.express import Expressed, Workbench, unmet
from controller.stories.express_many import Case, express_many
from grammar.sg.composition import Pathway
from grammar.sg.nodes import Call, GeneContract


@dataclass(frozen=True, slots=True)
class Foretold:
    """A task as it would go: which allele would do it, and by which operations."""

    place: str
    locus: str
    allele: str
    operations: tuple[Operation, ...]
    error: str | None = None
    values: JsonObject = field(default_factory=dict)


@dataclass(slots=True)
class Course:
    """A pathway in one world: where it stands, and what has come of it so far."""

    world: str
    phenotype: str
    pathway: Pathway
    values: JsonObject
    shadow: TwinKernel
    results: dict[str, Result] = field(default_factory=dict)
    told: list[Foretold] = field(default_factory=list)
    unfolded: Unfolded = field(default_factory=Unfolded)

    @property
    def over(self) -> bool:
        """True when nothing more would be done."""
        return not self.unfolded.ready


@dataclass(slots=True)
class _Attempt:
    """A task of a course that is being tried, with the shadow as it was before."""

    course: Course
    task: Task
    contract: GeneContract
    before: TwinKernel
    place_in_stack: int = 0
    error: str = ""


class Foresight:
    """Walks courses to their ends. `genome` is the one whose alleles and diagnostics act.

    Without `whole` every pathway is followed by its steps, whatever is expressed at its locus.
    """

    def __init__(self, bench: Workbench, genome: Genome, *, whole: bool = True) -> None:
        self._bench, self._genome, self._whole = bench, genome, whole
        self._loci: dict[str, Loci] = {}

    def follow(self, courses: Sequence[Course]) -> None:
        """Take every course to its end."""
        for course in courses:
            self._unfold(course)
        waiting = [course for course in courses if not course.over]
        while waiting:
            self._try([self._attempt(course) for course in waiting])
            for course in waiting:
                self._unfold(course)
            waiting = [course for course in waiting if not course.over]

    def _unfold(self, course: Course) -> None:
        if course.phenotype not in self._loci:
            loci = loci_of(self._genome, course.phenotype)
            kept = loci if self._whole else replace(loci, fused=frozenset())
            self._loci[course.phenotype] = kept
        loci = self._loci[course.phenotype]
        course.unfolded = unfold(loci, course.pathway, course.values, course.results)

    def _attempt(self, course: Course) -> _Attempt:
        task = course.unfolded.ready[0]
        if task.after_ms:
            course.shadow.advance(task.after_ms / 1000)
        contract = contract_at(self._genome, task.locus, task.values)
        return _Attempt(course, task, contract, course.shadow.fork())

    def _try(self, attempts: Sequence[_Attempt]) -> None:
        """The dominant allele for each, and for those that it fails the next of its stack."""
        left = [one for one in attempts if self._may_begin(one)]
        while left:
            for alike in self._by_allele(left):
                self._express(alike)
            left = [one for one in left if one.task.place not in one.course.results]

    def _may_begin(self, one: _Attempt) -> bool:
        before = one.contract.before
        observed = one.course.shadow.observe() if before else {}
        missing = unmet(self._bench.domain, before, one.task.values, observed, observed)
        if missing:
            _fail(one, "", f"before: {missing[0].sentence} — {missing[0].detail}")
        return not missing

    def _by_allele(self, attempts: Sequence[_Attempt]) -> list[list[_Attempt]]:
        """Those that the same allele has to do by the same contract, together."""
        found: dict[tuple[str, str, str, FusedContract | None], list[_Attempt]] = {}
        for one in attempts:
            stack = self._genome.stack(one.course.phenotype, one.task.locus)
            if one.place_in_stack < len(stack):
                sha = stack[one.place_in_stack].sha
                fused = one.contract if isinstance(one.contract, FusedContract) else None
                key = (one.course.phenotype, one.task.locus, sha, fused)
                found.setdefault(key, []).append(one)
                continue
            none = f"no allele is expressed at {one.task.locus} in {one.course.phenotype}"
            _fail(one, "", one.error or none)
        return list(found.values())

    def _express(self, alike: Sequence[_Attempt]) -> None:
        first = alike[0]
        allele = self._genome.stack(first.course.phenotype, first.task.locus)[first.place_in_stack]
        cases: list[Case] = [(one.task.values, one.course.shadow) for one in alike]
        done = express_many(self._bench, first.contract, allele.source, cases)
        sick = self._verify([one for one, e in zip(alike, done, strict=True) if e.immediate])
        for one, expressed in zip(alike, done, strict=True):
            error = expressed.error if not expressed.immediate else sick.get(id(one))
            if error is None:
                _succeed(one, allele.sha, expressed)
            else:
                one.error = error
                one.place_in_stack += 1
                one.course.shadow = one.before.fork()

    def _verify(self, attempts: Sequence[_Attempt]) -> dict[int, str]:
        """Who is unhealthy after the window of its contract, and according to whom."""
        sick: dict[int, str] = {}
        verify = attempts[0].contract.verify if attempts else None
        if verify is None:
            return sick
        for one in attempts:
            one.course.shadow.advance(verify.within_ms / 1000)
        for call in verify.calls:
            asked = [one for one in attempts if id(one) not in sick]
            for one, healthy in zip(asked, self._ask(call, asked), strict=True):
                if not healthy:
                    sick[id(one)] = f"unhealthy according to {call.locus}"
        return sick

    def _ask(self, call: Call, asked: Sequence[_Attempt]) -> list[bool]:
        """One diagnostic of `verify:` in each shadow; one that cannot look found no health."""
        if not asked:
            return []
        diagnostic = self._genome.loci[call.locus]
        stack = self._genome.stack(asked[0].course.phenotype, diagnostic.name)
        if not stack:
            return [False for _ in asked]
        cases: list[Case] = [
            (with_defaults(diagnostic, passed(call, one.task.values)), one.course.shadow)
            for one in asked
        ]
        seen = express_many(self._bench, diagnostic, stack[0].source, cases)
        return [one.immediate and one.output.get("healthy") is True for one in seen]


def _succeed(one: _Attempt, allele: str, expressed: Expressed) -> None:
    task = one.task
    one.course.results[task.place] = Result(Outcome.DONE, expressed.output)
    one.course.told.append(_told(task, allele, expressed.operations))


def _told(
    task: Task, allele: str, operations: tuple[Operation, ...], error: str | None = None
) -> Foretold:
    return Foretold(task.place, task.locus, allele, operations, error, task.values)


def _fail(one: _Attempt, allele: str, error: str) -> None:
    task = one.task
    one.course.results[task.place] = Result(Outcome.FAILED, reason=error)
    one.course.told.append(_told(task, allele, (), error))
