"""Hold: the systems of one commit against the log, with projections as that commit builds them.

Nothing that is kept is touched: projections are built in scratch stores from the log's first
`PROOF_EVENTS` events. What a system knows of a projection is what that answers: where an invariant
speaks of `customers(customer).minutes`, the scratch projection is asked about every customer.
Events that the controller records itself are left out: being recorded must not change a proof.
Called by `invariants_gate`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

from controller import limits, proof_limits
from controller.conductor.graph import claims
from controller.conductor.graph.claims import ReadyClaim
from controller.conductor.graph.evaluator import Evaluator
from controller.conductor.graph.finding import gaps_of
from controller.conductor.graph.graph import INVARIANT, Graph
from controller.conductor.graph.scope import Scope, row_reader
from controller.conductor.graph.state import State
from controller.conductor.graph.tables import Row
from controller.conductor.obligation import Gap
from controller.conductor.recorded import is_reserved
from controller.domains.world import JsonObject
from controller.history.canonical import canonical
from controller.history.event import Event
from controller.ports import Blocked
from controller.ports.projections import ProjectionStore
from controller.stories.audit_projection import Reached, missing_points
from controller.stories.project import Builder, Failure, Projector, answer, take
from grammar.system.nodes import Invocation
from grammar.system.paths import in_condition

_INTENT = frozenset({"intent.evolved", "backfill.decided"})
"""What the controller records that changes what systems ask of the past."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that a system demands and that is not so; `event` is what it follows from."""

    system: str
    rule: str
    arguments: bytes
    entity: str
    name: str
    event: str

    @property
    def key(self) -> tuple[str, str, bytes]:
        """What is broken, by whatever event."""
        return self.system, self.rule, self.arguments


@dataclass(slots=True)
class Held:
    """What one commit's systems and projections come to. `events` were looked at."""

    events: int = 0
    breaches: dict[tuple[str, str, bytes], Breach] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    missing: dict[str, Reached] = field(default_factory=dict)


def first_events(tools: Projector) -> Iterator[tuple[int, Event]]:
    """The log's first events, numbered from 1, as far as they are no doings of the controller."""
    events = islice(tools.chronicle.since(0), proof_limits.PROOF_EVENTS)
    for number, event in enumerate(events, 1):
        if number % limits.PROJECTION_BATCH_EVENTS == 0:
            tools.chronicle.go_on()
        if not is_reserved(event.type) or event.type in _INTENT:
            yield number, event


def hold(tools: Projector, graphs: Sequence[Graph], builders: Mapping[str, Builder]) -> Held:
    """Build every projection, fold every system, and say what of them does not hold."""
    held = Held()
    with ExitStack() as stack:
        stores: dict[str, ProjectionStore] = {}
        for locus, builder in builders.items():
            store = stack.enter_context(tools.shelf.scratch(builder.model))
            caught = take(tools, builder, store, first_events(tools))
            if caught.failure is not None:
                held.failures[locus] = caught.failure
                continue
            stores[locus] = store
            held.missing[locus] = missing_points(tools, builder, store)
        built = {locus: (builders[locus], store) for locus, store in stores.items()}
        held.events = sum(1 for _ in first_events(tools))
        for graph in graphs:
            view = View(tools, graph, built)
            view.take(event for _, event in first_events(tools))
            for gap in view.gaps():
                breach = view.breach(gap)
                held.breaches[breach.key] = breach
    return held


class View:
    """One system beside projections: takes events, and says what does not hold by then."""

    def __init__(
        self,
        tools: Projector,
        graph: Graph,
        built: Mapping[str, tuple[Builder, ProjectionStore]],
    ) -> None:
        self._tools, self._built, self._name = tools, built, graph.name
        self._evaluator = Evaluator(graph, lambda _: True)
        self._state: State = self._evaluator.initial()

    def take(self, events: Iterable[Event]) -> None:
        """Fold more events."""
        self._state = self._evaluator.step(self._state, events)

    def gaps(self, only: str | None = None) -> list[Gap]:
        """Invariants and musts that are unmet at the time of the last event.

        With `only`, the thing of that name alone is looked at in projections.
        """
        now = self._state.clock
        if not now:
            return []
        for locus, (_, store) in self._built.items():
            self._state.tables.reach[locus] = store.cursor()
        claims.covered(self._evaluator.program, self._state, now)
        for ready in self._evaluator.program.claims:
            self._ask(ready, now, only)
        found = gaps_of(self._evaluator, self._state, now)
        return [gap for gap in found if gap.obligation.level in (INVARIANT, "must")]

    def breach(self, gap: Gap) -> Breach:
        """A gap as it is compared and told."""
        one = gap.obligation
        entity, name = next(((k, str(v)) for k, v in one.arguments.items()), ("", ""))
        return Breach(
            self._name, one.consequence, canonical(one.arguments), entity, name, one.trigger
        )

    def _ask(self, ready: ReadyClaim, now: str, only: str | None) -> None:
        """Have projections say what a claim asks of them, and look at the claim again."""
        state, program, entity = self._state, self._evaluator.program, ready.claim.entity
        calls = [call for call in _calls(ready) if call.name in self._built]
        if not calls:
            return
        rows = state.tables.rows.get(entity, {})
        for name in _sample(rows) if only is None else [only] * (only in rows):
            scope = Scope(program.needs, state.tables, now, bound={entity: name})
            for call in calls:
                key = row_reader(call)(scope)
                if key is not None:
                    self._note(call.name, key)
            claims.look(program, state, [(entity, name)], rows[name].event, rows[name].time)

    def _note(self, locus: str, key: str) -> None:
        """Put what a projection says of a thing where conditions read it; no answer is nothing."""
        wanted = self._evaluator.program.needs.projections[locus].fields
        said = self._said(locus, key)
        row = self._state.tables.rows.setdefault(f"{locus}()", {}).setdefault(key, Row())
        for name in wanted:
            row.attributes[name] = said.get(name)

    def _said(self, locus: str, key: str) -> JsonObject:
        builder, store = self._built[locus]
        if not builder.contract.takes:
            return {}
        try:
            said = answer(self._tools, builder, store, {builder.contract.takes[0].name: key})
        except Blocked:  # the contract does not take such a name: nothing is known of it
            return {}
        return {} if isinstance(said, str) else said


def _calls(ready: ReadyClaim) -> Iterator[Invocation]:
    for path in in_condition(ready.claim.condition):
        if isinstance(path.root, Invocation) and len(path.root.arguments) == 1:
            yield path.root


def _sample(rows: Mapping[str, Row]) -> list[str]:
    """All things with events of their own; of too many those of the smallest hashes."""
    own = [name for name, row in rows.items() if row.recorded]
    own.sort(key=lambda name: hashlib.sha256(name.encode()).digest())
    return sorted(own[: proof_limits.PROOF_SUBJECTS])
