"""A lease that is half over, on each kernel: who is lent the same again, and who is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.lease import Lease
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World
from controller.domains.world import Operation, Renewal
from tests.network.conftest import Rebootable
from tests.network.worlds import (
    ADDRESS,
    BR0_MAC,
    ETH0_MAC,
    PEER,
    do,
    host,
    op,
    small_world,
    with_host,
)

Make = Callable[[World], Rebootable]
LEASE = Lease("br0", ADDRESS, server=PEER, mac=BR0_MAC, gateway=PEER)
TITLE = f"renewal: the lease of {ADDRESS} of br0 is half over"


def leased(lease: Lease = LEASE) -> World:
    return with_host(small_world(), leases=(lease,))


def renewals(kernel: Rebootable) -> list[str]:
    return [
        one.title
        for one in NETWORK.ordeals(kernel.observe())
        if any(isinstance(step, Renewal) for step in one.steps)
    ]


def test_who_kept_the_mac_is_lent_the_same_again(rebootable: Make) -> None:
    kernel = rebootable(leased())
    before = NETWORK.settled(kernel.observe())
    assert renewals(kernel) == [TITLE]
    assert kernel.renew("br0") == ()
    assert NETWORK.settled(kernel.observe()) == before


def test_what_was_lost_meanwhile_comes_with_the_renewal(rebootable: Make) -> None:
    kernel = rebootable(leased())
    before = NETWORK.settled(kernel.observe())
    do(kernel, "remove_address", interface="br0", address=ADDRESS)
    assert kernel.renew("br0") == ()
    after = NETWORK.settled(kernel.observe())
    assert (after["links"], after["routes"]) == (before["links"], before["routes"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            op("set_mac", interface="br0", mac=ETH0_MAC),
            f"{ADDRESS} was lent to {BR0_MAC}: br0, which is {ETH0_MAC} now, loses it",
        ),
        (op("set_link_state", interface="br0", up=False), f"{ADDRESS} runs out: br0 is down"),
    ],
)
def test_who_is_another_one_now_loses_the_address_and_the_way_that_came_with_it(
    rebootable: Make, change: Operation, why: str
) -> None:
    kernel = rebootable(leased())
    kernel.perform(change)
    assert kernel.renew("br0") == (why,)
    after = host(kernel)
    assert not any(ADDRESS in link.addresses for link in after.links)
    assert after.routes == ()


@pytest.mark.parametrize("lease", [Lease("br0", "10.7.0.9/24", mac=BR0_MAC), Lease("br0", ADDRESS)])
def test_what_nobody_uses_or_nobody_knows_whose_it_is_is_not_renewed(lease: Lease) -> None:
    assert renewals(SimulatedKernel(leased(lease))) == []
