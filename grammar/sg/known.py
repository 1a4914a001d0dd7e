"""What the documents of a genome define, by name, and what is defined twice. Called by check.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from grammar.remarks import Remarks, somewhere
from grammar.sg.nodes import (
    Contract,
    Document,
    GeneContract,
    Intent,
    Pathway,
    Phenotype,
    System,
    Topology,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Every contract by its name. `remarks_of` leads from a pathway to the remarks of its file."""

    genes: dict[str, GeneContract] = field(default_factory=dict)
    pathways: dict[str, Pathway] = field(default_factory=dict)
    topologies: dict[str, Topology] = field(default_factory=dict)
    phenotypes: dict[str, Phenotype] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)
    systems: dict[str, System] = field(default_factory=dict)
    remarks_of: dict[str, Remarks] = field(default_factory=dict)


Named = TypeVar("Named", GeneContract, Pathway, Topology, Phenotype, Intent, System)


def collect(documents: Sequence[Document], everywhere: Sequence[Remarks]) -> Known:
    """Gather what `documents` define; of two with one name the first counts."""
    known = Known()
    for document, remarks in zip(documents, everywhere, strict=True):
        _gather(remarks, "SG-E220", "locus", document.genes, known.genes, known.pathways)
        _gather(remarks, "SG-E220", "locus", document.pathways, known.pathways, known.genes)
        _gather(remarks, "SG-E231", "topology", document.topologies, known.topologies, {})
        _gather(remarks, "SG-E221", "phenotype", document.phenotypes, known.phenotypes, {})
        _gather(remarks, "SG-E231", "intent", document.intents, known.intents, {})
        _gather(remarks, "SG-E251", "system", document.systems, known.systems, {})
        for pathway in document.pathways:
            known.remarks_of.setdefault(pathway.name, remarks)
    return known


def _gather(
    remarks: Remarks,
    code: str,
    noun: str,
    found: Iterable[Named],
    into: dict[str, Named],
    beside: Mapping[str, Contract],
) -> None:
    """Add contracts to `into`; complain about names that are there or in `beside` already."""
    for contract in found:
        if not contract.name:
            continue
        first = beside.get(contract.name) or into.setdefault(contract.name, contract)
        if first is not contract:
            earlier = somewhere(first.span)
            remarks.say(
                code,
                f"{noun} `{contract.name}` is defined twice",
                somewhere(contract.span),
                f"it was defined in {earlier.file}, line {earlier.line}",
            )
