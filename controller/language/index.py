"""Where the names of many files are defined and used. Called by whatever follows names.

occurrences.py finds the names of one file; this module joins those of many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from controller.language.symbols import Kind, Occurrence, Symbol


class Index:
    """The names of many files: where each symbol is defined, and every place it is written."""

    def __init__(self, files: Mapping[str, Iterable[Occurrence]]) -> None:
        """`files` maps a path to the occurrences of that file."""
        self._all: dict[Symbol, list[Occurrence]] = {}
        for path in sorted(files):
            for one in files[path]:
                self._all.setdefault(one.symbol, []).append(one)

    def places(self, symbol: Symbol) -> list[Occurrence]:
        """Every occurrence of a symbol, definitions too, by path and place."""
        return self._all.get(symbol, [])

    def definitions(self, symbol: Symbol) -> list[Occurrence]:
        """Where a symbol is defined; more than one is a mistake that the checker speaks of."""
        return [one for one in self.places(symbol) if one.defines]

    def origin(self, symbol: Symbol) -> list[Occurrence]:
        """Where a symbol is defined; for an event, which no contract defines, its entity."""
        if symbol.kind is Kind.EVENT:
            return self.definitions(Symbol(Kind.ENTITY, symbol.owner))
        return self.definitions(symbol)

    def named(self, kind: Kind, owner: str = "") -> list[str]:
        """The names of a kind with an owner, whether they are defined anywhere or only used."""
        return sorted(s.name for s in self._all if s.kind is kind and s.owner == owner)


def occurrence_at(found: Iterable[Occurrence], line: int, column: int) -> Occurrence | None:
    """The occurrence whose name is at, or ends at, a place; line and column count from 1."""
    touching = [
        one
        for one in found
        if one.span.line == line and one.span.column <= column <= one.span.end_column
    ]
    return max(touching, key=lambda one: one.span.column, default=None)
