"""Call: one gene, one input, one world, without a judgement of what came of it.

`express` calls genes here and judges; `outpost` calls them for a controller that is elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence

from controller.domains.world import (
    Domain,
    Guard,
    JsonObject,
    Kernel,
    Operation,
    OperationSpec,
    Repertoire,
)
from controller.ports import Died, GeneOutcome, Sandbox
from controller.ports.outposts import Errand, Ran
from controller.stories.broker import Broker, Record, grants, rights

Guarding = Callable[[JsonObject, Mapping[str, Collection[str]]], Guard]
"""Keeps operations away from what people protect, in a world observed as it is."""


def _unguarded(operation: Operation) -> str | None:  # noqa: ARG001
    return None


class Call:
    """One gene call: what it may ask for, and afterwards what it did.

    `record` makes inverses durable. The world is observed when this is made, and when it ends.
    """

    def __init__(
        self,
        domain: Domain,
        kernel: Kernel,
        errand: Errand,
        record: Record | None = None,
        guarding: Guarding | None = None,
    ) -> None:
        self._kernel, self._observing = kernel, errand.observing
        self._before = kernel.observe() if errand.observing else {}
        operations = known(domain, errand.operations)
        self.grants = grants(operations)
        guard: Guard = _unguarded
        if any(errand.protected.values()):
            guard = (guarding or domain.guard)(self._before, errand.protected)
        allowed = rights(domain, errand.values, guard, errand.named)
        self.broker = Broker(domain, kernel, operations, record, allowed)

    def ended(self, outcome: GeneOutcome) -> Ran:
        """What became of it. A crash of the world propagates."""
        broker = self.broker
        observing = self._observing and not isinstance(outcome, Died)
        return Ran(
            outcome=outcome,
            before=self._before,
            now=self._kernel.observe() if observing else {},
            served=tuple(broker.served),
            performed=tuple(broker.performed),
            answers=tuple(broker.answers),
            refused=tuple(broker.refused),
        )


def run(
    domain: Domain,
    sandbox: Sandbox,
    kernel: Kernel,
    errand: Errand,
    record: Record | None = None,
    guarding: Guarding | None = None,
) -> Ran:
    """Run a gene in a process of its own. A crash of the world propagates.

    `guarding` stands in for the domain's, where a host has no library to read a world with.
    """
    call = Call(domain, kernel, errand, record, guarding)
    given = json.dumps(errand.values)
    return call.ended(sandbox.call(errand.source, given, call.grants, call.broker.serve))


def known(domain: Repertoire, operations: Sequence[str]) -> tuple[OperationSpec, ...]:
    """Operations of the catalogue by their names; those that it does not have are left out."""
    return tuple(domain.catalogue[name] for name in operations if name in domain.catalogue)
