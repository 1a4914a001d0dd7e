"""A genome as of one commit: contracts, phenotypes and alleles, read from files and checked.

`compile_genome` is pure: it takes the files of a commit and gives the genome and every remark
about it. The stories read it at the start of each pass; the command line prints the remarks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from controller import limits
from controller.domains.world import Domain
from controller.genome.allele import Allele, lineage_path, name_of, read_lineage
from controller.genome.surroundings import surroundings
from grammar.decode import decode
from grammar.diagnostic import Diagnostic, Parsed, Severity
from grammar.sg.nodes import (
    Document,
    GeneContract,
    Intent,
    Pathway,
    Phenotype,
    System,
    Topology,
)
from grammar.sg.parse import parse
from grammar.source import Span

LANGUAGE_FOLDERS = ("contracts/", "systems/", "phenotypes/")


@dataclass(frozen=True, slots=True)
class Genome:
    """What a commit of a genome repository says, each kind of contract by its name.

    `alleles` maps a locus to its alleles by whole hash, `phenotype_files` a phenotype to the
    path of its file.
    """

    loci: Mapping[str, GeneContract] = field(default_factory=dict)
    phenotypes: Mapping[str, Phenotype] = field(default_factory=dict)
    alleles: Mapping[str, Mapping[str, Allele]] = field(default_factory=dict)
    phenotype_files: Mapping[str, str] = field(default_factory=dict)
    pathways: Mapping[str, Pathway] = field(default_factory=dict)
    topologies: Mapping[str, Topology] = field(default_factory=dict)
    intents: Mapping[str, Intent] = field(default_factory=dict)
    systems: Mapping[str, System] = field(default_factory=dict)

    def stack(self, phenotype: str, locus: str) -> tuple[Allele, ...]:
        """The dominant allele at a locus and then its fallback stack; empty if none.

        The locus is a gene's or a pathway's, which may have alleles as well.
        """
        found = self.phenotypes.get(phenotype)
        for expression in found.expresses if found else ():
            if expression.locus == locus:
                return tuple(self.allele(locus, prefix) for prefix in expression.stack)
        return ()

    def verified(self, locus: str) -> bool:
        """Whether diagnostics judge what is expressed at the locus of a gene or a pathway."""
        contract = self.loci.get(locus) or self.pathways.get(locus)
        return contract is not None and contract.verify is not None

    def allele(self, locus: str, prefix: str) -> Allele:
        """The allele at a locus that a prefix names. Raises KeyError if none or several do."""
        found = [a for sha, a in self.alleles.get(locus, {}).items() if sha.startswith(prefix)]
        if len(found) != 1:
            raise KeyError(f"{locus} {prefix}")
        return found[0]


def compile_genome(files: Mapping[str, bytes], domain: Domain) -> Parsed[Genome]:
    """The genome that files (by path) describe, and every remark about it.

    Of two contracts of one kind with one name, which is an error, the first one counts.
    """
    remarks: list[Diagnostic] = []
    documents: dict[str, Document] = {}
    for path in sorted(files):
        if path.endswith(".sg") and path.startswith(LANGUAGE_FOLDERS):
            document, wrong_text = _read(path, files[path])
            remarks += wrong_text
            if document is not None:
                documents[path] = document
    alleles, wrong = _alleles(files)
    remarks += wrong
    by_locus = {locus: tuple(found) for locus, found in alleles.items()}
    around = surroundings(domain, files)
    remarks += around.remarks
    remarks += around.check(tuple(documents.values()), by_locus)
    return Parsed(_genome(documents, alleles), tuple(remarks))


def _genome(
    documents: Mapping[str, Document], alleles: Mapping[str, Mapping[str, Allele]]
) -> Genome:
    said = documents.values()
    in_files = [(one.name, path) for path, d in documents.items() for one in d.phenotypes]
    return Genome(
        loci=_by_name(one for d in said for one in d.genes),
        phenotypes=_by_name(one for d in said for one in d.phenotypes),
        alleles=alleles,
        phenotype_files=dict(reversed(in_files)),
        pathways=_by_name(one for d in said for one in d.pathways),
        topologies=_by_name(one for d in said for one in d.topologies),
        intents=_by_name(one for d in said for one in d.intents),
        systems=_by_name(one for d in said for one in d.systems),
    )


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Contract = TypeVar("_Contract", bound=_Named)


def _by_name(contracts: Iterable[_Contract]) -> dict[str, _Contract]:
    """By name; the first of each name, and none that the parser found no name for."""
    found: dict[str, _Contract] = {}
    for one in contracts:
        if one.name:
            found.setdefault(one.name, one)
    return found


@lru_cache(maxsize=limits.PARSED_FILES)
def _read(path: str, data: bytes) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """A file's document; a file that did not change is not parsed again."""
    text, undecodable = decode(data, path)
    parsed = parse(text, path)
    return parsed.value, (*undecodable, *parsed.diagnostics)


def _alleles(
    files: Mapping[str, bytes],
) -> tuple[dict[str, dict[str, Allele]], list[Diagnostic]]:
    found: dict[str, dict[str, Allele]] = {}
    remarks: list[Diagnostic] = []
    for path in sorted(files):
        parts = PurePosixPath(path)
        if not path.startswith("alleles/") or parts.suffix != ".py" or len(parts.parts) != 3:
            continue
        locus, sha = parts.parts[1], parts.stem
        made = _allele(locus, sha, files[path], files.get(lineage_path(locus, sha)))
        if isinstance(made, Allele):
            found.setdefault(locus, {})[sha] = made
        else:
            remarks.append(_about(path, *made))
    return found, remarks


def _allele(
    locus: str, sha: str, data: bytes, lineage_data: bytes | None
) -> Allele | tuple[str, str, str]:
    try:
        source = data.decode()
    except UnicodeDecodeError:
        return ("GN-E001", "the allele is not UTF-8 text", "restore the file from its commit")
    if name_of(source) != sha:
        return (
            "GN-E002",
            f"the allele's source has another hash than its name: {name_of(source)[:12]}…",
            "an allele never changes: restore this file, and add the edited source as a new allele",
        )
    if lineage_data is None:
        return ("GN-E003", "the allele has no lineage", f"add {lineage_path(locus, sha)}")
    lineage = read_lineage(lineage_data)
    if isinstance(lineage, str):
        return ("GN-E004", f"the allele's lineage cannot be read: {lineage}", "restore the file")
    if lineage.locus != locus:
        return (
            "GN-E005",
            f"the lineage speaks of locus {lineage.locus}, the folder of {locus}",
            "move the allele to its own locus",
        )
    return Allele(locus, sha, source, lineage)


def _about(path: str, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, Span(path, 1, 1, 1, 1), "", hint)
