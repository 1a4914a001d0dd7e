"""Project: hand events to a projection gene, batch by batch, and put questions to it.

A batch is one gene call, then one commit of all that it wrote together with the cursor: after a
crash the next call begins where the last commit ended. `promote_projection` and the command
line call this; what a gene may do while building or answering, `domains/records` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from controller import limits
from controller.domains.records import RECORDS
from controller.domains.records.batch import BatchKernel
from controller.domains.records.operation import Model, catalogue_of, model_of
from controller.domains.records.phrases import event_types
from controller.domains.records.reach import follows
from controller.domains.world import JsonObject
from controller.genome.allele import Allele
from controller.genome.locus import input_problems, read_output, with_defaults
from controller.history.event import Event
from controller.history.sealed import TOMBSTONE
from controller.ports import Blocked, Clock, Died, Sandbox, Unavailable
from controller.ports.projections import Projections, ProjectionStore
from controller.stories.broker import Broker, grants
from controller.stories.chronicle import Chronicle
from controller.stories.mainline import Main
from grammar.sg.nodes import GeneContract


@dataclass(frozen=True, slots=True)
class Projector:
    """What projecting needs. `recounted` remembers when each locus was last recounted."""

    sandbox: Sandbox
    shelf: Projections
    chronicle: Chronicle
    clock: Clock
    recounted: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Builder:
    """One allele at one projection locus, ready to build and to answer."""

    contract: GeneContract
    allele: Allele

    @property
    def locus(self) -> str:
        """The name of the locus."""
        return self.contract.name

    @property
    def model(self) -> Model:
        """What the allele builds."""
        return model_of(self.allele.source)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of events that the contract's `after:` names."""
        return event_types(sentence.text for sentence in self.contract.after)


@dataclass(frozen=True, slots=True)
class Failure:
    """The event that a gene dies of. `told` may go into the log, `reason` may quote the event."""

    event: Event
    kind: str
    reason: str

    @property
    def told(self) -> str:
        """Which event it is, and nothing of what it says."""
        return f"event {self.event.id[:12]} ({self.event.type}): {self.kind}"

    def __str__(self) -> str:
        """The same for the eyes of whoever asked."""
        return f"{self.told}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Caught:
    """How far a projection came: events taken, and why it stopped, if it did.

    `forgotten` is True where it met the tombstone of a subject whose events it may have read
    before, so that it must be built anew.
    """

    events: int
    failure: Failure | None = None
    forgotten: bool = False


def opened(tools: Projector, builder: Builder) -> ProjectionStore:
    """The builder's projection, as far as it is built."""
    return tools.shelf.open(builder.locus, builder.allele.sha, builder.model)


def catch_up(
    tools: Projector, builder: Builder, store: ProjectionStore, until: int | None = None
) -> Caught:
    """Take every event that the projection does not have yet, of the log's first `until`.

    A tombstone that is in the log already when the first event is read is no news: whoever it
    names cannot be read any more.
    """
    cursor = store.cursor()
    known = cursor or tools.chronicle.length()
    events = tools.chronicle.since(cursor)
    left = None if until is None else max(0, until - cursor)
    numbered = _unless_halted(tools, enumerate(islice(events, left), cursor + 1))
    met: list[str] = []
    caught = take(tools, builder, store, _before_tombstone(numbered, known, met))
    return replace(caught, forgotten=bool(met))


def tell_reach(tools: Projector, main: Main, live: Builder, store: ProjectionStore) -> None:
    """Say how far a live projection is, where systems may claim that things are in its reach."""
    if main.genome.systems:
        told: JsonObject = {"projection": live.locus, "events": store.cursor()}
        tools.chronicle.record("projection.advanced", f"projection:{live.locus}", told, None)


def _unless_halted(
    tools: Projector, numbered: Iterable[tuple[int, Event]]
) -> Iterator[tuple[int, Event]]:
    """The same, until a person pauses the controller: raises `Halted`."""
    for position, event in numbered:
        if position % limits.PROJECTION_BATCH_EVENTS == 0:
            tools.chronicle.go_on()
        yield position, event


def _before_tombstone(
    numbered: Iterable[tuple[int, Event]], known: int, met: list[str]
) -> Iterator[tuple[int, Event]]:
    """What comes before the first tombstone after the log's first `known`; it is put into `met`."""
    for position, event in numbered:
        if event.type == TOMBSTONE and position > known:
            met.append(event.id)
            return
        yield position, event


def bring_up(tools: Projector, builder: Builder, until: int | None = None) -> Caught:
    """Catch up with the log's first `until` events, or build anew where something was forgotten."""
    with closing(opened(tools, builder)) as store:
        erased = store.erased()
        caught = Caught(0) if erased else catch_up(tools, builder, store, until)
    if caught.forgotten:
        tools.shelf.erase()
    return rebuild(tools, builder, until) if erased or caught.forgotten else caught


def take(
    tools: Projector,
    builder: Builder,
    store: ProjectionStore,
    numbered: Iterable[tuple[int, Event]],
) -> Caught:
    """Take events, each with the number of events up to it; those not followed only count."""
    taken, last = 0, store.cursor()
    kinds = builder.kinds
    for batch, position in _batches(numbered, kinds):
        failure = _project(tools, builder, store, batch) if batch else None
        if failure is not None:
            return Caught(taken, failure)
        taken += len(batch)
        last = position
    if last > store.cursor():
        store.commit(BatchKernel(store, {}).change(), last)
    return Caught(taken)


def _batches(
    numbered: Iterable[tuple[int, Event]], kinds: tuple[str, ...]
) -> Iterator[tuple[list[tuple[int, Event]], int]]:
    """Batches of followed events, and the position after each."""
    batch: list[tuple[int, Event]] = []
    size, last = 0, 0
    for position, event in numbered:
        last = position
        if not follows(kinds, event.type):
            continue
        weight = len(json.dumps(_told(event)))
        if batch and size + weight > limits.PROJECTION_BATCH_BYTES:
            yield batch, batch[-1][0]
            batch, size = [], 0
        batch.append((position, event))
        size += weight
        if len(batch) == limits.PROJECTION_BATCH_EVENTS:
            yield batch, position
            batch, size = [], 0
    if last:
        yield batch, last


def _project(
    tools: Projector, builder: Builder, store: ProjectionStore, batch: list[tuple[int, Event]]
) -> Failure | None:
    """Why the gene cannot take a batch, if it cannot.

    A batch that a gene dies of is cut in two, so that one which needs many operations still
    gets through, and a single event that kills it is named. The depth is log2 of a batch.
    """
    kernel = BatchKernel(store, {event.id: event.subject for _, event in batch})
    operations = catalogue_of(builder.model, building=True)
    broker = Broker(RECORDS, kernel, operations, None)
    request = json.dumps({"events": [_told(event) for _, event in batch]})
    outcome = tools.sandbox.call(builder.allele.source, request, grants(operations), broker.serve)
    if not isinstance(outcome, Died):
        store.commit(kernel.change(), batch[-1][0])
        return None
    if len(batch) == 1:
        return Failure(batch[0][1], outcome.kind, outcome.reason)
    middle = len(batch) // 2
    return _project(tools, builder, store, batch[:middle]) or _project(
        tools, builder, store, batch[middle:]
    )


def _told(event: Event) -> JsonObject:
    """An event as a gene is given it."""
    return {
        "id": event.id,
        "type": event.type,
        "subject": event.subject,
        "data": event.data,
        "time": event.time,
    }


def answer(
    tools: Projector, builder: Builder, store: ProjectionStore, query: JsonObject
) -> JsonObject | str:
    """What a projection says to a query, or in one line why there is no valid answer.

    Raises `Blocked` for a query that the contract does not take, or if the projection is erased.
    """
    values = with_defaults(builder.contract, query)
    problems = input_problems(builder.contract, values)
    if problems:
        taken = ", ".join(f"{one.name} {one.type}" for one in builder.contract.takes)
        raise Blocked(f"{builder.locus}: {problems[0]}", f"it takes {taken or 'nothing'}")
    operations = catalogue_of(builder.model, building=False)
    broker = Broker(RECORDS, BatchKernel(store, {}), operations, None)
    outcome = tools.sandbox.call(
        builder.allele.source, json.dumps({"query": values}), grants(operations), broker.serve
    )
    check_whole(builder, store)  # after the gene has read: nothing undoes an erasure
    if isinstance(outcome, Died):
        return f"{outcome.kind}: {outcome.reason}"
    output = read_output(builder.contract, outcome.output)
    return "; ".join(output) if isinstance(output, tuple) else output


def check_whole(builder: Builder, store: ProjectionStore) -> None:
    """Raises `Blocked` if the projection was erased and is not built again yet."""
    if store.erased():
        raise Blocked(
            f"{builder.locus} was erased because somebody was forgotten, and is not built yet",
            f"the controller's next pass builds it; `germline projection rebuild {builder.locus}`",
        )


def rebuild(tools: Projector, builder: Builder, until: int | None = None) -> Caught:
    """Build a projection anew beside the one there is, and put it in its place when it is whole.

    Raises `Unavailable` if somebody is forgotten meanwhile.
    """
    fresh = tools.shelf.fresh(builder.locus, builder.allele.sha, builder.model)
    try:
        caught = catch_up(tools, builder, fresh, until)
    finally:
        fresh.close()
    if caught.forgotten:
        tools.shelf.erase()
        raise Unavailable(f"somebody was forgotten while {builder.locus} was built", "try again")
    if caught.failure is None:
        tools.shelf.install(builder.locus, builder.allele.sha, builder.model)
    return caught
