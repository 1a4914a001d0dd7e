"""What changed between two states of a genome, as values: contracts, phenotypes, alleles.

Pure. Called by `germline diff`; telling.py puts it into words, reliance.py judges it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from controller.language.difference.compositions import (
    intent_changes,
    pathway_changes,
    topology_changes,
)
from controller.language.difference.genes import gene_changes
from controller.language.difference.phenotypes import phenotype_changes
from controller.language.difference.reliance import Change
from controller.language.difference.snapshots import Key, Snapshot, short
from controller.language.difference.systems import system_changes
from controller.language.sources import in_reading_order
from grammar.sg.nodes import (
    Contract,
    GeneContract,
    Intent,
    Pathway,
    Phenotype,
    System,
    Topology,
)

_NOUNS: Final = {
    "gene": "locus",
    "pathway": "locus",
    "phenotype": "phenotype",
    "system": "system",
}
"""Kind of contract → what comes and goes with it, where that is more than a contract."""


def difference(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Every change from one state to another, by kind and name of what it is about."""
    return (*_contract_changes(before, after), *_allele_changes(before, after))


def _contract_changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    keys = before.contracts.keys() | after.contracts.keys()
    for kind in reversed(in_reading_order({kind for kind, _ in keys})):
        for key in sorted(key for key in keys if key[0] == kind):
            yield from _one_contract(key, before, after)


def _one_contract(key: Key, before: Snapshot, after: Snapshot) -> Iterator[Change]:
    kind, name = key
    subject = f"{kind} {name}"
    old, new = before.contracts.get(key), after.contracts.get(key)
    noun = _NOUNS.get(kind, "contract")
    if old is None:
        yield Change(subject, f"{noun} added", f"{kind} `{name}` is new")
    elif new is None:
        yield Change(subject, f"{noun} removed", f"{kind} `{name}` is gone")
    else:
        yield from _same_name(subject, old, new, before, after)


def _same_name(
    subject: str, old: Contract, new: Contract, before: Snapshot, after: Snapshot
) -> Iterator[Change]:
    match old, new:
        case Phenotype(), Phenotype():
            yield from phenotype_changes(old, new, before, after)
            return
        case GeneContract(), GeneContract():
            found = list(gene_changes(old, new))
        case Pathway(), Pathway():
            found = list(pathway_changes(old, new))
        case Topology(), Topology():
            found = list(topology_changes(old, new))
        case Intent(), Intent():
            found = list(intent_changes(old, new))
        case System(), System():
            found = list(system_changes(old, new))
        case _:
            raise AssertionError(f"{subject} is of two kinds")
    yield from found
    if not found and old != new:
        yield Change(subject, "wording changed", "says the same in other words")


def _allele_changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for locus in sorted(before.alleles.keys() | after.alleles.keys()):
        old, new = set(before.alleles.get(locus, ())), set(after.alleles.get(locus, ()))
        for sha in sorted(new - old):
            yield Change(f"alleles of {locus}", "allele added", f"allele {short(sha)} is new")
        for sha in sorted(old - new):
            yield Change(f"alleles of {locus}", "allele removed", f"allele {short(sha)} is gone")
