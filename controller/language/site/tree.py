"""What contracts are made of, as nested lists: intent, topology, pathway, gene, diagnostic.

Called by assembly.py for all contracts, and by pages.py for one.
"""

from __future__ import annotations

from collections.abc import Iterable

from controller.language.site.catalogue import Catalogue, Entry
from controller.language.site.frame import link, listed
from controller.language.site.html import Html, element, joined
from controller.language.symbols import Symbol
from controller.limits import SITE_TREE_LEVELS


def composition(catalogue: Catalogue, roots: Iterable[Entry], *, depth: int) -> Html:
    """The roots with their parts; `depth` is that of the page below the root of the site."""
    tree = _Tree(catalogue, depth)
    return listed(tree.branch(root, 0) for root in roots)


class _Tree:
    """Each contract with what it is made of; one that was shown before is only named."""

    def __init__(self, catalogue: Catalogue, depth: int) -> None:
        self._catalogue = catalogue
        self._depth = depth
        self._shown: set[Symbol] = set()

    def branch(self, entry: Entry, level: int) -> Html:
        """A contract and, below it, its parts."""
        name = link(self._catalogue, entry.symbol, depth=self._depth)
        head = joined(f"{entry.kind} ", name)
        parts = self._catalogue.parts(entry)
        if entry.symbol in self._shown:
            return joined(head, element("small", " (above)")) if parts else head
        self._shown.add(entry.symbol)
        if level >= SITE_TREE_LEVELS:
            return joined(head, " …")
        return joined(head, listed([self.branch(part, level + 1) for part in parts]))
