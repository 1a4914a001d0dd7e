"""Which sentences can be judged, and what is found."""

from __future__ import annotations

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import to_json
from controller.domains.world import Json, JsonObject
from tests.network.worlds import ADDRESS, do, small_world

VALUES: JsonObject = {
    "b": "br0",
    "x": "eth0",
    "y": "eth1",
    "none": "gone0",
    "a": ADDRESS,
    "nics": ["eth0", "eth1"],
    "more": ["eth0", "gone0", "gone1"],
}


def verdict(sentence: str, before: JsonObject, now: JsonObject) -> tuple[bool, str]:
    judgement = NETWORK.judge(sentence, VALUES, before, now)
    assert judgement is not None
    assert judgement.sentence == sentence
    return judgement.holds, judgement.detail


@pytest.mark.parametrize(
    ("sentence", "holds", "detail"),
    [
        ("Bridge {b} exists", True, "br0 exists"),
        ("The bridge {b} exists.", True, "br0 exists"),
        ("bridge {x} exists", False, "eth0 is a NIC"),
        ("Bridge {none} does not exist", True, "gone0 does not exist"),
        ("Bridge {b} does not exist", False, "br0 exists"),
        ("Interface {x} exists", True, "eth0 exists"),
        ("An interface {none} exists", False, "gone0 does not exist"),
        ("Interface {none} does not exist", True, "gone0 does not exist"),
        ("All {nics} exist", True, "eth0 exists; eth1 exists"),
        ("All of {more} exist", False, "gone0 does not exist; gone1 does not exist"),
        ("{x} is a port of {b}", True, "eth0 is a port of br0"),
        ("Interface {x} is a port of bridge {b}", True, "eth0 is a port of br0"),
        ("{y} is a port of bridge {b}", False, "eth1 is a port of no bridge"),
        ("{y} is not a port of the bridge {b}", True, "eth1 is a port of no bridge"),
        ("{x} is no port of {b}", False, "eth0 is a port of br0"),
        ("{x} is up", True, "eth0 is up"),
        ("Interface {x} is down", False, "eth0 is up"),
        ("tap0 is down", True, "tap0 is down"),
        ("{none} is up", False, "gone0 does not exist"),
        ("{none} is down", False, "gone0 does not exist"),
        ("{b} has address {a}", True, "br0 has 10.7.0.1/24"),
        ("{b} has the address 10.7.0.1", True, "br0 has 10.7.0.1/24"),
        ("{x} has address {a}", False, "eth0 has none"),
        ("{x} does not have address {a}", True, "eth0 has none"),
        ("Interface {unheard} exists", False, "there is no value for {unheard}"),
    ],
)
def test_a_sentence_is_judged_by_what_is_there(sentence: str, holds: bool, detail: str) -> None:
    observed = to_json(small_world())
    assert NETWORK.executable(sentence)
    assert verdict(sentence, observed, observed) == (holds, detail)


@pytest.mark.parametrize(
    ("operation", "arguments", "sentence", "detail"),
    [
        (
            "set_mac",
            {"interface": "br0", "mac": "02:00:00:00:00:01"},
            "Bridge {b} keeps its MAC address",
            "br0 had 02:00:00:00:00:b0 and has 02:00:00:00:00:01",
        ),
        (
            "remove_address",
            {"interface": "br0", "address": ADDRESS},
            "{b} keeps its addresses",
            "br0 had 10.7.0.1/24 and has none",
        ),
        (
            "attach_port",
            {"bridge": "br0", "interface": "eth1"},
            "Bridge {b} keeps its ports",
            "br0 had eth0 and has eth0, eth1",
        ),
        (
            "set_link_state",
            {"interface": "br0", "up": False},
            "Bridge {b} keeps its routes",
            "br0 had 0.0.0.0/0 via 10.7.0.2 and has none",
        ),
        (
            "delete_bridge",
            {"bridge": "br0"},
            "Bridge {b} keeps its MAC address",
            "br0 does not exist any more",
        ),
    ],
)
def test_what_must_be_kept_is_compared_with_what_was(
    operation: str, arguments: dict[str, Json], sentence: str, detail: str
) -> None:
    kernel = SimulatedKernel(small_world())
    before = kernel.observe()
    assert verdict(sentence, before, before)[0]
    do(kernel, operation, **arguments)
    assert verdict(sentence, before, kernel.observe()) == (False, detail)


def test_what_was_not_there_before_cannot_be_kept() -> None:
    observed = to_json(small_world())
    found = verdict("Bridge {none} keeps its MAC address", observed, observed)
    assert found == (False, "gone0 did not exist before")


@pytest.mark.parametrize(
    "sentence",
    [
        "The switch forgets the old port",
        "Everything exists",
        "Traffic for {b} is up to date",
        "The churn is high",
        "",
    ],
)
def test_other_prose_stays_prose(sentence: str) -> None:
    observed = to_json(small_world())
    assert not NETWORK.executable(sentence)
    assert NETWORK.judge(sentence, VALUES, observed, observed) is None
