"""Blast radius: follow what a draft changes up to the hosts that would express it.

    locus ─► pathways that run it ─► topologies that they build ─► intents that want those
      └────► phenotypes that express it, or are such a topology ─► worlds ─► hosts

Main's contracts, inventory and configuration decide, with the draft's own where it changes them:
nothing of the log, so any clone finds the same. Called by `prove`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from controller.conductor.orchestration.placement import places
from controller.config import Config
from controller.domains.world import Domain
from controller.genome.composite import reached
from controller.genome.genome import Genome
from controller.genome.inventory import read_inventory
from controller.membrane.changes import Changes
from controller.membrane.draft import PEOPLE_ONLY
from controller.membrane.radius import Radius

_EVERYWHERE = tuple(path for path in PEOPLE_ONLY if path not in ("contracts/", "systems/"))
"""What counts for all hosts alike: policy, inventory, configuration."""


def blast_radius(
    domain: Domain,
    files: Mapping[str, bytes],
    config: Config,
    genome: Genome,
    changes: Changes,
    changed: Collection[str],
) -> Radius:
    """What would express a draft; `files`, `config` and `genome` are what it would make of main."""
    inventory = read_inventory(files)[0] or {}
    known = sorted(inventory.get("all", frozenset()))
    touched = {*changes.loci, *changes.contracts}
    pathways = {
        name
        for name, pathway in genome.pathways.items()
        if touched
        & {name, *(p.name for p in reached(genome, pathway)[0]), *reached(genome, pathway)[1]}
    }
    topologies = set(_topologies(domain, genome, touched, pathways))
    phenotypes = {*changes.phenotypes, *changes.bound}
    phenotypes |= _phenotypes(genome, {*changes.contracts}, topologies)
    intents = {
        name
        for name, intent in genome.intents.items()
        if name in touched or any(one.topology.name in topologies for one in intent.has)
    }
    worlds = {name for name, one in config.worlds.items() if one.phenotype in phenotypes}
    hosts = {host for host in known if _phenotype_of(config, host) in phenotypes}
    for name in intents:
        for place in places(genome, genome.intents[name], inventory):
            if phenotypes & {*place.phenotypes} or name in touched:
                hosts.add(place.host)
    if any(path.startswith(_EVERYWHERE) for path in changed):
        hosts, worlds = set(known), set(config.worlds)
    return Radius(
        loci=changes.loci,
        pathways=tuple(sorted(pathways)),
        topologies=tuple(sorted(topologies)),
        intents=tuple(sorted(intents)),
        phenotypes=tuple(sorted(phenotypes)),
        worlds=tuple(sorted(worlds)),
        hosts=tuple(sorted(hosts)),
        known=len(known),
    )


def _topologies(
    domain: Domain, genome: Genome, touched: set[str], pathways: set[str]
) -> Iterator[str]:
    """Those that are touched themselves, or of which a resource is built by such a pathway."""
    for name, topology in genome.topologies.items():
        builders = {domain.builders.get(resource.kind, "") for resource in topology.has}
        if name in touched or builders & pathways:
            yield name


def _phenotypes(genome: Genome, contracts: set[str], topologies: set[str]) -> set[str]:
    """Those for which a contract that they live by says something else now."""
    return {
        name
        for name, phenotype in genome.phenotypes.items()
        if contracts & {phenotype.topology or "", *(one.locus for one in phenotype.expresses)}
        or (contracts and phenotype.topology in topologies)
    }


def _phenotype_of(config: Config, host: str) -> str | None:
    world = config.world_of(host)
    settings = None if world is None else config.world(world)
    return None if settings is None else settings.phenotype
