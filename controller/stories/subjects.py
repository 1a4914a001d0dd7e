"""Subjects: what a name that somebody asks for means, world by world.

A gene and a pathway act on one world with an input. A topology is decomposed for one world, with
the bindings of the first of its phenotypes that fits; an intent is a topology for each of its
hosts. What cannot be asked for at all raises `Blocked`; a host that does not fit is a subject with
a problem, so that one of fifty is told of and the others are planned.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from controller.conductor.orchestration.decomposition import DECOMPOSER, Unfit
from controller.conductor.orchestration.placement import (
    bound,
    expressing,
    phenotypes_for,
    places,
)
from controller.domains.world import JsonObject
from controller.genome.composite import as_gene, as_pathway
from controller.genome.inventory import read_inventory
from controller.genome.locus import input_problems
from controller.ports import Blocked, ControllerError, Unavailable
from controller.stories.decompose import Decomposer
from controller.stories.enact import Hands
from controller.stories.look import look
from controller.stories.mainline import Main
from controller.stories.plan import Subject, of_gene
from controller.stories.request import checked, contract_of, phenotype_for
from grammar.sg.composition import Intent, Topology


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: a name, and where, with which input and as which phenotype."""

    name: str
    world: str | None = None
    values: JsonObject | None = None
    phenotype: str | None = None


def subjects_of(hands: Hands, main: Main, asked: Asked) -> tuple[Subject, ...]:
    """The worlds that a name would act on, as they are now, and with which input."""
    if asked.name in main.genome.intents:
        if asked.world is not None or asked.values is not None:
            raise Blocked(f"{asked.name} is an intent", "its hosts are those of the inventory")
        return subjects_of_intent(hands, main, main.genome.intents[asked.name])
    if asked.world is None:
        known = ", ".join(main.config.worlds) or "none"
        raise Blocked(f"{asked.name} acts on one world", f"say which: --on WORLD; worlds: {known}")
    if asked.name not in main.genome.topologies:
        contract = contract_of(main, asked.name)
        observed = hands.worlds.kernel(asked.world).observe()
        given = checked(contract, asked.values or {})
        phenotype = phenotype_for(main, asked.world, asked.phenotype)
        pathway = main.genome.pathways.get(asked.name) or of_gene(contract)
        return (Subject(asked.world, phenotype, pathway, given, observed),)
    return (_of_topology(hands, main, asked, asked.world),)


def _of_topology(hands: Hands, main: Main, asked: Asked, world: str) -> Subject:
    observed = hands.worlds.kernel(world).observe()
    topology = main.genome.topologies[asked.name]
    decomposer = Decomposer(hands.bench, main.genome)
    phenotypes = phenotypes_for(main.genome, topology.name)
    if asked.phenotype is not None:
        if asked.phenotype not in phenotypes:
            known = ", ".join(phenotypes) or "none"
            reason = f"there is no phenotype {asked.phenotype} for {topology.name}"
            raise Blocked(reason, f"phenotypes: {known}")
        phenotypes = (asked.phenotype,)
    found = _Fitting(main, decomposer, topology, world)
    return found.subject(phenotypes, observed, asked.values)


# --- topologies and intents ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fitting:
    """A topology that is to be fitted to a world."""

    main: Main
    decomposer: Decomposer
    topology: Topology
    world: str
    host: str = ""
    networks: JsonObject = field(default_factory=dict)

    def subject(
        self, phenotypes: tuple[str, ...], observed: JsonObject, values: JsonObject | None
    ) -> Subject:
        """With the first phenotype that fits, or with `values`; else with the problem."""
        settings = self.main.config.world(self.world)
        assert settings is not None
        if values is not None:
            return self._fitted(settings.phenotype, values, observed)
        if not phenotypes:
            return self.unfit(f"no phenotype is for {self.topology.name}", observed)
        reasons: list[str] = []
        for name in phenotypes:
            phenotype = self.main.genome.phenotypes[name]
            acting = expressing(self.main.genome, (name, settings.phenotype), DECOMPOSER)
            found = self._fitted(
                acting or settings.phenotype,
                bound(phenotype, self.topology, self.networks),
                observed,
            )
            if not found.problem:
                return found
            reasons.append(f"as {name}: {found.problem}")
        return self.unfit("; ".join(reasons), observed)

    def _fitted(self, phenotype: str, values: JsonObject, observed: JsonObject) -> Subject:
        contract = as_gene(as_pathway(self.topology))
        problems = input_problems(contract, values)
        if problems:
            return self.unfit("; ".join(problems), observed)
        try:
            pathway = self.decomposer.decompose(phenotype, self.topology, values, observed)
        except Unfit as wrong:
            return self.unfit(str(wrong), observed)
        return Subject(self.world, phenotype, pathway, values, observed, self.host)

    def unfit(self, problem: str, observed: JsonObject) -> Subject:
        """The world with a problem instead of a pathway."""
        return Subject(
            self.world, "", as_pathway(self.topology), {}, observed, self.host, problem=problem
        )


def subjects_of_intent(hands: Hands, main: Main, intent: Intent) -> tuple[Subject, ...]:
    """Every host of an intent. Raises `Blocked` if nobody can tell which those are."""
    groups, remarks = read_inventory(main.files)
    if groups is None:
        told = remarks[0].message if remarks else "hosts/ holds no inventory"
        raise Blocked(f"the hosts of {intent.name} are not known: {told}", "add hosts/hosts.yml")
    decomposer = Decomposer(hands.bench, main.genome)
    meant = [(one, main.config.world_of(one.host)) for one in places(main.genome, intent, groups)]
    seen = look(hands, [world for _, world in meant if world is not None])
    found: list[Subject] = []
    for place, world in meant:
        topology = main.genome.topologies[place.topology]
        name = world or place.host
        fitting = _Fitting(main, decomposer, topology, name, place.host, place.networks)
        if world is None:
            reason = f'no world is host {place.host}; add [worlds."netns:*"] to germline.toml'
            found.append(fitting.unfit(reason, {}))
            continue
        observed = seen[world]
        if isinstance(observed, Unavailable | Blocked):
            found.append(fitting.unfit(observed.reason, {}))
        elif isinstance(observed, ControllerError):
            raise observed
        else:
            found.append(fitting.subject(place.phenotypes, observed, None))
    return tuple(found)
