"""How the catalogue's entries are written: `bridge:name mac:mac?` for two parameters.

The lists in `operation` and its neighbours are made with these.
"""

from __future__ import annotations

from typing import Final

from controller.domains.world import OperationSpec, Parameter

NO_CHANGE_NOTE: Final = "No change if it is so already."


def query(name: str, takes: str, returns: str, facets: str, doc: str) -> OperationSpec:
    """An operation that only looks, and the facets that it reads."""
    return OperationSpec(name, _parameters(takes), returns, False, frozenset(facets.split()), doc)


def mutation(name: str, takes: str, facets: str, disruption: int, doc: str) -> OperationSpec:
    """An operation that changes the host, the facets that it touches, and what may suffer."""
    touched = frozenset(facets.split())
    return OperationSpec(name, _parameters(takes), "none", True, touched, doc, disruption)


def _parameters(takes: str) -> tuple[Parameter, ...]:
    """`bridge:name mac:mac?` → parameters; a question mark makes one optional."""
    pairs = (item.split(":") for item in takes.split())
    return tuple(Parameter(name, kind.rstrip("?"), kind.endswith("?")) for name, kind in pairs)
