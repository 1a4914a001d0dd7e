"""The lines and sections that contracts are made of: how each is read. Called by contract.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from lark import Token

from grammar.sg import build
from grammar.sg.build import Place
from grammar.sg.layout import Block
from grammar.sg.mistakes import Expected
from grammar.sg.probes import read_probes
from grammar.sg.reader import Inner, Item, Reader
from grammar.sg.remedies import read_remedies
from grammar.sg.resources import read_host_sets, read_networks, read_resources
from grammar.sg.steps import read_needs, read_steps
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
    """A section that is a list of lines: its name as written, its rule, how a line is read."""

    name: str
    rule: str
    item: Item[Any]


@dataclass(frozen=True, slots=True)
class Nest:
    """A section whose lines hold others, as deep as they like: its name, and what reads it."""

    name: str
    read: Callable[[Reader, Block], list[Any]]


DOES: Final = "does"
"""The section of prose; it has no rule in the grammar."""


def _by_name(*sections: Section | Nest) -> Mapping[str, Section | Nest]:
    return {section.name: section for section in sections}


_TAKES: Final = Section("takes", "takes", _FIELD)
_VERIFY: Final = Nest("verify", read_probes)
_ON_FAILURE: Final = Nest("on failure", read_remedies)

GENE_SECTIONS: Final = _by_name(
    _TAKES,
    Section("gives", "gives", _FIELD),
    Section("types", "types", _RECORD),
    Section("before", "before", _SENTENCE),
    Section("after", "after", _SENTENCE),
    Section("fails when", "fails_when", _FAILURE),
    Section("unhealthy when", "unhealthy_when", _SENTENCE),
    Section("verify", "verify", _VERIFICATION),
    Section("feeds", "feeds", _FEED),
)
PATHWAY_SECTIONS: Final = _by_name(
    _TAKES, Nest("steps", read_steps), Nest("requires", read_needs), _VERIFY, _ON_FAILURE
)
TOPOLOGY_SECTIONS: Final = _by_name(Nest("has", read_resources), _TAKES, _VERIFY, _ON_FAILURE)
INTENT_SECTIONS: Final = _by_name(
    Nest("networks", read_networks), Nest("has", read_host_sets), _ON_FAILURE
)
PHENOTYPE_SECTIONS: Final = _by_name(Section("expresses", "expresses", _EXPRESSION))

SECTIONS: Final = {
    **GENE_SECTIONS,
    **PATHWAY_SECTIONS,
    **TOPOLOGY_SECTIONS,
    **INTENT_SECTIONS,
    **PHENOTYPE_SECTIONS,
}
"""Every section that some kind of contract has, by its name."""


@dataclass(frozen=True, slots=True)
class Word:
    """A name with its place."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line of a contract: its name, and the domain that it is for, if it says so."""

    name: Word
    domain: Word | None = None


def _word(branch: Branch, place: Place) -> Word:
    token = branch.children[0]
    assert isinstance(token, Token)
    return Word(str(token), place.span(token))


def _heading(branch: Branch, place: Place) -> Heading:
    name, domain = cast(tuple[Token, Token | None], branch.children)
    for_domain = None if domain is None else Word(str(domain), place.span(domain))
    return Heading(Word(str(name), place.span(name)), for_domain)


def _keyword(keyword: str, noun: str) -> Item[Word]:
    expected = Expected("SG-E139", noun, f"write `{keyword} NAME`")
    return Item(keyword, expected, _word)


KEYWORDS: Final[Mapping[str, Item[Word]]] = {
    "is": _keyword("is", "the name of a family"),
    "risk": _keyword("risk", "the name of a risk"),
    "for": _keyword("for", "the name of a topology"),
}


def _opening(kind: str) -> Item[Heading]:
    expected = Expected("SG-E139", f"the name of {kind}", f"write `{kind.split()[1]} NAME`")
    return Item(kind.split()[1], expected, _heading)


HEADINGS: Final[Mapping[str, Item[Heading]]] = {
    "gene": _opening("a gene"),
    "pathway": _opening("a pathway"),
    "topology": _opening("a topology"),
    "phenotype": Item(
        "phenotype",
        Expected("SG-E139", "the name of a phenotype", "write `phenotype NAME`"),
        lambda branch, place: Heading(_word(branch, place)),
    ),
    "intent": _opening("an intent"),
}

LANGUAGE: Final = Item(
    "language", Expected("SG-E123", "the version of the language", "write `language 1`"), _word
)

BINDING: Final = Item(
    "binding",
    Expected("SG-E138", "a binding", "a binding is written `name = value` or `name = [a, b]`"),
    build.binding,
)
