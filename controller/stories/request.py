"""Request: a person asks for a locus to be expressed in a world; the log keeps it as a demand."""

from __future__ import annotations

from controller.conductor.demand import REQUESTED, subject_of
from controller.domains.records import RECORDS
from controller.domains.world import JsonObject
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
) -> str:
    """Record the demand and return its id. Raises `Blocked` for what cannot be asked for."""
    contract = askable(main, locus, values)
    worlds.kernel(world).observe()
    chosen = phenotype_for(main, world, phenotype)
    if not main.genome.stack(chosen, locus):
        raise Blocked(
            f"phenotype {chosen} expresses no allele at {locus}",
            f"add a line for {locus} under `expresses:` in {main.genome.phenotype_files[chosen]}",
        )
    given = with_defaults(contract, values)
    key = subject_key(contract, given)
    event = chronicle.record(
        REQUESTED,
        subject_of(world, locus, key),
        {"locus": locus, "phenotype": chosen, "world": world, "input": given, "key": key},
        None,
        actor,
    )
    return event.id


def phenotype_for(main: Main, world: str, wanted: str | None) -> str:
    """The phenotype that is wanted, else the world's. Raises `Blocked` if there is none."""
    configured = main.config.worlds.get(world)
    chosen = wanted or (configured.phenotype if configured is not None else None)
    if chosen is None or chosen not in main.genome.phenotypes:
        known = ", ".join(main.genome.phenotypes)
        missing = f"there is no phenotype {chosen}" if chosen else f"there is no world {world}"
        raise Blocked(missing, f"phenotypes: {known}; worlds: {', '.join(main.config.worlds)}")
    return chosen


def askable(main: Main, locus: str, values: JsonObject) -> GeneContract:
    """The contract of a locus that may be asked for with these values. Raises `Blocked`."""
    contract = main.genome.loci.get(locus)
    if contract is None:
        raise Blocked(f"there is no locus {locus}", f"loci: {', '.join(main.genome.loci)}")
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
