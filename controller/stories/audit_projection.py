"""Audit: whether a projection holds what the log says, by asking the log and never the gene.

`missing_points`  every data point of the events that are followed is within reach
`comparison`      two projections answer real queries, and generated ones, alike
`untruth`         counts, and a sample derived anew, agree with what is stored
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import rfc8785

from controller import limits
from controller.domains.records.reach import data_points, follows
from controller.domains.records.state import Item, item_values
from controller.domains.world import JsonObject
from controller.genome.locus import input_problems, with_defaults
from controller.history.event import Event
from controller.ports.projections import ProjectionStore
from controller.stories.project import Builder, Projector, answer, opened, take


@dataclass(frozen=True, slots=True)
class Reached:
    """How many data points were looked for, and which are missing.

    `shown` are the first ones, for whoever asks; `fields` are their fields without any value.
    """

    subjects: int
    points: int
    missing: int
    shown: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many queries both answered, how many differently, and in what.

    `shown` are the first differences, for whoever asks; `fields` name what differs in any.
    """

    queries: int
    differing: int
    shown: tuple[JsonObject, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Untruth:
    """A sign that a projection is not what the log makes of it; `where` may name a subject."""

    told: str
    where: str = ""

    def __str__(self) -> str:
        """All of it, for whoever asks."""
        return f"{self.told}: {self.where}" if self.where else self.told


def missing_points(tools: Projector, builder: Builder, store: ProjectionStore) -> Reached:
    """Look for the latest value of each field of each subject among what its events wrote."""
    subjects = points = missing = 0
    shown: list[str] = []
    lacking: set[str] = set()
    with tools.shelf.data_points() as fold:
        fold.take(_points(tools, builder, store.cursor()))
        for subject, fields in fold.by_subject():
            subjects += 1
            points += len(fields)
            for name in _unreached(store, subject, fields):
                missing += 1
                lacking.add(_field(name))
                if len(shown) < limits.PROJECTION_DIFFERENCES_SHOWN:
                    shown.append(f"{subject}: {name} = {fields[name]}")
    return Reached(subjects, points, missing, tuple(shown), _few(lacking))


def _field(path: str) -> str:
    """`deal.stage` of `deal.stage.name[2]`: what is deeper may be named by people's data."""
    return ".".join(path.partition("[")[0].split(".")[:2])


def _few(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[: limits.PROJECTION_DIFFERENCES_SHOWN])


def _points(tools: Projector, builder: Builder, length: int) -> Iterator[tuple[str, str, str]]:
    for event in _followed(tools, builder, length):
        for name, value in data_points(event.type, event.data):
            yield event.subject, name, value


def _followed(tools: Projector, builder: Builder, length: int) -> Iterator[Event]:
    """The events among the log's first `length` that the contract follows."""
    kinds = builder.kinds
    events = islice(tools.chronicle.since(0), length)
    return (event for event in events if follows(kinds, event.type))


def _unreached(store: ProjectionStore, subject: str, fields: Mapping[str, str]) -> list[str]:
    wanted = set(fields.values()) - {subject}
    for item in store.touching(subject):
        if not wanted:
            break
        wanted.difference_update(item_values(item))
    return [name for name, value in fields.items() if value in wanted]


def comparison(tools: Projector, one: Builder, other: Builder) -> Compared:
    """Have both answer the same queries; an answer that is no answer is a difference."""
    queries = differing = 0
    shown: list[JsonObject] = []
    fields: set[str] = set()
    with closing(opened(tools, one)) as first, closing(opened(tools, other)) as second:
        for query in _queries(tools, other):
            queries += 1
            said = _said(tools, one, first, query), _said(tools, other, second, query)
            if rfc8785.dumps(said[0]) != rfc8785.dumps(said[1]):
                differing += 1
                fields |= _differing(*said)
                if len(shown) < limits.PROJECTION_DIFFERENCES_SHOWN:
                    shown.append({"query": query, "live": said[0], "candidate": said[1]})
    return Compared(queries, differing, tuple(shown), _few(fields))


def _differing(one: JsonObject, other: JsonObject) -> set[str]:
    """The fields of an answer, or "refused", that two do not have alike."""
    apart = one.keys() ^ other.keys()
    both = one.keys() & other.keys()
    return apart | {name for name in both if rfc8785.dumps(one[name]) != rfc8785.dumps(other[name])}


def _said(
    tools: Projector, builder: Builder, store: ProjectionStore, query: JsonObject
) -> JsonObject:
    said = answer(tools, builder, store, query)
    return {"refused": said, "by": builder.allele.short} if isinstance(said, str) else said


def _queries(tools: Projector, builder: Builder) -> list[JsonObject]:
    """What people asked, then the same about a sample of subjects.

    The first field that a contract takes is what a query is about.
    """
    asked = [query for query in tools.shelf.asked(builder.locus) if _fits(builder, query)]
    if not builder.contract.takes:
        return asked or [{}]
    about = builder.contract.takes[0].name
    shapes: dict[bytes, JsonObject] = {b"{}": {}}
    for query in reversed(asked):
        rest: JsonObject = {name: value for name, value in query.items() if name != about}
        if len(shapes) < limits.PROJECTION_QUERY_SHAPES:
            shapes.setdefault(rfc8785.dumps(rest), rest)
    sample = sampled(tools, builder, tools.chronicle.length())
    generated: list[JsonObject] = [
        {**rest, about: subject} for subject in sample for rest in shapes.values()
    ]
    return asked + [query for query in generated if _fits(builder, query)]


def _fits(builder: Builder, query: JsonObject) -> bool:
    """True if the contract, which may have changed since, takes the query."""
    return not input_problems(builder.contract, with_defaults(builder.contract, query))


def sampled(tools: Projector, builder: Builder, length: int) -> tuple[str, ...]:
    """The subjects whose hash with the allele's name is smallest: the same ones every time."""
    chosen: dict[str, str] = {}
    for event in _followed(tools, builder, length):
        if event.subject in chosen:
            continue
        rank = hashlib.sha256(f"{builder.allele.sha} {event.subject}".encode()).hexdigest()
        chosen[event.subject] = rank
        if len(chosen) > limits.PROJECTION_SAMPLE_SUBJECTS:
            del chosen[max(chosen, key=chosen.__getitem__)]
    return tuple(sorted(chosen))


def untruth(tools: Projector, builder: Builder, store: ProjectionStore) -> Untruth | None:
    """Why a projection is not what the log makes of it; None if no sign is found.

    Counted is everything; derived anew are the rows of a sample of subjects, and compared those
    that no other subject's events wrote.
    """
    counted = miscount(store)
    return Untruth(counted) if counted else _misderived(tools, builder, store)


def miscount(store: ProjectionStore) -> str | None:
    """Where the store does not hold as many rows or edges as were committed."""
    kept, found = store.tally(), store.count()
    for name in sorted({*kept, *found}):
        if kept.get(name, 0) != found.get(name, 0):
            return f"{name}: {kept.get(name, 0)} were committed, {found.get(name, 0)} are there"
    return None


def _misderived(tools: Projector, builder: Builder, store: ProjectionStore) -> Untruth | None:
    length = store.cursor()
    subjects = sampled(tools, builder, length)
    wanted = frozenset(subjects)
    with tools.shelf.scratch(builder.model) as scratch:
        events = (e for e in _followed(tools, builder, length) if e.subject in wanted)
        caught = take(tools, builder, scratch, enumerate(events, 1))
        if caught.failure is not None:
            return Untruth(caught.failure.told, caught.failure.reason)
        for subject in subjects:
            stored = _own(store, subject, store.shared)
            derived = _own(scratch, subject, store.shared)
            for ref in sorted({*stored, *derived}):
                if stored.get(ref) != derived.get(ref):
                    return Untruth("a row is not what its events make of it", f"{subject}: {ref}")
    return None


def _own(store: ProjectionStore, subject: str, shared: Callable[[str], bool]) -> dict[str, Item]:
    return {item.ref: item for item in store.touching(subject) if not shared(item.ref)}
