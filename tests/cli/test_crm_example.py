"""The CRM example as whoever begins with it finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.conductor.graph.compile import compile_system
from controller.conductor.graph.graph import Graph, expects
from controller.shipped import example_files
from tests.cli.terminal import germline
from tests.conductor.systems.samples import system_of
from tests.grammar.samples import seed_blocks

PEOPLES = {"await_manager_acknowledgment"}
"""What no gene answers for."""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("crm") / "genome"
    assert germline("init", "--example", "crm", str(place)).code == 0
    return place


def test_it_is_right_and_in_canonical_form(example: Path) -> None:
    assert germline("check", at=example).code == 0
    assert germline("fmt", "--check", str(example)).code == 0


def test_what_its_contracts_demand_holds_for_every_allele_that_is_expressed(example: Path) -> None:
    loci = sorted(path.stem for path in (example / "contracts" / "records").glob("*.sg"))
    assert len(loci) == 15
    for locus in loci:
        said = germline("test", locus, "--examples", "5", at=example)
        assert said.code == 0, said.out + said.err


def test_its_systems_are_drawn(example: Path) -> None:
    said = germline("show", "system", "customer_platform", at=example)
    assert "├─ when interaction.created" in said.out
    assert "MUST acknowledge_to_rep(interaction)  within: 5s" in said.out
    assert (
        "INVARIANT invariant response_time"
        in germline("show", "system", "crm_system", at=example).out
    )


def test_a_decision_about_the_past_is_refused_where_none_is_asked(example: Path) -> None:
    said = germline("backfill", "customer_platform", "sequential", at=example)
    assert said.code == 1
    assert said.err.startswith("Error: nothing of customer_platform waits for a decision\nHint: ")


def graph_of(text: str) -> Graph:
    graph = compile_system(system_of(text)).value
    assert graph is not None
    return graph


def shipped(name: str) -> Graph:
    return graph_of(example_files("crm")[f"systems/{name}.sg"].decode())


def test_it_demands_what_the_paper_demands() -> None:
    blocks = [block for block in seed_blocks("000") if block.startswith("system ")]
    if not blocks:
        pytest.skip("the paper is not there")
    theirs = {graph.name: graph for graph in map(graph_of, blocks)}
    platform, system = shipped("customer_platform"), shipped("crm_system")
    *rules, evolved = platform.rules
    assert evolved.id == "when intent.evolved"
    assert tuple(rules) == theirs["customer_platform"].rules
    assert platform.claims == theirs["customer_platform"].claims
    assert {*theirs["crm_system"].qualities} <= {*system.qualities}
    assert system.vocabulary == theirs["crm_system"].vocabulary


def test_every_consequence_has_a_gene_but_what_is_for_people() -> None:
    files = example_files("crm")
    named = {
        call.name
        for rule in shipped("customer_platform").rules
        for one in expects(rule.body)
        for call in (one.consequence, one.fallback)
        if call is not None
    }
    without = {name for name in named if f"contracts/records/{name}.sg" not in files}
    assert without == PEOPLES
    phenotype = files["phenotypes/crm.sg"].decode()
    assert all(f"    {name} " in phenotype for name in named - PEOPLES)
