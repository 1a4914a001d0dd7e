"""The words that may stand at a place. Pure; called by the language server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from controller.language.editor.braces import clause_at
from controller.language.editor.completion.gene import bindings, gene, phenotype
from controller.language.editor.completion.offer import Offer, keyword, keywords, values
from controller.language.editor.completion.pathway import pathway
from controller.language.editor.completion.scene import Scene, scene
from controller.language.editor.completion.system import system
from controller.language.editor.completion.topology import intent, topology
from controller.language.editor.surroundings import Surroundings, surroundings
from controller.language.editor.words import KEYWORDS_OF, SECTIONS_OF
from controller.language.editor.workspace import Library, Text
from controller.language.occurrences import lines_of
from controller.limits import LSP_COMPLETIONS
from grammar.sg.nodes import Family, Risk
from grammar.sg.parse import KINDS

_LEVELS: Final[Mapping[str, Callable[[Scene], Iterator[Offer]]]] = {
    "gene": gene,
    "phenotype": phenotype,
    "pathway": pathway,
    "topology": topology,
    "intent": intent,
}


def complete(library: Library, text: Text, line: int, column: int) -> tuple[list[Offer], int]:
    """What may stand at a place (line and column from 1), the likeliest first.

    With it, how many characters before the place are the beginning of such a word.
    """
    lines = [row.rstrip("\r") for row in lines_of(text.source.text)]
    clause = clause_at(lines, line, column)
    if clause.blocks:
        found = system(scene(library, text, Surroundings()), clause)
        typed = clause.typed
    else:
        place = surroundings(lines, line, column)
        found = _offers(scene(library, text, place))
        typed = _typed(place)
    offers = list(dict.fromkeys(found))
    fitting = [offer for offer in offers if offer.text.lstrip("{").startswith(typed)]
    return (fitting or offers)[:LSP_COMPLETIONS], len(typed)


def _typed(place: Surroundings) -> str:
    """The beginning of what is being typed; a remedy is a whole line."""
    if place.section == "on failure":
        return " ".join((*place.words, place.typed)).strip(" ")
    return place.typed


def _offers(around: Scene) -> Iterator[Offer]:
    place = around.place
    if place.section:
        yield from _LEVELS.get(place.kind, _nothing)(around)
    elif place.kind:
        yield from _lines(around)
    elif not place.words:
        yield from keywords(KINDS)


def _nothing(_scene: Scene) -> Iterator[Offer]:
    return iter(())


def _lines(around: Scene) -> Iterator[Offer]:
    """Keywords and sections at the first level of a contract, or the value of a keyword."""
    place = around.place
    match place.words:
        case ():
            for word in KEYWORDS_OF.get(place.kind, ()):
                if word not in place.given:
                    yield keyword(word, place.kind)
            for section in SECTIONS_OF.get(place.kind, ()):
                if section not in place.given:
                    yield keyword(section, place.kind, ":")
            if place.kind == "phenotype":
                yield from bindings(around)
        case ("is",):
            yield from values(family.value for family in Family)
        case ("risk",):
            yield from values(risk.value for risk in Risk)
        case ("for",):
            yield from values(sorted(around.topologies), "topology")
