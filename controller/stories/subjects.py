"""Subjects: what a name that somebody asks for means, world by world.

A gene and a pathway act on one world with an input. Raises `Blocked` for what cannot be asked for.
"""

from __future__ import annotations

from controller.domains.world import JsonObject
from controller.genome.composite import as_gene
from controller.genome.locus import input_problems, with_defaults
from controller.ports import Blocked
from controller.stories.enact import Hands
from controller.stories.mainline import Main
from controller.stories.plan import Subject, of_gene
from grammar.nearest import did_you_mean
from grammar.sg.composition import Pathway
from grammar.sg.nodes import Family, GeneContract


def subjects_of(
    hands: Hands,
    main: Main,
    name: str,
    world: str | None,
    values: JsonObject | None,
    phenotype: str | None,
) -> tuple[Subject, ...]:
    """The worlds that a name would act on, as they are now, and with which input."""
    contract, pathway = _composite(main, name)
    if world is None:
        known = ", ".join(main.config.worlds) or "none"
        raise Blocked(f"{name} acts on one world", f"say which: --on WORLD; worlds: {known}")
    kernel = hands.worlds.kernel(world)
    given = checked(contract, values or {})
    chosen = phenotype or main.config.worlds[world].phenotype
    return (Subject(world, chosen, pathway, given, kernel.observe()),)


def checked(contract: GeneContract, values: JsonObject) -> JsonObject:
    """An input with its defaults. Raises `Blocked` if it is none of the contract."""
    problems = input_problems(contract, values)
    if problems:
        takes = ", ".join(f"{field.name} {field.type}" for field in contract.takes)
        raise Blocked("; ".join(problems), f"{contract.name} takes {takes or 'nothing'}")
    return with_defaults(contract, values)


def _composite(main: Main, name: str) -> tuple[GeneContract, Pathway]:
    genome = main.genome
    if name in genome.pathways:
        return as_gene(genome.pathways[name]), genome.pathways[name]
    gene = genome.loci.get(name)
    if gene is None:
        known = [*genome.intents, *genome.topologies, *genome.pathways, *genome.loci]
        hint = did_you_mean(name, known, f"there are {', '.join(known)}")
        raise Blocked(f"there is nothing called {name}", hint or "")
    if gene.family is Family.PROJECTION:
        raise Blocked(f"{name} is a projection, which acts on no world", "nothing to plan")
    return gene, of_gene(gene)
