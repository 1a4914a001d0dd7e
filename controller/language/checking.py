"""Everything that is wrong with contracts: at a commit, in a working tree, or in files on disk.

Called by `germline check`; the first two see a whole genome, the third whatever is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller.domains.world import Domain
from controller.genome.surroundings import surroundings
from controller.language.on_disk import (
    alleles_in_genome,
    content,
    files_of_genome,
    genome_around,
    sources_in_genome,
    sources_named,
    surrounding_files,
)
from controller.language.sources import outline, read_source
from controller.ports import Repository
from controller.stories.mainline import Main, inspect, inspect_files
from grammar.diagnostic import Diagnostic, Parsed, Severity
from grammar.sg.nodes import Document

NEEDS_ALLELES: Final = ("SG-E227", "SG-E228")
"""What only somebody who sees a genome's alleles can say."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, in words, and every remark about it."""

    subject: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The remarks that must be mended."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.ERROR)


def check_commit(repository: Repository, name: str, domain: Domain) -> Checked:
    """A commit of a genome repository. Raises `Blocked` if there is none, or no genome."""
    return _genome(inspect(repository, repository.resolve(name), domain))


def check_working_tree(root: Path, domain: Domain) -> Checked:
    """A genome as its working tree has it, committed or not. Raises `Blocked`."""
    return _genome(inspect_files("", files_of_genome(root), domain))


def _genome(parsed: Parsed[Main]) -> Checked:
    assert parsed.value is not None
    genome = parsed.value.genome
    alleles = sum(len(found) for found in genome.alleles.values())
    subject = f"{len(genome.loci)} loci, {len(genome.phenotypes)} phenotypes, {alleles} alleles"
    return Checked(subject, parsed.diagnostics)


def check_files(paths: Sequence[Path], domain: Domain) -> Checked:
    """Files and folders on disk; what lies in a genome is checked against the rest of it.

    Remarks are about the given files alone. Raises `Blocked` for a path that cannot be read.
    """
    by_root: dict[Path | None, list[Path]] = {}
    files = sources_named(paths)
    for file in files:
        by_root.setdefault(genome_around(file), []).append(file)
    remarks: list[Diagnostic] = []
    for root, named in by_root.items():
        remarks += _check_group(root, named, domain)
    subject = f"{len(files)} file{'' if len(files) == 1 else 's'}"
    return Checked(subject, tuple(remarks))


def _check_group(root: Path | None, files: Sequence[Path], domain: Domain) -> list[Diagnostic]:
    sources = [read_source(str(file), content(file)) for file in files]
    alleles = alleles_in_genome(root) if root else {}
    documents = [source.document for source in sources]
    around = surroundings(domain, surrounding_files(root) if root else {})
    between = around.check([*_around(root, files), *documents], alleles)
    named = {source.path for source in sources}
    between = tuple(r for r in between if r.span.file in named)
    if root is None:
        between = tuple(r for r in between if r.code not in NEEDS_ALLELES)
    remarks = [*(remark for source in sources for remark in source.remarks), *between]
    order = {source.path: index for index, source in enumerate(sources)}
    return sorted(remarks, key=lambda r: (order[r.span.file], r.span.line, r.span.column, r.code))


def _around(root: Path | None, files: Sequence[Path]) -> list[Document]:
    """Outlines of the contracts of a genome that were not named.

    They come first, so that of two contracts with one name the named one is complained about.
    """
    if root is None:
        return []
    named = {file.resolve() for file in files}
    others = [file for file in sources_in_genome(root) if file.resolve() not in named]
    return [outline(read_source(str(file), content(file)).document) for file in others]
