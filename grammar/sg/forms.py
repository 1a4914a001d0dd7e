"""The lines and sections that contracts are made of: how each is read. Called by contract.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lark import Token

from grammar.sg import build
from grammar.sg.build import Place
from grammar.sg.mistakes import Expected
from grammar.sg.reader import Inner, Item
from grammar.sg.syntax import Branch
from grammar.source import Span

_FIELD: Final = Item(
    "field",
    Expected(
        "SG-E130",
        "a field",
        'a field is written `name type "description"`, with `= default` after the type',
    ),
    build.field_of,
)
_RECORD: Final = Item(
    "record",
    Expected("SG-E131", "a type", "a type is written `name:`, with its fields indented below"),
    build.record,
    Inner("record_head", _FIELD, build.record_from),
)
_SENTENCE: Final = Item(
    "sentence",
    Expected("SG-E132", "a sentence", "a sentence begins with a hyphen: `- Bridge {name} exists`"),
    build.sentence,
    prose=True,
)
_FAILURE: Final = Item(
    "failure",
    Expected(
        "SG-E133", "a failure mode", "a failure mode is written `- condition -> success=false`"
    ),
    build.failure,
    prose=True,
)
_VERIFICATION: Final = Item(
    "verification",
    Expected(
        "SG-E134",
        "a call",
        "a call is written `locus name={field}`, the window `within 30s`",
    ),
    build.verification,
)
_FEED: Final = Item(
    "feed", Expected("SG-E136", "a feed", "a feed is written `locus convergence`"), build.feed
)
_EXPRESSION: Final = Item(
    "expression",
    Expected("SG-E137", "an expression", "an expression is written `locus hash then hash, hash`"),
    build.expression,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a contract: its name as written, its rule in the grammar, its lines."""

    name: str
    rule: str
    item: Item[Any]


DOES: Final = "does"
"""The section of prose; it has no rule in the grammar."""

SECTIONS: Final[Mapping[str, Section]] = {
    section.name: section
    for section in (
        Section("takes", "takes", _FIELD),
        Section("gives", "gives", _FIELD),
        Section("types", "types", _RECORD),
        Section("before", "before", _SENTENCE),
        Section("after", "after", _SENTENCE),
        Section("fails when", "fails_when", _FAILURE),
        Section("unhealthy when", "unhealthy_when", _SENTENCE),
        Section("verify", "verify", _VERIFICATION),
        Section("feeds", "feeds", _FEED),
        Section("expresses", "expresses", _EXPRESSION),
    )
}


@dataclass(frozen=True, slots=True)
class Word:
    """A name with its place."""

    text: str
    span: Span


def _word(branch: Branch, place: Place) -> Word:
    token = branch.children[0]
    assert isinstance(token, Token)
    return Word(str(token), place.span(token))


def _keyword(keyword: str, noun: str) -> Item[Word]:
    expected = Expected("SG-E139", noun, f"write `{keyword} NAME`")
    return Item(keyword, expected, _word)


KEYWORDS: Final[Mapping[str, Item[Word]]] = {
    "gene": _keyword("gene", "the name of a gene"),
    "phenotype": _keyword("phenotype", "the name of a phenotype"),
    "is": _keyword("is", "the name of a family"),
    "risk": _keyword("risk", "the name of a risk"),
    "for": _keyword("for", "the name of a topology"),
}

BINDING: Final = Item(
    "binding",
    Expected("SG-E138", "a binding", "a binding is written `name = value` or `name = [a, b]`"),
    build.binding,
)
