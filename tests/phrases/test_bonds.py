"""Sentences about bonds: how they are said, when they hold, and worlds in which they do."""

from __future__ import annotations

import pytest

from controller.domains.network import NETWORK, phrases
from controller.domains.network.phrases_bonds import PHRASES
from controller.domains.network.state import to_json
from controller.domains.world import JsonObject
from tests.network.worlds import ADDRESS, bonded_world, do, small_world
from tests.phrases.arranged import arranged_and_true, lacking

VALUES: JsonObject = {
    "bond": "bond0",
    "x": "eth0",
    "y": "eth1",
    "free": "tap0",
    "members": ["eth0", "eth1"],
    "none": "bond7",
    "mode": "active-backup",
    "other": "802.3ad",
}

SPELLINGS: list[tuple[str, str, bool, str]] = [
    ("Bond {bond} exists", "Bond {bond} exists", True, "bond0 exists"),
    ("The bond {x} exists", "Bond {bond} exists", False, "eth0 is a NIC"),
    ("Bond br1 is there", "Bond {bond} exists", False, "br1 is a bridge"),
    ("Bond {none} is missing", "Bond {bond} does not exist", True, "bond7 does not exist"),
    (
        "{x} is a port of bond {bond}",
        "Interface {nic} is a port of bond {bond}",
        True,
        "eth0 is a port of bond0",
    ),
    (
        "All {members} are members of the bond {bond}",
        "Interface {nic} is a port of bond {bond}",
        True,
        "eth0 is a port of bond0; eth1 is a port of bond0",
    ),
    (
        "Bond {bond} has port {free}",
        "Interface {nic} is a port of bond {bond}",
        False,
        "tap0 is a port of no bond",
    ),
    (
        "{free} does not belong to bond {bond}",
        "Interface {nic} is not a port of bond {bond}",
        True,
        "tap0 is a port of no bond",
    ),
    (
        "The active port of {bond} is {x}",
        "The active port of bond {bond} is {nic}",
        True,
        "bond0 sends by eth0",
    ),
    (
        "Bond {bond} sends over {y}",
        "The active port of bond {bond} is {nic}",
        False,
        "bond0 sends by eth0",
    ),
    (
        "The mode of {bond} is {mode}",
        "The mode of bond {bond} is {mode}",
        True,
        "the mode of bond0 is active-backup",
    ),
    (
        "Bond {bond} is in mode {other}",
        "The mode of bond {bond} is {mode}",
        False,
        "the mode of bond0 is active-backup",
    ),
    ("The mode of {x} is {mode}", "The mode of bond {bond} is {mode}", False, "there is no bond"),
    ("Bond {bond} has a carrier", "Bond {bond} has a carrier", True, "bond0 has a carrier"),
    (
        "Bond {bond} does not have any carrier",
        "Bond {bond} has no carrier",
        False,
        "bond0 has a carrier",
    ),
    ("The bond {bond} has no members", "Bond {bond} has no port", False, "are eth0, eth1"),
    (
        "Some port of bond {bond} has no carrier",
        "A port of bond {bond} has no carrier",
        False,
        "none of bond0",
    ),
]


@pytest.mark.parametrize(("sentence", "phrase", "holds", "detail"), SPELLINGS)
def test_a_sentence_about_a_bond_is_judged_by_what_is_there(
    sentence: str, phrase: str, holds: bool, detail: str
) -> None:
    observed = to_json(bonded_world())
    assert [part.phrase.text for part in phrases.parts(sentence)] == [phrase]
    judgement = NETWORK.judge(sentence, VALUES, observed, observed)
    assert judgement is not None
    assert (judgement.holds, detail in judgement.detail) == (holds, True)


def test_every_phrase_about_bonds_has_a_spelling_here() -> None:
    assert {phrase for _, phrase, _, _ in SPELLINGS} == {phrase.text for phrase in PHRASES}


def test_a_port_of_something_whose_kind_is_not_said_may_be_a_bonds() -> None:
    observed = to_json(bonded_world())
    judgement = NETWORK.judge("{x} is a port of {bond}", VALUES, observed, observed)
    assert judgement is not None
    assert judgement.holds


@pytest.mark.parametrize("bonded", [True, False], ids=["a bond is there", "none is there"])
@pytest.mark.parametrize(
    "sentence",
    [
        "Bond {bond} exists",
        "Bond {bond} does not exist",
        "Bond {none} exists",
        "{y} is a port of bond {none}",
        "{x} is not a port of bond {bond}",
        "The active port of {bond} is {y}",
        "The mode of {bond} is {other}",
        "Bond {bond} has no carrier",
        "Interface {x} does not exist",
    ],
)
def test_an_arranged_world_is_one_in_which_the_sentence_holds(sentence: str, bonded: bool) -> None:
    arranged_and_true(sentence, VALUES, bonded_world() if bonded else small_world())


def test_a_bond_cannot_be_arranged_on_a_host_whose_kernel_has_none() -> None:
    observed = lacking(small_world(), ["bond"])
    assert NETWORK.arrange("Bond {bond} exists", VALUES, observed) is None


def test_the_port_of_a_switch_that_leads_to_a_bridge_is_that_of_its_bonds_active_port() -> None:
    kernel = NETWORK.shadow(to_json(bonded_world()))
    do(kernel, "attach_port", bridge="br1", interface="bond0")
    do(kernel, "remove_address", interface="bond0", address=ADDRESS)
    do(kernel, "add_address", interface="br1", address=ADDRESS)
    kernel.advance(1)
    misled = "A switch forwards the MAC address of bridge br1 to a port that does not lead to it"
    before = kernel.observe()
    judgement = NETWORK.judge(misled, {}, before, before)
    assert judgement is not None
    assert (judgement.holds, judgement.detail) == (
        False,
        "every switch sends what is for br1 to it",
    )
    arranged = NETWORK.arrange(misled, {}, before)
    assert arranged is not None
    judgement = NETWORK.judge(misled, {}, arranged, arranged)
    assert judgement is not None
    assert judgement.holds
