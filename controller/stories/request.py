"""Request: a person asks for a locus to be expressed in a world; the log keeps it as a demand."""

from __future__ import annotations

from controller.conductor.demand import REQUESTED, subject_of
from controller.conductor.orchestration.decomposition import DECOMPOSER
from controller.domains.records import RECORDS
from controller.domains.world import JsonObject
from controller.genome.composite import as_gene, as_pathway, reached
from controller.genome.locus import input_problems, subject_key, with_defaults
from controller.ports import Blocked, Worlds
from controller.stories.chronicle import Chronicle
from controller.stories.mainline import Main
from grammar.sg.nodes import Family, GeneContract


def request(
    chronicle: Chronicle,
    worlds: Worlds,
    main: Main,
    locus: str,
    world: str,
    values: JsonObject,
    phenotype: str | None,
    actor: str,
    *,
    prune: bool = False,
) -> str:
    """Record the demand and return its id. Raises `Blocked` for what cannot be asked for."""
    contract = askable(main, locus, values)
    worlds.kernel(world).observe()
    chosen = phenotype_for(main, world, phenotype)
    _say_unexpressed(main, chosen, locus)
    given = with_defaults(contract, values)
    key = "" if locus in main.genome.topologies else subject_key(contract, given)
    asked: JsonObject = {"prune": True} if prune else {}
    event = chronicle.record(
        REQUESTED,
        subject_of(world, locus, key),
        {"locus": locus, "phenotype": chosen, "world": world, "input": given, "key": key, **asked},
        None,
        actor,
    )
    return event.id


def _say_unexpressed(main: Main, phenotype: str, name: str) -> None:
    """Raise `Blocked` if a locus that would be expressed has no allele."""
    pathway = main.genome.pathways.get(name)
    loci: tuple[str, ...] = (name,)
    if pathway is not None:
        loci = reached(main.genome, pathway)[1]
    elif name in main.genome.topologies:
        loci = (DECOMPOSER,)
    for locus in loci:
        if not main.genome.stack(phenotype, locus):
            file = main.genome.phenotype_files[phenotype]
            raise Blocked(
                f"phenotype {phenotype} expresses no allele at {locus}",
                f"add a line for {locus} under `expresses:` in {file}",
            )


def phenotype_for(main: Main, world: str, wanted: str | None) -> str:
    """The phenotype that is wanted, else the world's. Raises `Blocked` if there is none."""
    configured = main.config.world(world)
    chosen = wanted or (configured.phenotype if configured is not None else None)
    if chosen is None or chosen not in main.genome.phenotypes:
        known = ", ".join(main.genome.phenotypes)
        missing = f"there is no phenotype {chosen}" if chosen else f"there is no world {world}"
        raise Blocked(missing, f"phenotypes: {known}; worlds: {', '.join(main.config.worlds)}")
    return chosen


def askable(main: Main, locus: str, values: JsonObject) -> GeneContract:
    """The contract of a locus that may be asked for with these values. Raises `Blocked`."""
    genome = main.genome
    pathway = genome.pathways.get(locus)
    if locus in genome.topologies:
        pathway = as_pathway(genome.topologies[locus])
    contract = genome.loci.get(locus) or (as_gene(pathway) if pathway else None)
    if contract is None:
        known = ", ".join((*genome.loci, *genome.pathways, *genome.topologies))
        raise Blocked(f"there is no locus {locus}", f"loci: {known}")
    if contract.family is Family.PROJECTION:
        hint = f"germline projection query {locus} asks what it built"
        raise Blocked(f"{locus} is a projection, which acts on no world", hint)
    if contract.domain == RECORDS.name:
        hint = "the controller runs it when a system demands it"
        raise Blocked(f"{locus} brings about a consequence, which is in the log", hint)
    problems = input_problems(contract, values)
    if problems:
        takes = ", ".join(f"{field.name} {field.type}" for field in contract.takes)
        raise Blocked("; ".join(problems), f"{locus} takes {takes}")
    return contract
