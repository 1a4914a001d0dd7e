"""The broker: the only way a gene acts.

It serves one gene call. Each operation is checked against the catalogue and against what the
contract's family grants (a diagnostic cannot mutate); before a mutation is performed, its
inverse is read from the world and handed to `record`, which makes it durable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from controller.domains.world import (
    Answer,
    Json,
    JsonObject,
    Kernel,
    Operation,
    OperationRefused,
    OperationSpec,
    Repertoire,
)
from controller.membrane.risk import RISK_POLICIES
from controller.ports import Grant
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


class Broker:
    """Serves one gene call; afterwards its lists tell what the gene did.

    `served` holds every operation in order, `performed` those of them that mutate, `answers` what
    the world said to those that it did not refuse, `facets` the parts of it that were concerned.
    """

    def __init__(
        self,
        domain: Repertoire,
        kernel: Kernel,
        operations: Sequence[OperationSpec],
        record: Record | None,
    ) -> None:
        self._domain = domain
        self._kernel = kernel
        self._granted = {spec.name: spec for spec in operations}
        self._record = record
        self.served: list[Operation] = []
        self.performed: list[Operation] = []
        self.answers: list[Answer] = []
        self.facets: set[str] = set()

    def serve(self, name: str, arguments: JsonObject) -> Json:
        """Perform one operation for the gene. Raises `OperationRefused`."""
        spec = self._granted.get(name)
        if spec is None:
            raise OperationRefused(f"{name} is not granted to this gene")
        operation = Operation(name, arguments)
        problem = self._domain.problem(operation)
        if problem is not None:
            raise OperationRefused(f"{name}: {problem}")
        self.facets |= spec.facets
        self.served.append(operation)
        if spec.mutates:
            if self._record is not None:
                self._record(operation, self._kernel.inverse(operation))
            self.performed.append(operation)
        result = self._kernel.perform(operation)
        self.answers.append(Answer(operation, result))
        return result
