"""A genome in a real repository, a simulated world and a virtual clock, for tests of stories."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from controller.adapters.clock import VirtualClock
from controller.conductor.ledger import DemandRecord, DraftRecord
from controller.conductor.obligation import Gap
from controller.demo.setting import LOCUS, PERSON, PHENOTYPE, simulated
from controller.domains.network.scenario import Scenario, draw
from controller.domains.world import Json, JsonObject, Kernel, Operation
from controller.history.event import Event
from controller.stories.mainline import Main, read_main
from controller.stories.request import request
from controller.wiring import Organism, open_organism

START = datetime(2026, 1, 1, tzinfo=UTC)
MAX_PASSES = 60

ANNOUNCING = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    there = [link["name"] for link in gene_sdk.list_links()]
    if any(name not in there for name in data.values()):
        return json.dumps({"success": False, "uplink": data["from_nic"], "error": "missing"})
    gene_sdk.detach_port(data["bridge"], data["from_nic"])
    gene_sdk.attach_port(data["bridge"], data["to_nic"])
    for address in gene_sdk.addresses(data["bridge"]):
        gene_sdk.send_gratuitous_arp(data["bridge"], address)
    return json.dumps({"success": True, "uplink": data["to_nic"]})
"""
"""An allele that does all that the contract asks for."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An open organism and the scenario that its simulated world began as."""

    organism: Organism
    clock: VirtualClock
    scenario: Scenario
    path: Path

    def ask(self, values: JsonObject | None = None) -> str:
        """Ask for the uplink to move; the demand's id."""
        return request(
            self.organism.chronicle,
            self.organism.hands.worlds,
            self.main(),
            LOCUS,
            "simulated",
            values or self.scenario.input,
            PHENOTYPE,
            f"person:{PERSON}",
        )

    def main(self) -> Main:
        """What main says now."""
        return read_main(self.organism.repository, self.organism.hands.bench.domain)

    def settle(self) -> tuple[Gap, ...]:
        """Run passes until nothing has anything to do, and return the gaps that stay."""
        for _ in range(MAX_PASSES):
            result = self.organism.controller.run_pass()
            if result.wake_at is not None:
                self.clock.sleep(max(0.0, (result.wake_at - self.clock.now()).total_seconds()))
            elif result.actions == 0:
                return result.gaps
        raise AssertionError(f"no end after {MAX_PASSES} passes: {result}")

    def record(self, demand: str) -> DemandRecord:
        """What has happened to a demand."""
        return self.organism.chronicle.ledger.demands[demand]

    def outcomes(self, demand: str) -> list[tuple[str, str | None]]:
        """(allele, how it ended) of each trial of a demand."""
        ledger = self.organism.chronicle.ledger
        found = (ledger.trials[name] for name in self.record(demand).trials)
        return [(trial.allele, trial.end) for trial in found]

    def draft(self) -> DraftRecord:
        """The only draft that the log knows."""
        (draft,) = self.organism.chronicle.ledger.drafts.values()
        return draft

    def dominant(self) -> str:
        """The allele that main expresses first."""
        return self.main().genome.stack(PHENOTYPE, LOCUS)[0].sha

    def events(self, kind: str = "") -> list[Event]:
        """The log's events of a type."""
        return [e for e in self.organism.log.since(0) if e.type.startswith(kind)]

    def kernel(self) -> Kernel:
        """The simulated world."""
        return self.organism.hands.worlds.kernel("simulated")

    def do(self, name: str, **arguments: Json) -> Json:
        """Do something to the world behind the controller's back."""
        return self.kernel().perform(Operation(name, arguments))

    def commit(self, changes: Mapping[str, bytes], message: str = "A person's change") -> str:
        """A person's commit on main."""
        return self.organism.repository.commit_main(changes, message, PERSON)

    def git(self, *arguments: str) -> str:
        """Stock git, as a person uses it."""
        name, _, email = PERSON.removesuffix(">").partition(" <")
        done = subprocess.run(
            ["git", "-c", f"user.name={name}", "-c", f"user.email={email}", *arguments],
            cwd=self.path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout


@contextmanager
def stage(path: Path, seed: int = 0, allele: str | None = None) -> Iterator[Stage]:
    """The demonstration's genome and the scenario of a seed, open."""
    clock = VirtualClock(START)
    scenario = draw(seed)
    with (
        simulated(path / "genome", scenario, allele, clock),
        open_organism(path / "genome", clock) as organism,
    ):
        yield Stage(organism, clock, scenario, path / "genome")
