"""Decompose: which pathway makes a topology true in one world, or why none can.

Every allele at the decomposer's locus is a guess that is checked. It is asked without a world: it
has no operation, and what it says is held against the topology before anything is made of it.
"""

from __future__ import annotations

import json

from controller.conductor.orchestration.decomposition import (
    DECOMPOSER,
    Builders,
    Unfit,
    answered,
    claimed_twice,
    claims,
    question,
    rests_on,
)
from controller.conductor.orchestration.resolving import Unresolvable
from controller.domains.world import Json, JsonObject, OperationRefused
from controller.genome.genome import Genome
from controller.genome.locus import read_output
from controller.ports import Died
from controller.stories.express import Workbench
from grammar.sg.composition import Pathway, Topology


class Decomposer:
    """Decomposes topologies of one genome; the same question is put once."""

    def __init__(self, bench: Workbench, genome: Genome) -> None:
        self._bench, self._genome = bench, genome
        self._builders = Builders(bench.domain.builders, genome.pathways)
        self._known: dict[str, Pathway] = {}

    def decompose(
        self, phenotype: str, topology: Topology, values: JsonObject, observed: JsonObject
    ) -> Pathway:
        """The pathway for a world as it was observed. Raises `Unfit`."""
        self._say_unfit(topology, values, observed)
        asked = question(topology, values, self._builders)
        key = f"{phenotype} {json.dumps(asked, sort_keys=True)}"
        if key not in self._known:
            self._known[key] = self._asked(phenotype, topology, asked)
        return self._known[key]

    def _say_unfit(self, topology: Topology, values: JsonObject, observed: JsonObject) -> None:
        domain = self._bench.domain
        try:
            taken = list(claims(topology, values, domain.vocabulary))
        except Unresolvable as wrong:
            raise Unfit(f"{topology.name}: {wrong}") from wrong
        twice = claimed_twice(taken)
        if twice is not None:
            raise Unfit(twice)
        rested = rests_on(topology, values, domain.vocabulary)
        needed = [*dict.fromkeys(text for _, text in rested)]
        made = {one.name: one.kind for one in topology.has}
        objections = domain.objections(observed, needed, made)
        if objections:
            raise Unfit("; ".join(objections))

    def _asked(self, phenotype: str, topology: Topology, asked: JsonObject) -> Pathway:
        contract = self._genome.loci.get(DECOMPOSER)
        if contract is None:
            raise Unfit(f"the genome has no locus {DECOMPOSER}, which decomposes topologies")
        reason = f"phenotype {phenotype} expresses no allele at {DECOMPOSER}"
        for allele in self._genome.stack(phenotype, DECOMPOSER):
            outcome = self._bench.sandbox.call(allele.source, json.dumps(asked), (), _nothing)
            if isinstance(outcome, Died):
                reason = f"{allele.short}: {outcome.kind}: {outcome.reason}"
                continue
            output = read_output(contract, outcome.output)
            if isinstance(output, tuple):
                reason = f"{allele.short}: {'; '.join(output)}"
                continue
            try:
                return answered(topology, asked, output, self._builders)
            except Unfit as wrong:
                reason = f"{allele.short}: {wrong}"
        raise Unfit(f"{topology.name} cannot be decomposed: {reason}")


def _nothing(name: str, _arguments: JsonObject) -> Json:
    raise OperationRefused(f"{name}: a decomposer has no world")
