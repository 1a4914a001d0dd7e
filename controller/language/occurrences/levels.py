"""The names in pathways, topologies and intents. Pure; registered with place.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from controller.language.occurrences.place import Place, define, inside, parts, use
from controller.language.symbols import Kind, Occurrence
from grammar.sg import composition, nodes
from grammar.sg.vocabulary import NETWORK


@inside.register
def _reference(node: nodes.Reference, place: Place) -> Iterator[Occurrence]:
    behind = 0 if node.step is None else place.past(".", node.span)
    span = place.find(node.name, node.span, behind)
    if node.step is not None:
        yield from use(Kind.FIELD, node.name, place.steps.get(node.step, ""), span)
    elif node.name in place.variables:
        yield from use(Kind.VARIABLE, node.name, place.owner, span)
    else:
        yield from use(Kind.FIELD, node.name, place.owner, span)


@inside.register
def _pathway(node: composition.Pathway, place: Place) -> Iterator[Occurrence]:
    steps = {step.number: _called(step.action) for step in node.steps}
    yield from parts(node, replace(place, steps=steps))


def _called(action: composition.Action) -> str:
    """The locus whose output a step has; empty for a loop or a choice."""
    match action:
        case composition.Run():
            return action.locus
        case composition.Follow():
            return action.pathway
    return ""


@inside.register(composition.Run)
@inside.register(composition.Ask)
def _run(node: composition.Run | composition.Ask, place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.LOCUS, node.locus, "", place.find(node.locus, node.span))
    yield from _given_to(node.locus, node.arguments, place)


@inside.register
def _follow(node: composition.Follow, place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.LOCUS, node.pathway, "", place.find(node.pathway, node.span))
    yield from _given_to(node.pathway, node.arguments, place)


@inside.register
def _arm(node: composition.Arm, place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.LOCUS, node.target, "", place.find(node.target, node.span))
    yield from _given_to(node.target, node.arguments, place)


@inside.register
def _choose(node: composition.Choose, place: Place) -> Iterator[Occurrence]:
    span = place.find(node.result, node.span, place.past(".", node.span))
    yield from use(Kind.FIELD, node.result, place.steps.get(node.step, ""), span)
    yield from parts(node.arms, place)


def _given_to(
    target: str, arguments: tuple[composition.Given, ...], place: Place
) -> Iterator[Occurrence]:
    for argument in arguments:
        yield from use(Kind.FIELD, argument.name, target, place.find(argument.name, argument.span))
        yield from _given(argument, place)


@inside.register
def _given(node: composition.Given, place: Place) -> Iterator[Occurrence]:
    """The value of an argument or property; a bare word may name a resource."""
    for word in _bare(node.value):
        if word in place.resources:
            yield from use(Kind.RESOURCE, word, place.owner, place.find(word, node.place))
    yield from inside(node.value, place)


def _bare(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    items = value.items if isinstance(value, composition.Listed) else value
    if isinstance(items, tuple):
        for item in items:
            yield from _bare(item)


@inside.register(composition.Repeat)
@inside.register(composition.AskEach)
def _loop(node: composition.Repeat | composition.AskEach, place: Place) -> Iterator[Occurrence]:
    yield from define(
        Kind.VARIABLE, node.variable, place.owner, place.find(node.variable, node.span)
    )
    yield from inside(node.over, place)
    inner = replace(place, variables=place.variables | {node.variable})
    yield from parts(node.body, inner)


@inside.register
def _topology(node: composition.Topology, place: Place) -> Iterator[Occurrence]:
    names = frozenset(resource.name for resource in node.has)
    yield from parts(node, replace(place, resources=names))


@inside.register
def _resource(node: composition.Resource, place: Place) -> Iterator[Occurrence]:
    yield from define(Kind.RESOURCE, node.name, place.owner, node.span)
    yield from use(Kind.RESOURCE_KIND, node.kind, "", node.place)
    for given in node.properties:
        yield from use(Kind.PROPERTY, given.name, node.kind or NETWORK, given.span)
        yield from _given(given, place)


@inside.register
def _hosts(node: composition.HostSet, place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.CONTRACT, node.topology.name, "topology", node.topology.span)
    for one in node.phenotypes:
        yield from use(Kind.CONTRACT, one.name, "phenotype", one.span)
    for one in node.groups:
        yield from use(Kind.GROUP, one.name, "", one.span)
    for one in node.networks:
        yield from use(Kind.RESOURCE, one.name, place.owner, one.span)
