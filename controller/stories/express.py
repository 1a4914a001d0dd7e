"""Express: one gene, one input, one world. Used live, in rehearsals and for diagnostics.

The result says whether the gene did what it says (`immediate`): its process came back, its
output fits the contract, it reports success, and every executable sentence under `after:`
holds in the world as it is observed afterwards. What the gene claims is never enough. A diagnostic
whose claim contradicts what it saw has not come back with an output its contract allows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from controller.conductor.orchestration.fused import FusedContract
from controller.domains.world import Domain, JsonObject, Judgement, Kernel, Operation
from controller.genome.locus import read_output
from controller.ports import Died, GeneOutcome, Sandbox
from controller.ports.outposts import Errand, Outpost, Ran, Refusal
from controller.stories.broker import Record, granted
from controller.stories.call import Call, run
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
    """One gene call in a world that is reached from here. `record` makes inverses durable."""

    def __init__(
        self,
        bench: Workbench,
        contract: GeneContract,
        values: JsonObject,
        kernel: Kernel,
        record: Record | None = None,
    ) -> None:
        self._bench, self._contract, self._values = bench, contract, values
        self._call = Call(bench.domain, kernel, errand(bench, contract, "", values), record)
        self.grants, self.broker = self._call.grants, self._call.broker

    def concluded(self, outcome: GeneOutcome) -> Expressed:
        """What became of it. A crash of the world propagates."""
        ran = self._call.ended(outcome)
        return _concluded(self._bench.domain, self._contract, self._values, ran)


def express(
    bench: Workbench,
    contract: GeneContract,
    source: str,
    values: JsonObject,
    kernel: Kernel,
    record: Record | None = None,
) -> Expressed:
    """Run a gene on `values` in a process of its own, here or on the host that the world is.

    There, its transaction is one operation of ours. A crash of the world propagates.
    """
    sent = errand(bench, contract, source, values)
    if isinstance(kernel, Outpost):
        transaction = kernel.transaction()
        if record is not None and transaction is not None:
            record(transaction, kernel.inverse(transaction))
        ran = kernel.run(sent)
    else:
        ran = run(bench.domain, bench.sandbox, kernel, sent, record)
    return _concluded(bench.domain, contract, values, ran)


def errand(bench: Workbench, contract: GeneContract, source: str, values: JsonObject) -> Errand:
    """A gene call as its contract and what people protect allow it."""
    protected = bench.protected(contract.name)
    observing = bool(contract.after or contract.unhealthy_when or protected)
    operations = tuple(spec.name for spec in granted(bench.domain, contract))
    named = contract.speaks_of if isinstance(contract, FusedContract) else ()
    return Errand(source, values, operations, protected, observing, tuple(sorted(named)))


def _concluded(domain: Domain, contract: GeneContract, values: JsonObject, ran: Ran) -> Expressed:
    """What an ended call comes to: the output by its form, then the world by the contract."""
    if isinstance(ran.outcome, Died):
        return _failed(domain, ran, f"{ran.outcome.kind}: {ran.outcome.reason}", {}, valid=False)
    output = read_output(contract, ran.outcome.output)
    if isinstance(output, tuple):
        return _failed(domain, ran, "; ".join(output), {}, valid=False)
    if contract.family is Family.CONFIGURATION and output.get("success") is False:
        return _failed(domain, ran, str(output.get("error") or "it reports no success"), output)
    return _judged_by_the_world(domain, contract, values, output, ran)


def _judged_by_the_world(
    domain: Domain, contract: GeneContract, values: JsonObject, output: JsonObject, ran: Ran
) -> Expressed:
    testimony = Testimony(values, output, ran.before, ran.now, ran.answers)
    judged = symptoms(domain, contract, testimony)
    doubt = contradiction(output, judged)
    if doubt is not None:
        return _failed(domain, ran, doubt, output, valid=False)
    after = _judged(domain, contract.after, {**values, **output}, ran.before, ran.now)
    missed = [j for j in after if not j.holds]
    if missed:
        reason = "; ".join(f"after: {j.sentence} — {j.detail}" for j in missed)
        return _failed(domain, ran, reason, output, after=after)
    return Expressed(
        immediate=True,
        output=output,
        error=None,
        operations=ran.performed,
        facets=_facets(domain, ran),
        after=after,
        served=ran.served,
        symptoms=tuple(j for j in judged if j is not None),
        refused=ran.refused,
    )


def _facets(domain: Domain, ran: Ran) -> frozenset[str]:
    return frozenset[str]().union(*(domain.catalogue[done.name].facets for done in ran.served))


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
    domain: Domain,
    ran: Ran,
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
        operations=ran.performed,
        facets=_facets(domain, ran),
        after=after,
        valid=valid,
        refused=ran.refused,
    )
