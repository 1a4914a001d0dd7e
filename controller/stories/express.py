"""Express: one gene, one input, one world. Used live, in rehearsals and for diagnostics.

The result says whether the gene did what it says (`immediate`): its process came back, its
output fits the contract, it reports success, and every executable sentence under `after:`
holds in the world as it is observed afterwards. What the gene claims is never enough. A diagnostic
whose claim contradicts what it saw has not come back with an output its contract allows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from controller.domains.world import Domain, JsonObject, Judgement, Kernel, Operation
from controller.genome.locus import read_output
from controller.ports import Died, Sandbox
from controller.ports.outposts import Errand, Outpost, Ran
from controller.stories.broker import Record, granted
from controller.stories.call import run
from controller.stories.testimony import Testimony, contradiction, symptoms
from grammar.sg.nodes import Family, GeneContract, Sentence


@dataclass(frozen=True, slots=True)
class Workbench:
    """What every expression needs: the domain's words and a place to run hostile code."""

    domain: Domain
    sandbox: Sandbox


@dataclass(frozen=True, slots=True)
class Expressed:
    """What became of one gene call. `error` is None exactly when `immediate` is True.

    `operations` are the mutations, `served` all operations in their order; `valid` is False when
    the gene did not come back with an output that its contract allows. `symptoms` are the
    sentences under `unhealthy when:` that could be judged.
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


def unmet(
    domain: Domain,
    sentences: tuple[Sentence, ...],
    values: JsonObject,
    before: JsonObject,
    now: JsonObject,
) -> tuple[Judgement, ...]:
    """The judgements, of the executable ones among `sentences`, that do not hold."""
    return tuple(j for j in _judged(domain, sentences, values, before, now) if not j.holds)


def express(
    bench: Workbench,
    contract: GeneContract,
    source: str,
    values: JsonObject,
    kernel: Kernel,
    record: Record | None = None,
) -> Expressed:
    """Run a gene on `values`; `record` makes inverses durable. A crash of the world propagates."""
    ran = _run(bench, contract, source, values, kernel, record)
    if isinstance(ran.outcome, Died):
        return _failed(bench, ran, f"{ran.outcome.kind}: {ran.outcome.reason}", {}, valid=False)
    output = read_output(contract, ran.outcome.output)
    if isinstance(output, tuple):
        return _failed(bench, ran, "; ".join(output), {}, valid=False)
    if contract.family is Family.CONFIGURATION and output.get("success") is False:
        return _failed(bench, ran, str(output.get("error") or "it reports no success"), output)
    testimony = Testimony(values, output, ran.before, ran.now, ran.answers)
    judged = symptoms(bench.domain, contract, testimony)
    doubt = contradiction(output, judged)
    if doubt is not None:
        return _failed(bench, ran, doubt, output, valid=False)
    after = _judged(bench.domain, contract.after, {**values, **output}, ran.before, ran.now)
    missed = [j for j in after if not j.holds]
    if missed:
        reason = "; ".join(f"after: {j.sentence} — {j.detail}" for j in missed)
        return _failed(bench, ran, reason, output, after=after)
    return Expressed(
        immediate=True,
        output=output,
        error=None,
        operations=ran.performed,
        facets=_facets(bench, ran),
        after=after,
        served=ran.served,
        symptoms=tuple(j for j in judged if j is not None),
    )


def _run(
    bench: Workbench,
    contract: GeneContract,
    source: str,
    values: JsonObject,
    kernel: Kernel,
    record: Record | None,
) -> Ran:
    """Run it here, or where the world is: then its transaction there is one operation of ours."""
    operations = tuple(spec.name for spec in granted(bench.domain, contract))
    observing = bool(contract.after or contract.unhealthy_when)
    errand = Errand(source, json.dumps(values), operations, observing)
    if not isinstance(kernel, Outpost):
        return run(bench.domain, bench.sandbox, kernel, errand, record)
    transaction = kernel.transaction()
    if record is not None and transaction is not None:
        record(transaction, kernel.inverse(transaction))
    return kernel.run(errand)


def _judged(
    domain: Domain,
    sentences: tuple[Sentence, ...],
    values: JsonObject,
    before: JsonObject,
    now: JsonObject,
) -> tuple[Judgement, ...]:
    judged = (domain.judge(s.text, values, before, now) for s in sentences)
    return tuple(judgement for judgement in judged if judgement is not None)


def _facets(bench: Workbench, ran: Ran) -> frozenset[str]:
    catalogue = bench.domain.catalogue
    return frozenset[str]().union(*(catalogue[done.name].facets for done in ran.served))


def _failed(
    bench: Workbench,
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
        facets=_facets(bench, ran),
        after=after,
        valid=valid,
    )
