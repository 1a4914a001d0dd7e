"""The example's sales office: its genome in a repository, and as many events as are asked for."""

from __future__ import annotations

import hashlib
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from controller.adapters.clock import VirtualClock
from controller.adapters.git_repository import GitRepository
from controller.domains.world import JsonObject
from controller.genome.allele import Lineage
from controller.history.event import Event, Occurrence
from controller.ports import EventLog
from controller.shipped import example_files
from controller.stories.mainline import Main, read_main
from controller.stories.project import Builder
from controller.wiring import Organism, open_organism

EXAMPLE = Path(__file__).parents[2] / "examples" / "crm"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERSON = "Ada <ada@example.org>"
LOCUS = "customers"
PHENOTYPE = "phenotypes/crm.sg"
STAGES = ["lead", "negotiation", "won", "lost"]
NOTES = ["pricing", "asked for a demo", "wants an offer", "is unhappy", "no answer"]


def occurrences(count: int, seed: int = 0, customers: int | None = None) -> Iterator[Occurrence]:
    """What happens in the office: the same for the same seed, a second apart."""
    rng = random.Random(seed)
    people = customers or max(2, count // 40)
    for number in range(count):
        who = f"c{number + 1}" if number < people else f"c{rng.randint(1, people)}"
        kind, data = _happening(rng, who, new=number < people)
        yield Occurrence(kind, who, data, START + timedelta(seconds=number), None, "person:ada")


def _happening(rng: random.Random, who: str, *, new: bool) -> tuple[str, JsonObject]:
    if new:
        email = f"{who}@example.org"
        data: JsonObject = {"name": f"Customer {who}", "email": email, "company": _company(rng)}
        return "customer.registered", data
    match rng.randint(0, 49):
        case 0 | 1 | 2 | 3:
            return "deal.updated", {
                "deal": f"d{rng.randint(1, 3)}",
                "stage": rng.choice(STAGES),
                "value": rng.randint(1, 90) * 1000,
            }
        case 4:
            return "rep.assigned", {"rep": f"rep{rng.randint(1, 9)}"}
        case 5:
            return "consent.given", {"letters": rng.random() < 0.5}
        case 6:
            return "customer.moved", {"company": _company(rng)}
    minutes = rng.randint(1, 60)
    note = f"{rng.choice(NOTES)} {rng.randint(1, 10**6)}"
    return "interaction.logged", {"kind": "call", "minutes": minutes, "notes": note}


def _company(rng: random.Random) -> str:
    return f"company {rng.randint(1, 40)}"


def append(log: EventLog, happened: Iterator[Occurrence], batch: int = 1000) -> int:
    """Append all, a batch at a time; how many there were."""
    waiting: list[Occurrence] = []
    total = 0
    for one in happened:
        waiting.append(one)
        total += 1
        if len(waiting) == batch:
            log.append(waiting)
            waiting = []
    if waiting:
        log.append(waiting)
    return total


@dataclass(frozen=True, slots=True)
class Office:
    """The example's genome, open."""

    organism: Organism
    clock: VirtualClock
    path: Path

    @property
    def folder(self) -> Path:
        """Where the projections are."""
        return self.organism.gitdir / "germline" / "projections" / LOCUS

    def main(self) -> Main:
        """What main says now."""
        return read_main(self.organism.repository, self.organism.hands.bench.domain)

    def builder(self, model: str) -> Builder:
        """The example's relational or its graph allele."""
        genome = self.main().genome
        builders = [Builder(genome.loci[LOCUS], one) for one in genome.alleles[LOCUS].values()]
        return next(one for one in builders if one.model == model)

    def events(self, kind: str) -> list[Event]:
        """The log's events whose type begins so."""
        return [e for e in self.organism.log.since(0) if e.type.startswith(kind)]

    def steps(self) -> list[str]:
        """What has happened to projections, in order."""
        return [event.type.partition(".")[2] for event in self.events("projection.")]

    def run_pass(self) -> tuple[str, ...]:
        """One pass; the gaps that it leaves."""
        result = self.organism.controller.run_pass()
        assert result.troubles == ()
        return tuple(gap.status for gap in result.gaps)

    def live(self) -> str | None:
        """The allele that is asked."""
        return self.organism.projector.shelf.pointer(LOCUS).live

    def choose(self, model: str, more: str = "") -> str:
        """A person makes another allele dominant on main; the commit."""
        chosen = self.builder(model).allele.short
        text = f"phenotype crm\n\n  expresses:\n    customers {chosen}\n{more}"
        return self.organism.repository.commit_main(
            {PHENOTYPE: text.encode()}, f"Customers in a {model}", PERSON
        )

    def git(self, *arguments: str) -> str:
        """Stock git, as a person uses it."""
        name, _, email = PERSON.removesuffix(">").partition(" <")
        who = ["-c", f"user.name={name}", "-c", f"user.email={email}"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.path, check=True, capture_output=True, text=True
        )
        return done.stdout


def without_systems() -> dict[str, bytes]:
    """The example's files as far as projections are concerned."""
    return {
        path: content
        for path, content in example_files("crm").items()
        if not path.startswith("systems/")
    }


@contextmanager
def office(path: Path, events: int, seed: int = 0) -> Iterator[Office]:
    """The example's genome in a new repository, with events in its log."""
    clock = VirtualClock(START + timedelta(days=1))
    GitRepository.create(path, without_systems(), "A new genome\n", PERSON, clock)
    with open_organism(path, clock) as organism:
        append(organism.log, occurrences(events, seed))
        yield Office(organism, clock, path)


def express(house: Office, source: str) -> str:
    """A person adds an allele and makes it dominant; its name."""
    sha = hashlib.sha256(source.encode()).hexdigest()
    lineage = Lineage(locus=LOCUS, engine="person").to_bytes()
    text = f"phenotype crm\n\n  expresses:\n    {LOCUS} {sha[:12]}\n"
    changes = {
        f"alleles/{LOCUS}/{sha}.py": source.encode(),
        f"alleles/{LOCUS}/{sha}.json": lineage,
        PHENOTYPE: text.encode(),
    }
    house.organism.repository.commit_main(changes, "Another allele", PERSON)
    return sha


def altered(house: Office, before: str, after: str) -> str:
    """The source of the example's relational allele with a mistake in it."""
    source = house.builder("relational").allele.source
    assert before in source
    return source.replace(before, after)
