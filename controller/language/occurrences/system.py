"""The names in systems: entities, events, consequences, projections. Pure; see place.py.

A system may speak of entities that another one declares, so those have no owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from controller.language.occurrences.place import Place, define, inside, parts, use
from controller.language.symbols import Kind, Occurrence
from grammar.source import Span
from grammar.system import nodes

THRESHOLD: Final = "threshold"
INTENT: Final = "intent"
"""What may begin a path and is no entity."""


@inside.register
def _system(node: nodes.System, place: Place) -> Iterator[Occurrence]:
    entities = {one.name: one for one in node.members if isinstance(one, nodes.Entity)}
    qualities = {one.name for one in node.members if isinstance(one, nodes.Invariant)}
    within = replace(place, entities=entities)
    for member in node.members:
        if isinstance(member, nodes.Optimise):
            told = use if member.quality in qualities else define
            qualities.add(member.quality)
            yield from told(Kind.QUALITY, member.quality, place.owner, member.span)
        else:
            yield from inside(member, within)


@inside.register
def _invariant(node: nodes.Invariant, place: Place) -> Iterator[Occurrence]:
    yield from define(Kind.QUALITY, node.name, place.owner, node.span)


@inside.register
def _threshold(node: nodes.Threshold, _place: Place) -> Iterator[Occurrence]:
    yield from define(Kind.THRESHOLD, node.name, "", node.span)


@inside.register
def _capability(node: nodes.Capability, place: Place) -> Iterator[Occurrence]:
    """What goes in and out is an entity if the system declares it, else a projection."""
    for lines, told in ((node.accepts, use), (node.produces, define)):
        for name, span in _named(lines, place):
            if name in place.entities:
                yield from use(Kind.ENTITY, name, "", span)
            else:
                yield from told(Kind.PROJECTION, name, "", span)


def _named(lines: tuple[nodes.Names, ...], place: Place) -> Iterator[tuple[str, Span | None]]:
    """The names of lines such as `has: a, b[]`, each without `[]`."""
    for line in lines:
        behind = 0
        for written in line.names:
            name = written.removesuffix("[]")
            span = place.find(name, line.span, behind)
            if span and line.span:
                behind = span.end_column - line.span.column
            yield name, span


@inside.register
def _entity(node: nodes.Entity, place: Place) -> Iterator[Occurrence]:
    yield from define(Kind.ENTITY, node.name, "", node.span)
    for name, span in _named(node.belongs_to, place):
        yield from use(Kind.ENTITY, name, "", span)
    for name, span in _named(node.has, place):
        yield from define(Kind.ATTRIBUTE, name, node.name, span)


@inside.register
def _when(node: nodes.When, place: Place) -> Iterator[Occurrence]:
    yield from _path(node.event, place, Kind.EVENT)
    yield from parts(node.body, place)


@inside.register
def _each(node: nodes.ForEach, place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.ENTITY, node.entity, "", node.span)
    yield from inside(node.condition, replace(place, each=node.entity))
    yield from parts(node.body, place)


@inside.register
def _obligation(node: nodes.Obligation, place: Place) -> Iterator[Occurrence]:
    for consequence in (node.consequence, node.fallback):
        if consequence is not None:
            yield from use(Kind.LOCUS, consequence.name, "", consequence.span)
            for passed in consequence.arguments:
                if passed.name is not None:
                    yield from use(Kind.FIELD, passed.name, consequence.name, passed.span)
                yield from inside(passed.value, place)
    yield from parts(node.requires, place)


@inside.register
def _projection(node: nodes.Invocation, place: Place) -> Iterator[Occurrence]:
    yield from use(Kind.PROJECTION, node.name, "", node.span)
    for passed in node.arguments:
        yield from inside(passed.value, place)


@inside.register
def _value(node: nodes.Path, place: Place) -> Iterator[Occurrence]:
    yield from _path(node, place, Kind.ATTRIBUTE)


def _path(node: nodes.Path, place: Place, last: Kind) -> Iterator[Occurrence]:
    """The names of a path; `last` is what a name is that the entity before it does not declare."""
    if isinstance(node.root, nodes.Invocation):
        yield from _projection(node.root, place)
        return
    span = place.find(node.root, node.span)
    if span is None or node.root == INTENT:
        return
    if node.root == THRESHOLD:
        if node.fields:
            yield from use(Kind.THRESHOLD, node.fields[0], "", _next(node.fields[0], span, place))
        return
    entity = node.root
    if place.each and node.root not in place.entities:
        yield from _member(node.root, place.each, span, place, last)
        return
    if node.fields or node.root in place.entities:
        yield from use(Kind.ENTITY, node.root, "", span)
    for name in node.fields:
        span = _next(name, span, place)
        yield from _member(name, entity, span, place, last)
        if span is None or not _belongs(entity, name, place):
            return
        entity = name


def _next(name: str, before: Span, place: Place) -> Span | None:
    """Where a name stands that follows another one and a dot."""
    return place.find(name, before, before.end_column - before.column)


def _belongs(entity: str, name: str, place: Place) -> bool:
    declared = place.entities.get(entity)
    return declared is not None and any(name in line.names for line in declared.belongs_to)


def _has(entity: str, name: str, place: Place) -> bool:
    declared = place.entities.get(entity)
    lines = declared.has if declared else ()
    return any(name == one.removesuffix("[]") for line in lines for one in line.names)


def _member(
    name: str, entity: str, span: Span | None, place: Place, last: Kind
) -> Iterator[Occurrence]:
    """What follows an entity and a dot: whom it belongs to, what it has, or what happens to it."""
    if _belongs(entity, name, place):
        yield from use(Kind.ENTITY, name, "", span)
    else:
        kind = Kind.ATTRIBUTE if _has(entity, name, place) else last
        yield from use(kind, name, entity, span)


# --- conditions that say a name without its place -------------------------------------------


@inside.register
def _holds_attribute(node: nodes.Has, place: Place) -> Iterator[Occurrence]:
    yield from inside(node.subject, place)
    yield from _attribute(node, node.subject, node.subject.span, place)


@inside.register
def _state(node: nodes.Is, place: Place) -> Iterator[Occurrence]:
    yield from inside(node.subject, place)
    yield from _through(node, node.subject.span, place)


def _attribute(
    node: nodes.Has, subject: nodes.Path, start: Span | None, place: Place
) -> Iterator[Occurrence]:
    """The name after `has`; `start` is a place before it on its line."""
    if isinstance(subject.root, str) and not subject.fields:
        span = place.find(node.attribute, start, place.past(" has", start))
        yield from _member(node.attribute, subject.root, span, place, Kind.ATTRIBUTE)


def _through(node: nodes.Is, start: Span | None, place: Place) -> Iterator[Occurrence]:
    if node.through is not None:
        span = place.find(node.through, start, place.past(" through", start))
        yield from use(Kind.PROJECTION, node.through, "", span)


@inside.register
def _assertion(node: nodes.Assertion, place: Place) -> Iterator[Occurrence]:
    yield from inside(node.subject, place)
    for claim in _alternatives(node.claim):
        if isinstance(claim, nodes.Has):
            yield from _attribute(claim, node.subject, node.span, place)
        elif isinstance(claim, nodes.Is):
            yield from _through(claim, node.span, place)
        elif isinstance(claim, nodes.Compare):
            yield from inside(claim.right, place)


def _alternatives(claim: nodes.Condition) -> Iterator[nodes.Condition]:
    """The conditions that a claim is made of."""
    match claim:
        case nodes.Both() | nodes.Either():
            for part in claim.parts:
                yield from _alternatives(part)
        case nodes.Not():
            yield from _alternatives(claim.part)
        case _:
            yield claim
