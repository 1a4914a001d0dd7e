"""Files of the language as documents: which they are, what each holds, what others see of it.

Called by every tool of this package. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from controller.genome.genome import LANGUAGE_FOLDERS
from grammar.decode import decode
from grammar.diagnostic import Diagnostic, Severity
from grammar.sg.nodes import Contract, Document, GeneContract, Phenotype
from grammar.sg.parse import parse

SUFFIX: Final = ".sg"

_PLURALS: Final = {"gene": "genes", "pathway": "pathways", "topology": "topologies"}
_ORDER: Final = ("system", "intent", "topology", "phenotype", "pathway", "gene")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path, its text, what could be read of it, and what is wrong with it alone."""

    path: str
    text: str
    document: Document
    remarks: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The remarks that stop the text from being used."""
        return tuple(r for r in self.remarks if r.severity is Severity.ERROR)


def is_source(path: str) -> bool:
    """True for the path of a contract in a genome repository."""
    return path.endswith(SUFFIX) and path.startswith(LANGUAGE_FOLDERS)


def read_source(path: str, content: bytes | str) -> Source:
    """The file of this name and content."""
    text, undecodable = (content, ()) if isinstance(content, str) else decode(content, path)
    parsed = parse(text, path)
    return Source(path, text, parsed.value or Document(), (*undecodable, *parsed.diagnostics))


def sources_of(files: Mapping[str, bytes]) -> dict[str, Source]:
    """Every contract among the files of a genome repository, by path, in order."""
    return {path: read_source(path, files[path]) for path in sorted(files) if is_source(path)}


def alleles_among(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Locus → the whole hashes of its alleles, by the paths of a genome repository's files."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        top, _, locus = folder.partition("/")
        if top == "alleles" and locus and "/" not in locus and name.endswith(".py"):
            found.setdefault(locus, []).append(name.removesuffix(".py"))
    return {locus: tuple(hashes) for locus, hashes in found.items()}


def kind_of(contract: Contract) -> str:
    """The keyword that opens such a contract: `gene`, `phenotype`, …"""
    return type(contract).__name__.removesuffix("Contract").lower()


def plural_of(kind: str) -> str:
    """`gene` → `genes`."""
    return _PLURALS.get(kind, f"{kind}s")


def in_reading_order(kinds: Iterable[str]) -> list[str]:
    """Kinds from the whole to its parts; new ones come last, by name."""
    return sorted(kinds, key=lambda kind: (_ORDER.index(kind) if kind in _ORDER else 9, kind))


def outline(document: Document) -> Document:
    """What other files need to know of a document: names and fields, without what they say.

    Checking one file against the outlines of the others costs little and says the same.
    """
    return replace(
        document,
        genes=tuple(map(_gene_outline, document.genes)),
        phenotypes=tuple(map(_phenotype_outline, document.phenotypes)),
        comments={},
        source="",
    )


def _gene_outline(gene: GeneContract) -> GeneContract:
    return replace(
        gene, before=(), after=(), fails_when=(), unhealthy_when=(), verify=None, feeds=()
    )


def _phenotype_outline(phenotype: Phenotype) -> Phenotype:
    return replace(phenotype, expresses=())
