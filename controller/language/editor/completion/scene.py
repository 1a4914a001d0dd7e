"""What completion looks at: the place, the contract around it, and all contracts by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from controller.language.editor.surroundings import Surroundings
from controller.language.editor.workspace import Library, Text
from controller.language.sources import kind_of
from grammar.sg.nodes import (
    Contract,
    Field,
    GeneContract,
    Intent,
    Pathway,
    Phenotype,
    System,
    Topology,
)
from grammar.sg.vocabulary import Vocabulary

Named = TypeVar("Named", bound=Contract)


@dataclass(frozen=True, slots=True)
class Scene:
    """`own` is the contract that the place is in, as far as it can be read."""

    place: Surroundings
    own: Contract | None
    library: Library
    genes: Mapping[str, GeneContract]
    pathways: Mapping[str, Pathway]
    topologies: Mapping[str, Topology]
    phenotypes: Mapping[str, Phenotype]
    intents: tuple[Intent, ...]
    systems: tuple[System, ...]
    vocabulary: Vocabulary

    @property
    def takes(self) -> tuple[Field, ...]:
        """The input fields of the own contract."""
        return self.own.takes if isinstance(self.own, GeneContract | Pathway | Topology) else ()

    def called(self, locus: str) -> GeneContract | Pathway | None:
        """The contract of a gene or pathway."""
        return self.genes.get(locus) or self.pathways.get(locus)


def scene(library: Library, text: Text, place: Surroundings) -> Scene:
    """What surrounds a place of a text in its library."""
    documents = [one.source.document for one in library.texts().values()]
    own = (
        one
        for one in text.source.document.contracts
        if kind_of(one) == place.kind and one.name == place.name
    )
    return Scene(
        place,
        next(own, None),
        library,
        _by_name(one for document in documents for one in document.genes),
        _by_name(one for document in documents for one in document.pathways),
        _by_name(one for document in documents for one in document.topologies),
        _by_name(one for document in documents for one in document.phenotypes),
        tuple(one for document in documents for one in document.intents),
        tuple(one for document in documents for one in document.systems),
        library.vocabulary,
    )


def _by_name(contracts: Iterable[Named]) -> dict[str, Named]:
    return {one.name: one for one in contracts if one.name}
