"""Pathways for tests of orchestration, and how they are asked for."""

from __future__ import annotations

from collections.abc import Mapping

from controller.demo.setting import PERSON, PHENOTYPE
from controller.domains.world import Json, JsonObject
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.stories.request import request
from grammar.sg.edit import with_stack
from tests.stories.stage import Stage

TWO = """\
pathway two_bridges
  risk low

  does:
    Make two bridges, the second with a port.

  takes:
    first   string
    second  string
    port    string

  steps:
    1. bridge_create
         bridge = {first}
         ports = []

    2. bridge_create
         bridge = {second}
         ports = [{port}]
"""

ADDRESSED = """\
pathway addressed
  risk low

  does:
    Make a bridge with an address.

  takes:
    bridge   string
    address  string

  steps:
    1. bridge_create
         bridge = {bridge}
         ports = []

    2. address_add
         interface = {bridge}
         address = {address}
"""


def ask_for(on: Stage, name: str, values: Mapping[str, Json], *, prune: bool = False) -> str:
    """Ask for a locus, pathway or topology in the simulated world; the demand's id."""
    given: JsonObject = dict(values)
    hands = on.organism.hands
    return request(
        hands.chronicle,
        hands.worlds,
        on.main(),
        name,
        "simulated",
        given,
        PHENOTYPE,
        f"person:{PERSON}",
        prune=prune,
    )


def run_of(on: Stage, demand: str) -> JsonObject:
    """How the last run of a demand ended, and its account."""
    run = on.organism.chronicle.ledger.latest_run(on.record(demand))
    assert run is not None
    return {"ending": run.ending, **run.account}


def dominant(on: Stage, locus: str, source: str) -> dict[str, bytes]:
    """The files that make a source the only allele that is expressed at a locus."""
    path = "phenotypes/lab.sg"
    sha, text = name_of(source), on.main().files[path].decode()
    return {
        source_path(locus, sha): source.encode(),
        lineage_path(locus, sha): Lineage(locus=locus, engine="person").to_bytes(),
        path: with_stack(text, path, PHENOTYPE, locus, [sha[:12]]).encode(),
    }


def no_search(on: Stage) -> dict[str, bytes]:
    """The configuration that lets a failed step rest: one candidate is all that is looked at."""
    text = on.main().files["germline.toml"].decode()
    return {"germline.toml": f"{text}\n[search]\nmax_candidates = 1\n".encode()}


def links(on: Stage) -> dict[str, JsonObject]:
    """The host's interfaces, as a rollback would have to restore them."""
    settled = on.organism.hands.bench.domain.settled(on.kernel().observe())["links"]
    assert isinstance(settled, dict)
    return {name: link for name, link in settled.items() if isinstance(link, dict)}
