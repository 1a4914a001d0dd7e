"""What changes when a name changes: the places, or why it may not. Pure; called by the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from controller.language.editor.workspace import Library
from controller.language.symbols import Kind, Symbol
from grammar.sg.nodes import BASE_TYPES
from grammar.source import Span

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED: Final = ("within", "then", "true", "false", "null", "for", "when", "all", "otherwise")
_HELD_ELSEWHERE: Final = {
    Kind.ALLELE: "an allele is named by its source",
    Kind.EVENT: "events that happened keep their names",
    Kind.GROUP: "groups of hosts are named by the inventory",
    Kind.RESOURCE_KIND: "kinds of resources are named by their domain",
    Kind.PROPERTY: "properties of resources are named by their domain",
}
"""Names that contracts only repeat, and why they stay."""
_NAMED_BY_USE: Final = (Kind.PROJECTION,)
"""Names that need no definition."""


@dataclass(frozen=True, slots=True)
class CannotRename:
    """Why a name stays as it is."""

    reason: str


def rename(library: Library, symbol: Symbol, name: str) -> Mapping[str, list[Span]] | CannotRename:
    """Path → the places where the new name is to be written."""
    refused = _refused(library, symbol, name)
    if refused:
        return CannotRename(refused)
    places: dict[str, list[Span]] = {}
    for one in library.index.places(symbol):
        places.setdefault(one.span.file, []).append(one.span)
    return places


def may_rename(library: Library, symbol: Symbol) -> str:
    """Why this symbol can have no other name; empty if it can."""
    if symbol.kind in _HELD_ELSEWHERE:
        return _HELD_ELSEWHERE[symbol.kind]
    if symbol.kind is Kind.LOCUS and library.alleles.get(symbol.name):
        count = len(library.alleles[symbol.name])
        return (
            f"the lineages of {count} allele{'' if count == 1 else 's'} name locus "
            f"`{symbol.name}`, and a lineage never changes; open a new locus instead"
        )
    if symbol.kind not in _NAMED_BY_USE and not library.index.definitions(symbol):
        return f"`{symbol.name}` is defined nowhere"
    return ""


def _refused(library: Library, symbol: Symbol, name: str) -> str:
    if not _NAME.fullmatch(name):
        return f"`{name}` is not a name: letters, digits and underscores, no digit first"
    if name in _RESERVED:
        return f"`{name}` is a word of the language"
    if name in BASE_TYPES and symbol.kind is Kind.TYPE:
        return f"`{name}` is a basic type"
    if library.index.definitions(Symbol(symbol.kind, name, symbol.owner)):
        return f"there is already a {symbol.kind.value} `{name}`"
    return may_rename(library, symbol)
