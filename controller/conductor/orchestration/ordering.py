"""Which steps of a pathway wait for which. Asked by unfolding.py.

A step waits for an earlier one that it `requires`, whose results it uses, or that names the same
thing: arguments with a text in common. A diagnostic step waits for all before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from controller import run_limits
from controller.conductor.orchestration.resolving import Known, Unresolvable, resolve, texts
from controller.domains.world import JsonObject
from grammar.sg.composition import (
    Action,
    Ask,
    AskEach,
    Choose,
    Follow,
    Given,
    Pathway,
    Repeat,
    Run,
    Step,
)
from grammar.sg.nodes import Family, GeneContract
from grammar.sg.value import references


@dataclass(frozen=True, slots=True)
class Loci:
    """The genes and pathways that steps may name. `fused` are pathways done in one piece."""

    genes: Mapping[str, GeneContract]
    pathways: Mapping[str, Pathway]
    fused: frozenset[str] = frozenset()


def waits_for(loci: Loci, pathway: Pathway, step: Step, values: JsonObject) -> set[int]:
    """The numbers of the earlier steps that a step waits for."""
    known = Known(values)
    named = _named(step.action, known)
    looks = _looks(loci, step.action)
    used = {need.needs for need in pathway.requires if need.step == step.number}
    used |= set(_used(step.action))
    for earlier in pathway.steps:
        if earlier.number >= step.number:
            break
        if looks or named & _named(earlier.action, known):
            used.add(earlier.number)
    return used


def is_asked(pathway: Pathway, number: int) -> bool:
    """True when a later step uses what this one gives."""
    return any(number in _used(later.action) for later in pathway.steps if later.number > number)


def uses_results(pathway: Pathway) -> bool:
    """True when something in a pathway depends on what one of its steps gave."""
    asks = pathway.verify.asks if pathway.verify is not None else ()
    return any([*_used(step.action)] for step in pathway.steps) or any(map(_asks_results, asks))


def _asks_results(ask: Ask | AskEach) -> bool:
    if isinstance(ask, AskEach):
        over = any(r.step is not None for r in references(ask.over))
        return over or any(map(_asks_results, ask.body))
    return any(r.step is not None for given in ask.arguments for r in references(given.value))


def _looks(loci: Loci, action: Action) -> bool:
    gene = loci.genes.get(action.locus) if isinstance(action, Run) else None
    return gene is not None and gene.family is Family.DIAGNOSTIC


def _used(action: Action) -> Iterator[int]:
    """The steps whose results an action uses."""
    if isinstance(action, Choose):
        yield action.step
    for given in _givens(action):
        yield from (r.step for r in references(given.value) if r.step is not None)
    for repeat in _repeats(action):
        yield from (r.step for r in references(repeat.over) if r.step is not None)


def _repeats(action: Action) -> Iterator[Repeat]:
    if isinstance(action, Repeat):
        yield action
        for inner in action.body:
            yield from _repeats(inner)


def _givens(action: Action) -> Iterator[Given]:
    if isinstance(action, Run | Follow):
        yield from action.arguments
    elif isinstance(action, Choose):
        for arm in action.arms:
            yield from arm.arguments
    else:
        for inner in action.body:
            yield from _givens(inner)


def _named(action: Action, known: Known) -> set[str]:
    """Every text among the arguments, as far as it is known before anything is done."""
    found: set[str] = set()
    for inner in _in_loops(action, known):
        for given in _givens(action):
            found |= _texts_of(given, inner)
    return found


def _in_loops(action: Action, known: Known) -> Sequence[Known]:
    """What is known in each item of the loops of an action."""
    everything = [known]
    for repeat in _repeats(action):
        wider = [inner for one in everything for inner in _items(repeat, one)]
        everything = (wider or everything)[: run_limits.RUN_TASKS]
    return everything


def _items(repeat: Repeat, known: Known) -> Iterator[Known]:
    try:
        items = resolve(repeat.over, known)
    except Unresolvable:
        return
    for item in items if isinstance(items, list) else ():
        yield known.having(repeat.variable, item)


def _texts_of(given: Given, known: Known) -> set[str]:
    try:
        return set(texts(resolve(given.value, known)))
    except Unresolvable:
        return set()
