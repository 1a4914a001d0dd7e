"""The names that a file defines and uses, and where: the base of every tool that follows names.

Pure. Called when a text was read. A new kind of node needs one function in a module of this
package, registered for its type.
"""

from __future__ import annotations

from collections.abc import Iterator

from controller.language.occurrences import gene, levels, system
from controller.language.occurrences.place import Place, inside
from controller.language.sources import Source
from controller.language.symbols import Occurrence, contract_symbol, owner_of
from grammar.sg.nodes import Contract

__all__ = ["gene", "in_order", "levels", "lines_of", "occurrences", "occurrences_in", "system"]


def occurrences(source: Source) -> tuple[Occurrence, ...]:
    """Every name of a file, in order of place."""
    by_contract = [occurrences_in(contract, source) for contract in source.document.contracts]
    return in_order(one for names in by_contract for one in names)


def occurrences_in(contract: Contract, source: Source) -> tuple[Occurrence, ...]:
    """Every name of one contract of a file, in order of place."""
    place = Place(owner_of(contract), lines_of(source.text))
    return in_order(_contract(contract, place))


def in_order(found: Iterator[Occurrence]) -> tuple[Occurrence, ...]:
    """Occurrences by place."""
    return tuple(sorted(found, key=lambda one: (one.span.line, one.span.column)))


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text as spans count them: ended by line feeds, without a byte order mark."""
    return tuple(text.removeprefix("\ufeff").split("\n"))


def _contract(contract: Contract, place: Place) -> Iterator[Occurrence]:
    span = place.find(contract.name, contract.span)
    if span:
        yield Occurrence(contract_symbol(contract), span, defines=True)
    yield from inside(contract, place)
