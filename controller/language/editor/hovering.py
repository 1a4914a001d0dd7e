"""What an editor shows about the word under the pointer, as Markdown. Pure.

Contracts are hostile text: prose is escaped, so that it cannot become links or pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile
from typing import Final

from controller.language.editor.braces import clause_at
from controller.language.editor.surroundings import surroundings
from controller.language.editor.words import meaning
from controller.language.editor.workspace import Library, Text
from controller.language.index import occurrence_at
from controller.language.occurrences import lines_of
from controller.language.sources import kind_of
from controller.language.symbols import (
    Kind,
    Occurrence,
    Symbol,
    contract_symbol,
    owner_of,
)
from controller.limits import LSP_HOVER_CHARACTERS, LSP_HOVER_LINES
from grammar.diagnostic import Diagnostic
from grammar.sg.codes import CODES
from grammar.sg.literal import literal_text
from grammar.sg.nodes import Contract, Field, GeneContract, Pathway, Topology
from grammar.sg.vocabulary import PropertySpec

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+.!|~&-])")
_WITH_FIELDS: Final = (GeneContract, Pathway, Topology)
_WORD: Final = re.compile(
    r"^[ \t]*((?:fails|unhealthy)[ \t]+when|on[ \t]+failure|all[ \t]+within|[a-z_]+)\b"
)


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
    if symbol.kind in (Kind.LOCUS, Kind.CONTRACT):
        named = (one for one in _contracts(library) if contract_symbol(one) == symbol)
        return next(map(_contract, named), f"{symbol.kind.value} {_inline(symbol.name)}: undefined")
    if symbol.kind in (Kind.RESOURCE_KIND, Kind.PROPERTY):
        return _in_vocabulary(library, symbol)
    return _as_written(library, symbol)


def _in_vocabulary(library: Library, symbol: Symbol) -> str:
    """What the domain says of a kind of resource, or of a property of one."""
    if symbol.kind is Kind.PROPERTY:
        spec = library.vocabulary.get(symbol.owner, {}).get(symbol.name)
        rows = [_property(symbol.name, spec)] if spec else [symbol.name]
        return f"{_code(rows)}\n\nproperty of `{symbol.owner}`"
    known = library.vocabulary.get(symbol.name, {})
    rows = [f"is {symbol.name}", *(f"  {_property(name, spec)}" for name, spec in known.items())]
    return f"{_code(rows)}\n\n{symbol.kind.value}"


def _property(name: str, spec: PropertySpec) -> str:
    choices = f"  # {', '.join(spec.choices)}" if spec.choices else ""
    return f"{name} {spec.type}{choices}"


def _as_written(library: Library, symbol: Symbol) -> str:
    """The line that defines a name with what is indented below it; else how often it is named."""
    of = f" of {_inline(symbol.owner)}" if symbol.owner else ""
    about = f"{symbol.kind.value}{of}"
    for one in library.index.definitions(symbol):
        text = library.texts()[one.span.file].source.text
        return f"{_code(_block(lines_of(text), one.span.line))}\n\n{about}"
    count = len(library.index.places(symbol))
    return f"{about}, named in {count} place{'' if count == 1 else 's'} and defined in none"


def _block(lines: Sequence[str], number: int) -> list[str]:
    """A line and those right below it that are indented deeper."""
    head = lines[number - 1]
    indent = len(head) - len(head.lstrip())
    deeper = takewhile(
        lambda row: row.strip() and len(row) - len(row.lstrip()) > indent, lines[number:]
    )
    return [row[indent:].rstrip() for row in (head, *islice(deeper, LSP_HOVER_LINES))]


def _contracts(library: Library) -> Iterable[Contract]:
    return (one for text in library.texts().values() for one in text.source.document.contracts)


def _contract(contract: Contract) -> str:
    head = f"**{kind_of(contract)}** {_inline(contract.name)}"
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


def _inline(name: str) -> str:
    """A name as code; what is in it cannot end it."""
    shown = name.replace("`", "'")
    return f"`{shown}`"


def _code(lines: Iterable[str]) -> str:
    """Lines of the language; a fence that they cannot close."""
    inside = "\n".join(lines).replace("```", "'''")
    return f"```sg\n{inside}\n```"


def _word(text: Text, line: int, column: int) -> str:
    """What a section or keyword means, where it is the first word of its line."""
    lines = lines_of(text.source.text)
    row = lines[line - 1] if line <= len(lines) else ""
    found = _WORD.match(row)
    if found is None or not found.start(1) < column <= found.end(1) + 1:
        return ""
    word = " ".join(found[1].split())
    in_system = clause_at(lines, line, found.start(1) + 1).blocks
    kind = "system" if in_system else surroundings(lines, line, found.start(1) + 1).kind
    told = meaning(word, kind)
    return f"`{word}` {told}" if told else ""


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
