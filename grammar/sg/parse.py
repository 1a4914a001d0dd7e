"""Text of a `.sg` file becomes a document. Called by every tool that reads contracts.

layout.py cuts the text, contract.py and reader.py read the pieces, gene.py and phenotype.py
make the nodes. Linear in the text; all mistakes of a file come out of one run.
"""

from __future__ import annotations

from collections.abc import Callable

from grammar.decode import decode
from grammar.diagnostic import Parsed
from grammar.nearest import did_you_mean, listing, nearest
from grammar.remarks import on_line
from grammar.sg.contract import opens_prose
from grammar.sg.forms import KEYWORDS, Word
from grammar.sg.gene import read_gene
from grammar.sg.layout import Block, Layout, first_word, lay_out
from grammar.sg.nodes import Document, GeneContract, Phenotype
from grammar.sg.phenotype import read_phenotype
from grammar.sg.reader import Reader

__all__ = ["decode", "parse"]

Contract = GeneContract | Phenotype

_KINDS: dict[str, Callable[[Reader, Block, Word], Contract]] = {
    "gene": read_gene,
    "phenotype": read_phenotype,
}


def parse(text: str, file: str) -> Parsed[Document]:
    """Read the text of one file; `file` is the name that its diagnostics carry.

    The value holds whatever could be read, so that names in other files can be checked
    against it even if there are errors. Nothing is raised, whatever the text.
    """
    layout = lay_out(text, file, opens_prose)
    contracts = _contracts(layout)
    _say_empty(layout, file)
    document = Document(
        genes=tuple(found for found in contracts if isinstance(found, GeneContract)),
        phenotypes=tuple(found for found in contracts if isinstance(found, Phenotype)),
        comments=layout.comments,
        source=text,
    )
    return Parsed(document, layout.remarks.in_order())


def _contracts(layout: Layout) -> list[Contract | None]:
    found: list[Contract | None] = []
    for block in layout.contracts:
        if layout.remarks.full:
            break
        found.append(_contract(layout, block))
    layout.remarks.say_if_full("SG-E199")
    return found


def _contract(layout: Layout, block: Block) -> Contract | None:
    reader = Reader(layout)
    word = first_word(block.text)
    kind = word if word in _KINDS else nearest(word, _KINDS)
    if block.indent:
        layout.remarks.say(
            "SG-E112",
            "a contract begins in the first column",
            reader.head_span(block),
            "remove the white space before it",
        )
    if word not in _KINDS:
        span = on_line(layout.remarks.file, block.number, block.column, len(word))
        hint = did_you_mean(word, _KINDS, f"a contract begins with {listing(_KINDS)}")
        layout.remarks.say("SG-E113", f"unknown kind of contract `{word}`", span, hint)
    if kind is None:
        return None
    name = _name(reader, block, kind, known=word == kind)
    return _KINDS[kind](reader, block, name)


def _name(reader: Reader, block: Block, kind: str, known: bool) -> Word:
    """The name in a contract's first line; empty after a complaint."""
    found: Word | None = None
    if known:
        head = Block(block.number, block.indent, block.column, block.text, block.number)
        found = reader.line(head, KEYWORDS[kind])
    return found or Word("", reader.head_span(block))


def _say_empty(layout: Layout, file: str) -> None:
    if not layout.contracts:
        layout.remarks.say(
            "SG-E109",
            "there is no contract in the file",
            on_line(file, 1, 1),
            f"a contract begins with {listing(_KINDS)}",
        )
