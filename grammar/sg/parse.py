"""Text of a `.sg` file becomes a document, whatever its level. Called by every tool.

layout.py takes the systems out of the text and cuts the rest, contract.py and reader.py
read the pieces, one module for each kind makes the nodes. The first word of a contract tells its
level. Linear in the text; all mistakes of a file come out of one run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from grammar.diagnostic import Parsed
from grammar.limits import LANGUAGE_VERSION
from grammar.nearest import did_you_mean, listing, nearest
from grammar.remarks import on_line
from grammar.sg.contract import opens_prose
from grammar.sg.forms import HEADINGS, LANGUAGE, Heading, Word
from grammar.sg.gene import read_gene
from grammar.sg.intent import read_intent
from grammar.sg.layout import Block, Layout, first_word, lay_out
from grammar.sg.nodes import Document, GeneContract, Intent, Pathway, Phenotype, System, Topology
from grammar.sg.pathway import read_pathway
from grammar.sg.phenotype import read_phenotype
from grammar.sg.reader import Reader
from grammar.sg.topology import read_topology
from grammar.system.read import read_system

Contract = GeneContract | Pathway | Topology | Phenotype | Intent
Kind = TypeVar("Kind", GeneContract, Pathway, Topology, Phenotype, Intent)

_READERS: dict[str, Callable[[Reader, Block, Heading], Contract]] = {
    "gene": read_gene,
    "pathway": read_pathway,
    "topology": read_topology,
    "phenotype": read_phenotype,
    "intent": read_intent,
}
KINDS = (*_READERS, "system")
"""The words that a contract begins with."""
_OPENINGS = (*KINDS, "language")


def parse(text: str, file: str) -> Parsed[Document]:
    """Read the text of one file; `file` is the name that its diagnostics carry.

    The value holds whatever could be read, so that names in other files can be checked
    against it even if there are errors. Nothing is raised, whatever the text.
    """
    layout = lay_out(text, file, opens_prose)
    language = _language(layout)
    contracts = _contracts(layout)
    systems = _systems(layout)
    layout.remarks.say_if_full("SG-E199")
    _say_empty(layout, file)
    document = Document(
        genes=_of(contracts, GeneContract),
        phenotypes=_of(contracts, Phenotype),
        pathways=_of(contracts, Pathway),
        topologies=_of(contracts, Topology),
        intents=_of(contracts, Intent),
        systems=tuple(systems),
        language=language,
        comments=layout.comments,
        source=text,
    )
    return Parsed(document, layout.remarks.in_order())


def _of(contracts: list[Contract | None], kind: type[Kind]) -> tuple[Kind, ...]:
    return tuple(found for found in contracts if isinstance(found, kind))


def _contracts(layout: Layout) -> list[Contract | None]:
    found: list[Contract | None] = []
    for block in layout.contracts:
        if layout.remarks.full:
            break
        found.append(_contract(layout, block))
    return found


def _systems(layout: Layout) -> list[System]:
    found: list[System] = []
    for region in layout.systems:
        if layout.remarks.full:
            break
        system = read_system(layout.remarks, region)
        found += [] if system is None else [system]
    return found


def _language(layout: Layout) -> int | None:
    """The version that the file declares; the declarations are taken out of the layout."""
    declared: int | None = None
    others = [block for block in layout.contracts if first_word(block.text) != "language"]
    first = min([*(b.number for b in others), *(r.first for r in layout.systems)], default=None)
    for block in layout.contracts:
        if first_word(block.text) != "language" or layout.remarks.full:
            continue
        reader = Reader(layout)
        word = reader.line(block, LANGUAGE)
        if declared is not None:
            span = reader.head_span(block)
            layout.remarks.say("SG-E118", "`language` is given twice", span, "leave one out")
        elif first is not None and block.number > first:
            span = reader.head_span(block)
            hint = "write it above the first contract"
            layout.remarks.say("SG-E124", "the language is declared too late", span, hint)
        declared = declared or _version(layout, word)
    layout.contracts[:] = others
    return declared


def _version(layout: Layout, word: Word | None) -> int | None:
    if word is None or word.text == str(LANGUAGE_VERSION):
        return None if word is None else LANGUAGE_VERSION
    message = f"unknown version `{word.text}` of the language"
    hint = f"write `language {LANGUAGE_VERSION}`, or use a newer germline"
    layout.remarks.say("SG-E123", message, word.span, hint)
    return None


def _contract(layout: Layout, block: Block) -> Contract | None:
    reader = Reader(layout)
    word = first_word(block.text)
    kind = word if word in _READERS else nearest(word, _OPENINGS)
    if block.indent:
        layout.remarks.say(
            "SG-E112",
            "a contract begins in the first column",
            reader.head_span(block),
            "remove the white space before it",
        )
    span = on_line(layout.remarks.file, block.number, block.column, len(word))
    if word.startswith("}"):
        layout.remarks.say("SG-E161", "a brace that closes nothing", span, "remove it")
        return None
    if word not in _READERS:
        hint = did_you_mean(word, _OPENINGS, f"a contract begins with {listing(KINDS)}")
        layout.remarks.say("SG-E113", f"unknown kind of contract `{word}`", span, hint)
    if kind not in _READERS:
        return None
    return _READERS[kind](reader, block, _heading(reader, block, kind, known=word == kind))


def _heading(reader: Reader, block: Block, kind: str, known: bool) -> Heading:
    """A contract's first line; its name is empty after a complaint."""
    found: Heading | None = None
    if known:
        head = Block(block.number, block.indent, block.column, block.text, block.number)
        found = reader.line(head, HEADINGS[kind])
    return found or Heading(Word("", reader.head_span(block)))


def _say_empty(layout: Layout, file: str) -> None:
    if not layout.contracts and not layout.systems:
        layout.remarks.say(
            "SG-E109",
            "there is no contract in the file",
            on_line(file, 1, 1),
            f"a contract begins with {listing(KINDS)}",
        )
