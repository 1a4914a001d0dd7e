"""What may be written in the sections of a gene and of a phenotype."""

from __future__ import annotations

from collections.abc import Iterator

from controller.language.editor.completion.calls import references, verification
from controller.language.editor.completion.offer import (
    Offer,
    Sort,
    about_field,
    field,
    keyword,
    loci,
    values,
)
from controller.language.editor.completion.scene import Scene
from grammar.limits import HASH_DIGITS_LEAST
from grammar.sg.nodes import BASE_TYPES, Family, GeneContract, Phenotype, Timescale

_AFTER_RUN = ("after", "unhealthy when")


def gene(scene: Scene) -> Iterator[Offer]:
    """A line of a section of a gene."""
    place = scene.place
    if place.in_braces:
        yield from references(scene)
        if place.section in _AFTER_RUN and isinstance(scene.own, GeneContract):
            yield from map(field, scene.own.gives)
    elif place.section in ("takes", "gives", "types"):
        yield from types(scene)
    elif place.section == "verify":
        yield from verification(scene)
    elif place.section == "feeds":
        yield from _feeds(scene)


def types(scene: Scene) -> Iterator[Offer]:
    """After the name of a field: the types."""
    if len(scene.place.words) == 1:
        declared = scene.own.types if isinstance(scene.own, GeneContract) else ()
        for name in (*(one.name for one in declared), *BASE_TYPES):
            yield Offer(name, Sort.TYPE)


def _feeds(scene: Scene) -> Iterator[Offer]:
    words = scene.place.words
    if not words:
        yield from loci(g for g in scene.genes.values() if g.family is Family.CONFIGURATION)
    elif len(words) == 1:
        yield from values(scale.value for scale in Timescale)


def phenotype(scene: Scene) -> Iterator[Offer]:
    """A line of `expresses:`."""
    words = scene.place.words
    if scene.place.section != "expresses":
        return
    if not words:
        yield from loci([*scene.genes.values(), *scene.pathways.values()])
        return
    line = " ".join(words[1:])
    for sha in scene.library.alleles.get(words[0], ()):
        if sha[:HASH_DIGITS_LEAST] not in line:
            yield Offer(sha[:HASH_DIGITS_LEAST], Sort.VALUE, f"allele of {words[0]}")
    if len(words) == 2:
        yield keyword("then")


def bindings(scene: Scene) -> Iterator[Offer]:
    """What the topology of a phenotype takes and is not bound yet."""
    named = scene.own.topology if isinstance(scene.own, Phenotype) else None
    topology = scene.topologies.get(named or "")
    for one in topology.takes if topology else ():
        if one.name not in scene.place.given:
            yield Offer(f"{one.name} = ", Sort.FIELD, about_field(one))
