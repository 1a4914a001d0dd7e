"""What an editor shows about the word under the pointer, as Markdown. Pure.

Contracts are hostile text: prose is escaped, so that it cannot become links or pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from controller.language.editor.words import WORDS
from controller.language.editor.workspace import Library, Text
from controller.language.index import occurrence_at
from controller.language.sources import kind_of
from controller.language.symbols import (
    Kind,
    Occurrence,
    Symbol,
    contract_symbol,
    owner_of,
)
from controller.limits import LSP_HOVER_CHARACTERS
from grammar.diagnostic import Diagnostic
from grammar.sg.codes import CODES
from grammar.sg.literal import literal_text
from grammar.sg.nodes import Contract, Field, GeneContract, Pathway, Phenotype, Topology

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+.!|~&-])")
_WITH_FIELDS: Final = (GeneContract, Pathway, Topology)
_WORD: Final = re.compile(r"^[ \t]*((?:fails|unhealthy)[ \t]+when|on[ \t]+failure|[a-z]+)\b")


def hover(
    library: Library, text: Text, line: int, column: int, remarks: Sequence[Diagnostic]
) -> str:
    """Markdown about a place (line and column from 1); empty if there is nothing to say.

    `remarks` are those about the text; the explanation of one at the place comes last.
    """
    found = occurrence_at(text.names, line, column)
    parts = [_about(library, found)] if found else [_word(text, line, column)]
    parts += [_explained(remark) for remark in remarks if _covers(remark, line, column)]
    return "\n\n---\n\n".join(dict.fromkeys(part for part in parts if part))


def _about(library: Library, found: Occurrence) -> str:
    symbol = found.symbol
    if symbol.kind is Kind.ALLELE:
        return _allele(library, symbol)
    if symbol.kind is Kind.FIELD:
        return "\n\n".join(_fields(library, symbol))
    for contract in _contracts(library):
        inside = symbol.kind in (Kind.TYPE, Kind.BINDING, Kind.RESOURCE)
        if (owner_of(contract) == symbol.owner) if inside else contract_symbol(contract) == symbol:
            shown = _in_contract(contract, symbol) if inside else _contract(contract)
            if shown:
                return shown
    return ""


def _in_contract(contract: Contract, symbol: Symbol) -> str:
    if symbol.kind is Kind.TYPE and isinstance(contract, GeneContract):
        declared = next((t for t in contract.types if t.name == symbol.name), None)
        return _code([f"{declared.name}:", *_rows(declared.fields)]) if declared else ""
    if symbol.kind is Kind.BINDING and isinstance(contract, Phenotype):
        bound = next((b for b in contract.bindings if b.name == symbol.name), None)
        return _code([f"{bound.name} = {literal_text(bound.value)}"]) if bound else ""
    if symbol.kind is Kind.RESOURCE and isinstance(contract, Topology):
        found = next((r for r in contract.has if r.name == symbol.name), None)
        return _code([f"{found.name}:", f"  is {found.kind}"]) if found else ""
    return ""


def _contracts(library: Library) -> Iterable[Contract]:
    return (one for text in library.texts().values() for one in text.source.document.contracts)


def _contract(contract: Contract) -> str:
    head = f"**{kind_of(contract)}** `{contract.name}`"
    if not isinstance(contract, GeneContract):
        does = getattr(contract, "does", "")
        return f"{head}\n\n{escaped(_cut(does))}" if does else head
    signature = ["takes:", *_rows(contract.takes), "gives:", *_rows(contract.gives)]
    about = f"{head}, {contract.family.value}, risk {contract.risk.value}"
    return "\n\n".join([about, escaped(_cut(contract.does)), _code(signature)])


def _fields(library: Library, symbol: Symbol) -> Iterable[str]:
    owner, _, record = symbol.owner.partition(".")
    for contract in _contracts(library):
        if owner_of(contract) != owner or not isinstance(contract, _WITH_FIELDS):
            continue
        for where, fields in _groups(contract, record):
            for field in fields:
                if field.name == symbol.name:
                    about = escaped(field.description)
                    yield f"{_code([_row(field)])}\n\n{about}\n\n`{where}:` of `{contract.name}`"


def _groups(
    contract: GeneContract | Pathway | Topology, record: str
) -> list[tuple[str, tuple[Field, ...]]]:
    if not isinstance(contract, GeneContract):
        return [("takes", contract.takes)]
    if record:
        return [(t.name, t.fields) for t in contract.types if t.name == record]
    return [("takes", contract.takes), ("gives", contract.gives)]


def _allele(library: Library, symbol: Symbol) -> str:
    whole = [h for h in library.alleles.get(symbol.owner, ()) if h.startswith(symbol.name)]
    if len(whole) != 1:
        return f"`{symbol.owner}` has {len(whole)} alleles that begin like this."
    return f"Allele of `{symbol.owner}`\n\n`{whole[0]}`"


def _rows(fields: Iterable[Field]) -> list[str]:
    return [f"  {_row(field)}" for field in fields]


def _row(field: Field) -> str:
    default = f" = {literal_text(field.default)}" if field.has_default else ""
    return f"{field.name} {field.type}{default}"


def _code(lines: Iterable[str]) -> str:
    """Lines of the language; a fence that they cannot close."""
    inside = "\n".join(lines).replace("```", "'''")
    return f"```sg\n{inside}\n```"


def _word(text: Text, line: int, column: int) -> str:
    """What a section or keyword means, where it is the first word of its line."""
    lines = text.source.document.source.removeprefix("\ufeff").split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    found = _WORD.match(row)
    if found is None or not found.start(1) < column <= found.end(1) + 1:
        return ""
    word = " ".join(found[1].split())
    return f"`{word}` {WORDS[word]}" if word in WORDS else ""


def _explained(remark: Diagnostic) -> str:
    known = CODES.get(remark.code)
    if known is None:
        return ""
    return f"**{remark.code}** {escaped(known.title)}\n\n{escaped(known.explanation)}"


def _covers(remark: Diagnostic, line: int, column: int) -> bool:
    span = remark.span
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


def _cut(prose: str) -> str:
    if len(prose) <= LSP_HOVER_CHARACTERS:
        return prose
    return f"{prose[:LSP_HOVER_CHARACTERS].rsplit(' ', 1)[0]} …"


def escaped(prose: str) -> str:
    """Prose that Markdown shows as it is written."""
    return _SPECIAL.sub(r"\\\1", prose)
