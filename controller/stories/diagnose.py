"""Diagnose: ask a contract's diagnostics what they see, from outside the gene they judge.

Each call of `verify:` names a diagnostic locus; its dominant allele on main is run, and where it
dies, the next of its stack. A diagnostic that cannot look counts as unhealthy: silence is no
evidence of health.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.domains.world import JsonObject, Kernel
from controller.genome.genome import Genome
from controller.genome.locus import passed, with_defaults
from controller.stories.express import Workbench, express
from grammar.sg.nodes import Call, GeneContract


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnostic's answer. `allele` gave it; `facets` are the parts of the world it read."""

    locus: str
    allele: str
    values: JsonObject
    healthy: bool
    output: JsonObject
    facets: frozenset[str]


def diagnose(
    bench: Workbench,
    genome: Genome,
    phenotype: str,
    contract: GeneContract,
    values: JsonObject,
    kernel: Kernel,
    *,
    until_unhealthy: bool = False,
) -> tuple[Finding, ...]:
    """Run the diagnostics of the contract's `verify:` in order: all, or up to the first bad one."""
    findings: list[Finding] = []
    for call in contract.verify.calls if contract.verify else ():
        findings.append(_ask(bench, genome, phenotype, call, values, kernel))
        if until_unhealthy and not findings[-1].healthy:
            break
    return tuple(findings)


def _ask(
    bench: Workbench,
    genome: Genome,
    phenotype: str,
    call: Call,
    values: JsonObject,
    kernel: Kernel,
) -> Finding:
    diagnostic = genome.loci[call.locus]
    asked = with_defaults(diagnostic, passed(call, values))
    error = f"no allele of {call.locus} is expressed in {phenotype}"
    for allele in genome.stack(phenotype, call.locus):
        seen = express(bench, diagnostic, allele.source, asked, kernel)
        if seen.immediate:
            healthy = seen.output.get("healthy") is True
            return Finding(call.locus, allele.sha, asked, healthy, seen.output, seen.facets)
        error = f"{allele.short} could not look: {seen.error}"
    blind: JsonObject = {"healthy": False, "error": error}
    return Finding(call.locus, "", asked, False, blind, frozenset())
