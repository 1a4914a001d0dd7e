"""A MAC that changes while an address is lent: the diagnostics agree, the long run does not."""

from __future__ import annotations

from pathlib import Path

from controller.domains.network.lease import Lease
from controller.stories.mainline import read_main
from controller.stories.ordeals import undergo
from tests.incidents.incident import Incident, played
from tests.network.worlds import ADDRESS, BR0_MAC, PEER, small_world, with_host

NEW_MAC = "02:00:00:00:00:bb"
RENAMES = f"""
import json
import gene_sdk


def execute(input_json: str) -> str:
    interface = json.loads(input_json)["interface"]
    gene_sdk.set_mac(interface, "{NEW_MAC}")
    for address in gene_sdk.addresses(interface):
        gene_sdk.send_gratuitous_arp(interface, address)
    return json.dumps({{"success": True, "announced": gene_sdk.addresses(interface)}})
"""
"""It does what is asked for, and something that shows once the lease is half over."""
TITLE = f"renewal: the lease of {ADDRESS} of br0 is half over"


def test_a_mac_that_loses_the_lease_is_exposed_by_the_renewal(
    tmp_path: Path, twin_kernel: Path
) -> None:
    assert twin_kernel.exists()
    lease = Lease("br0", ADDRESS, server=PEER, mac=BR0_MAC, gateway=PEER)
    world = with_host(small_world(), leases=(lease,))
    incident = Incident("announce_addresses", world, {"interface": "br0"}, (RENAMES,))
    with played(tmp_path, incident, "twin") as on:
        demand = on.ask()
        assert on.settle() == ()
        ledger = on.organism.chronicle.ledger
        trial = ledger.trials_of(ledger.demands[demand])[-1]
        assert trial.end == "confirmed"
        main = read_main(on.organism.repository, on.organism.hands.bench.domain)
        undergone = {one.title: one for one in undergo(on.organism.hands, main.genome, trial)}
        assert undergone[TITLE].healthy is False
        assert f"br0, which is {NEW_MAC} now, loses it" in undergone[TITLE].detail
        on.organism.chronicle.refresh()
        assert ledger.trials_of(ledger.demands[demand])[-1].resilience is False
