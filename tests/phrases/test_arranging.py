"""Phrases make the worlds that they speak of, from states of both kernels."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.arena.malformed import malformed
from controller.domains.network import NETWORK, phrases
from controller.domains.network.lab import materialise
from controller.domains.network.scenario import Scenario, draw
from controller.domains.network.state import from_json, to_json
from controller.domains.world import Json, JsonObject
from controller.genome.locus import input_problems
from grammar.sg.parse import parse
from tests.network.worlds import ADDRESS, BR0_MAC, PREFIX, bonded_world, do, small_world

VALUES: JsonObject = {
    "bridge": "br0",
    "interface": "eth0",
    "nic": "eth1",
    "nics": ["eth0", "eth1"],
    "new": "new7",
    "address": ADDRESS,
}

ARRANGED = [
    "Bridge {bridge} exists",
    "Bridge {bridge} does not exist",
    "Bridge {new} exists",
    "Interface {interface} does not exist",
    "Interface {new} exists",
    "All {nics} are missing",
    "Any of {nics} is missing",
    "Interface {nic} is a port of bridge {bridge}",
    "Interface {nic} is a port of bridge {new}",
    "Interface {interface} is a port of bridge {new}",
    "Interface {interface} is not a port of bridge {bridge}",
    "Interface {nic} is enslaved",
    "All {nics} are not enslaved",
    "Interface {interface} is down",
    "Interface {new} is up",
    "tap0 is up",
    "Interface {interface} has address {address}",
    "Bridge {bridge} does not have address {address}",
    "Bridge {bridge} has no address",
    "Interface {nic} has MAC address 02:00:00:00:0a:0a",
    "Bridge {bridge} exists and is down",
    "A switch forwards the MAC address of bridge {bridge} to a port that does not lead to it",
    "A switch does not let the VLAN of interface {new} through",
    "Profile {new} exists",
    "Profile {new} does not exist",
    "{bridge} is configured to come up at boot",
    "{new} comes up after a reboot",
    "{nic} is not configured to come up at boot",
    "{interface} is configured to join {bridge} at boot",
    "{nics} join bridge {bridge} at boot",
    "The lease of {nic} is for its present MAC address",
    "The lease of {bridge} is for 02:00:00:00:0a:0a",
]


@pytest.mark.parametrize("sentence", ARRANGED)
def test_an_arranged_world_is_one_in_which_the_sentence_holds(sentence: str) -> None:
    observed = to_json(small_world())
    arranged = NETWORK.arrange(sentence, VALUES, observed)
    assert arranged is not None
    judgement = NETWORK.judge(sentence, VALUES, observed, arranged)
    if sentence.startswith("A switch"):
        judgement = NETWORK.judge(sentence, VALUES, arranged, arranged)
    assert judgement is not None
    assert judgement.holds, judgement.detail
    assert NETWORK.shadow(arranged).observe() == NETWORK.shadow(arranged).observe()


@pytest.mark.parametrize(
    ("sentence", "possible"),
    [
        ("bond0 is configured to come up at boot", True),
        ("eth0 is configured to join bond0 at boot", True),
        ("eth0 is configured to join dummy0 at boot", False),
        ("dummy0 is configured to come up at boot", False),
    ],
)
def test_a_start_is_arranged_for_interfaces_that_can_have_a_profile(
    sentence: str, possible: bool
) -> None:
    assert (NETWORK.arrange(sentence, {}, to_json(bonded_world())) is not None) is possible


def test_arranging_what_is_so_already_changes_nothing() -> None:
    observed = to_json(small_world())
    for sentence in ("Bridge {bridge} exists", "{interface} is a port of {bridge}", "{nic} is up"):
        assert NETWORK.arrange(sentence, VALUES, observed) == observed


@pytest.mark.parametrize(
    "sentence",
    [
        "Bridge {bridge} keeps its MAC address",
        "Bridge {nic} exists",
        "Interface {nic} has some address",
    ],
)
def test_what_cannot_be_arranged_is_said_to_be_so(sentence: str) -> None:
    assert NETWORK.executable(sentence)
    assert NETWORK.arrange(sentence, VALUES, to_json(small_world())) is None


def test_a_nic_that_is_pulled_out_leaves_nothing_behind() -> None:
    arranged = NETWORK.arrange("Interface {interface} is missing", VALUES, to_json(small_world()))
    assert arranged is not None
    world = from_json(arranged)
    assert world.subject.link("eth0") is None
    assert all(entry.port != "eth0" for entry in world.subject.fdb)
    assert all(
        "eth0" not in {c.a.nic, c.b.nic} for c in world.cables if "host" in {c.a.node, c.b.node}
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_bridge_with_two_ways_to_a_switch_sees_macs_move(seed: int) -> None:
    scenario = draw(seed)
    moved = "A MAC address moves between ports while it is watched"
    arranged = NETWORK.arrange(moved, {"bridge": scenario.input["bridge"]}, to_json(scenario.world))
    assert arranged is not None
    kernel = NETWORK.shadow(arranged)
    assert do(kernel, "watch_moves", bridge=scenario.input["bridge"], milliseconds=300)


def test_a_second_way_is_made_where_there_is_none() -> None:
    values: JsonObject = {"bridge": "br0"}
    alone = NETWORK.arrange("Interface eth1 is missing", values, to_json(small_world()))
    assert alone is not None
    arranged = NETWORK.arrange("A MAC address moves between ports", values, alone)
    assert arranged is not None
    kernel = NETWORK.shadow(arranged)
    assert do(kernel, "watch_moves", bridge="br0", milliseconds=300)


def test_a_port_that_waits_is_told_apart_from_one_that_forwards() -> None:
    waits = "A port of bridge {bridge} is listening or learning"
    arranged = NETWORK.arrange(waits, VALUES, to_json(small_world()))
    assert arranged is not None
    kernel = NETWORK.shadow(arranged)
    assert do(kernel, "port_states", bridge="br0") == [{"port": "eth0", "state": "listening"}]
    kernel.advance(20)
    assert do(kernel, "port_states", bridge="br0") == [{"port": "eth0", "state": "learning"}]
    kernel.advance(20)
    assert do(kernel, "port_states", bridge="br0") == [{"port": "eth0", "state": "forwarding"}]


def test_a_peer_that_is_mistaken_is_seen_by_whoever_asks_it() -> None:
    mistaken = "A vantage has another MAC address for an address of interface {bridge}"
    arranged = NETWORK.arrange(mistaken, VALUES, to_json(small_world()))
    assert arranged is not None
    (known,) = rows(
        do(NETWORK.shadow(arranged), "vantage_neighbours", vantage="peer", address=ADDRESS)
    )
    assert known["mac"] != BR0_MAC


def rows(found: Json) -> list[dict[str, Json]]:
    assert isinstance(found, list)
    return [row for row in found if isinstance(row, dict)]


def conditions() -> list[str]:
    """Every condition of the shipped contracts that is a phrase; the others are prose."""
    found = []
    for path in sorted(Path("contracts/network").glob("*.sg")):
        document = parse(path.read_text(), str(path)).value
        assert document is not None
        for gene in document.genes:
            found += [mode.condition.text for mode in gene.fails_when]
            found += [sentence.text for sentence in gene.unhealthy_when]
    phrased = [one for one in found if NETWORK.executable(one)]
    assert len(phrased) >= 0.8 * len(found)
    return phrased


def holds_when_arranged(scenario: Scenario, observed: JsonObject, sentence: str) -> bool:
    nics = [scenario.input["from_nic"], scenario.input["to_nic"]]
    values = {**scenario.input, "interface": scenario.input["bridge"], "ports": nics}
    values |= {"nics": nics, "members": nics, "bond": "bond7", "trunk": nics[0]}
    arranged = NETWORK.arrange(sentence, values, observed)
    if arranged is None:
        return False
    judgement = NETWORK.judge(sentence, values, arranged, arranged)
    return judgement is not None and judgement.holds


@pytest.mark.parametrize("sentence", conditions())
def test_every_condition_of_the_shipped_contracts_can_be_arranged(sentence: str) -> None:
    for seed in range(10):
        scenario = draw(seed)
        assert holds_when_arranged(scenario, to_json(scenario.world), sentence)


NEEDED = {"bond": "{bond}", "vlan": "VLAN"}
"""What a kernel must be able to make for a sentence with this word in it."""


@pytest.mark.root
def test_states_of_the_real_kernel_are_arranged_as_well() -> None:
    scenario = draw(2)
    with materialise(scenario.world, f"{PREFIX}-arr") as lab:
        observed = lab.kernel().observe()
    lacks = from_json(observed).subject.lacks
    for sentence in conditions():
        if not any(kind in lacks and word in sentence for kind, word in NEEDED.items()):
            assert holds_when_arranged(scenario, observed, sentence), sentence


UNDRAWN = {"decompose_topology", "route_add"}
"""Loci for which no situation is drawn: one acts on no world, one takes a gateway's address."""


def test_situations_fit_their_contract_and_are_the_same_for_a_seed() -> None:
    for path in sorted(Path("contracts/network").glob("*.sg")):
        document = parse(path.read_text(), str(path)).value
        assert document is not None
        for gene in document.genes:
            drawn = [NETWORK.situation(gene, random.Random(n)) for n in range(8)]
            assert drawn == [NETWORK.situation(gene, random.Random(n)) for n in range(8)]
            assert (None in drawn) == (gene.name in UNDRAWN)
            for case in drawn:
                for sentence in gene.before if case is not None else ():
                    assert case is not None
                    judged = NETWORK.judge(sentence.text, case.values, case.observed, case.observed)
                    assert judged is not None
                    assert judged.holds
    assert phrases.mentions("Bridge {b} has port {x}") == (("b", "bridge"), ("x", "nic"))


def wanting(text: str) -> Callable[[int], JsonObject | None]:
    """What is drawn for a contract that a person wrote."""
    document = parse(text, "a.sg").value
    assert document is not None
    (gene,) = document.genes

    def draw_values(seed: int) -> JsonObject | None:
        case = NETWORK.situation(gene, random.Random(seed))
        return None if case is None else case.values

    return draw_values


def test_inputs_come_from_the_kinds_that_the_sentences_tell() -> None:
    values = wanting(
        "gene bridge_create\n  is configuration\n  risk low\n\n  does:\n    Make one.\n\n"
        '  takes:\n    bridge_name  string  "New"\n    interfaces  string[]  "Ports"\n'
        '    delay  int = 7  "Seconds"\n    quiet  bool  "Say less"\n    note  string?  "Any"\n\n'
        '  gives:\n    success  bool  "Done"\n\n'
        "  before:\n    - Bridge with this name does not already exist\n"
        "    - All specified interfaces exist and are not enslaved\n\n"
        "  after:\n    - Bridge exists and is in UP state\n"
        "    - All specified interfaces are attached as bridge ports\n\n"
        "  fails when:\n    - bridge already exists -> success=false\n"
    )(3)
    assert values is not None
    assert isinstance(values["bridge_name"], str)
    assert isinstance(values["interfaces"], list)
    assert values["interfaces"]
    assert values["delay"] == 7
    assert isinstance(values["quiet"], bool)


@pytest.mark.parametrize("size", ["[]", "[1..]", "[2..]", "[2]", "[..1]", "[1..2]"])
@pytest.mark.parametrize("kind", ["int", "bool", "string"])
def test_lists_are_as_long_as_the_contract_lets_them_be(kind: str, size: str) -> None:
    text = (
        "gene many\n  is configuration\n  risk low\n\n  does:\n    Many.\n\n"
        f"  takes:\n    nics  {kind}{size}\n"
    )
    document = parse(text, "a.sg").value
    assert document is not None
    (gene,) = document.genes
    for seed in range(8):
        case = NETWORK.situation(gene, random.Random(seed))
        assert case is not None
        assert input_problems(gene, case.values) == ()
        for wrong in malformed(gene, case.values):
            assert input_problems(gene, wrong.values), wrong
