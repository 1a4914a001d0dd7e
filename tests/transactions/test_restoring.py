"""An undoing puts back on a real host all that an operation took along, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from controller.domains.world import Operation
from tests.network.conftest import needs_root
from tests.network.test_sequences import SEQUENCES, run
from tests.network.worlds import op
from tests.transactions.conftest import Host
from tests.transactions.mortal import SEQUENCE

pytestmark = needs_root

LOSSES = [
    op("detach_port", bridge="br0", interface="eth0"),
    op("set_link_state", interface="br0", up=False),
    op("set_link_state", interface="eth0", up=False),
    op("delete_bridge", bridge="br0"),
    op("set_mac", interface="br0", mac="02:00:00:00:00:0b"),
    op("remove_address", interface="br0", address="10.7.0.1/24"),
    op("remove_route", interface="br0", destination="0.0.0.0/0"),
    op("remove_neighbour", interface="br0", address="10.7.0.77"),
    op("set_ageing", bridge="br1", seconds=17),
]


@pytest.mark.parametrize("operation", LOSSES, ids=lambda o: o.name)
def test_all_that_an_operation_loses_besides_comes_back(host: Host, operation: Operation) -> None:
    before = host.items()
    inverses = host.kernel.inverse(operation)
    host.kernel.perform(operation)
    assert host.items() != before
    assert host.kernel.undo(inverses, ()) == ()
    assert host.items() == before


def test_a_bridge_that_is_made_anew_has_its_own_sysctls_again(host: Host) -> None:
    before = host.sysctls("br0")
    assert before["sysctl br0 ipv4/conf/arp_announce"] == "2"
    delete = op("delete_bridge", bridge="br0")
    inverses = host.kernel.inverse(delete)
    host.kernel.perform(delete)
    assert host.kernel.undo(inverses, ()) == ()
    assert host.sysctls("br0") == before


def test_undoing_twice_is_undoing_once(host: Host) -> None:
    inverses = run(host.kernel, SEQUENCE)
    assert host.kernel.undo(inverses, ()) == ()
    assert host.kernel.undo(inverses, ()) == ()


@given(SEQUENCES)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_undoing_any_sequence_restores_a_real_host(made: Host, sequence: list[Operation]) -> None:
    before = made.items()
    assert made.kernel.undo(run(made.kernel, sequence), ()) == ()
    assert made.items() == before
