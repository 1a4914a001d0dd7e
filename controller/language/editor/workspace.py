"""What the language server knows: open texts over files on disk, by the genome they lie in.

Every text is parsed once; what depends on several files is made when it is asked for. Only
`refresh` and `opened` look at the disk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from controller.domains.world import Domain
from controller.genome.surroundings import Surroundings, surroundings
from controller.language.checking import NEEDS_ALLELES
from controller.language.index import Index
from controller.language.occurrences import occurrences
from controller.language.on_disk import (
    alleles_in_genome,
    content,
    genome_around,
    sources_below,
    sources_in_genome,
    surrounding_files,
)
from controller.language.sources import Source, outline, read_source
from controller.language.symbols import Occurrence
from controller.limits import LSP_FILES
from controller.ports import Blocked
from grammar.diagnostic import Diagnostic
from grammar.sg.nodes import Document
from grammar.sg.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Text:
    """A file with what is made of it alone."""

    source: Source
    names: tuple[Occurrence, ...]
    outline: Document


def _text(path: str, data: bytes | str) -> Text:
    source = read_source(path, data)
    return Text(source, occurrences(source), outline(source.document))


Stamp = tuple[int, int]
"""Time of change in nanoseconds and size in bytes: whether a file is the one that was read."""


@dataclass(slots=True)
class Library:
    """The contracts that belong together: those of one genome, or of one folder."""

    root: Path
    is_genome: bool
    domain: Domain
    around: Surroundings
    recursive: bool = True
    on_disk: dict[str, tuple[Stamp, Text]] = field(default_factory=dict)
    open: dict[str, Text] = field(default_factory=dict)
    alleles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _index: Index | None = None

    def texts(self) -> dict[str, Text]:
        """Every text, by path, in order; an open one counts more than its file."""
        found = {path: text for path, (_, text) in self.on_disk.items()} | self.open
        return dict(sorted(found.items()))

    @property
    def index(self) -> Index:
        """All names."""
        if self._index is None:
            self._index = Index({path: text.names for path, text in self.texts().items()})
        return self._index

    @property
    def vocabulary(self) -> Vocabulary:
        """What the domain says of its resources."""
        return self.around.vocabulary

    def changed(self) -> None:
        """Forget what was made of several files."""
        self._index = None

    def scan(self) -> None:
        """Read what is new on disk, forget what is gone."""
        self.alleles = alleles_in_genome(self.root) if self.is_genome else {}
        self.around = surroundings(self.domain, self._surrounding_files())
        found: dict[str, tuple[Stamp, Text]] = {}
        for file in islice(self._files(), LSP_FILES):
            read = self._read(file)
            if read is not None:
                found[str(file)] = read
        self.on_disk = found
        self.changed()

    def _surrounding_files(self) -> dict[str, bytes]:
        try:
            return surrounding_files(self.root) if self.is_genome else {}
        except Blocked:  # a file that cannot be read is not checked against
            return {}

    def _files(self) -> Iterable[Path]:
        if self.is_genome:
            return sources_in_genome(self.root)
        return sources_below(self.root, recursive=self.recursive)

    def _read(self, file: Path) -> tuple[Stamp, Text] | None:
        try:
            status = file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self.on_disk.get(str(file))
            if known is not None and known[0] == stamp:
                return known
            return stamp, _text(str(file), content(file))
        except (OSError, Blocked):
            return None


class Workspace:
    """All libraries that an editor has shown a file of."""

    def __init__(self, domain: Domain) -> None:
        """`domain` is what contracts are checked against besides each other."""
        self._domain = domain
        self._folders: list[Path] = []
        self._libraries: dict[Path, Library] = {}

    def add_folder(self, folder: Path) -> None:
        """A folder that the editor works in."""
        self._folders.append(folder.resolve())

    @property
    def open_paths(self) -> list[str]:
        """The texts that are open."""
        return [path for library in self._libraries.values() for path in library.open]

    @property
    def paths(self) -> list[str]:
        """Every text, open or not."""
        return [path for library in self._libraries.values() for path in library.texts()]

    def opened(self, path: str, text: str) -> None:
        """A text is open in the editor, or was typed in."""
        library = self.library(path)
        library.open[path] = _text(path, text)
        library.changed()

    def closed(self, path: str) -> None:
        """The editor has closed a text: its file counts again."""
        library = self.library(path)
        library.open.pop(path, None)
        library.scan()

    def refresh(self) -> None:
        """Look at the disk again."""
        for library in self._libraries.values():
            library.scan()

    def text(self, path: str) -> Text | None:
        """The text of a path, open or on disk; None if there is none."""
        library = self.library(path)
        known = library.open.get(path)
        if known is None and path in library.on_disk:
            known = library.on_disk[path][1]
        return known

    def library(self, path: str) -> Library:
        """What a path belongs to, scanned when it is first asked for."""
        root, is_genome, recursive = self._root(Path(path))
        library = self._libraries.get(root)
        if library is None:
            library = self._libraries[root] = Library(
                root, is_genome, self._domain, surroundings(self._domain, {}), recursive
            )
            library.scan()
        return library

    def _root(self, path: Path) -> tuple[Path, bool, bool]:
        genome = genome_around(path.parent)
        if genome is not None:
            return genome, True, True
        around = [folder for folder in self._folders if path.is_relative_to(folder)]
        if around:
            return max(around, key=lambda folder: len(folder.parts)), False, True
        return path.parent, False, False

    def diagnose(self, paths: Collection[str]) -> dict[str, list[Diagnostic]]:
        """What is wrong with some texts, seen with the outlines of the others around them."""
        by_root: dict[Path, list[str]] = {}
        for path in paths:
            by_root.setdefault(self.library(path).root, []).append(path)
        found: dict[str, list[Diagnostic]] = {path: [] for path in paths}
        for root, named in by_root.items():
            found |= _diagnose(self._libraries[root], named)
        return found


def _diagnose(library: Library, paths: Collection[str]) -> dict[str, list[Diagnostic]]:
    texts = library.texts()
    found = {path: list(texts[path].source.remarks) for path in paths if path in texts}
    documents = [one.source.document if at in found else one.outline for at, one in texts.items()]
    for remark in library.around.check(documents, library.alleles):
        if remark.span.file in found and (library.is_genome or remark.code not in NEEDS_ALLELES):
            found[remark.span.file].append(remark)
    return found
