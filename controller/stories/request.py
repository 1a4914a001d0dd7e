"""Request: a person asks for a locus to be expressed in a world; the log keeps it as a demand."""

from __future__ import annotations

from controller.conductor.demand import REQUESTED, subject_of
from controller.conductor.orchestration.decomposition import DECOMPOSER
from controller.conductor.orchestration.fleet import FLEET
from controller.domains.records import RECORDS
from controller.domains.world import JsonObject
from controller.genome.composite import as_gene, as_pathway, reached
from controller.genome.locus import input_problems, subject_key, with_defaults
from controller.ports import Blocked, Worlds
from controller.stories.chronicle import Chronicle
from controller.stories.mainline import Main
from grammar.nearest import did_you_mean
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
    contract = contract_of(main, locus)
    given = checked(contract, values)
    worlds.kernel(world).observe()
    chosen = phenotype_for(main, world, phenotype)
    _say_unexpressed(main, chosen, locus)
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


def request_intent(
    chronicle: Chronicle, main: Main, name: str, actor: str, *, prune: bool = False
) -> str:
    """Record the demand for an intent of main and return its id; its hosts are found by a pass."""
    assert name in main.genome.intents
    asked: JsonObject = {"locus": name, "phenotype": "", "world": FLEET, "input": {}, "key": ""}
    subject = subject_of(FLEET, name, "")
    return chronicle.record(REQUESTED, subject, {**asked, "prune": prune}, None, actor).id


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


def contract_of(main: Main, name: str) -> GeneContract:
    """The contract of what may be asked for: of a gene, a pathway, a topology. Raises `Blocked`."""
    genome = main.genome
    pathway = genome.pathways.get(name)
    if name in genome.topologies:
        pathway = as_pathway(genome.topologies[name])
    contract = genome.loci.get(name) or (as_gene(pathway) if pathway else None)
    if contract is None:
        known = [*genome.intents, *genome.topologies, *genome.pathways, *genome.loci]
        hint = did_you_mean(name, known, f"there are {', '.join(known)}")
        raise Blocked(f"there is nothing called {name}", hint or "")
    if contract.family is Family.PROJECTION:
        hint = f"germline projection query {name} asks what it built"
        raise Blocked(f"{name} is a projection, which acts on no world", hint)
    if contract.domain == RECORDS.name:
        hint = "the controller runs it when a system demands it"
        raise Blocked(f"{name} brings about a consequence, which is in the log", hint)
    return contract


def checked(contract: GeneContract, values: JsonObject) -> JsonObject:
    """An input with its defaults. Raises `Blocked` if it is none of the contract."""
    problems = input_problems(contract, values)
    if problems:
        takes = ", ".join(f"{field.name} {field.type}" for field in contract.takes)
        raise Blocked("; ".join(problems), f"{contract.name} takes {takes or 'nothing'}")
    return with_defaults(contract, values)
