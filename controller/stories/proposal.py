"""Writing proposals: what a machine's draft changes and what it says to its reviewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from controller.genome.allele import (
    PREFIX_DIGITS,
    Allele,
    Lineage,
    lineage_path,
    name_of,
    source_path,
)
from controller.genome.genome import Genome
from controller.membrane.draft import Proposal
from grammar.sg.edit import with_stack


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a draft exists: the event that caused it, and the demand it would satisfy or the gap
    that it would close, if any."""

    cause: str
    demand: str
    text: str
    gap: str = ""


def newborn(locus: str, source: str, lineage: Lineage) -> Allele:
    """An allele that is not registered yet."""
    return Allele(locus, name_of(source), source, lineage)


def propose_allele(
    genome: Genome,
    files: Mapping[str, bytes],
    phenotype: str,
    allele: Allele,
    stack: tuple[str, ...],
    reason: Reason,
    kind: str = "mutation",
    slug: str = "",
) -> Proposal:
    """A draft that registers a new allele and makes it dominant, as `stack` says."""
    added = {
        source_path(allele.locus, allele.sha): allele.source.encode(),
        lineage_path(allele.locus, allele.sha): allele.lineage.to_bytes(),
    }
    changes = {**added, **promotion(genome, files, phenotype, allele.locus, stack)}
    edits = "\n".join(f"- {edit}" for edit in allele.lineage.edits)
    body = f"{_why(reason)}\nWhat changed from {_parents(allele)}:\n{edits}\n{_undo()}"
    title = f"{allele.locus}: {allele.short} heals what {_parents(allele)} could not"
    proposal = _proposal(kind, title, body, changes, phenotype, allele, reason)
    return replace(proposal, slug=slug) if slug else proposal


def propose_order(
    genome: Genome,
    files: Mapping[str, bytes],
    phenotype: str,
    allele: Allele,
    stack: tuple[str, ...],
    kind: str,
    reason: Reason,
) -> Proposal:
    """A draft that only changes which registered allele is dominant."""
    changes = promotion(genome, files, phenotype, allele.locus, stack)
    title = f"{allele.locus}: {allele.short} becomes dominant in {phenotype}"
    body = f"{_why(reason)}\n{_undo()}"
    return _proposal(kind, title, body, changes, phenotype, allele, reason)


def _proposal(
    kind: str,
    title: str,
    body: str,
    changes: Mapping[str, bytes],
    phenotype: str,
    allele: Allele,
    reason: Reason,
) -> Proposal:
    about = {
        "Locus": allele.locus,
        "Phenotype": phenotype,
        "Allele": allele.sha,
        "Cause": reason.cause,
    }
    if reason.demand:
        about["Demand"] = reason.demand
    if reason.gap:
        about["Gap"] = reason.gap
    return Proposal(kind, f"{phenotype}-{allele.locus}-{allele.short}", title, body, changes, about)


def promotion(
    genome: Genome,
    files: Mapping[str, bytes],
    phenotype: str,
    locus: str,
    stack: tuple[str, ...],
) -> dict[str, bytes]:
    """The phenotype's file with one line changed: what it expresses at the locus."""
    path = genome.phenotype_files[phenotype]
    names = tuple(sha[:PREFIX_DIGITS] for sha in stack)
    text = with_stack(files[path].decode(), path, phenotype, locus, names)
    return {path: text.encode()}


def _parents(allele: Allele) -> str:
    return ", ".join(parent[:PREFIX_DIGITS] for parent in allele.lineage.parents) or "nothing"


def _why(reason: Reason) -> str:
    return f"{reason.text}\n"


def _undo() -> str:
    return "\nTo take it back, `git revert -m 1` the merge: the next pass expresses what was there."
