"""The names in genes and phenotypes. Pure; registered with place.py when it is imported."""

from __future__ import annotations

from collections.abc import Iterator

from controller.language.occurrences.place import NAME, Place, at, define, inside, parts, use
from controller.language.symbols import Kind, Occurrence
from grammar.sg import nodes
from grammar.sg.references import mentions


@inside.register
def _gene(node: nodes.GeneContract, place: Place) -> Iterator[Occurrence]:
    types = {declared.name for declared in node.types}
    for given in (*node.takes, *node.gives):
        yield from _field(given, node.name, node.name, types, place)
    for declared in node.types:
        yield from define(Kind.TYPE, declared.name, node.name, declared.span)
        owner = f"{node.name}.{declared.name}"
        for inner in declared.fields:
            yield from _field(inner, owner, node.name, types, place)
    for part in (node.before, node.after, node.fails_when, node.unhealthy_when, node.feeds):
        yield from parts(part, place)
    yield from inside(node.verify, place)


def _field(
    node: nodes.Field, owner: str, gene: str, types: set[str], place: Place
) -> Iterator[Occurrence]:
    if node.span is None:
        return
    yield from define(Kind.FIELD, node.name, owner, node.span)
    if node.type.name in types:
        span = place.word(node.span, len(node.name))
        yield from use(Kind.TYPE, node.type.name, gene, span)


@inside.register
def _taken(node: nodes.Field, place: Place) -> Iterator[Occurrence]:
    yield from define(Kind.FIELD, node.name, place.owner, node.span)


@inside.register
def _sentence(node: nodes.Sentence, place: Place) -> Iterator[Occurrence]:
    for mention in mentions((node,)):
        if mention.name is not None:
            span = at(mention.span, mention.span.column + 1, len(mention.name))
            yield from use(Kind.FIELD, mention.name, place.owner, span)


@inside.register
def _failure(node: nodes.FailureMode, place: Place) -> Iterator[Occurrence]:
    yield from _sentence(node.condition, place)
    name, given, _ = node.outcome.partition("=")
    if given and NAME.fullmatch(name.strip()):
        yield from use(Kind.FIELD, name.strip(), place.owner, place.find(name.strip(), node.span))


@inside.register
def _call(node: nodes.Call, place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.LOCUS, node.locus, "", node.span)
    for argument in node.arguments:
        span = place.find(argument.name, argument.span)
        yield from use(Kind.FIELD, argument.name, node.locus, span)
        yield from inside(argument.value, place)


@inside.register
def _feed(node: nodes.Feed, _place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.LOCUS, node.locus, "", node.span)


@inside.register
def _phenotype(node: nodes.Phenotype, place: Place) -> Iterator[Occurrence]:
    if node.topology:
        span = place.find(node.topology, node.places.get("for"), len("for"))
        yield from use(Kind.CONTRACT, node.topology, "topology", span)
    for binding in node.bindings:
        if node.topology:
            yield from use(Kind.FIELD, binding.name, f"topology {node.topology}", binding.span)
        else:
            yield from define(Kind.BINDING, binding.name, place.owner, binding.span)
    yield from parts(node.expresses, place)


@inside.register
def _expression(node: nodes.Expression, _place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.LOCUS, node.locus, "", node.span)
    for prefix, span in zip(node.stack, node.places, strict=False):
        yield from use(Kind.ALLELE, prefix, node.locus, span)
