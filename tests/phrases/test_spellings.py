"""How people write: many spellings, one meaning; and prose that stays prose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domains.network import NETWORK, phrases
from controller.domains.network.state import to_json
from controller.domains.world import JsonObject
from controller.limits import PHRASE_SENTENCE_CHARACTERS
from tests.network.worlds import ADDRESS, ETH1_MAC, small_world

VALUES: JsonObject = {
    "bridge": "br0",
    "x": "eth0",
    "y": "eth1",
    "none": "gone0",
    "a": ADDRESS,
    "m": ETH1_MAC,
    "interfaces": ["eth0", "eth1"],
    "members": ["eth0", "gone0"],
    "spares": ["eth1", "tap0"],
    "nothing": [],
}

SPELLINGS: list[tuple[str, str, bool]] = [
    ("Bridge {bridge} exists", "Bridge {bridge} exists", True),
    ("bridge {bridge} exists.", "Bridge {bridge} exists", True),
    ("The bridge {bridge} already exists", "Bridge {bridge} exists", True),
    ("This bridge exists", "Bridge {bridge} exists", True),
    ("THE BRIDGE EXISTS!", "Bridge {bridge} exists", True),
    ("A bridge named {bridge} exists", "Bridge {bridge} exists", True),
    ("A bridge called 'br0' is present", "Bridge {bridge} exists", True),
    ("Bridge {x} exists", "Bridge {bridge} exists", False),
    ("bridge already exists", "Bridge {bridge} exists", True),
    ("Bridge with this name does not already exist", "Bridge {bridge} does not exist", False),
    ("The bridge doesn't exist", "Bridge {bridge} does not exist", False),
    ("Bridge {none} is missing", "Bridge {bridge} does not exist", True),
    ("bridge {none} not found", "Bridge {bridge} does not exist", True),
    ("Interface {x} exists", "Interface {interface} exists", True),
    ("{x} exists", "Interface {interface} exists", True),
    ("The NIC {x} is there", "Interface {interface} exists", True),
    ("An uplink eth1 exists", "Interface {interface} exists", True),
    ("All specified interfaces exist", "Interface {interface} exists", True),
    ("All of the specified interfaces exist", "Interface {interface} exists", True),
    ("Each interface in {members} exists", "Interface {interface} exists", False),
    ("Every one of the interfaces exists", "", False),
    ("Any interface in {members} exists", "Interface {interface} exists", True),
    ("{x} and {y} exist", "Interface {interface} exists", True),
    ("Interfaces {x}, {y} and {none} exist", "Interface {interface} exists", False),
    ("All {nothing} exist", "Interface {interface} exists", True),
    ("interface not found", "Interface {interface} does not exist", False),
    ("One of {members} does not exist", "Interface {interface} does not exist", True),
    ("Interface {none} is absent", "Interface {interface} does not exist", True),
    ("Interface `gone0` is not there", "Interface {interface} does not exist", True),
    ("{x} is a port of {bridge}", "Interface {nic} is a port of bridge {bridge}", True),
    ("Nic {x} is a member of the bridge", "Interface {nic} is a port of bridge {bridge}", True),
    ("{x} belongs to bridge {bridge}", "Interface {nic} is a port of bridge {bridge}", True),
    ("{y} is attached to {bridge}", "Interface {nic} is a port of bridge {bridge}", False),
    (
        "All specified interfaces are attached as bridge ports",
        "Interface {nic} is a port of bridge {bridge}",
        False,
    ),
    (
        "each interface in {interfaces} is a port of {bridge}",
        "Interface {nic} is a port of bridge {bridge}",
        False,
    ),
    ("The bridge has port {x}", "Interface {nic} is a port of bridge {bridge}", True),
    ("{y} isn't a port of br0", "Interface {nic} is not a port of bridge {bridge}", True),
    ("{x} is no port of {bridge}", "Interface {nic} is not a port of bridge {bridge}", False),
    ("All {spares} are not ports of br0", "Interface {nic} is not a port of bridge {bridge}", True),
    (
        "{y} does not belong to {bridge}",
        "Interface {nic} is not a port of bridge {bridge}",
        True,
    ),
    ("{x} is enslaved", "Interface {nic} is enslaved", True),
    ("{x} is a bridge port", "Interface {nic} is enslaved", True),
    ("All {spares} are free", "Interface {nic} is not enslaved", True),
    ("The interfaces are not enslaved", "Interface {nic} is not enslaved", False),
    ("{y} is not a port of any bridge", "Interface {nic} is not enslaved", True),
    ("Interface {x} is up", "Interface {interface} is up", True),
    ("The bridge is in UP state", "Interface {interface} is up", True),
    ("The bridge is in the up state", "Interface {interface} is up", True),
    ("tap0 is up", "Interface {interface} is up", False),
    ("tap0 is down", "Interface {interface} is down", True),
    ("tap0 is not up", "Interface {interface} is down", True),
    ("Both {spares} are up", "Interface {interface} is up", False),
    ("Some of {spares} are down", "Interface {interface} is down", True),
    ("{bridge} has the address {a}", "Interface {interface} has address {address}", True),
    (
        "Bridge {bridge} has IP address 10.7.0.1.",
        "Interface {interface} has address {address}",
        True,
    ),
    ("The address {a} is on {bridge}", "Interface {interface} has address {address}", True),
    ("{x} has no address {a}", "Interface {interface} does not have address {address}", True),
    ("{x} hasn't the address {a}", "Interface {interface} does not have address {address}", True),
    ("{bridge} doesn't have {a}", "Interface {interface} does not have address {address}", False),
    ("{x} has no IP addresses", "Interface {interface} has no address", True),
    ("The bridge has some address", "Interface {interface} has at least one address", True),
    ("{y} has the MAC address {m}", "Interface {interface} has MAC address {mac}", True),
    ("{x} has MAC {m}", "Interface {interface} has MAC address {mac}", False),
    ("The default route leads over {bridge}", "The default route leads over {interface}", True),
    ("The default route goes via {x}", "The default route leads over {interface}", False),
    ("Bridge {bridge} keeps its own MAC address", "Bridge {interface} keeps its MAC address", True),
    ("The bridge does not change its MAC", "Bridge {interface} keeps its MAC address", True),
    ("{bridge} keeps all its addresses", "Interface {interface} keeps its addresses", True),
    (
        "{bridge} does not lose any of its addresses",
        "Interface {interface} keeps its addresses",
        True,
    ),
    ("This bridge retains its ports", "Bridge {interface} keeps its ports", True),
    ("Bridge {bridge} keeps all of its routes", "", False),
    ("Bridge {bridge} preserves its routes", "Interface {interface} keeps its routes", True),
    ("{x} keeps its state", "Interface {interface} keeps its state", True),
    ("The connection profile {bridge} exists", "Profile {profile} exists", False),
    ("Profile 'Management Uplink' is missing", "", False),
    ("Profile {bridge} does not exist", "Profile {profile} does not exist", True),
    (
        "{bridge} comes up again after a reboot",
        "Interface {interface} is configured to come up at boot",
        False,
    ),
    (
        "Interface {x} isn't configured to start up at boot",
        "Interface {interface} is not configured to come up at boot",
        True,
    ),
    (
        "{x} rejoins the bridge {bridge} after reboot",
        "Interface {nic} is configured to join {controller} at boot",
        False,
    ),
    (
        "The DHCP lease of {x} is for its current MAC address",
        "The lease of {interface} is for its present MAC address",
        False,
    ),
    ("The lease of {x} is for {m}", "The lease of {interface} is for {mac}", False),
    (
        "A lease of {x} is for another MAC",
        "The lease of {interface} is for another MAC address",
        False,
    ),
    (
        "{x} is a port of something besides {none}",
        "Interface {nic} is a port of something besides {master}",
        True,
    ),
    (
        "One of {interfaces} belongs to anything but {bridge}",
        "Interface {nic} is a port of something besides {master}",
        False,
    ),
]


@pytest.mark.parametrize(("sentence", "phrase", "holds"), SPELLINGS)
def test_a_spelling_means_its_phrase_and_is_judged_by_it(
    sentence: str, phrase: str, holds: bool
) -> None:
    found = [part.phrase.text for part in phrases.parts(sentence)]
    assert found == ([phrase] if phrase else [])
    observed = to_json(small_world())
    judgement = NETWORK.judge(sentence, VALUES, observed, observed)
    assert (judgement is not None and judgement.holds) is holds


def test_the_table_is_worth_its_name() -> None:
    assert len(SPELLINGS) >= 60
    told = {phrase for _, phrase, _ in SPELLINGS}
    elsewhere = (
        phrases.phrases_seen,
        phrases.phrases_converged,
        phrases.phrases_bonds,
        phrases.phrases_trunks,
        phrases.phrases_vlans,
    )
    seen = {phrase.text for module in elsewhere for phrase in module.PHRASES}
    assert told | seen >= set(NETWORK.phrases())


@pytest.mark.parametrize(
    ("sentence", "said", "holds"),
    [
        ("Bridge exists and is in UP state", 2, True),
        ("All specified interfaces exist and are not enslaved", 2, False),
        ("{x} exists, and is up, and is a port of {bridge}", 3, True),
        ("{x} is up and bridge {none} does not exist", 2, True),
        ("{x} and {y} exist and are up", 2, True),
    ],
)
def test_parts_of_a_sentence_share_their_subject(sentence: str, said: int, holds: bool) -> None:
    observed = to_json(small_world())
    assert len(phrases.parts(sentence)) == said
    judgement = NETWORK.judge(sentence, VALUES, observed, observed)
    assert judgement is not None
    assert judgement.holds is holds


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "and",
        "Everything exists",
        "The switch forgets the old port",
        "Traffic for {bridge} is up to date",
        "NM connection is created and tracked in genome state",
        "NM D-Bus unavailable",
        "Churn rate exceeds 0.1 entries/second",
        "Every port of bridge {bridge} is up",
        "{x} is up and running well",
        "{x} is up or down",
        "Interface {x} exists since yesterday",
        "bridge {bridge} is a port of {x} of {y}",
        "{x} " * 200 + "exist",
    ],
)
def test_other_prose_stays_prose(sentence: str) -> None:
    observed = to_json(small_world())
    assert not NETWORK.executable(sentence)
    assert NETWORK.judge(sentence, VALUES, observed, observed) is None
    assert NETWORK.arrange(sentence, VALUES, observed) is None


def test_a_noun_that_no_field_bears_is_not_executable_for_the_contract() -> None:
    observed = to_json(small_world())
    assert NETWORK.executable("The bridge exists")
    assert NETWORK.executable("The bridge exists", ["bridge_name"])
    assert not NETWORK.executable("The bridge exists", ["from_nic", "to_nic"])
    assert not NETWORK.executable("The nic exists", ["from_nic", "to_nic"])
    assert NETWORK.judge("The bridge exists", {"other": 1}, observed, observed) is None


@pytest.mark.parametrize(
    ("sentence", "near"),
    [
        ("Brdge {b} exists", "Bridge {bridge} exists"),
        ("Interface {x} is a prt of bridge {b}", "Interface {nic} is a port of bridge {bridge}"),
        ("Bridge {b} keeps its MAC adress", "Bridge {interface} keeps its MAC address"),
        ("The default route goes out over {x} only", "The default route leads over {interface}"),
        ("The moon is full", None),
        ("", None),
    ],
)
def test_prose_is_told_the_nearest_phrase(sentence: str, near: str | None) -> None:
    assert not NETWORK.executable(sentence)
    assert NETWORK.nearest(sentence) == near


def test_every_phrase_is_itself_a_sentence_that_it_matches() -> None:
    for phrase in phrases.PHRASES:
        assert [part.phrase.text for part in phrases.parts(phrase.text)] == [phrase.text]


SAID = (
    "all any each of the bridge interface {x} {bridge} br0 is not a port up down and exists has"
    " address keeps its mac no in with name does , . { } '"
)
WORDS = st.sampled_from(SAID.split())


@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_no_heap_of_words_confuses_it(sentence: str) -> None:
    observed = to_json(small_world())
    judgement = NETWORK.judge(sentence, VALUES, observed, observed)
    assert judgement is None or NETWORK.executable(sentence)
    assert NETWORK.nearest(sentence) in {None, *NETWORK.phrases()}


@given(st.text(max_size=PHRASE_SENTENCE_CHARACTERS + 10))
def test_any_text_is_read(sentence: str) -> None:
    assert NETWORK.executable(sentence) in (True, False)
