"""The contents of a file as an editor lists them: contracts, their sections, their fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from lsprotocol.types import DocumentSymbol, Range, SymbolKind

from controller.language.editor.positions import TextMap
from controller.language.sources import Source, kind_of
from grammar.sg.nodes import Binding, Contract, Field, GeneContract, Phenotype, TypeDeclaration
from grammar.source import Span

_KINDS: Mapping[str, SymbolKind] = {
    "gene": SymbolKind.Function,
    "pathway": SymbolKind.Function,
    "phenotype": SymbolKind.Object,
    "topology": SymbolKind.Struct,
}


def document_symbols(source: Source, places: TextMap) -> list[DocumentSymbol]:
    """Every contract with what it holds; each range contains those inside it."""
    found = [contract for contract in source.document.contracts if contract.span]
    last = source.text.count("\n") + 1
    starts = [contract.span.line for contract in found if contract.span] + [last + 1]
    return [
        _contract(contract, following - 1, places)
        for contract, following in zip(found, starts[1:], strict=True)
        if contract.name
    ]


def _contract(contract: Contract, last: int, places: TextMap) -> DocumentSymbol:
    assert contract.span is not None
    first = contract.span.line
    sections: Mapping[str, Span] = getattr(contract, "places", {})
    heads = sorted(sections.items(), key=lambda item: (item[1].line, item[0]))
    ends = [max(span.line, later.line - 1) for (_, span), (_, later) in pairwise(heads)]
    ends += [max(last, heads[-1][1].line)] if heads else []
    return DocumentSymbol(
        name=contract.name,
        detail=kind_of(contract),
        kind=_KINDS.get(kind_of(contract), SymbolKind.Module),
        range=places.line_range(first, max(first, last)),
        selection_range=places.range(contract.span),
        children=[
            _section(contract, name, span, end, places)
            for (name, span), end in zip(heads, ends, strict=True)
        ],
    )


def _section(
    contract: Contract, name: str, span: Span, last: int, places: TextMap
) -> DocumentSymbol:
    return DocumentSymbol(
        name=name,
        kind=SymbolKind.Namespace,
        range=places.line_range(span.line, last),
        selection_range=places.range(span),
        children=list(_inside(contract, name, places)),
    )


def _inside(contract: Contract, section: str, places: TextMap) -> Iterator[DocumentSymbol]:
    if isinstance(contract, GeneContract) and section in ("takes", "gives"):
        fields = contract.takes if section == "takes" else contract.gives
        yield from _named(fields, SymbolKind.Field, places)
    elif isinstance(contract, GeneContract) and section == "types":
        yield from _named(contract.types, SymbolKind.Struct, places)
    elif isinstance(contract, Phenotype) and section == "for":
        yield from _named(contract.bindings, SymbolKind.Variable, places)


def _named(
    nodes: Iterable[Field | TypeDeclaration | Binding], kind: SymbolKind, places: TextMap
) -> Iterator[DocumentSymbol]:
    for node in nodes:
        if node.span is None:
            continue
        here: Range = places.range(node.span)
        detail = str(node.type) if isinstance(node, Field) else None
        yield DocumentSymbol(
            name=node.name or "?", kind=kind, range=here, selection_range=here, detail=detail
        )
