"""A genome whose demands are about hosts of the fleet: a locus and its diagnostic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from controller.adapters.clock import SystemClock
from controller.adapters.git_repository import GitRepository
from controller.adapters.host_world import HostWorld
from controller.conductor.demand import REQUESTED, subject_of
from controller.domains.world import JsonObject
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.history.event import Event
from controller.ports.outposts import Errand
from controller.stories.mainline import read_main
from controller.stories.request import request
from controller.wiring import Organism, open_organism
from tests.fleet.namespaces import Fleet
from tests.fleet.people import PERSON

PHENOTYPE = "fleet"
LOCUS, DIAGNOSTIC = "interface_address", "check_link"

CONTRACTS = {
    f"contracts/network/{LOCUS}.sg": """
gene interface_address
  is configuration
  risk medium

  does:
    Give an interface one more address.

  takes:
    interface  string  "The interface that gets it"
    address    string  "The address with its length"

  gives:
    success  bool     "Whether it has the address"
    error    string?  "What stood in the way"

  before:
    - Interface {interface} exists

  after:
    - Interface {interface} has address {address}

  verify:
    check_link interface={interface}
    within 1s
""",
    f"contracts/network/{DIAGNOSTIC}.sg": """
gene check_link
  is diagnostic
  risk none

  does:
    See whether an interface is up.

  takes:
    interface  string  "The interface"

  gives:
    healthy  bool     "Whether it is up"
    error    string?  "Why it could not be seen"

  feeds:
    interface_address convergence
""",
}

LOOKING = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    link = gene_sdk.link(json.loads(input_json)["interface"])
    return json.dumps({"healthy": link["up"], "error": None})
"""

ADDING = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    gene_sdk.add_address(data["interface"], data["address"])
    return json.dumps({"success": True, "error": None})
"""

CUTTING = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    gene_sdk.add_address(data["interface"], data["address"])
    gene_sdk.set_link_state("mgmt0", False)
    return json.dumps({"success": True, "error": None})
"""
"""What it says of itself is true, and nobody will hear it: it cuts the host off."""


FORMER = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    if data["address"] not in gene_sdk.addresses(data["interface"]):
        gene_sdk.add_address(data["interface"], data["address"])
    return json.dumps({"success": True, "error": None})
"""
LATTER = FORMER + "\n# the same, written again\n"
DOWN = FORMER.replace(
    "    return", '    gene_sdk.set_link_state(data["interface"], False)\n    return'
)
"""It says that it has done it, and has taken the interface down."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """An open organism whose worlds are the fleet's hosts."""

    organism: Organism
    path: Path

    def ask(self, host: str, values: JsonObject) -> str:
        """Ask for an address on a host; the demand's id."""
        opened = self.organism
        main = read_main(opened.repository, opened.hands.bench.domain)
        return request(
            opened.chronicle,
            opened.hands.worlds,
            main,
            LOCUS,
            f"host:{host}",
            values,
            None,
            f"person:{PERSON}",
        )

    def kernel(self, host: str) -> HostWorld:
        """A host as the controller knows it."""
        found = self.organism.hands.worlds.kernel(f"host:{host}")
        assert isinstance(found, HostWorld)
        return found

    def demand_unasked(self, host: str, values: JsonObject) -> None:
        """The same for a host that nobody can look at now: as if it had gone away since."""
        world = f"host:{host}"
        data: JsonObject = {"locus": LOCUS, "phenotype": "fleet", "world": world, "input": values}
        subject = subject_of(world, LOCUS, "mgmt0")
        self.organism.chronicle.record(REQUESTED, subject, {**data, "key": "mgmt0"}, None)

    def run_until(self, kind: str, count: int = 1, within_s: float = 180.0) -> list[str]:
        """Run passes until there are so many events of a type; what was in the way meanwhile."""
        clock, troubles = self.organism.clock, list[str]()
        deadline = clock.now() + timedelta(seconds=within_s)
        while len(self.events(kind)) < count and clock.now() < deadline:
            troubles += self.one_pass()
        return troubles

    def one_pass(self) -> tuple[str, ...]:
        """A pass, and a rest until the next is due, five seconds at most; what was in the way."""
        clock, result = self.organism.clock, self.organism.controller.run_pass()
        wake_at = result.wake_at or clock.now()
        clock.sleep(min(5.0, max(0.05, (wake_at - clock.now()).total_seconds())))
        return result.troubles

    def events(self, kind: str) -> list[Event]:
        """The log's events of a type."""
        return [event for event in self.organism.log.since(0) if event.type == kind]


@contextmanager
def genome(
    path: Path,
    fleet: Fleet,
    source: str,
    grace_s: float = 60.0,
    settings: str = "",
    **others: bytes,
) -> Iterator[Fixture]:
    """A genome that expresses `source` on the hosts of a fleet, open. `settings` go to
    germline.toml."""
    content = {
        "germline.toml": settings.encode() + config(fleet, grace_s),
        "hosts/fleet.yml": fleet.inventory(),
        "hosts/known_hosts": fleet.known_hosts(),
        **{name: text.lstrip().encode() for name, text in CONTRACTS.items()},
        **registered(LOCUS, source),
        **registered(DIAGNOSTIC, LOOKING),
        "phenotypes/fleet.sg": phenotype(source),
        **others,
    }
    GitRepository.create(path, content, "A genome for a fleet\n", PERSON, SystemClock())
    with open_organism(path) as organism:
        yield Fixture(organism, path)


def config(fleet: Fleet, grace_s: float) -> bytes:
    """A germline.toml by which every host waits so long beyond gene and window."""
    tables = (
        f'[worlds."host:{host}"]\nphenotype = "fleet"\nconfirm_grace_seconds = {grace_s}\n'
        for host in (*(host.name for host in fleet.hosts), "away")
    )
    return "\n".join(tables).encode()


def registered(locus: str, source: str) -> dict[str, bytes]:
    """The files by which a genome knows a source as an allele."""
    sha = name_of(source)
    lineage = Lineage(locus=locus, engine="person").to_bytes()
    return {source_path(locus, sha): source.encode(), lineage_path(locus, sha): lineage}


def short(source: str) -> str:
    """A source's name, as phenotypes have it."""
    return name_of(source)[:12]


def phenotype(*sources: str) -> bytes:
    """The phenotype's file, with a stack of sources."""
    first, *rest = [short(source) for source in sources]
    then = f" then {', '.join(rest)}" if rest else ""
    return (
        f"phenotype {PHENOTYPE}\n\n  expresses:\n    {LOCUS} {first}{then}\n"
        f"    {DIAGNOSTIC} {short(LOOKING)}\n"
    ).encode()


def adding(address: str) -> Errand:
    """A call of the gene that adds an address."""
    return Errand(ADDING, values(address), ("add_address",), {}, observing=False)


def values(address: str) -> JsonObject:
    """An input of the locus."""
    return {"interface": "mgmt0", "address": address}
