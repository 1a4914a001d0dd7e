"""What a draft changes, in the words of a genome: asked by `exposure`, `primary` and the radius."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from controller.genome.genome import Genome


@dataclass(frozen=True, slots=True)
class Changes:
    """What is otherwise in a draft than in its base, all in order.

    `registered` are (locus, SHA) of new alleles, `expressed` (phenotype, locus) of other stacks,
    `contracts` names of genes, pathways, topologies and intents that came, went or say something
    else, `systems` those of systems, `bound` phenotypes of which more differs than expressions.
    """

    registered: tuple[tuple[str, str], ...]
    expressed: tuple[tuple[str, str], ...]
    contracts: tuple[str, ...]
    systems: tuple[str, ...]
    bound: tuple[str, ...]

    @property
    def loci(self) -> tuple[str, ...]:
        """The loci at which alleles are registered or expressed otherwise."""
        return tuple(
            sorted({locus for locus, _ in self.registered} | {x for _, x in self.expressed})
        )

    @property
    def phenotypes(self) -> tuple[str, ...]:
        """The phenotypes that express something otherwise."""
        return tuple(sorted({name for name, _ in self.expressed}))


def changes_between(base: Genome, after: Genome) -> Changes:
    """What `after` says otherwise than `base`."""
    kinds = ("loci", "pathways", "topologies", "intents")
    contracts = chain.from_iterable(_apart(getattr(base, k), getattr(after, k)) for k in kinds)
    registered = (
        (locus, sha)
        for locus, alleles in after.alleles.items()
        for sha in alleles
        if sha not in base.alleles.get(locus, {})
    )
    return Changes(
        registered=tuple(sorted(registered)),
        expressed=tuple(sorted(_expressed(base, after))),
        contracts=tuple(sorted(set(contracts))),
        systems=tuple(_apart(base.systems, after.systems)),
        bound=tuple(_bound(base, after)),
    )


def _apart(base: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    names = sorted({*base, *after})
    return [name for name in names if base.get(name) != after.get(name)]


def _expressed(base: Genome, after: Genome) -> Iterator[tuple[str, str]]:
    for name in {*base.phenotypes, *after.phenotypes}:
        said = [one.phenotypes[name] for one in (base, after) if name in one.phenotypes]
        for locus in {one.locus for phenotype in said for one in phenotype.expresses}:
            if _stack(base, name, locus) != _stack(after, name, locus):
                yield name, locus


def _stack(genome: Genome, phenotype: str, locus: str) -> tuple[str, ...]:
    return tuple(allele.sha for allele in genome.stack(phenotype, locus))


def _bound(base: Genome, after: Genome) -> Iterator[str]:
    for name in _apart(base.phenotypes, after.phenotypes):
        said = [one.phenotypes.get(name) for one in (base, after)]
        before, now = (None if one is None else (one.topology, one.bindings) for one in said)
        if before != now:
            yield name
