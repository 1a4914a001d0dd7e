"""An incident: a world, a gene that hurts it, and the one that does not; played by the controller.

It is played in memory, in namespaces of this machine's kernel, and in the twin: the whole loop
each time, with a genome of its own whose stack is the incident's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from controller.adapters.clock import SystemClock, VirtualClock
from controller.adapters.git_repository import GitRepository
from controller.domains.network.lab import materialise
from controller.domains.network.state import Link, Node, World, from_json, to_json
from controller.domains.world import Json, JsonObject, Kernel, Operation
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.ports import Clock
from controller.shipped import shipped_files
from controller.stories.mainline import read_main
from controller.stories.merge import merge_draft
from controller.stories.request import request
from controller.wiring import Organism, open_organism
from grammar.sg.edit import with_stack

PERSON = "A person <person@germline.invalid>"
PHENOTYPE = "lab"
PHENOTYPE_FILE = "phenotypes/lab.sg"
START = datetime(2026, 1, 1, tzinfo=UTC)
MAX_PASSES = 60


@dataclass(frozen=True, slots=True)
class Incident:
    """What happens at a locus with this input. `stack` are sources, the dominant one first.

    Without a stack it is what ships, of a gene or a pathway.
    """

    locus: str
    world: World
    values: JsonObject
    stack: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """An incident under way. `outside` is a kernel that the controller does not know of."""

    incident: Incident
    organism: Organism
    clock: Clock
    name: str

    def ask(self) -> str:
        """A person asks for it; the demand's id."""
        organism = self.organism
        main = read_main(organism.repository, organism.hands.bench.domain)
        return request(
            organism.chronicle,
            organism.hands.worlds,
            main,
            self.incident.locus,
            self.name,
            self.incident.values,
            PHENOTYPE,
            f"person:{PERSON}",
        )

    def settle(self) -> tuple[object, ...]:
        """Run passes until nothing has anything to do; the gaps that stay."""
        for _ in range(MAX_PASSES):
            result = self.organism.controller.run_pass()
            if result.wake_at is not None:
                self.clock.sleep(max(0.0, (result.wake_at - self.clock.now()).total_seconds()))
            elif result.actions == 0:
                return result.gaps
        raise AssertionError(f"no end after {MAX_PASSES} passes: {result}")

    def merge(self) -> None:
        """A person merges the one draft that there is: what is risky is left to people."""
        (draft,) = self.organism.repository.drafts()
        merge_draft(self.organism.membrane, draft, f"person:{PERSON}", PERSON)

    def outcomes(self, demand: str) -> list[tuple[str, str | None]]:
        """(source, how it ended) of each trial."""
        main = read_main(self.organism.repository, self.organism.hands.bench.domain)
        alleles = main.genome.alleles[self.incident.locus]
        ledger = self.organism.chronicle.ledger
        found = (ledger.trials[name] for name in ledger.demands[demand].trials)
        return [(alleles[one.allele].source, one.end) for one in found]

    def told(self) -> str:
        """All that the log says of what went wrong."""
        kinds = ("expression.finished", "diagnostic.reported", "transaction.rolled_back")
        events = [e for e in self.organism.log.since(0) if e.type.startswith(kinds)]
        return json.dumps([event.data for event in events])

    def kernel(self) -> Kernel:
        """The world."""
        return self.organism.hands.worlds.kernel(self.name)

    def do(self, operation: str, **arguments: Json) -> Json:
        """Do or ask something that no gene asked for."""
        return self.kernel().perform(Operation(operation, arguments))

    def host(self) -> Node:
        """The host as it is."""
        return from_json(self.kernel().observe()).subject

    def link(self, name: str) -> Link:
        """An interface of it."""
        found = self.host().link(name)
        assert found is not None
        return found

    def answers(self, vantage: str, address: str) -> bool:
        """Whether somebody elsewhere reaches an address."""
        found = self.do("vantage_ping", vantage=vantage, address=address, attempts=3)
        assert isinstance(found, dict)
        return found["answered"] == 3


@contextmanager
def played(path: Path, incident: Incident, kernel: str) -> Iterator[Played]:
    """The incident on one of the kernels: `simulated`, `netns` or `twin`."""
    with ExitStack() as made:
        clock: Clock = VirtualClock(START)
        name, config = "simulated", _simulated(kernel)
        if kernel == "twin":
            name = "twin"
        if kernel == "netns":
            clock = SystemClock()
            prefix = f"gl{os.getpid()}i"
            lab = made.enter_context(materialise(incident.world, prefix))
            lab.start_traffic()
            name = f"netns:{prefix}-{incident.world.host}"
            config = _namespaces(incident.world, prefix, name)
        GitRepository.create(
            path / "genome", _files(incident, config), "An incident\n", PERSON, clock
        )
        organism = made.enter_context(open_organism(path / "genome", clock))
        yield Played(incident, organism, clock, name)


def _simulated(kernel: str) -> str:
    begun = '[worlds.simulated]\nphenotype = "lab"\nstate = "hosts/simulated.json"\n'
    return begun + ('[worlds.twin]\nphenotype = "lab"\nlike = "simulated"\n' * (kernel == "twin"))


def _namespaces(world: World, prefix: str, name: str) -> str:
    others = [node for node in world.nodes if node.name != world.host]
    vantages = ", ".join(f'{node.name} = "{prefix}-{node.name}"' for node in others)
    roles = ", ".join(f'{node.name} = "{node.role}"' for node in others)
    return (
        f'[worlds."{name}"]\nphenotype = "{PHENOTYPE}"\n'
        f"vantages = {{ {vantages} }}\nroles = {{ {roles} }}\n"
    )


def _files(incident: Incident, config: str) -> dict[str, bytes]:
    files = shipped_files()
    files["germline.toml"] = config.encode()
    files["hosts/simulated.json"] = json.dumps(to_json(incident.world)).encode()
    stacks = {incident.locus: incident.stack} if incident.stack else {}
    for locus, sources in stacks.items():
        for source in sources:
            sha = name_of(source)
            files[source_path(locus, sha)] = source.encode()
            files[lineage_path(locus, sha)] = Lineage(locus=locus, engine="person").to_bytes()
        text = files[PHENOTYPE_FILE].decode()
        names = [name_of(source)[:12] for source in sources]
        stacked = with_stack(text, PHENOTYPE_FILE, PHENOTYPE, locus, names)
        files[PHENOTYPE_FILE] = stacked.encode()
    return files
