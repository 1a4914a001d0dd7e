"""The gates that need no world: what a draft changes, and whether it may.

Each takes values and gives a `GateResult`. Those that rehearse are in the story `prove`.
"""

from __future__ import annotations

from collections.abc import Mapping

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.membrane.changes import Changes
from controller.membrane.draft import PEOPLE_ONLY, trailer
from controller.membrane.exposure import Assessment, is_less
from controller.membrane.proof import GateResult
from grammar.diagnostic import Diagnostic, Severity
from grammar.sg.terms import Risk

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


def risk_gate(trailers: Mapping[str, str], found: Assessment, changes: Changes) -> GateResult:
    """What a draft says of itself is not less than what it changes; what it leaves out is no claim.

    Its risk, locus, phenotype and allele are what reviewers and the log are told.
    """
    wrong = []
    said = trailer(trailers, "Risk")
    if said is not None and (said not in [*Risk] or is_less(Risk(said), found.risk)):
        wrong.append(f"its trailers say risk {said}, but {'; '.join(found.reasons)}")
    about = {"Locus": (*changes.loci, *changes.contracts), "Phenotype": changes.phenotypes}
    for key, names in about.items():
        said = trailer(trailers, key)
        more = [name for name in names if name != said]
        if said is not None and more:
            wrong.append(
                f"its trailers speak of {said} alone, but it changes {', '.join(more)} too"
            )
    said = trailer(trailers, "Allele")
    more = [sha for _, sha in changes.registered if sha != said]
    if said is not None and more:
        wrong.append(
            f"its trailers speak of {said[:12]} alone, but it registers {more[0][:12]} too"
        )
    told = f"{found.risk.value}: {'; '.join(found.reasons) or 'nothing is touched'}"
    return _gate("risk", wrong, told)


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
