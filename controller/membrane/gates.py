"""The gates that need no world: what a draft changes, and whether it may.

Each takes values and gives a `GateResult`. Those that rehearse are in the story `prove`.
"""

from __future__ import annotations

from collections.abc import Mapping

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.membrane.draft import PEOPLE_ONLY
from controller.membrane.proof import GateResult
from grammar.diagnostic import Diagnostic, Severity

MAX_EVIDENCE = 10
"""Lines of evidence a gate gives: a reviewer reads a few, not a hundred."""


def paths_gate(changed: Mapping[str, str], *, by_people: bool = False) -> GateResult:
    """Agents touch no contract, system or policy; alleles are added, never edited (laws 1, 6).

    `by_people`: people have signed every commit of the draft, so what is theirs may change.
    """
    wrong = []
    for path, change in sorted(changed.items()):
        if path.startswith(PEOPLE_ONLY):
            if not by_people:
                wrong.append(f"{path} belongs to people")
        elif path.startswith("alleles/"):
            if change != "added":
                wrong.append(f"{path} is {change}; alleles never change")
        elif not (path.startswith("phenotypes/") and change == "modified"):
            wrong.append(f"{path} is {change}; a draft adds alleles and modifies phenotypes")
    return _gate("paths", wrong, f"{len(changed)} files, all within its rights")


def bindings_gate(base: Genome, draft: Genome) -> GateResult:
    """A promotion changes what a phenotype expresses and nothing else of it."""
    wrong = [
        f"phenotype {name} is gone" for name in base.phenotypes if name not in draft.phenotypes
    ]
    for name, after in draft.phenotypes.items():
        before = base.phenotypes.get(name)
        if before is None:
            wrong.append(f"phenotype {name} is new")
        elif (before.topology, before.bindings) != (after.topology, after.bindings):
            wrong.append(f"phenotype {name}: more than its expressions changed")
    return _gate("bindings", wrong, "only expressions changed")


def genome_gate(remarks: tuple[Diagnostic, ...]) -> GateResult:
    """The draft's genome compiles: contracts, phenotypes, hashes and lineages agree."""
    errors = [
        f"{d.span.file}:{d.span.line}: {d.code} {d.message}"
        for d in remarks
        if d.severity is Severity.ERROR
    ]
    return _gate("genome", errors, "compiles without an error")


def admission_gate(newborn: tuple[Allele, ...]) -> GateResult:
    """Every new source may be run at all."""
    problems = [
        f"{allele.short}: {problem}"
        for allele in newborn
        for problem in admit(allele.source, ALLOWED_MODULES)
    ]
    return _gate("admission", problems, f"{len(newborn)} new sources admitted")


def _gate(name: str, problems: list[str], fine: str) -> GateResult:
    evidence = tuple(problems[:MAX_EVIDENCE]) if problems else (fine,)
    return GateResult(gate=name, passed=not problems, evidence=evidence)
