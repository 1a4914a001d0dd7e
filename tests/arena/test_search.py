"""What the search finds, what it refuses, and what it spends."""

from __future__ import annotations

import random
from textwrap import dedent

import pytest

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.arena.mutation import Candidate
from controller.arena.search import Score, SearchBudget, SearchResult, search
from controller.domains.world import JsonObject
from tests.arena.bridge_world import CATALOGUE, Host, Trial, gene, uplink
from tests.arena.uplink_alleles import ALLELES

HEAD = """\
import json
import gene_sdk


def execute(text):
    data = json.loads(text)
"""
TAIL = '    return json.dumps({"success": True, "bridge": data["bridge"]})\n'
ANNOUNCE = "for each address of {bridge}, send_gratuitous_arp({bridge}, address)"


def allele(*statements: str) -> str:
    """A gene of the uplink story with these statements; `b`, `old`, `new` are its inputs."""
    names = '    b, old, new = data["bridge"], data["from_nic"], data["to_nic"]\n'
    return HEAD + names + "".join(f"    {line}\n" for line in statements) + TAIL


def heal(trial: Trial, source: str, seed: int = 1, **budget: int) -> SearchResult:
    """Search for repairs; the failing allele itself must not be perfect."""
    before = trial.evaluate(Candidate(source, (), 0))
    assert not before.perfect
    trial.evaluated.clear()
    failure = trial.failure(source)
    return search(failure, CATALOGUE, trial.evaluate, SearchBudget(**budget), random.Random(seed))


@pytest.mark.parametrize("style", ALLELES)
def test_an_uplink_that_nobody_was_told_of_is_announced_in_every_style(style: str) -> None:
    trial = uplink()
    result = heal(trial, ALLELES[style])
    assert result.found[0].edits[0].endswith(ANNOUNCE)
    assert result.found[0].disruption == 1
    assert result.best is not None
    assert result.best.perfect
    assert result.generations == 1
    assert result.tried == len(trial.evaluated) < 150


@pytest.mark.parametrize("facets", ["reachability upstream", ""])
@pytest.mark.parametrize("source", [HEAD + TAIL, "def execute(:\n"], ids=["idle", "unparsable"])
def test_a_gene_that_does_nothing_is_built_up_step_by_step(source: str, facets: str) -> None:
    result = heal(uplink(facets), source)
    done = sorted(edit.partition(": ")[2] for edit in result.found[0].edits if "line" in edit)
    assert done == [
        "attach_port({bridge}, {to_nic})",
        "detach_port({bridge}, {from_nic})",
        ANNOUNCE,
    ]
    assert result.generations == 3
    assert all(admit(c.source, ALLOWED_MODULES) == () for c in result.found)


TOLD = "for a in gene_sdk.addresses(b): gene_sdk.send_gratuitous_arp(b, a)"
OUT, IN = "gene_sdk.detach_port(b, old)", "gene_sdk.attach_port(b, new)"


@pytest.mark.parametrize(
    ("statements", "repair"),
    [
        ((TOLD, OUT, IN), "line 8 moved after line 10"),
        ((OUT, TOLD, IN), "lines 9 and 10 exchanged"),
        ((OUT, "gene_sdk.attach_port(b, old)", TOLD), "attach_port takes {to_nic} as interface"),
        (("gene_sdk.detach_port(old, b)", IN, TOLD), "bridge and interface exchanged"),
        (("gene_sdk.remove_port(b, old)", IN, TOLD), "detach_port in place of remove_port"),
        ((OUT, IN, "gene_sdk.set_link_state(new, False)", TOLD), "set_link_state takes True as up"),
        ((OUT, IN, "gene_sdk.set_link_state(b, False)", TOLD), "line 10: "),
        ((OUT, IN, TOLD, "gene_sdk.set_link_state(old, False)"), "line 11: "),
        ((IN, OUT, TOLD, "gene_sdk.detach_port(b, new)"), "line 11"),
        ((IN, TOLD), "detach_port({bridge}, {from_nic})"),
    ],
)
def test_another_mistake_has_another_repair(statements: tuple[str, ...], repair: str) -> None:
    result = heal(uplink(), allele(*statements))
    assert len(result.found[0].edits) == 1
    assert any(repair in candidate.edits[0] for candidate in result.found)


def test_a_wrong_field_read_far_from_the_call_is_corrected() -> None:
    source = HEAD + dedent(
        """\
            b = data["bridge"]
            nic = data["from_nic"]
            gene_sdk.detach_port(b, data["from_nic"])
            gene_sdk.attach_port(b, nic)
            for a in gene_sdk.addresses(b):
                gene_sdk.send_gratuitous_arp(b, a)
        """
    ).replace("\n", "\n    ").removesuffix("    ").join(["    ", TAIL])
    result = heal(uplink(), source)
    assert [len(c.edits) for c in result.found] == [1] * len(result.found)
    assert any("{to_nic} is read, not {from_nic}" in c.edits[0] for c in result.found)


def power() -> Trial:
    """Another world's question: two NICs of a list must be up, and one has to have an address."""

    def host(down: list[str]) -> Host:
        nics = ["p0", "p1", "p2"]
        return Host(
            ports={"br0": []},
            up={"br0": True} | {nic: nic not in down for nic in nics},
            addresses={"p0": ["10.0.0.1"], "p1": []},
        )

    def all_up(world: Host, values: JsonObject) -> bool:
        nics = values["nics"]
        assert isinstance(nics, list)
        return all(world.up[str(nic)] for nic in nics)

    values: JsonObject = {"nics": ["p0", "p1"], "address": "10.0.0.9", "leader": "p1"}
    return Trial(
        host=host(["p0", "p1"]),
        values=values,
        held_out=[(host(["p1", "p2"]), {**values, "nics": ["p1", "p2"], "leader": "p2"})],
        postconditions=[
            lambda h, v: v["address"] in h.addresses.get(str(v["leader"]), []),
            lambda h, v: "10.0.0.1" in h.addresses["p0"],
        ],
        diagnostics=[all_up],
        contract=gene("wake", "nics:string[] address:string leader:string", "Wake NICs.", []),
        facets=frozenset({"link_state"}),
    )


def test_a_world_without_bridges_is_healed_by_its_own_operations() -> None:
    source = HEAD + '    return json.dumps({"success": True, "nics": data["nics"]})\n'
    result = heal(power(), source)
    done = {edit.partition(": ")[2] for edit in result.found[0].edits}
    assert done == {
        "for each interface of {nics}, set_link_state(interface, True)",
        "add_address({leader}, {address})",
    }


def tried_with(trial: Trial, words: str) -> list[Candidate]:
    """The evaluated candidates whose last edit has these words in it."""
    return [c for c in trial.evaluated if c.edits and words in c.edits[-1]]


def test_doing_less_is_no_repair() -> None:
    trial = uplink()
    result = heal(trial, allele(OUT, IN))
    less = tried_with(trial, "removed")
    assert less
    assert not any(candidate in less for candidate in result.found)
    assert not any(trial.evaluate(candidate).perfect for candidate in less)


def test_a_gene_that_stays_healthy_by_doing_nothing_is_worse_than_one_that_acts() -> None:
    trial = uplink()
    idle = trial.evaluate(Candidate(HEAD + TAIL, (), 0))
    acts = trial.evaluate(Candidate(allele(OUT, IN), (), 0))
    assert idle.healthy == idle.diagnostics
    assert acts.healthy < acts.diagnostics
    assert idle < acts


def test_what_only_helps_in_the_failing_case_is_no_repair() -> None:
    """Announcing the one address that the input happens to name leaves out all others."""
    trial = uplink()
    takes = "bridge:string from_nic:string to_nic:string address:string"
    trial.contract = gene("bridge_uplink", takes, "Move the uplink.", [])
    trial.values = {**trial.values, "address": "10.0.0.2"}
    trial.held_out = [(host, {**v, "address": "10.1.0.2"}) for host, v in trial.held_out[:1]]
    result = heal(trial, allele(OUT, IN))
    narrow = tried_with(trial, "send_gratuitous_arp({bridge}, {address})")
    assert narrow
    assert max(trial.evaluate(candidate).healthy for candidate in narrow) == 1
    assert {candidate.edits[-1].partition(": ")[2] for candidate in result.found} == {ANNOUNCE}


def test_the_least_disruptive_repair_is_ranked_first() -> None:
    result = heal(uplink(), allele(OUT, IN, "gene_sdk.set_link_state(b, False)", TOLD))
    disruptions = [candidate.disruption for candidate in result.found]
    assert disruptions == sorted(disruptions)


def test_the_same_seed_makes_the_same_search() -> None:
    first, again = uplink(), uplink()
    assert heal(first, HEAD + TAIL, seed=5) == heal(again, HEAD + TAIL, seed=5)
    assert first.evaluated == again.evaluated


@pytest.mark.parametrize("seed", range(6))
def test_every_seed_finds_it(seed: int) -> None:
    assert heal(uplink(), ALLELES["plain"], seed=seed).found


def hopeless() -> Trial:
    """A case that no operation can help."""
    trial = uplink()
    trial.postconditions = [*trial.postconditions, lambda h, v: False]
    return trial


@pytest.mark.parametrize("limit", [0, 1, 2, 50, 400])
def test_a_search_spends_no_more_than_its_budget(limit: int) -> None:
    trial = hopeless()
    result = heal(trial, allele(OUT), candidates=limit, generations=2)
    assert result.found == ()
    assert result.tried == len(trial.evaluated) <= limit
    assert (result.best is None) == (limit == 0)


def test_no_source_is_evaluated_twice() -> None:
    trial = hopeless()
    heal(trial, allele(OUT, IN), candidates=600)
    sources = [candidate.source for candidate in trial.evaluated]
    assert len(sources) == len(set(sources)) == 600


def test_a_failure_that_does_not_happen_here_is_not_repaired() -> None:
    trial = uplink()
    source = allele(OUT, IN, TOLD)
    failure = trial.failure(source)
    result = search(failure, CATALOGUE, trial.evaluate, SearchBudget(), random.Random(0))
    assert result.found == ()
    assert result.tried == 1
    assert result.best is not None
    assert result.best.perfect


def test_hostile_source_costs_no_more_than_the_budget() -> None:
    bomb = "import gene_sdk\ndef execute(p):\n" + "    gene_sdk.attach_port(p, p)\n" * 200
    result = heal(uplink(), bomb + '    return "{}"\n', candidates=120)
    assert 0 < result.tried <= 120


def test_scores_put_doing_before_health_and_count_no_operations() -> None:
    idle = Score(True, 1, 3, 2, 2, 0, 0, operations=0)
    does = Score(True, 3, 3, 1, 2, 0, 0, operations=9)
    assert idle < does
    assert not does.perfect
    assert Score(True, 3, 3, 2, 2, 1, 1, operations=4) == Score(
        True, 3, 3, 2, 2, 1, 1, operations=5
    )
    assert not Score(True, 3, 3, 2, 2, 0, 1).perfect
    assert not Score(False, 3, 3, 2, 2, 1, 1).perfect
    assert Score(True, 3, 3, 2, 2, 1, 1).perfect
