"""The names that a file defines and uses, and where: the base of every tool that follows names.

Pure. Called when a text was read. A new kind of node needs one function here, registered for its
type; nodes that no function knows are searched for those that are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import singledispatch
from typing import Final

from controller.language.sources import Source
from controller.language.symbols import (
    Kind,
    Occurrence,
    Symbol,
    contract_symbol,
    owner_of,
)
from grammar.sg import composition, nodes
from grammar.sg.nodes import Contract
from grammar.sg.references import mentions
from grammar.source import Span
from grammar.system import nodes as system

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class _Place:
    """What a node is inside of.

    `owner` is that of the contract's names, `steps` the locus of each numbered step, `variables`
    those of the loops around, `resources` the names that a bare word may mean.
    """

    owner: str
    lines: tuple[str, ...]
    steps: Mapping[int, str] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()

    def find(self, name: str, span: Span | None, offset: int = 0) -> Span | None:
        """Where a name stands on the line of a span, at or after its start."""
        if span is None or not 1 <= span.line <= len(self.lines) or not name:
            return None
        whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        found = whole.search(self.lines[span.line - 1], span.column - 1 + offset)
        return _at(span, found.start() + 1, len(name)) if found else None

    def word(self, span: Span, offset: int = 0) -> Span | None:
        """The first name at or after the start of a span, on its line."""
        row = self.lines[span.line - 1] if span.line <= len(self.lines) else ""
        found = _NAME.search(row, span.column - 1 + offset)
        return _at(span, found.start() + 1, len(found[0])) if found else None


def _at(span: Span, column: int, width: int) -> Span:
    return Span(span.file, span.line, column, span.line, column + width)


def occurrences(source: Source) -> tuple[Occurrence, ...]:
    """Every name of a file, in order of place."""
    by_contract = [occurrences_in(contract, source) for contract in source.document.contracts]
    return in_order(one for names in by_contract for one in names)


def occurrences_in(contract: Contract, source: Source) -> tuple[Occurrence, ...]:
    """Every name of one contract of a file, in order of place."""
    place = _Place(owner_of(contract), lines_of(source.text))
    return in_order(_contract(contract, place))


def in_order(found: Iterator[Occurrence]) -> tuple[Occurrence, ...]:
    """Occurrences by place."""
    return tuple(sorted(found, key=lambda one: (one.span.line, one.span.column)))


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text as spans count them: ended by line feeds, without a byte order mark."""
    return tuple(text.removeprefix("\ufeff").split("\n"))


def _contract(contract: Contract, place: _Place) -> Iterator[Occurrence]:
    span = place.find(contract.name, contract.span)
    if span:
        yield Occurrence(contract_symbol(contract), span, defines=True)
    yield from _inside(contract, place)


def _use(kind: Kind, name: str, owner: str, span: Span | None) -> Iterator[Occurrence]:
    if span and name:
        yield Occurrence(Symbol(kind, name, owner), span)


def _define(kind: Kind, name: str, owner: str, span: Span | None) -> Iterator[Occurrence]:
    if span and name:
        yield Occurrence(Symbol(kind, name, owner), span, defines=True)


def _parts(node: object, place: _Place) -> Iterator[Occurrence]:
    """Occurrences in whatever a node is made of."""
    if isinstance(node, tuple):
        for item in node:
            yield from _inside(item, place)
    elif is_dataclass(node) and not isinstance(node, Span):
        for part in fields(node):
            yield from _inside(getattr(node, part.name), place)


@singledispatch
def _inside(node: object, place: _Place) -> Iterator[Occurrence]:
    yield from _parts(node, place)


# --- genes and phenotypes ---------------------------------------------------------------


@_inside.register
def _gene(node: nodes.GeneContract, place: _Place) -> Iterator[Occurrence]:
    types = {declared.name for declared in node.types}
    for given in (*node.takes, *node.gives):
        yield from _field(given, node.name, node.name, types, place)
    for declared in node.types:
        yield from _define(Kind.TYPE, declared.name, node.name, declared.span)
        owner = f"{node.name}.{declared.name}"
        for inner in declared.fields:
            yield from _field(inner, owner, node.name, types, place)
    for part in (node.before, node.after, node.fails_when, node.unhealthy_when, node.feeds):
        yield from _parts(part, place)
    yield from _inside(node.verify, place)


def _field(
    node: nodes.Field, owner: str, gene: str, types: set[str], place: _Place
) -> Iterator[Occurrence]:
    if node.span is None:
        return
    yield from _define(Kind.FIELD, node.name, owner, node.span)
    if node.type.name in types:
        span = place.word(node.span, len(node.name))
        yield from _use(Kind.TYPE, node.type.name, gene, span)


@_inside.register
def _taken(node: nodes.Field, place: _Place) -> Iterator[Occurrence]:
    yield from _define(Kind.FIELD, node.name, place.owner, node.span)


@_inside.register
def _sentence(node: nodes.Sentence, place: _Place) -> Iterator[Occurrence]:
    for mention in mentions((node,)):
        if mention.name is not None:
            span = _at(mention.span, mention.span.column + 1, len(mention.name))
            yield from _use(Kind.FIELD, mention.name, place.owner, span)


@_inside.register
def _failure(node: nodes.FailureMode, place: _Place) -> Iterator[Occurrence]:
    yield from _sentence(node.condition, place)
    name, given, _ = node.outcome.partition("=")
    if given and _NAME.fullmatch(name.strip()):
        yield from _use(Kind.FIELD, name.strip(), place.owner, place.find(name.strip(), node.span))


@_inside.register
def _call(node: nodes.Call, place: _Place) -> Iterator[Occurrence]:
    yield from _use(Kind.LOCUS, node.locus, "", node.span)
    for argument in node.arguments:
        span = place.find(argument.name, argument.span)
        yield from _use(Kind.FIELD, argument.name, node.locus, span)
        yield from _inside(argument.value, place)


@_inside.register
def _feed(node: nodes.Feed, _place: _Place) -> Iterator[Occurrence]:
    yield from _use(Kind.LOCUS, node.locus, "", node.span)


@_inside.register
def _phenotype(node: nodes.Phenotype, place: _Place) -> Iterator[Occurrence]:
    if node.topology:
        span = place.find(node.topology, node.places.get("for"), len("for"))
        yield from _use(Kind.CONTRACT, node.topology, "topology", span)
    for binding in node.bindings:
        yield from _define(Kind.BINDING, binding.name, place.owner, binding.span)
    yield from _parts(node.expresses, place)


@_inside.register
def _expression(node: nodes.Expression, _place: _Place) -> Iterator[Occurrence]:
    yield from _use(Kind.LOCUS, node.locus, "", node.span)
    for prefix, span in zip(node.stack, node.places, strict=False):
        yield from _use(Kind.ALLELE, prefix, node.locus, span)


# --- pathways, topologies, intents ------------------------------------------------------


@_inside.register
def _reference(node: nodes.Reference, place: _Place) -> Iterator[Occurrence]:
    span = place.find(node.name, node.span)
    if node.step is not None:
        yield from _use(Kind.FIELD, node.name, place.steps.get(node.step, ""), span)
    elif node.name in place.variables:
        yield from _use(Kind.VARIABLE, node.name, place.owner, span)
    else:
        yield from _use(Kind.FIELD, node.name, place.owner, span)


@_inside.register
def _pathway(node: composition.Pathway, place: _Place) -> Iterator[Occurrence]:
    steps = {step.number: _called(step.action) for step in node.steps}
    yield from _parts(node, replace(place, steps=steps))


def _called(action: composition.Action) -> str:
    """The locus whose output a step has; empty for a loop or a choice."""
    match action:
        case composition.Run():
            return action.locus
        case composition.Follow():
            return action.pathway
    return ""


@_inside.register(composition.Run)
@_inside.register(composition.Ask)
def _run(node: composition.Run | composition.Ask, place: _Place) -> Iterator[Occurrence]:
    yield from _use(Kind.LOCUS, node.locus, "", place.find(node.locus, node.span))
    yield from _given_to(node.locus, node.arguments, place)


@_inside.register
def _follow(node: composition.Follow, place: _Place) -> Iterator[Occurrence]:
    yield from _use(Kind.LOCUS, node.pathway, "", place.find(node.pathway, node.span))
    yield from _given_to(node.pathway, node.arguments, place)


@_inside.register
def _arm(node: composition.Arm, place: _Place) -> Iterator[Occurrence]:
    yield from _use(Kind.LOCUS, node.target, "", place.find(node.target, node.span))
    yield from _given_to(node.target, node.arguments, place)


@_inside.register
def _choose(node: composition.Choose, place: _Place) -> Iterator[Occurrence]:
    span = place.find(node.result, node.span)
    yield from _use(Kind.FIELD, node.result, place.steps.get(node.step, ""), span)
    yield from _parts(node.arms, place)


def _given_to(
    target: str, arguments: tuple[composition.Given, ...], place: _Place
) -> Iterator[Occurrence]:
    for argument in arguments:
        yield from _use(Kind.FIELD, argument.name, target, place.find(argument.name, argument.span))
        yield from _given(argument, place)


@_inside.register
def _given(node: composition.Given, place: _Place) -> Iterator[Occurrence]:
    """The value of an argument or property; a bare word may name a resource."""
    for word in _bare(node.value):
        if word in place.resources:
            yield from _use(Kind.RESOURCE, word, place.owner, place.find(word, node.place))
    yield from _inside(node.value, place)


def _bare(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    items = value.items if isinstance(value, composition.Listed) else value
    if isinstance(items, tuple):
        for item in items:
            yield from _bare(item)


@_inside.register(composition.Repeat)
@_inside.register(composition.AskEach)
def _loop(node: composition.Repeat | composition.AskEach, place: _Place) -> Iterator[Occurrence]:
    yield from _define(
        Kind.VARIABLE, node.variable, place.owner, place.find(node.variable, node.span)
    )
    yield from _inside(node.over, place)
    inner = replace(place, variables=place.variables | {node.variable})
    yield from _parts(node.body, inner)


@_inside.register
def _topology(node: composition.Topology, place: _Place) -> Iterator[Occurrence]:
    names = frozenset(resource.name for resource in node.has)
    yield from _parts(node, replace(place, resources=names))


@_inside.register
def _resource(node: composition.Resource, place: _Place) -> Iterator[Occurrence]:
    yield from _define(Kind.RESOURCE, node.name, place.owner, node.span)
    yield from _parts(node.properties, place)


@_inside.register
def _hosts(node: composition.HostSet, place: _Place) -> Iterator[Occurrence]:
    yield from _use(Kind.CONTRACT, node.topology.name, "topology", node.topology.span)
    for one in node.phenotypes:
        yield from _use(Kind.CONTRACT, one.name, "phenotype", one.span)
    for one in node.networks:
        yield from _use(Kind.RESOURCE, one.name, place.owner, one.span)


# --- systems ----------------------------------------------------------------------------


@_inside.register
def _entity(node: system.Entity, place: _Place) -> Iterator[Occurrence]:
    yield from _define(Kind.ENTITY, node.name, place.owner, place.find(node.name, node.span))
    for line in node.belongs_to:
        for name in line.names:
            yield from _use(Kind.ENTITY, name, place.owner, place.find(name, line.span))


@_inside.register
def _each(node: system.ForEach, place: _Place) -> Iterator[Occurrence]:
    yield from _use(Kind.ENTITY, node.entity, place.owner, place.find(node.entity, node.span))
    yield from _parts((node.condition, node.body), place)
