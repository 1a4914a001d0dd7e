"""The words that may stand at a place. Pure; called by the language server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from controller.language.editor.surroundings import Surroundings, surroundings
from controller.language.editor.words import KEYWORDS_OF, SECTIONS_OF, WORDS
from controller.language.editor.workspace import Library, Text
from controller.language.symbols import Kind
from controller.limits import LSP_COMPLETIONS
from grammar.limits import HASH_DIGITS_LEAST
from grammar.sg.nodes import BASE_TYPES, Family, Field, GeneContract, Risk, Timescale
from grammar.sg.parse import KINDS

_AFTER_RUN: Final = ("after", "unhealthy when")
_FIELDS: Final = ("takes", "gives", "types")


class Sort(Enum):
    """What kind of word it is, for the picture beside it."""

    KEYWORD = "keyword"
    LOCUS = "locus"
    FIELD = "field"
    TYPE = "type"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Word:
    """One offer: what is inserted, its sort, and a few words about it."""

    text: str
    sort: Sort
    about: str = ""


def complete(library: Library, text: Text, line: int, column: int) -> tuple[list[Word], int]:
    """What may stand at a place (line and column from 1), the likeliest first.

    With it, how many characters before the place are the beginning of such a word.
    """
    lines = text.source.text.removeprefix("\ufeff").split("\n")
    place = surroundings([row.rstrip("\r") for row in lines], line, column)
    genes = _genes(library)
    own = _own(text, place)
    offers = list(dict.fromkeys(_offers(library, genes, own, place)))
    typed = place.typed.rpartition("{")[2].rpartition("=")[2]
    fitting = [offer for offer in offers if offer.text.lstrip("{").startswith(typed)]
    return (fitting or offers)[:LSP_COMPLETIONS], len(typed)


def _genes(library: Library) -> dict[str, GeneContract]:
    return {
        gene.name: gene
        for text in library.texts().values()
        for gene in text.source.document.genes
        if gene.name
    }


def _own(text: Text, place: Surroundings) -> GeneContract | None:
    """The gene that the place is in, as far as it can be read."""
    return next((g for g in text.source.document.genes if g.name == place.name), None)


def _offers(
    library: Library, genes: dict[str, GeneContract], own: GeneContract | None, place: Surroundings
) -> Iterator[Word]:
    if place.in_braces:
        yield from _references(own, place)
    elif place.level == 0:
        yield from _kinds(place)
    elif place.level == 1:
        yield from _lines(library, place)
    elif place.section in _FIELDS:
        yield from _types(own, place)
    elif place.section == "verify":
        yield from _verify(genes, own, place)
    elif place.section == "feeds":
        yield from _feeds(genes, place)
    elif place.section == "expresses":
        yield from _expresses(library, genes, place)


def _references(own: GeneContract | None, place: Surroundings) -> Iterator[Word]:
    if own is None:
        return
    given = own.gives if place.section in _AFTER_RUN else ()
    yield from (_field(field) for field in (*own.takes, *given))


def _field(field: Field) -> Word:
    return Word(field.name, Sort.FIELD, f"{field.type}  {field.description}".strip())


def _kinds(place: Surroundings) -> Iterator[Word]:
    if not place.words:
        yield from map(_keyword, KINDS)


def _keyword(word: str, ending: str = "") -> Word:
    return Word(f"{word}{ending}", Sort.KEYWORD, WORDS.get(word, ""))


def _lines(library: Library, place: Surroundings) -> Iterator[Word]:
    """Keywords and sections at the first level of a contract, or the value of a keyword."""
    match place.words:
        case ():
            for word in KEYWORDS_OF.get(place.kind, ()):
                if word not in place.given:
                    yield _keyword(word)
            for section in SECTIONS_OF.get(place.kind, ()):
                if section not in place.given:
                    yield _keyword(section, ":")
        case ("is",):
            yield from _values(family.value for family in Family)
        case ("risk",):
            yield from _values(risk.value for risk in Risk)
        case ("for",):
            yield from _values(library.index.defined(Kind.CONTRACT, "topology"))


def _values(values: Iterable[str]) -> Iterator[Word]:
    return (Word(value, Sort.VALUE) for value in values)


def _types(own: GeneContract | None, place: Surroundings) -> Iterator[Word]:
    if len(place.words) == 1:
        declared = [one.name for one in own.types] if own else []
        yield from (Word(name, Sort.TYPE) for name in (*declared, *BASE_TYPES))


def _verify(
    genes: dict[str, GeneContract], own: GeneContract | None, place: Surroundings
) -> Iterator[Word]:
    if not place.words:
        yield from _loci(genes, Family.DIAGNOSTIC)
        if "within" not in place.given:
            yield _keyword("within")
        return
    called = genes.get(place.words[0])
    if called is None:
        return
    name, equals, _ = place.typed.partition("=")
    if equals:
        yield from (
            Word(f"{{{f.name}}}", Sort.FIELD, str(f.type)) for f in _fitting(own, called, name)
        )
        return
    given = {word.partition("=")[0] for word in place.words[1:]}
    for field in called.takes:
        if field.name not in given:
            yield Word(f"{field.name}=", Sort.FIELD, f"{field.type}  {field.description}".strip())


def _fitting(own: GeneContract | None, called: GeneContract, name: str) -> list[Field]:
    """The fields of a gene that can be the argument of this name, those of its type first."""
    wanted = next((field.type for field in called.takes if field.name == name), None)
    fields = own.takes if own else ()
    return sorted(fields, key=lambda field: field.type != wanted)


def _loci(genes: dict[str, GeneContract], family: Family | None = None) -> Iterator[Word]:
    for name, gene in sorted(genes.items()):
        if family is None or gene.family is family:
            about = f"{gene.family.value}, risk {gene.risk.value}"
            yield Word(name, Sort.LOCUS, about)


def _feeds(genes: dict[str, GeneContract], place: Surroundings) -> Iterator[Word]:
    if not place.words:
        yield from _loci(genes, Family.CONFIGURATION)
    elif len(place.words) == 1:
        yield from _values(scale.value for scale in Timescale)


def _expresses(
    library: Library, genes: dict[str, GeneContract], place: Surroundings
) -> Iterator[Word]:
    if not place.words:
        yield from _loci(genes)
        return
    known = library.alleles.get(place.words[0], ())
    line = " ".join(place.words[1:])
    for sha in known:
        if sha[:HASH_DIGITS_LEAST] not in line:
            yield Word(sha[:HASH_DIGITS_LEAST], Sort.VALUE, f"allele of {place.words[0]}")
    if len(place.words) == 2:
        yield _keyword("then")
