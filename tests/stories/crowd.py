"""A fleet of simulated hosts under one phenotype, a virtual clock, and people who merge alleles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.clock import VirtualClock
from controller.adapters.git_repository import GitRepository
from controller.conductor import rollout as rollouts
from controller.domains.network.scenario import draw
from controller.domains.network.state import to_json
from controller.domains.world import Operation
from controller.history.event import Event
from controller.stories.converge import PassResult
from controller.stories.mainline import Main, read_main
from controller.stories.request import request
from controller.wiring import Organism, open_organism
from tests.fleet import people
from tests.fleet.genome import (
    CONTRACTS,
    DIAGNOSTIC,
    FORMER,
    LOCUS,
    LOOKING,
    PHENOTYPE,
    phenotype,
    registered,
    short,
)
from tests.fleet.people import PERSON
from tests.stories.stage import START

HOSTS = ("ada", "bea", "cas", "dot", "eve", "fay")


@dataclass(frozen=True, slots=True)
class Crowd:
    """An open organism with a world for each of `HOSTS`, and the interface that they all have."""

    organism: Organism
    clock: VirtualClock
    path: Path
    interface: str

    def ask(self, host: str) -> str:
        """Ask for an address there; the demand's id."""
        number = HOSTS.index(host) + 1
        values = {"interface": self.interface, "address": f"10.99.0.{number}/24"}
        opened = self.organism
        return request(
            opened.chronicle,
            opened.hands.worlds,
            self.main(),
            LOCUS,
            f"simulated:{host}",
            values,
            None,
            f"person:{PERSON}",
        )

    def main(self) -> Main:
        """What main says now."""
        return read_main(self.organism.repository, self.organism.hands.bench.domain)

    def one_pass(self) -> PassResult:
        """A pass; then the clock is where the next is due, if one is."""
        result = self.organism.controller.run_pass()
        if result.wake_at is not None:
            self.clock.sleep(max(0.0, (result.wake_at - self.clock.now()).total_seconds()))
        return result

    def settle(self, passes: int = 60) -> PassResult:
        """Passes until nothing is done and nothing is due."""
        for _ in range(passes):
            result = self.one_pass()
            if result.actions == 0 and result.wake_at is None:
                return result
        raise AssertionError(f"no end after {passes} passes: {result}")

    def merge(self, source: str, *fallbacks: str, **others: bytes) -> str:
        """A person merges a branch that makes a source dominant; the merge commit."""
        files = {**registered(LOCUS, source), "phenotypes/fleet.sg": phenotype(source, *fallbacks)}
        return people.merge(self.path, {**files, **others}, "a person's allele")

    def git(self, *arguments: str) -> str:
        """Stock git, as a person uses it."""
        return people.git(self.path, *arguments)

    def events(self, *kinds: str) -> list[Event]:
        """The log's events of some types, in their order."""
        return [event for event in self.organism.log.since(0) if event.type in kinds]

    def given(self) -> list[tuple[str, str]]:
        """(host, first digits of the allele) of each expression, in their order."""
        started = self.events("expression.started")
        return [(str(e.data["world"])[10:], str(e.data["allele"])[:12]) for e in started]

    def serving(self) -> dict[str, str]:
        """What each host has confirmed last, by the first digits of its SHA-256."""
        ledger = self.organism.chronicle.ledger
        found = {}
        for trial in ledger.trials.values():
            if trial.end == "confirmed":
                found[trial.world[10:]] = trial.allele[:12]
        return found

    def do(self, host: str, name: str, **arguments: object) -> None:
        """Do something to a host behind the controller's back."""
        kernel = self.organism.hands.worlds.kernel(f"simulated:{host}")
        kernel.perform(Operation(name, arguments))

    def dominant(self) -> str:
        """The allele that main expresses first, by the first digits of its SHA-256."""
        return self.main().genome.stack(PHENOTYPE, LOCUS)[0].short

    def rollout(self) -> rollouts.Rollout | None:
        """The rollout of the locus, if there is one."""
        return self.organism.chronicle.ledger.rollout(PHENOTYPE, LOCUS)


@contextmanager
def crowd(path: Path, hosts: Sequence[str] = HOSTS, settings: str = "") -> Iterator[Crowd]:
    """Hosts that all express `FORMER`, and have confirmed it. `settings` go to germline.toml."""
    clock, scenario = VirtualClock(START), draw(0)
    config = (
        f'{settings}\n[worlds."simulated:*"]\nphenotype = "{PHENOTYPE}"\nstate = "hosts/s.json"\n'
    )
    content = {
        "germline.toml": config.encode(),
        "hosts/s.json": json.dumps(to_json(scenario.world)).encode(),
        **{name: text.lstrip().encode() for name, text in CONTRACTS.items()},
        **registered(LOCUS, FORMER),
        **registered(DIAGNOSTIC, LOOKING),
        "phenotypes/fleet.sg": phenotype(FORMER),
    }
    GitRepository.create(path / "genome", content, "A genome for a crowd\n", PERSON, clock)
    with open_organism(path / "genome", clock) as organism:
        made = Crowd(organism, clock, path / "genome", str(scenario.input["to_nic"]))
        for host in hosts:
            made.ask(host)
        made.settle()
        assert set(made.serving().values()) == {short(FORMER)}
        yield made


@contextmanager
def reopened(path: Path, former: Crowd) -> Iterator[Crowd]:
    """The same fleet with another process's controller, which knows what is on disk."""
    with open_organism(path / "genome", former.clock) as organism:
        yield Crowd(organism, former.clock, path / "genome", former.interface)
