"""Others change the same host meanwhile, interfaces vanish, Linux refuses: told, never guessed."""

from __future__ import annotations

from controller.domains.network.simulated import SimulatedKernel
from controller.domains.world import LiveKernel, Operation
from tests.network.worlds import PEER, op, small_world

MOVE = (
    op("detach_port", bridge="br0", interface="eth0"),
    op("attach_port", bridge="br0", interface="eth1"),
    op("set_mac", interface="br0", mac="02:00:00:00:00:0b"),
    op("create_bridge", bridge="br2"),
)


def moved(kernel: LiveKernel) -> list[Operation]:
    """Perform the move; what undoes it."""
    inverses: list[Operation] = []
    for operation in MOVE:
        inverses[:0] = kernel.inverse(operation)
        kernel.perform(operation)
    return inverses


def host() -> SimulatedKernel:
    return SimulatedKernel(small_world())


def items(kernel: LiveKernel) -> dict[str, object]:
    return dict(kernel.footprint(moved(SimulatedKernel(small_world()))))


def test_nothing_is_disturbed_when_nobody_else_did_anything() -> None:
    kernel = host()
    inverses = moved(kernel)
    assert kernel.disturbed(inverses, kernel.footprint(inverses)) == ()


def test_what_somebody_else_set_meanwhile_stays_and_all_else_is_put_back() -> None:
    kernel, before = host(), items(host())
    inverses = moved(kernel)
    left = kernel.footprint(inverses)
    kernel.perform(op("set_mac", interface="br0", mac="02:00:00:00:0f:0f"))
    kernel.perform(op("add_address", interface="br0", address="10.9.0.1/24"))

    spared = kernel.disturbed(inverses, left)
    assert set(spared) == {"mac br0", "address br0 10.9.0.1/24"}
    assert kernel.undo(inverses, spared) == ()
    after = items(kernel)
    assert after.pop("mac br0") == "02:00:00:00:0f:0f"
    assert after.pop("address br0 10.9.0.1/24") == {}
    same = after.keys() - {"order br0"}
    assert {name: after[name] for name in same} == {
        name: value for name, value in before.items() if name in same
    }


def test_what_somebody_else_put_back_already_needs_no_undoing() -> None:
    kernel, before = host(), items(host())
    inverses = moved(kernel)
    left = kernel.footprint(inverses)
    kernel.perform(op("detach_port", bridge="br0", interface="eth1"))
    kernel.perform(op("attach_port", bridge="br0", interface="eth0"))
    assert kernel.disturbed(inverses, left) == ()
    assert kernel.undo(inverses, ()) == ()
    assert items(kernel) == before


def test_a_new_bridge_that_somebody_else_uses_by_now_is_not_deleted() -> None:
    kernel = host()
    inverses = moved(kernel)
    left = kernel.footprint(inverses)
    kernel.perform(op("add_address", interface="br2", address="10.9.0.1/24"))
    spared = kernel.disturbed(inverses, left)
    assert {"link br2", "address br2 10.9.0.1/24"} <= set(spared)
    assert kernel.undo(inverses, spared) == ()
    assert "link br2" in items(kernel)


def test_an_interface_that_has_vanished_is_told_and_the_rest_is_put_back() -> None:
    kernel = host()
    inverses = moved(kernel)
    del kernel._live_host.links["eth0"]
    problems = kernel.undo(inverses, ())
    assert "link eth0 is gone" in problems
    after = items(kernel)
    assert after["mac br0"] == "02:00:00:00:00:b0"
    assert after["master eth1"] is None
    assert f"route 254 0.0.0.0/0 0 br0>{PEER}" in after
