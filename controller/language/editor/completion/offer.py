"""One word that an editor offers, and how each sort of it is made. Called by this package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from controller.language.editor.words import meaning
from grammar.sg.nodes import Field, GeneContract, Pathway


class Sort(Enum):
    """What kind of word it is, for the picture beside it."""

    KEYWORD = "keyword"
    LOCUS = "locus"
    FIELD = "field"
    TYPE = "type"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Offer:
    """What is inserted, its sort, and a few words about it."""

    text: str
    sort: Sort
    about: str = ""


def keyword(word: str, kind: str = "", ending: str = "") -> Offer:
    """A word of the language, with what it means in a contract of a kind."""
    return Offer(f"{word}{ending}", Sort.KEYWORD, meaning(word, kind))


def keywords(words: Iterable[str], kind: str = "") -> Iterator[Offer]:
    """Several words of the language."""
    return (keyword(word, kind) for word in words)


def values(words: Iterable[str], about: str = "") -> Iterator[Offer]:
    """Words of which one is to be chosen."""
    return (Offer(word, Sort.VALUE, about) for word in words)


def field(one: Field) -> Offer:
    """The name of a field."""
    return Offer(one.name, Sort.FIELD, about_field(one))


def about_field(one: Field) -> str:
    """Type and description."""
    return f"{one.type}  {one.description}".strip()


def loci(contracts: Iterable[GeneContract | Pathway]) -> Iterator[Offer]:
    """The names of genes and pathways, in order."""
    for one in sorted(contracts, key=lambda contract: contract.name):
        family = one.family.value if isinstance(one, GeneContract) else "pathway"
        yield Offer(one.name, Sort.LOCUS, f"{family}, risk {one.risk.value}")
