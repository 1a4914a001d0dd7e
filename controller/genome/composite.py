"""What a pathway or a topology is made of: the loci that it may reach, and what names its form.

Asked by whoever runs, plans or shows one. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from controller.genome.genome import Genome
from grammar.sg.composition import (
    Action,
    Ask,
    AskEach,
    Choose,
    Follow,
    Pathway,
    Repeat,
    Run,
    Topology,
)
from grammar.sg.nodes import Document, Family, GeneContract
from grammar.sg.render import render
from grammar.sg.terms import Field, Risk, TypeRef


def as_gene(pathway: Pathway) -> GeneContract:
    """A pathway as a locus: what an allele at it takes, gives and risks."""
    return GeneContract(
        name=pathway.name,
        family=Family.CONFIGURATION,
        risk=pathway.risk,
        does=pathway.does,
        takes=pathway.takes,
        gives=(
            Field("success", TypeRef("bool"), "Whether all of it was done"),
            Field("error", TypeRef("string", optional=True), "What stood in the way"),
        ),
        domain=pathway.domain,
    )


def locus_of(genome: Genome, name: str) -> GeneContract | None:
    """The contract of a gene's or a pathway's locus; of the latter without its `verify:`."""
    pathway = genome.pathways.get(name)
    return genome.loci.get(name) or (None if pathway is None else as_gene(pathway))


def reached(genome: Genome, pathway: Pathway) -> tuple[tuple[Pathway, ...], tuple[str, ...]]:
    """The pathways that one may follow, itself first, and the loci of genes, each once."""
    pathways: dict[str, Pathway] = {pathway.name: pathway}
    loci: dict[str, None] = {}
    waiting = [pathway]
    while waiting:
        for name in _named(waiting.pop()):
            if name in genome.loci:
                loci[name] = None
            elif name in genome.pathways and name not in pathways:
                pathways[name] = genome.pathways[name]
                waiting.append(pathways[name])
    return tuple(pathways.values()), tuple(sorted(loci))


def form_of(genome: Genome, name: str) -> str:
    """A hash of all that a pathway says, with those that it follows; or that a topology says.

    Empty if there is none of this name. Which pathways a topology comes to is the decomposer's.
    """
    if name in genome.topologies:
        document = Document(topologies=(genome.topologies[name],))
    elif name in genome.pathways:
        document = Document(pathways=reached(genome, genome.pathways[name])[0])
    else:
        return ""
    return hashlib.sha256(render(document).encode()).hexdigest()


def as_pathway(topology: Topology) -> Pathway:
    """A topology that is not decomposed yet: a pathway that takes the same and has no step."""
    return Pathway(topology.name, Risk.NONE, topology.does, topology.takes)


def composition_of(genome: Genome, phenotype: str, pathway: Pathway) -> Mapping[str, list[str]]:
    """Locus → the stack of alleles that a phenotype expresses at it, for all loci reached.

    Of pathways, those at whose loci it expresses any.
    """
    pathways, loci = reached(genome, pathway)
    fused = (one.name for one in pathways if genome.stack(phenotype, one.name))
    return {
        locus: [a.sha for a in genome.stack(phenotype, locus)] for locus in sorted({*loci, *fused})
    }


def composition_name(composition: Mapping[str, list[str]]) -> str:
    """A hash of a composition."""
    return hashlib.sha256(json.dumps(composition, sort_keys=True).encode()).hexdigest()


def _named(pathway: Pathway) -> Iterator[str]:
    for step in pathway.steps:
        yield from _of_action(step.action)
    yield from _of_asks(pathway.verify.asks if pathway.verify else ())


def _of_action(action: Action) -> Iterator[str]:
    if isinstance(action, Run):
        yield action.locus
    elif isinstance(action, Follow):
        yield action.pathway
    elif isinstance(action, Repeat):
        for inner in action.body:
            yield from _of_action(inner)
    else:
        assert isinstance(action, Choose)
        yield from (arm.target for arm in action.arms)


def _of_asks(asks: tuple[Ask | AskEach, ...]) -> Iterator[str]:
    for ask in asks:
        if isinstance(ask, Ask):
            yield ask.locus
        else:
            yield from _of_asks(ask.body)
