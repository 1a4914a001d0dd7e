"""The gate "contract": what the contract alone demands, held against a draft's new alleles.

Every allele that the draft registers and expresses runs the derived tests of its locus, by the
contracts and diagnostics of the base, seeded with its own name: the proof stays the same in any
clone. A failed test is an objection only where the base's dominant passes it. So a repair never
loses what worked, and yet a dominant that is wrong itself does not stop a repair which mends one
thing and not all; where nothing is expressed yet, every test must be passed. Alleles that were
registered before are not tried again: a demotion must always find a way back. Projections are
held against the whole log before they are asked anything: `promote_projection`.
"""

from __future__ import annotations

from collections.abc import Iterator

from controller import limits
from controller.arena.derived_test import DerivedTest
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.membrane.gates import MAX_EVIDENCE
from controller.membrane.proof import GateResult
from controller.stories.derive import derive
from controller.stories.express import Workbench
from controller.stories.react import reacts
from controller.stories.rehearse import Stage
from grammar.sg.nodes import Family


def contract_gate(bench: Workbench, base: Genome, after: Genome) -> GateResult:
    """Whether new alleles keep what the base's dominants keep of their contracts."""
    objections: list[str] = []
    tried = 0
    for phenotype, allele in newly_expressed(base, after):
        stage = Stage(bench, base, phenotype, base.loci[allele.locus])
        found = derive(stage, allele.source, limits.CONTRACT_GATE_EXAMPLES, allele.sha)
        tried += sum(1 for test in found if test.outcome != "untested")
        kept = _kept(stage, [test for test in found if test.outcome == "failed"], allele.sha)
        objections += [f"{allele.short}: {test.name}: {test.evidence[0]}" for test in kept]
    evidence = tuple(objections[:MAX_EVIDENCE])
    fine = f"{tried} derived tests, none failed that the dominant passes"
    return GateResult(gate="contract", passed=not objections, evidence=evidence or (fine,))


def newly_expressed(base: Genome, after: Genome) -> Iterator[tuple[str, Allele]]:
    """(phenotype, allele) of each expression of an allele that the base does not have.

    Those at a pathway's locus are left out, since no tests are derived from a pathway, and those
    that bring about consequences: no world can be arranged for them.
    """
    for name, phenotype in after.phenotypes.items():
        for expression in phenotype.expresses:
            if expression.locus not in base.loci:
                continue
            for allele in after.stack(name, expression.locus):
                contract = after.loci[allele.locus]
                elsewhere = contract.family is Family.PROJECTION or reacts(contract)
                if not elsewhere and allele.sha not in base.alleles.get(allele.locus, {}):
                    yield name, allele


def _kept(stage: Stage, failed: list[DerivedTest], seed: str) -> list[DerivedTest]:
    """Those of the failed tests that the base's dominant passes in the same situations."""
    stack = stage.genome.stack(stage.phenotype, stage.contract.name)
    if not failed or not stack:
        return failed
    own = derive(stage, stack[0].source, limits.CONTRACT_GATE_EXAMPLES, seed)
    passed = {test.name for test in own if test.outcome == "passed"}
    return [test for test in failed if test.name in passed]
