"""Hosts without IPv4: what is asked of them, planned, looked at and repaired is the same."""

from __future__ import annotations

from pathlib import Path

from controller.domains.world import JsonObject
from tests.incidents.conftest import Play
from tests.incidents.incident import Incident, played
from tests.network.worlds import ADDRESS_6, BR0_MAC, ETH1_MAC, ipv6_world

MOVE: JsonObject = {"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}


def test_an_uplink_without_ipv4_moves_and_its_peers_reach_it(play: Play) -> None:
    with play(Incident("bridge_uplink", ipv6_world(), MOVE, ())) as on:
        demand = on.ask()
        assert on.settle() == ()
        assert on.outcomes(demand)[-1][1] == "confirmed"
        assert on.answers("peer", ADDRESS_6)
        assert on.link("br0").addresses == (ADDRESS_6,)


def test_where_the_host_is_silent_a_search_finds_that_an_advertisement_tells(
    tmp_path: Path,
) -> None:
    # Linux is not: its multicast listener reports teach the switch as well
    incident = Incident("bridge_uplink", ipv6_world(), MOVE, ())
    with played(tmp_path, incident, "simulated") as on:
        demand = on.ask()
        assert on.settle() == ()
        assert on.outcomes(demand)[0][1] == "rolled_back"
        source, last = on.outcomes(demand)[-1]
        assert last == "confirmed"
        assert source.rindex("attach_port") < source.rindex("send_unsolicited_na")


def test_a_new_mac_of_a_host_without_ipv4_is_known_to_its_peers(play: Play) -> None:
    asked: JsonObject = {"bridge": "br0", "mac": ETH1_MAC, "preserve": True}
    with play(Incident("mac_preserve", ipv6_world(), asked, ())) as on:
        demand = on.ask()
        assert on.settle() == ()
        assert [end for _, end in on.outcomes(demand)] == ["confirmed"]
        assert on.link("br0").mac == ETH1_MAC != BR0_MAC
        assert on.answers("peer", ADDRESS_6)
