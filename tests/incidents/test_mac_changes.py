"""A bridge gets another MAC address: what that may cost, and who notices."""

from __future__ import annotations

from controller.domains.world import JsonObject
from tests.incidents.conftest import Play
from tests.incidents.incident import Incident
from tests.network.worlds import ADDRESS, small_world

NEW_MAC = "02:00:00:00:00:bb"
VALUES: JsonObject = {"bridge": "br0", "mac": NEW_MAC}


def gene(body: str) -> str:
    """A gene for `mac_preserve` that does what its body says to `bridge` and `mac`."""
    return f"""
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bridge, mac = data["bridge"], data["mac"]
    there = [link["name"] for link in gene_sdk.list_links()]
    if bridge not in there:
        return json.dumps({{"success": False, "mac": "", "error": "no such bridge"}})
{body}
    return json.dumps({{"success": True, "mac": mac}})
"""


DOWN_AND_UP = gene(
    "    gene_sdk.set_link_state(bridge, False)\n"
    "    gene_sdk.set_mac(bridge, mac)\n"
    "    gene_sdk.set_link_state(bridge, True)\n"
    "    for address in gene_sdk.addresses(bridge):\n"
    "        gene_sdk.send_gratuitous_arp(bridge, address)\n"
)
"""Takes the bridge down to change its address, as one had to with old network cards."""

MADE_ANEW = gene(
    "    addresses = gene_sdk.addresses(bridge)\n"
    "    gene_sdk.delete_bridge(bridge)\n"
    "    gene_sdk.create_bridge(bridge, mac)\n"
    "    gene_sdk.set_link_state(bridge, True)\n"
    "    for address in addresses:\n"
    "        gene_sdk.add_address(bridge, address)\n"
)
"""Makes the bridge again with its new address, and does not attach the uplink to it."""

ANNOUNCES_TOO_EARLY = gene(
    "    for address in gene_sdk.addresses(bridge):\n"
    "        gene_sdk.send_gratuitous_arp(bridge, address)\n"
    "    gene_sdk.set_mac(bridge, mac)\n"
)
"""Tells everybody the address that it is about to give up."""

LIVE = gene(
    "    gene_sdk.set_mac(bridge, mac)\n"
    "    for address in gene_sdk.addresses(bridge):\n"
    "        gene_sdk.send_gratuitous_arp(bridge, address)\n"
)
"""Changes it while everything runs, and tells everybody afterwards."""


def incident(*stack: str) -> Incident:
    return Incident("mac_preserve", small_world(), VALUES, stack)


def test_a_bridge_taken_down_for_its_mac_loses_its_default_route(play: Play) -> None:
    with play(incident(DOWN_AND_UP, LIVE)) as on:
        demand = on.ask()
        assert on.settle() == ()
        assert on.outcomes(demand) == [(DOWN_AND_UP, "rolled_back"), (LIVE, "confirmed")]
        assert "keeps its routes" in on.told()
        assert [(r.destination, r.interface) for r in on.host().routes] == [("0.0.0.0/0", "br0")]
        assert on.link("br0").mac == NEW_MAC
        assert on.answers("peer", ADDRESS)


def test_an_uplink_that_is_not_attached_again_is_missed(play: Play) -> None:
    with play(incident(MADE_ANEW, LIVE)) as on:
        demand = on.ask()
        assert on.settle() == ()
        assert on.outcomes(demand) == [(MADE_ANEW, "rolled_back"), (LIVE, "confirmed")]
        assert "keeps its ports" in on.told()
        assert on.link("eth0").master == "br0"
        assert on.answers("peer", ADDRESS)


def test_a_mac_announced_before_it_changed_is_stale_at_the_peers(play: Play) -> None:
    with play(incident(ANNOUNCES_TOO_EARLY, LIVE)) as on:
        assert on.answers("peer", ADDRESS)
        demand = on.ask()
        assert on.settle() == ()
        assert on.outcomes(demand) == [(ANNOUNCES_TOO_EARLY, "rolled_back"), (LIVE, "confirmed")]
        assert "check_arp" in on.told()
        assert on.do("vantage_neighbours", vantage="peer", address=ADDRESS) == [
            {"interface": "eth0", "mac": NEW_MAC, "permanent": False}
        ]


def test_a_search_finds_that_the_announcement_comes_last(play: Play) -> None:
    with play(incident(ANNOUNCES_TOO_EARLY)) as on:
        demand = on.ask()
        on.settle()
        on.merge()
        assert on.settle() == ()
        (_, first), *_, (source, last) = on.outcomes(demand)
        assert (first, last) == ("rolled_back", "confirmed")
        assert source.rindex("set_mac") < source.rindex("send_gratuitous_arp")
        assert on.answers("peer", ADDRESS)
