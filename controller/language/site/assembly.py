"""All files of the site: the index with the composition tree, one page for each contract.

Pure, and the same for the same genome. Called by `germline doc`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from controller.language.site.catalogue import Catalogue, Entry
from controller.language.site.frame import STYLE_PATH, link, listed, page, section, table
from controller.language.site.html import Content, Html, element, joined
from controller.language.site.pages import contract_page
from controller.language.sources import Source, in_reading_order, plural_of
from controller.language.symbols import Symbol
from controller.limits import SITE_TREE_LEVELS
from grammar.sg.nodes import GeneContract


def site(
    title: str, sources: Iterable[Source], alleles: Mapping[str, Iterable[str]]
) -> dict[str, bytes]:
    """Path below the site's root → content."""
    catalogue = Catalogue(sources, alleles)
    files = {STYLE_PATH: Path(__file__).with_name("style.css").read_bytes()}
    files["index.html"] = _index(title, catalogue)
    for entry in catalogue.entries.values():
        files[entry.path] = contract_page(catalogue, entry)
    return dict(sorted(files.items()))


def _index(title: str, catalogue: Catalogue) -> bytes:
    kinds = in_reading_order({entry.kind for entry in catalogue.entries.values()})
    tree = _Tree(catalogue)
    body = [
        element("h1", title),
        section("Composition", listed(tree.branch(root, 0) for root in catalogue.roots())),
        *(section(plural_of(kind).capitalize(), _overview(catalogue, kind)) for kind in kinds),
    ]
    return page(title, body, depth=0)


def _overview(catalogue: Catalogue, kind: str) -> Html:
    rows: list[tuple[Content, ...]] = [
        (link(catalogue, entry.symbol, depth=0), _summary(entry), entry.source.path)
        for entry in catalogue.of_kind(kind)
    ]
    return table(("Name", "What it is", "File"), rows)


def _summary(entry: Entry) -> str:
    contract = entry.contract
    if not isinstance(contract, GeneContract):
        return ""
    sentence = " ".join(contract.does.split()).split(". ")[0].rstrip(".")
    return f"{contract.family.value}, risk {contract.risk.value}. {sentence}."


class _Tree:
    """Each contract with what it is made of; one that was shown before is only named."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._shown: set[Symbol] = set()

    def branch(self, entry: Entry, level: int) -> Html:
        """A contract and, below it, its parts."""
        name = link(self._catalogue, entry.symbol, depth=0)
        head = joined(f"{entry.kind} ", name)
        if entry.symbol in self._shown:
            return joined(head, element("small", " (above)")) if entry.uses else head
        self._shown.add(entry.symbol)
        if level >= SITE_TREE_LEVELS:
            return joined(head, " …")
        entries = self._catalogue.entries
        parts = [entries[symbol] for symbol in entry.uses if symbol in entries]
        return joined(head, listed([self.branch(part, level + 1) for part in parts]))
