"""Rehearse: run an allele in a shadow of the world and let diagnostics judge it there.

The shadow is built from an observed state; its clock is its own, so a contract's window passes
at once. Nothing that happens here reaches a caller or a host.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from controller.domains.world import JsonObject, TwinKernel, Variation
from controller.genome.genome import Genome
from controller.genome.locus import with_defaults
from controller.stories.diagnose import Finding, diagnose
from controller.stories.express import Workbench, express, unmet
from grammar.sg.nodes import GeneContract


@dataclass(frozen=True, slots=True)
class Stage:
    """Where rehearsals take place: the bench, and the genome whose diagnostics judge."""

    bench: Workbench
    genome: Genome
    phenotype: str
    contract: GeneContract


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a case came to: sentences of `after:` that held, diagnostics that were healthy.

    `operations` are the mutations, `served` all operations that the gene asked for.
    """

    valid: bool
    immediate: bool
    held: int
    sentences: int
    findings: tuple[Finding, ...]
    operations: int
    error: str | None
    served: int = 0

    @property
    def healthy(self) -> int:
        """Diagnostics that found the world healthy."""
        return sum(1 for finding in self.findings if finding.healthy)

    @property
    def passed(self) -> bool:
        """True when the gene did its work and every diagnostic agrees."""
        return self.immediate and self.healthy == len(self.findings)

    def complaint(self) -> str:
        """Why it did not pass, in one line."""
        if self.error is not None:
            return self.error
        sick = [f.locus for f in self.findings if not f.healthy]
        return f"unhealthy: {', '.join(sick)}" if sick else "passed"


Memo = dict[str, tuple[Finding, ...]]
"""Findings by all that was done to a shadow since it was built: a shadow is deterministic, so
what the diagnostics find after the same operations is the same."""


def rehearse(
    stage: Stage,
    source: str,
    case: Variation,
    memo: Memo | None = None,
    shadow: TwinKernel | None = None,
) -> Rehearsal:
    """Run the case's inputs one after another in one shadow; the first that fails ends it.

    With a `memo`, diagnostics are not asked again about what another source did before. The
    shadow is the domain's fast one, if none is given that was made from what the case observed.
    """
    shadow = shadow or stage.bench.domain.shadow(case.observed)
    result, history = _nothing(), case.title
    known = memo if memo is not None else {}
    for values in case.inputs:
        once, history = _once(stage, source, values, shadow, history, known)
        result = _joined(result, once)
        if not result.passed:
            break
    return result


def case_of(observed: JsonObject, values: JsonObject) -> Variation:
    """The failing case itself."""
    return Variation("the failing input", observed, (values,))


def held_out(stage: Stage, case: Variation, seed: str) -> tuple[Variation, ...]:
    """Neighbouring cases that no engine has seen; the same for the same seed."""
    rng = random.Random(seed)
    return tuple(stage.bench.domain.variations(case.observed, case.inputs[0], rng))


def _once(
    stage: Stage,
    source: str,
    values: JsonObject,
    shadow: TwinKernel,
    history: str,
    memo: Memo,
) -> tuple[Rehearsal, str]:
    contract = stage.contract
    given = with_defaults(contract, values)
    if contract.before:
        start = shadow.observe()
        missing = unmet(stage.bench.domain, contract.before, given, start, start)
        if missing:
            reason = f"before: {missing[0].sentence} — {missing[0].detail}"
            return _impossible(reason), history
    done = express(stage.bench, contract, source, given, shadow)
    history = f"{history} {values} {done.served}"
    findings: tuple[Finding, ...] = ()
    if done.immediate and contract.verify is not None:
        if history not in memo:
            shadow.advance(contract.verify.within_ms / 1000)
            memo[history] = diagnose(
                stage.bench,
                stage.genome,
                stage.phenotype,
                contract,
                given,
                shadow,
                until_unhealthy=True,
            )
        findings = memo[history]
    once = Rehearsal(
        valid=done.valid,
        immediate=done.immediate,
        held=sum(1 for j in done.after if j.holds),
        sentences=len(contract.after),
        findings=findings,
        operations=len(done.operations),
        error=done.error,
        served=len(done.served),
    )
    return once, history


def _nothing() -> Rehearsal:
    return Rehearsal(True, True, 0, 0, (), 0, None)


def _impossible(error: str) -> Rehearsal:
    return Rehearsal(False, False, 0, 0, (), 0, error)


def _joined(first: Rehearsal, second: Rehearsal) -> Rehearsal:
    return Rehearsal(
        valid=first.valid and second.valid,
        immediate=first.immediate and second.immediate,
        held=first.held + second.held,
        sentences=first.sentences + second.sentences,
        findings=(*first.findings, *second.findings),
        operations=first.operations + second.operations,
        error=second.error or first.error,
        served=first.served + second.served,
    )
