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

A pathway at whose locus alleles are expressed is one task, until all of them failed: then its steps
are followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from controller import run_limits
from controller.conductor.orchestration.ordering import Loci, is_asked, waits_for
from controller.conductor.orchestration.resolving import (
    Known,
    Unresolvable,
    arguments,
    plain,
    resolve,
)
from controller.conductor.orchestration.unfolded import (
    Outcome,
    Result,
    Results,
    Task,
    Unfolded,
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

WHOLE: Final = "whole"
"""The place of a pathway that was asked for and is done in one piece."""


def unfold(loci: Loci, pathway: Pathway, values: JsonObject, results: Results) -> Unfolded:
    """Everything about a run that its outcomes so far decide."""
    unfolding = _Unfolding(loci, results)
    unfolding.pathway(pathway, values, _Place("", (), 0))
    unfolding.found.remedy(unfolding.remedies)
    return unfolding.found


def tasks_of(loci: Loci, pathway: Pathway, values: JsonObject) -> tuple[Task, ...]:
    """Every task of a pathway whose steps use nothing of each other's results, each in its turn.

    Raises `Unresolvable` where one cannot be begun, or where they are more than a gene could do.
    """
    steps = replace(loci, fused=frozenset())
    results: dict[str, Result] = {}
    found: list[Task] = []
    while len(found) <= run_limits.FUSED_TASKS:
        unfolded = unfold(steps, pathway, values, results)
        for place, reason in unfolded.failed.items():
            raise Unresolvable(f"step {place}: {reason}")
        if not unfolded.ready:
            return tuple(found)
        found += unfolded.ready
        results |= {t.place: Result(Outcome.DONE, {"healthy": True}) for t in unfolded.ready}
    raise Unresolvable(f"{pathway.name} has more than {run_limits.FUSED_TASKS} tasks")


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
        self.remedies: dict[str, Sequence[Remedy]] = {}

    def pathway(
        self, pathway: Pathway, values: JsonObject, place: _Place
    ) -> tuple[str, ...] | None:
        """A pathway that stands at a place: in one piece, else by its steps."""
        if pathway.name in self._loci.fused:
            name = place.name or WHOLE
            result = self._results.get(name)
            if result is None and self._may_be_whole(pathway, values):
                self.found.ready.append(Task(name, pathway.name, values, place.needs))
                return None
            if result is not None and result.outcome is Outcome.FAILED:
                self.found.decomposed[name] = result.reason
            elif result is not None:
                running = result.outcome is Outcome.RUNNING
                (self.found.running if running else self.found.done).append(name)
                return None if running else (name,)
        return self._steps(pathway, values, place)

    def _may_be_whole(self, pathway: Pathway, values: JsonObject) -> bool:
        try:
            return bool(tasks_of(self._loci, pathway, values))
        except Unresolvable:
            return False

    def _steps(self, pathway: Pathway, values: JsonObject, place: _Place) -> tuple[str, ...] | None:
        """Steps and then probes of a pathway."""
        self.remedies[place.name] = pathway.on_failure
        prefix = f"{place.name}." if place.name else ""
        ended: dict[int, tuple[str, ...]] = {}
        known = Known(values)
        for step in pathway.steps:
            name = f"{prefix}{step.number}"
            before = waits_for(self._loci, pathway, step, values)
            if not before <= ended.keys():
                self.found.waiting.append(name)
                continue
            behind = tuple(p for n in sorted(before) for p in ended[n]) or place.needs
            here = _Place(name, behind, place.depth, is_asked(pathway, step.number))
            done = self._action(step.action, known, here)
            if done is not None:
                ended[step.number] = done
                known = Known(values, {**known.steps, step.number: self._given(step, name)})
        every = tuple(p for n in sorted(ended) for p in ended[n]) or place.needs
        if pathway.verify is None:
            return every if len(ended) == len(pathway.steps) else None
        if len(ended) < len(pathway.steps):
            self.found.waiting.append(f"{prefix}verify")
            return None
        return self._probes(pathway, known, prefix, every)

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
        return self.pathway(pathway, values, replace(place, depth=place.depth + 1))

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
