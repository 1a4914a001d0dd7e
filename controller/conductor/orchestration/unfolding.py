"""Unfold: from a pathway, its input and what its tasks have come to, what is to be done next.

A task is a gene to be expressed, named by its place: `2`, `2.1` (step 1 of the pathway that step 2
follows), `3[0]` (the first item of a loop), `verify[1]` (the second probe). Unfolding the same
again with more outcomes goes on where it was, so nothing about a run needs to be kept but outcomes.

A step waits for an earlier one that it `requires`, whose results it uses, or that names the same
thing: arguments with a text in common. A diagnostic step waits for all before it. Others do not
wait, so they are done side by side. Items of a loop are done one after another.

Where a task fails, every pathway around it has failed. One that says `rollback completed steps` is
given up with all below it, whatever those further out say; so is the outermost, unless it preserves
what works. A pathway inside that says neither is its outer one's affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from controller import run_limits
from controller.conductor.orchestration.ordering import Loci, is_asked, waits_for
from controller.conductor.orchestration.resolving import (
    Known,
    Unresolvable,
    arguments,
    plain,
    resolve,
)
from controller.domains.world import Json, JsonObject
from controller.genome.locus import input_problems
from grammar.sg.composition import (
    Action,
    Ask,
    AskEach,
    Choose,
    Follow,
    Given,
    Pathway,
    Remedy,
    Repeat,
    Run,
    Step,
)
from grammar.sg.nodes import Family


class Outcome(StrEnum):
    """What a task has come to."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """A task's outcome, what its gene gave, and why it failed."""

    outcome: Outcome
    output: JsonObject = field(default_factory=dict)
    reason: str = ""


Results = Mapping[str, Result]
"""What the tasks of a run have come to, by their places."""


@dataclass(frozen=True, slots=True)
class Task:
    """A gene to be expressed now. A probe is only asked `after_ms` behind all `needs`."""

    place: str
    locus: str
    values: JsonObject
    needs: tuple[str, ...] = ()
    after_ms: int = 0


@dataclass(slots=True)
class Unfolded:
    """What a run is like: places by what became of them, and what may begin now.

    `waiting` holds steps that wait for others (not unfolded yet), `failed` the reasons. Below a
    place among `given_up` nothing is begun any more, and what was done is to be undone; `""` is the
    whole run. `preserved` are the pathways inside that failed and keep what works of them.
    """

    ready: list[Task] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    given_up: tuple[str, ...] = ()
    preserved: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """True when nothing runs and nothing can begin, but for what is given up."""
        return not self.ready and all(map(self.gives_up, self.running))

    def gives_up(self, place: str) -> bool:
        """True for a place of which nothing is to stay."""
        return any(_is_below(place, one) for one in self.given_up)


def unfold(loci: Loci, pathway: Pathway, values: JsonObject, results: Results) -> Unfolded:
    """Everything about a run that its outcomes so far decide."""
    unfolding = _Unfolding(loci, results)
    unfolding.pathway(pathway, values, "", (), 0)
    found = unfolding.found
    failed = {
        place: remedies
        for place, remedies in unfolding.remedies.items()
        if any(_is_below(one, place) for one in found.failed)
    }
    found.given_up = tuple(p for p, remedies in failed.items() if _gives_up(p, remedies))
    found.preserved = tuple(
        p for p, remedies in failed.items() if p and Remedy.PRESERVE in remedies
    )
    found.waiting += [task.place for task in found.ready if found.gives_up(task.place)]
    found.ready = [task for task in found.ready if not found.gives_up(task.place)]
    return found


def _is_below(place: str, outer: str) -> bool:
    """True for a place inside of the pathway that follows at `outer`, which is "" for the run."""
    return not outer or place.startswith(f"{outer}.")


def _gives_up(place: str, remedies: Sequence[Remedy]) -> bool:
    """Whether what failed at a place is undone there; without a word, only the outermost is."""
    return Remedy.ROLLBACK in remedies if place else Remedy.PRESERVE not in remedies


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an action stands: its name, what came right before it, how deep it is nested.

    `asked` is True when a later step looks at what it gives.
    """

    name: str
    needs: tuple[str, ...]
    depth: int
    asked: bool = False


class _Unfolding:
    """One walk over a run. A method returns the places that what it did ended with.

    None instead of places: it is not complete, so nothing that waits for it may begin.
    """

    def __init__(self, loci: Loci, results: Results) -> None:
        self._loci = loci
        self._results = results
        self._tasks = 0
        self.found = Unfolded()
        self.remedies: dict[str, tuple[Remedy, ...]] = {}

    def pathway(
        self, pathway: Pathway, values: JsonObject, prefix: str, needs: tuple[str, ...], depth: int
    ) -> tuple[str, ...] | None:
        """Steps and then probes of a pathway, its places beginning with `prefix`."""
        self.remedies[prefix.removesuffix(".")] = pathway.on_failure
        ended: dict[int, tuple[str, ...]] = {}
        known = Known(values)
        for step in pathway.steps:
            name = f"{prefix}{step.number}"
            before = waits_for(self._loci, pathway, step, values)
            if not before <= ended.keys():
                self.found.waiting.append(name)
                continue
            behind = tuple(p for n in sorted(before) for p in ended[n]) or needs
            place = _Place(name, behind, depth, is_asked(pathway, step.number))
            done = self._action(step.action, known, place)
            if done is not None:
                ended[step.number] = done
                known = Known(values, {**known.steps, step.number: self._given(step, name)})
        every = tuple(p for n in sorted(ended) for p in ended[n])
        if pathway.verify is None:
            return (every or needs) if len(ended) == len(pathway.steps) else None
        if len(ended) < len(pathway.steps):
            self.found.waiting.append(f"{prefix}verify")
            return None
        return self._probes(pathway, known, prefix, every or needs)

    def _given(self, step: Step, place: str) -> JsonObject:
        found = self._results.get(place) if isinstance(step.action, Run) else None
        return found.output if found is not None else {}

    def _probes(
        self, pathway: Pathway, known: Known, prefix: str, needs: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        assert pathway.verify is not None
        head, ended = f"{prefix}verify", list[str]()
        try:
            asks = list(_asked(pathway.verify.asks, known))
        except Unresolvable as wrong:
            return self._fail(head, str(wrong))
        for number, (ask, inner) in enumerate(asks, 1):
            place = _Place(f"{head}[{number}]", needs, 0)
            done = self._gene(ask.locus, ask.arguments, inner, place, pathway.verify.within_ms)
            ended += done or ()
        return tuple(ended) if len(ended) == len(asks) else None

    def _action(self, action: Action, known: Known, place: _Place) -> tuple[str, ...] | None:
        try:
            if isinstance(action, Run):
                return self._gene(action.locus, action.arguments, known, place)
            if isinstance(action, Follow):
                return self._follow(action.pathway, action.arguments, known, place)
            if isinstance(action, Repeat):
                return self._repeat(action, known, place)
            return self._choose(action, known, place)
        except Unresolvable as wrong:
            return self._fail(place.name, str(wrong))

    def _gene(
        self,
        locus: str,
        given: tuple[Given, ...],
        known: Known,
        place: _Place,
        after_ms: int = 0,
    ) -> tuple[str, ...] | None:
        contract = self._loci.genes.get(locus)
        if contract is None:
            return self._fail(place.name, f"there is no locus {locus}")
        self._tasks += 1
        if self._tasks > run_limits.RUN_TASKS:
            return self._fail(place.name, f"a run has at most {run_limits.RUN_TASKS} tasks")
        result = self._results.get(place.name)
        if result is None:
            values = arguments(given, contract.takes, known)
            problems = input_problems(contract, values)
            if problems:
                return self._fail(place.name, f"{locus}: {'; '.join(problems)}")
            self.found.ready.append(Task(place.name, locus, values, place.needs, after_ms))
            return None
        if result.outcome is Outcome.RUNNING:
            self.found.running.append(place.name)
            return None
        if result.outcome is Outcome.FAILED:
            return self._fail(place.name, result.reason)
        sick = contract.family is Family.DIAGNOSTIC and result.output.get("healthy") is not True
        if sick and not place.asked:
            return self._fail(place.name, f"{locus} found it unhealthy")
        self.found.done.append(place.name)
        return (place.name,)

    def _follow(
        self, name: str, given: tuple[Given, ...], known: Known, place: _Place
    ) -> tuple[str, ...] | None:
        pathway = self._loci.pathways.get(name)
        if pathway is None:
            return self._fail(place.name, f"there is no pathway {name}")
        if place.depth >= run_limits.RUN_DEPTH:
            return self._fail(place.name, f"pathways are nested deeper than {run_limits.RUN_DEPTH}")
        values = arguments(given, pathway.takes, known)
        return self.pathway(pathway, values, f"{place.name}.", place.needs, place.depth + 1)

    def _repeat(self, repeat: Repeat, known: Known, place: _Place) -> tuple[str, ...] | None:
        items = resolve(repeat.over, known)
        if not isinstance(items, list):
            return self._fail(place.name, f"{repeat.variable} runs over what is no list")
        needs = place.needs
        for index, item in enumerate(items):
            inner = known.having(repeat.variable, item)
            for number, action in enumerate(repeat.body, 1):
                part = f".{number}" if len(repeat.body) > 1 else ""
                name = f"{place.name}[{index}]{part}"
                done = self._action(action, inner, _Place(name, needs, place.depth))
                if done is None:
                    self._leave(place.name, index, len(items))
                    return None
                needs = done or needs
        return needs

    def _leave(self, place: str, index: int, count: int) -> None:
        """The items of a loop after one that is not complete wait."""
        left = count - index - 1
        if left:
            self.found.waiting.append(
                f"{place}[{index + 1}]" if left == 1 else f"{place}[{index + 1}..{count - 1}]"
            )

    def _choose(self, choose: Choose, known: Known, place: _Place) -> tuple[str, ...] | None:
        gave = known.steps.get(choose.step, {})
        if choose.result not in gave:
            return self._fail(place.name, f"step {choose.step} gave no {choose.result}")
        value = gave[choose.result]
        chosen = next(
            (a for a in choose.arms if not a.otherwise and _is(value, plain(a.value))), None
        )
        arm = chosen or next((a for a in choose.arms if a.otherwise), None)
        if arm is None:
            return place.needs
        if arm.target in self._loci.genes:
            return self._gene(arm.target, arm.arguments, known, place)
        return self._follow(arm.target, arm.arguments, known, place)

    def _fail(self, place: str, reason: str) -> tuple[str, ...] | None:
        self.found.failed[place] = reason
        return None


def _is(value: Json, wanted: Json) -> bool:
    """Equal, and of one type: JSON's true is not its 1."""
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _asked(asks: Sequence[Ask | AskEach], known: Known) -> Iterator[tuple[Ask, Known]]:
    for ask in asks:
        if isinstance(ask, Ask):
            yield ask, known
            continue
        items = resolve(ask.over, known)
        for item in items if isinstance(items, list) else ():
            yield from _asked(ask.body, known.having(ask.variable, item))
