"""Call: one gene, one input, one world, without a judgement of what came of it.

`express` calls genes here and judges; `outpost` calls them for a controller that is elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.domains.world import Kernel, OperationSpec, Repertoire
from controller.ports import Died, Sandbox
from controller.ports.outposts import Errand, Ran
from controller.stories.broker import Broker, Record, grants


def run(
    domain: Repertoire,
    sandbox: Sandbox,
    kernel: Kernel,
    errand: Errand,
    record: Record | None = None,
) -> Ran:
    """Run a gene; `record` makes inverses durable. A crash of the world propagates."""
    before = kernel.observe() if errand.observing else {}
    operations = known(domain, errand.operations)
    broker = Broker(domain, kernel, operations, record)
    outcome = sandbox.call(errand.source, errand.input_json, grants(operations), broker.serve)
    observing = errand.observing and not isinstance(outcome, Died)
    return Ran(
        outcome=outcome,
        before=before,
        now=kernel.observe() if observing else {},
        served=tuple(broker.served),
        performed=tuple(broker.performed),
        answers=tuple(broker.answers),
    )


def known(domain: Repertoire, operations: Sequence[str]) -> tuple[OperationSpec, ...]:
    """Operations of the catalogue by their names; those that it does not have are left out."""
    return tuple(domain.catalogue[name] for name in operations if name in domain.catalogue)
