"""Where names stand on their lines, and the function that each kind of node has. Pure.

`inside` yields the occurrences in a node; gene.py, levels.py and system.py register what knows a
type, and nodes that no function knows are searched for those that are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import singledispatch
from typing import Final

from controller.language.symbols import Kind, Occurrence, Symbol
from grammar.source import Span
from grammar.system.nodes import Entity

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Place:
    """What a node is inside of.

    `owner` is that of the contract's names, `steps` the locus of each numbered step, `variables`
    those of the loops around, `resources` the names that a bare word may mean. In a system,
    `entities` are those that it declares, and `each` is the one whose loop's condition this is.
    """

    owner: str
    lines: tuple[str, ...]
    steps: Mapping[int, str] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    entities: Mapping[str, Entity] = field(default_factory=dict)
    each: str = ""

    def find(self, name: str, span: Span | None, offset: int = 0) -> Span | None:
        """Where a name stands on the line of a span, at or after its start."""
        if span is None or not 1 <= span.line <= len(self.lines) or not name:
            return None
        whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        found = whole.search(self.lines[span.line - 1], span.column - 1 + offset)
        return at(span, found.start() + 1, len(name)) if found else None

    def past(self, mark: str, span: Span | None) -> int:
        """How far after the start of a span the first `mark` on its line ends; 0 if none does."""
        if span is None or not 1 <= span.line <= len(self.lines):
            return 0
        found = self.lines[span.line - 1].find(mark, span.column - 1)
        return 0 if found < 0 else found + len(mark) - span.column + 1

    def word(self, span: Span, offset: int = 0) -> Span | None:
        """The first name at or after the start of a span, on its line."""
        row = self.lines[span.line - 1] if span.line <= len(self.lines) else ""
        found = NAME.search(row, span.column - 1 + offset)
        return at(span, found.start() + 1, len(found[0])) if found else None


def at(span: Span, column: int, width: int) -> Span:
    """A place of some width on the line of a span."""
    return Span(span.file, span.line, column, span.line, column + width)


def use(kind: Kind, name: str, owner: str, span: Span | None) -> Iterator[Occurrence]:
    """A name that is defined elsewhere, if it was found on its line."""
    if span and name:
        yield Occurrence(Symbol(kind, name, owner), span)


def define(kind: Kind, name: str, owner: str, span: Span | None) -> Iterator[Occurrence]:
    """A name where it gets its meaning, if it was found on its line."""
    if span and name:
        yield Occurrence(Symbol(kind, name, owner), span, defines=True)


def parts(node: object, place: Place) -> Iterator[Occurrence]:
    """Occurrences in whatever a node is made of."""
    if isinstance(node, tuple):
        for item in node:
            yield from inside(item, place)
    elif is_dataclass(node) and not isinstance(node, Span):
        for part in fields(node):
            yield from inside(getattr(node, part.name), place)


@singledispatch
def inside(node: object, place: Place) -> Iterator[Occurrence]:
    """Occurrences in a node, by the function that is registered for its type."""
    yield from parts(node, place)
