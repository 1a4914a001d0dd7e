"""Sentences about VLANs, frame sizes and STP: how they are said, and worlds in which they hold."""

from __future__ import annotations

import pytest

from controller.domains.network import NETWORK, phrases
from controller.domains.network.phrases_vlans import PHRASES
from controller.domains.network.state import to_json
from controller.domains.world import JsonObject
from tests.network.worlds import small_world, tagged_world
from tests.phrases.arranged import arranged_and_true, lacking

VALUES: JsonObject = {
    "vlan": "eth1.100",
    "new": "eth1.7",
    "parent": "eth1",
    "vid": 100,
    "other": 7,
    "bridge": "br1",
    "filtering": "br1",
    "plain": "br0",
    "port": "eth0",
    "free": "tap0",
    "mtu": 1400,
    "stp": True,
}

SPELLINGS = [
    ("{vlan} carries VLAN {vid} of {parent}", 0, True, "eth1.100 carries VLAN 100 of eth1"),
    ("The link {vlan} carries VLAN 7 of interface {parent}.", 0, False, "carries VLAN 100 of eth1"),
    ("{new} carries VLAN {other} of {parent}", 0, False, "eth1.7 does not exist"),
    ("{port} carries VLAN {vid} of {parent}", 0, False, "eth0 carries no VLAN"),
    ("Port {free} of bridge {plain} carries VLAN {vid} tagged", 1, False, "a port of no bridge"),
    ("Port {port} of {plain} carries VLAN {vid} untagged", 2, False, "carries VLANs: none"),
    ("{bridge} of {bridge} carries VLAN 1 untagged", 2, True, "br1 carries VLANs: 1 untagged"),
    ("Port {port} of {plain} does not carry VLAN {vid}", 3, True, "carries VLANs: none"),
    ("Bridge {filtering} filters VLANs", 4, True, "br1 filters VLANs"),
    ("{plain} doesn't filter VLANs", 5, True, "br0 does not filter VLANs"),
    ("The MTU of {port} is {mtu}", 6, False, "the MTU of eth0 is 1500"),
    ("Interface {port} has MTU 1500", 6, True, "the MTU of eth0 is 1500"),
    ("STP of bridge {plain} is on", 7, False, "STP of br0 is off"),
    ("STP of {plain} is disabled", 8, True, "STP of br0 is off"),
    ("STP of {plain} is {stp}", 9, False, "STP of br0 is off"),
    ("STP of {port} is off", 8, False, "there is no bridge eth0"),
]


@pytest.mark.parametrize(("sentence", "number", "holds", "detail"), SPELLINGS)
def test_a_sentence_about_vlans_is_judged_by_what_is_there(
    sentence: str, number: int, holds: bool, detail: str
) -> None:
    observed = to_json(tagged_world())
    assert [part.phrase.text for part in phrases.parts(sentence)] == [PHRASES[number].text]
    judgement = NETWORK.judge(sentence, VALUES, observed, observed)
    assert judgement is not None
    assert (judgement.holds, detail in judgement.detail) == (holds, True), judgement.detail


def test_every_phrase_about_vlans_has_a_spelling_here() -> None:
    assert {number for _, number, _, _ in SPELLINGS} == {*range(len(PHRASES))}


@pytest.mark.parametrize("tagged", [True, False], ids=["a VLAN is there", "none is there"])
@pytest.mark.parametrize(
    "sentence",
    [
        "{vlan} carries VLAN {vid} of {parent}",
        "{vlan} carries VLAN {other} of {parent}",
        "{new} carries VLAN {vid} of {parent}",
        "{new} carries VLAN {vid} of eth9",
        "Port {port} of bridge {plain} carries VLAN {vid} tagged",
        "Port {free} of bridge {bridge} carries VLAN {other} untagged",
        "Port {port} of bridge {plain} does not carry VLAN {vid}",
        "Bridge {plain} filters VLANs",
        "Bridge {filtering} does not filter VLANs",
        "The MTU of {parent} is {mtu}",
        "STP of bridge {plain} is on",
        "STP of bridge {plain} is {stp}",
        "STP of bridge {plain} is off",
    ],
)
def test_an_arranged_world_is_one_in_which_the_sentence_holds(sentence: str, tagged: bool) -> None:
    arranged_and_true(sentence, VALUES, tagged_world() if tagged else small_world())


def test_a_vlan_cannot_be_arranged_on_a_host_whose_kernel_has_none() -> None:
    observed = lacking(small_world(), ["vlan", "vlan_filtering"])
    assert NETWORK.arrange("{new} carries VLAN 7 of {parent}", VALUES, observed) is None
    assert NETWORK.arrange("Bridge {plain} filters VLANs", VALUES, observed) is None


def test_no_vlan_has_a_number_that_is_none() -> None:
    observed = to_json(tagged_world())
    judgement = NETWORK.judge(
        "{vlan} carries VLAN {vid} of {parent}", {**VALUES, "vid": "x1"}, observed, observed
    )
    assert judgement is not None
    assert not judgement.holds
