"""A graph made ready for events: what each type of event opens, and what it satisfies.

Built once for a graph, so that an event costs a look into a dictionary and the work that it is
for. opening.py, satisfaction.py, clock.py and claims.py use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from controller import limits
from controller.conductor.graph.calendar import zone_named
from controller.conductor.graph.claims import ready_claim
from controller.conductor.graph.compile import looked_at, tests_of
from controller.conductor.graph.conditions import Test, test_of
from controller.conductor.graph.graph import (
    Check,
    Each,
    Expect,
    Graph,
    OnEvent,
    Rule,
    Step,
)
from controller.conductor.graph.needs import labels_of, needs_of, owners_of
from controller.conductor.graph.scope import Read, Scope, argument_reader, key_reader, reader
from controller.conductor.graph.tables import Key, Teller
from controller.conductor.graph.telling import noun_of, words_of
from grammar.system import nodes
from grammar.system.nodes import Passed, Path


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a consequence. `names` are what an event may have it under; `thing` if it
    refers to one; what cannot be compared (a call) has no names. `read` gives its value."""

    label: str
    passed: Passed
    names: tuple[str, ...]
    thing: bool
    read: Read


@dataclass(frozen=True, slots=True)
class Opening:
    """A consequence, ready. `fallback` is the place of the opening that it falls back to;
    `things` are the places of the arguments that are things, `told` of those that an event's
    fields can contradict, with their names."""

    place: int
    expect: Expect
    rule: int
    arguments: tuple[Argument, ...]
    fallback: int | None = None
    is_fallback: bool = False
    requires: tuple[tuple[str, Read], ...] = ()
    name: str = field(init=False)
    reads: tuple[Read, ...] = field(init=False)
    things: tuple[tuple[int, Argument], ...] = field(init=False)
    told: tuple[tuple[int, tuple[str, ...]], ...] = field(init=False)

    def __post_init__(self) -> None:
        numbered = tuple(enumerate(self.arguments))
        made = {
            "name": self.expect.consequence.name,
            "reads": tuple(one.read for one in self.arguments),
            "things": tuple((at, one) for at, one in numbered if one.thing),
            "told": tuple((at, one.names) for at, one in numbered if one.names),
        }
        for attribute, value in made.items():
            object.__setattr__(self, attribute, value)


@dataclass(frozen=True, slots=True)
class Checking:
    """A condition, ready. `crossed` gives the values whose change it is about, `compared`
    what each of its tests looks at."""

    place: int
    check: Check
    test: Test
    crossed: tuple[Callable[[Scope], Key | None], ...]
    compared: tuple[Read, ...]
    body: tuple[Ready, ...]


@dataclass(frozen=True, slots=True)
class Looping:
    """A loop, ready."""

    entity: str
    test: Test | None
    body: tuple[Ready, ...]


Ready = Opening | Checking | Looping


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rule, ready. `noun` is the kind of thing that it is about. `plain` are its consequences
    where there is nothing else to it and each has that thing for its only argument."""

    place: int
    rule: Rule
    noun: str
    body: tuple[Ready, ...]
    owners: tuple[str, ...]
    plain: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do with events of one type: the rules that they trigger, the consequence
    that they may be, whether the system speaks of them at all, the word that they begin with if
    the evaluator itself knows it, whether they can tell anything that is kept of things, and which
    fields of their thing never change."""

    triggers: tuple[Trigger, ...]
    closes: str
    known: bool
    own: str
    tells: bool
    fixed: frozenset[str]


OWN: Final = (
    "backfill.decided",
    "intent.evolved",
    "measurement.recorded",
    "projection.advanced",
)
"""Types of events that are about the system itself; `Plan.own` is the first word of one."""


class Program:
    """What a graph does with events."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.needs = needs_of(graph)
        self.owners = owners_of(graph)
        self.teller = Teller(self.needs, self.owners)
        zone = zone_named(graph.zone)
        assert zone is not None
        self.zone = zone
        self.openings: list[Opening] = []
        self.checks: list[Checking] = []
        self._things = self._nouns()
        self.triggers = [self._trigger(place, rule) for place, rule in enumerate(graph.rules)]
        self.on_event: dict[str, list[Trigger]] = {}
        for trigger in self.triggers:
            if isinstance(trigger.rule.trigger, OnEvent):
                self.on_event.setdefault(trigger.rule.trigger.type, []).append(trigger)
        self.timed = [t for t in self.triggers if not isinstance(t.rule.trigger, OnEvent)]
        self.closes = frozenset(opening.name for opening in self.openings)
        self.names = {name: self._names(name) for name in self.closes}
        self.claims = tuple(ready_claim(place, one) for place, one in enumerate(graph.claims))
        self.named = self._named()
        self.plans: dict[str, Plan] = {}

    def plan(self, kind: str) -> Plan:
        """What to do with events of a type. A point in it is as good as `_`."""
        found = self.plans.get(kind)
        if found is None:
            if len(self.plans) >= limits.EVENT_TYPES_CACHED:
                self.plans.clear()
            found = self.plans[kind] = self._planned(kind)
        return found

    def _planned(self, kind: str) -> Plan:
        noun, flat = noun_of(kind), kind.replace(".", "_")
        closes = kind if kind in self.closes else (flat if flat in self.closes else "")
        own = noun if kind in OWN else ""
        triggers = tuple(self.on_event.get(kind, ()))
        words = (
            {kind, flat, noun, *words_of(kind)} if self.needs.projections else {kind, flat, noun}
        )
        known = bool(closes or triggers or own) or not self.named.isdisjoint(words)
        tells, fixed = self.teller.hears(kind), self._fixed(kind)
        return Plan(triggers, closes, known, own, tells, fixed)

    def _fixed(self, kind: str) -> frozenset[str]:
        """What an immutable thing has, for the events about it."""
        unchanging = (e for e in self.graph.entities if e.immutable and e.name == noun_of(kind))
        groups = (group for one in unchanging for group in one.has)
        return frozenset(name.removesuffix("[]") for group in groups for name in group.names)

    def _named(self) -> frozenset[str]:
        """Every word that the system has for events and for what they are about."""
        has = (name for one in self.graph.entities for group in one.has for name in group.names)
        many = {name.removesuffix("[]") for name in has if name.endswith("[]")}
        singular = {name.removesuffix("s") for name in many}
        return frozenset(
            {*self._things, *singular, *self.graph.vocabulary, *self.needs.projections}
        )

    def _nouns(self) -> frozenset[str]:
        """Every word that names a kind of thing."""
        found = {one.name for one in self.graph.entities}
        found |= {owner for owners in self.owners.values() for owner in owners}
        for rule in self.graph.rules:
            trigger = rule.trigger
            if isinstance(trigger, OnEvent):
                found.add(noun_of(trigger.type))
            elif trigger.entity:
                found.add(trigger.entity)
        return frozenset(found | {claim.entity for claim in self.graph.claims})

    def _trigger(self, place: int, rule: Rule) -> Trigger:
        on = rule.trigger
        noun = noun_of(on.type) if isinstance(on, OnEvent) else (on.entity or "")
        owners = self.owners.get(noun, ())
        body = tuple(self._ready(place, step, noun, frozenset({noun})) for step in rule.body)
        plain = tuple(one for one in body if isinstance(one, Opening) and _is_plain(one, noun))
        return Trigger(place, rule, noun, body, owners, plain if len(plain) == len(body) else ())

    def _ready(self, rule: int, step: Step, noun: str, things: frozenset[str]) -> Ready:
        if isinstance(step, Expect):
            return self._opening(rule, step, things)
        if isinstance(step, Each):
            inner = things | {step.entity}
            body = tuple(self._ready(rule, one, noun, inner) for one in step.body)
            test = None if step.condition is None else test_of(step.condition)
            return Looping(step.entity, test, body)
        body = tuple(self._ready(rule, one, noun, things) for one in step.body)
        tests = tests_of(step.condition)
        crossed = tuple(key_reader(one.left) for one in tests if isinstance(one, nodes.Crosses))
        compared = tuple(reader(looked_at(one)) for one in tests)
        ready = Checking(len(self.checks), step, test_of(step.condition), crossed, compared, body)
        self.checks.append(ready)
        return ready

    def _opening(self, rule: int, step: Expect, things: frozenset[str]) -> Opening:
        fallback = None
        requires = tuple((_last(path), reader(path)) for path in step.requires)
        if step.fallback is not None:
            other = replace(
                step, id=f"{step.id}, fallback", consequence=step.fallback, fallback=None
            )
            arguments = self._arguments(other, things)
            fallback = len(self.openings)
            self.openings.append(Opening(fallback, other, rule, arguments, None, True, requires))
        arguments = self._arguments(step, things)
        made = Opening(len(self.openings), step, rule, arguments, fallback, False, requires)
        self.openings.append(made)
        return made

    def _arguments(self, step: Expect, things: frozenset[str]) -> tuple[Argument, ...]:
        found = []
        for index, one in enumerate(step.consequence.arguments):
            names = labels_of(one)
            path = one.value if isinstance(one.value, Path) else None
            if path is not None and not isinstance(path.root, str):
                names = ()
            last = names[-1] if names else ""
            thing = path is not None and (last in things or last in self._things)
            read = reader(path) if thing and path is not None else argument_reader(one)
            label = names[0] if names else _label(one, index)
            found.append(Argument(label, one, names, thing, read))
        return tuple(found)

    def _names(self, name: str) -> frozenset[str]:
        """Every name that an event of a consequence may have an identifying value under."""
        found: set[str] = set()
        for opening in self.openings:
            if opening.name == name:
                trigger = self.triggers[opening.rule]
                things = (label for one in opening.arguments if one.thing for label in one.names)
                found.update(things, (trigger.noun, *trigger.owners))
        return frozenset(found - {""})


def _is_plain(opening: Opening, noun: str) -> bool:
    only = opening.arguments[0].passed.value if len(opening.arguments) == 1 else None
    return opening.fallback is None and bool(noun) and only == Path(noun, ())


def _last(path: Path) -> str:
    return str((path.root, *path.fields)[-1])


def _label(argument: Passed, index: int) -> str:
    return argument.name or f"argument {index + 1}"
