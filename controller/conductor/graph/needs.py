"""What a graph has to remember of things: which attributes, states, counts and projections.

Nothing else is kept of events, so a graph that asks for nothing keeps nothing. Computed once for
each graph; tables.py keeps what is listed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from controller.conductor.graph.compile import tests_of
from controller.conductor.graph.graph import (
    Check,
    Each,
    Expect,
    Graph,
    OnClock,
    OnEvent,
    OnState,
    Step,
    steps,
)
from controller.conductor.graph.telling import is_birth, noun_of
from grammar.system import nodes
from grammar.system.paths import in_condition, in_path

COUNT = "count"


@dataclass(slots=True)
class Projected:
    """A projection that is asked: by what its rows are named, and which values it has."""

    labels: tuple[str, ...]
    fields: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Needs:
    """By entity: attributes, and words that it may be (`acknowledged`). `counted` maps an entity
    and the name of its many to the entity that they are; `crossed` are values whose changes
    matter."""

    attributes: dict[str, set[str]] = field(default_factory=dict)
    states: dict[str, set[str]] = field(default_factory=dict)
    counted: dict[tuple[str, str], str] = field(default_factory=dict)
    projections: dict[str, Projected] = field(default_factory=dict)
    crossed: set[tuple[str, str]] = field(default_factory=set)


def needs_of(graph: Graph) -> Needs:
    """What evaluating a graph needs to know of things."""
    work = _Needs(graph)
    for rule in graph.rules:
        trigger = rule.trigger
        if isinstance(trigger, OnState):
            work.state(trigger.entity, trigger.state)
        elif isinstance(trigger, OnClock) and trigger.entity and trigger.attribute:
            work.attribute(trigger.entity, trigger.attribute)
            work.attribute(trigger.entity, "time_zone")
        born = isinstance(trigger, OnEvent) and is_birth(trigger.type)
        work.fresh = noun_of(trigger.type) if isinstance(trigger, OnEvent) and born else ""
        for step in steps(rule.body):
            work.step(step)
    work.fresh = ""
    for claim in graph.claims:
        work.needs.attributes.setdefault(claim.entity, set())
        if claim.only:
            work.state(claim.entity, claim.only)
        work.condition(claim.condition)
    return work.needs


def base_word(state: str) -> tuple[str, bool]:
    """The word that a state is told by, and whether it is meant: `unread` is not `read`."""
    if state.startswith("not_"):
        return state[4:], False
    if state.startswith("un") and not state.startswith(("under", "uni", "until")) and state[2:]:
        return state[2:], False
    return state, True


def is_reachable(state: str) -> bool:
    """Whether a state is about what a projection covers."""
    return state == "reachable" or state.startswith("reachable_")


class _Needs:
    def __init__(self, graph: Graph) -> None:
        self.needs = Needs()
        self.entities = {one.name: one for one in graph.entities}
        self.fresh = ""

    def attribute(self, entity: str, name: str) -> None:
        self.needs.attributes.setdefault(entity, set()).add(name)

    def state(self, entity: str, state: str) -> None:
        self.needs.attributes.setdefault(entity, set())
        self.needs.states.setdefault(entity, set()).add(base_word(state)[0])

    def step(self, step: Step) -> None:
        if isinstance(step, Expect):
            for path in _paths(step):
                self.path(path)
            return
        if isinstance(step, Each):
            self.needs.attributes.setdefault(step.entity, set())
            for one in self.entities.values():
                if step.entity in _owners(one):
                    self.attribute(one.name, step.entity)
        if isinstance(step, Check) or step.condition is not None:
            assert step.condition is not None
            self.condition(step.condition)

    def condition(self, condition: nodes.Condition) -> None:
        for path in in_condition(condition):
            self.path(path)
        for test in tests_of(condition):
            self._test(test)

    def _test(self, test: nodes.Condition) -> None:
        if isinstance(test, nodes.Crosses):
            self._crossed(test.left)
        elif isinstance(test, nodes.Is) and isinstance(test.subject.root, str):
            entity = (test.subject.root, *test.subject.fields)[-1]
            if not is_reachable(test.state) and not test.subject.fields:
                self.state(entity, test.state)
            elif test.subject.fields:
                owner = (test.subject.root, *test.subject.fields)[-2]
                self.attribute(owner, f"{entity}_{test.state}")
        elif isinstance(test, nodes.Has) and isinstance(test.subject.root, str):
            self.path(nodes.Path(test.subject.root, (*test.subject.fields, test.attribute)))

    def _crossed(self, path: nodes.Path) -> None:
        if isinstance(path.root, nodes.Invocation):
            if path.fields:
                self.needs.crossed.add((f"{path.root.name}()", path.fields[0]))
        elif path.fields:
            entity = (path.root, *path.fields)[-2]
            self.needs.crossed.add((entity, path.fields[-1]))
            self.attribute(entity, path.fields[-1])

    def path(self, path: nodes.Path) -> None:
        if isinstance(path.root, nodes.Invocation):
            self._projection(path.root, path.fields)
            return
        names = (path.root, *path.fields)
        for entity, name in pairwise(names):
            if name != COUNT and entity != self.fresh:
                self.attribute(entity, name)
        for owner, many, last in zip(names, names[1:], names[2:], strict=False):
            child = self._child(owner, many) if last == COUNT else None
            if child is not None:
                self.needs.counted[owner, many] = child
                self.attribute(child, owner)

    def _projection(self, call: nodes.Invocation, fields: tuple[str, ...]) -> None:
        if not fields:
            return
        labels = tuple(labels_of(one)[-1] for one in call.arguments if labels_of(one))
        found = self.needs.projections.setdefault(call.name, Projected(labels))
        found.fields.add(fields[0])

    def _child(self, owner: str, many: str) -> str | None:
        for name, one in self.entities.items():
            if owner in _owners(one) and many in (name, f"{name}s", f"{name}es", f"{name[:-1]}ies"):
                return name
        return None


def _owners(entity: nodes.Entity) -> set[str]:
    return {name for group in entity.belongs_to for name in group.names}


def owners_of(graph: Graph) -> dict[str, tuple[str, ...]]:
    """What each declared entity belongs to."""
    return {one.name: tuple(sorted(_owners(one))) for one in graph.entities}


def labels_of(argument: nodes.Passed) -> tuple[str, ...]:
    """The names that an event may have an argument's value under: its own, its path's last."""
    value = argument.value
    last: tuple[str, ...] = ()
    if isinstance(value, nodes.Path) and isinstance(value.root, str):
        last = ((value.root, *value.fields)[-1],)
    own = () if argument.name is None else (argument.name,)
    return tuple(dict.fromkeys((*own, *last)))


def _paths(step: Expect) -> Iterator[nodes.Path]:
    calls = [step.consequence, *([step.fallback] if step.fallback else [])]
    for call in calls:
        for argument in call.arguments:
            if isinstance(argument.value, nodes.Path):
                yield from in_path(argument.value)
    yield from step.requires
