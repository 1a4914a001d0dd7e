"""Express: one gene, one input, one world. Used live, in rehearsals and for diagnostics.

The result says whether the gene did what it says (`immediate`): its process came back, its
output fits the contract, it reports success, and every executable sentence under `after:`
holds in the world as it is observed afterwards. What the gene claims is never enough. A diagnostic
whose claim contradicts what it saw has not come back with an output its contract allows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from controller.domains.world import Domain, JsonObject, Judgement, Kernel, Operation
from controller.genome.locus import read_output
from controller.ports import Died, GeneOutcome, Sandbox
from controller.stories.broker import Broker, Record, Refusal, granted, grants, rights
from controller.stories.testimony import Testimony, contradiction, symptoms
from grammar.sg.nodes import Family, GeneContract, Sentence

Protected = Callable[[str], Mapping[str, Collection[str]]]
"""What people protect from the genes of a locus: names by kind, none if it has the right."""


def _nothing(locus: str) -> Mapping[str, Collection[str]]:  # noqa: ARG001
    return {}


@dataclass(frozen=True, slots=True)
class Workbench:
    """What every expression needs: the domain's words, a place to run hostile code, and what
    people protect from it."""

    domain: Domain
    sandbox: Sandbox
    protected: Protected = _nothing


@dataclass(frozen=True, slots=True)
class Expressed:
    """What became of one gene call. `error` is None exactly when `immediate` is True.

    `operations` are the mutations, `served` all operations in their order; `valid` is False when
    the gene did not come back with an output that its contract allows. `symptoms` are the
    sentences under `unhealthy when:` that could be judged, `refused` operations it asked for and
    did not get.
    """

    immediate: bool
    output: JsonObject
    error: str | None
    operations: tuple[Operation, ...]
    facets: frozenset[str]
    after: tuple[Judgement, ...] = ()
    valid: bool = True
    served: tuple[Operation, ...] = ()
    symptoms: tuple[Judgement, ...] = ()
    refused: tuple[Refusal, ...] = ()


def _unguarded(operation: Operation) -> str | None:  # noqa: ARG001
    return None


def unmet(
    domain: Domain,
    sentences: tuple[Sentence, ...],
    values: JsonObject,
    before: JsonObject,
    now: JsonObject,
) -> tuple[Judgement, ...]:
    """The judgements, of the executable ones among `sentences`, that do not hold."""
    return tuple(j for j in _judged(domain, sentences, values, before, now) if not j.holds)


class Expression:
    """One gene call: what it may ask for, and what its outcome comes to.

    `record` makes inverses durable. The world is observed when this is made, and when it ends.
    """

    def __init__(
        self,
        bench: Workbench,
        contract: GeneContract,
        values: JsonObject,
        kernel: Kernel,
        record: Record | None = None,
    ) -> None:
        self._domain, self._contract, self._kernel = bench.domain, contract, kernel
        self._values = values
        protected = bench.protected(contract.name)
        self._observing = bool(contract.after or contract.unhealthy_when or protected)
        self._before = kernel.observe() if self._observing else {}
        operations = granted(bench.domain, contract)
        self.grants = grants(operations)
        guard = bench.domain.guard(self._before, protected) if protected else _unguarded
        allowed = rights(bench.domain, values, guard)
        self.broker = Broker(bench.domain, kernel, operations, record, allowed)

    def concluded(self, outcome: GeneOutcome) -> Expressed:
        """What became of it. A crash of the world propagates."""
        broker, contract = self.broker, self._contract
        if isinstance(outcome, Died):
            return _failed(broker, f"{outcome.kind}: {outcome.reason}", {}, valid=False)
        output = read_output(contract, outcome.output)
        if isinstance(output, tuple):
            return _failed(broker, "; ".join(output), {}, valid=False)
        if contract.family is Family.CONFIGURATION and output.get("success") is False:
            return _failed(broker, str(output.get("error") or "it reports no success"), output)
        return self._judged_by_the_world(output)

    def _judged_by_the_world(self, output: JsonObject) -> Expressed:
        domain, contract, broker = self._domain, self._contract, self.broker
        before, now = self._before, self._kernel.observe() if self._observing else {}
        testimony = Testimony(self._values, output, before, now, tuple(broker.answers))
        judged = symptoms(domain, contract, testimony)
        doubt = contradiction(output, judged)
        if doubt is not None:
            return _failed(broker, doubt, output, valid=False)
        after = _judged(domain, contract.after, {**self._values, **output}, before, now)
        missed = [j for j in after if not j.holds]
        if missed:
            reason = "; ".join(f"after: {j.sentence} — {j.detail}" for j in missed)
            return _failed(broker, reason, output, after=after)
        return Expressed(
            immediate=True,
            output=output,
            error=None,
            operations=tuple(broker.performed),
            facets=frozenset(broker.facets),
            after=after,
            served=tuple(broker.served),
            symptoms=tuple(j for j in judged if j is not None),
            refused=tuple(broker.refused),
        )


def express(
    bench: Workbench,
    contract: GeneContract,
    source: str,
    values: JsonObject,
    kernel: Kernel,
    record: Record | None = None,
) -> Expressed:
    """Run a gene on `values` in a process of its own. A crash of the world propagates."""
    expression = Expression(bench, contract, values, kernel, record)
    outcome = bench.sandbox.call(
        source, json.dumps(values), expression.grants, expression.broker.serve
    )
    return expression.concluded(outcome)


def _judged(
    domain: Domain,
    sentences: tuple[Sentence, ...],
    values: JsonObject,
    before: JsonObject,
    now: JsonObject,
) -> tuple[Judgement, ...]:
    judged = (domain.judge(s.text, values, before, now) for s in sentences)
    return tuple(judgement for judgement in judged if judgement is not None)


def _failed(
    broker: Broker,
    error: str,
    output: JsonObject,
    *,
    after: tuple[Judgement, ...] = (),
    valid: bool = True,
) -> Expressed:
    return Expressed(
        immediate=False,
        output=output,
        error=error,
        operations=tuple(broker.performed),
        facets=frozenset(broker.facets),
        after=after,
        valid=valid,
        refused=tuple(broker.refused),
    )
