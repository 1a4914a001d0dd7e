"""The broker: the only way a gene acts.

It serves one gene call. An operation is performed if the contract's family grants it (a diagnostic
cannot mutate), its arguments fit the catalogue, and, where the call has `Rights`, it touches only
what the input names or the gene made, and nothing that people protect. Before a mutation is
performed, its inverse is read from the world and handed to `record`, which makes it durable. All
that was served and refused is kept, so much of it, for the trial.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from controller.domains.world import (
    Answer,
    Domain,
    Guard,
    Json,
    JsonObject,
    Kernel,
    Operation,
    OperationRefused,
    OperationSpec,
    Repertoire,
    Touch,
)
from controller.gene_limits import GENE_MUTATIONS, GENE_REFUSALS_KEPT
from controller.membrane.risk import RISK_POLICIES
from controller.ports import Grant
from controller.ports.outposts import Refusal
from grammar.sg.nodes import Family, GeneContract

Record = Callable[[Operation, tuple[Operation, ...]], None]
"""Makes an operation's inverse durable before the operation is performed."""


def granted(domain: Repertoire, contract: GeneContract) -> tuple[OperationSpec, ...]:
    """The operations that a contract's family may call, and its risk: without any, only looks."""
    may_change = RISK_POLICIES[contract.risk].transaction
    configures = contract.family is Family.CONFIGURATION and may_change
    return tuple(spec for spec in domain.catalogue.values() if configures or not spec.mutates)


def grants(operations: Sequence[OperationSpec]) -> tuple[Grant, ...]:
    """Granted operations as a sandbox takes them."""
    return tuple(
        Grant(spec.name, tuple(parameter.name for parameter in spec.parameters))
        for spec in operations
    )


@dataclass(frozen=True, slots=True)
class Rights:
    """What one call of a configuration gene may touch: `named` things, and what it makes.

    `guard` knows what people protect, `touches` what an operation changes and makes.
    """

    named: frozenset[str]
    touches: Callable[[Operation], Touch]
    guard: Guard


def rights(domain: Domain, values: JsonObject, guard: Guard, named: Collection[str] = ()) -> Rights:
    """The rights of a call with these input values, and with what else may be `named`."""
    return Rights(frozenset(_texts(values)) | frozenset(named), domain.touches, guard)


def _texts(value: Json) -> Iterator[str]:
    """Every text in a JSON value, names of members left out."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            waiting += found.values()


class Broker:
    """Serves one gene call; afterwards its lists tell what the gene did.

    `served` holds every operation that the world was asked for, in order, `performed` those that
    changed it, `answers` what it said to those that it did not refuse, `facets` the parts of it
    that were concerned, `refused` the first of those that it or the broker refused. Without
    `rights` it may touch everything.
    """

    def __init__(
        self,
        domain: Repertoire,
        kernel: Kernel,
        operations: Sequence[OperationSpec],
        record: Record | None,
        rights: Rights | None = None,
    ) -> None:
        self._domain = domain
        self._kernel = kernel
        self._granted = {spec.name: spec for spec in operations}
        self._record = record
        self._rights = rights
        self._made: set[str] = set()
        self._mutations = 0
        self.refused: list[Refusal] = []
        self.served: list[Operation] = []
        self.performed: list[Operation] = []
        self.answers: list[Answer] = []
        self.facets: set[str] = set()

    def serve(self, name: str, arguments: JsonObject) -> Json:
        """Perform one operation for the gene. Raises `OperationRefused`."""
        operation = Operation(name, arguments)
        try:
            return self._perform(self._admitted(operation), operation)
        except OperationRefused as refused:
            if len(self.refused) < GENE_REFUSALS_KEPT:
                self.refused.append(Refusal(name, refused.reason))
            raise

    def _admitted(self, operation: Operation) -> OperationSpec:
        """Its entry in the catalogue, if the gene may have it. Raises `OperationRefused`."""
        name = operation.name
        spec = self._granted.get(name)
        if spec is None:
            raise OperationRefused(f"{name} is not granted to this gene")
        problem = self._domain.problem(operation)
        if problem is None and spec.mutates:
            problem = self._beyond(operation)
        if problem is not None:
            raise OperationRefused(f"{name}: {problem}")
        return spec

    def _beyond(self, operation: Operation) -> str | None:
        """What of a mutation is beyond the call's rights, in one line; None if nothing is."""
        if self._mutations >= GENE_MUTATIONS:
            return f"a call changes its world at most {GENE_MUTATIONS} times"
        if self._rights is None:
            return None
        for thing in sorted(self._rights.touches(operation).changes):
            if thing not in self._rights.named and thing not in self._made:
                return f"the input does not name {thing}, and this gene did not make it"
        harmed = self._rights.guard(operation)
        return None if harmed is None else f"it would touch {harmed}"

    def _perform(self, spec: OperationSpec, operation: Operation) -> Json:
        self.facets |= spec.facets
        self.served.append(operation)
        if spec.mutates:
            self._mutations += 1
            if self._record is not None:
                self._record(operation, self._kernel.inverse(operation))
        result = self._kernel.perform(operation)
        if spec.mutates:
            self.performed.append(operation)
            if self._rights is not None:
                self._made |= self._rights.touches(operation).makes
        self.answers.append(Answer(operation, result))
        return result
