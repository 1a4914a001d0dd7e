"""Which hosts an intent means, and which phenotype fits which host. Pure.

Hosts are taken from the groups of the inventory in the order of their names. Of a topology's
phenotypes the first counts whose interfaces are all there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from controller.conductor.orchestration.resolving import Known, plain, resolve
from controller.domains.world import Json, JsonObject
from controller.genome.genome import Genome
from controller.genome.inventory import Groups
from grammar.sg.composition import HostSet, Intent, Topology
from grammar.sg.nodes import Phenotype


@dataclass(frozen=True, slots=True)
class Place:
    """A host of an intent, the topology that it is to be, and the phenotypes it may have.

    `networks` is what the networks that it is on say, as `office_vlan`.
    """

    host: str
    topology: str
    phenotypes: tuple[str, ...]
    networks: JsonObject = field(default_factory=dict)


def places(genome: Genome, intent: Intent, groups: Groups) -> tuple[Place, ...]:
    """Every host that an intent wants; no host is taken twice."""
    taken: set[str] = set()
    found: list[Place] = []
    for hosts in intent.has:
        for host in _first(hosts, groups, taken):
            taken.add(host)
            named = tuple(one.name for one in hosts.phenotypes)
            chosen = named or phenotypes_for(genome, hosts.topology.name)
            said = _said(intent, hosts)
            found.append(Place(host, hosts.topology.name, chosen, said))
    return tuple(found)


def _said(intent: Intent, hosts: HostSet) -> JsonObject:
    """Every property of the networks that some hosts are on, as `network_property`."""
    names = {one.name for one in hosts.networks}
    return {
        f"{network.name}_{given.name}": resolve(given.value, Known({}))
        for network in intent.networks
        if network.name in names
        for given in network.properties
    }


def _first(hosts: HostSet, groups: Groups, taken: set[str]) -> Iterator[str]:
    known = {host for group in hosts.groups for host in groups.get(group.name, frozenset())}
    yield from sorted(known - taken)[: hosts.count]


def phenotypes_for(genome: Genome, topology: str) -> tuple[str, ...]:
    """The phenotypes that are for a topology, by name."""
    return tuple(sorted(n for n, p in genome.phenotypes.items() if p.topology == topology))


def bound(
    phenotype: Phenotype, topology: Topology, networks: Mapping[str, Json] | None = None
) -> JsonObject:
    """What a phenotype binds, then what the host's networks say, then the topology's defaults."""
    given: JsonObject = {one.name: plain(one.value) for one in phenotype.bindings}
    said = networks or {}
    for taken in topology.takes:
        if taken.name in given:
            continue
        if taken.name in said:
            given[taken.name] = said[taken.name]
        elif not taken.required:
            given[taken.name] = plain(taken.default)
    return given


def expressing(genome: Genome, phenotypes: Sequence[str], locus: str) -> str | None:
    """The first of some phenotypes that expresses an allele at a locus."""
    return next((name for name in phenotypes if genome.stack(name, locus)), None)
