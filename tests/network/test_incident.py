"""The uplink moves, the switch does not notice: the same story in memory and in Linux."""

from __future__ import annotations

import pytest

from controller.domains.network.scenario import Scenario, draw
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import to_json
from controller.domains.world import Json, Kernel
from tests.network.conftest import KernelOf
from tests.network.worlds import do, limited_as

SEEDS = (1, 4)


@pytest.fixture(params=SEEDS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return draw(request.param)


class Story:
    """A scenario on a kernel."""

    def __init__(self, scenario: Scenario, kernel: Kernel) -> None:
        self.kernel = kernel
        self.bridge, self.old, self.new = (
            str(scenario.input[key]) for key in ("bridge", "from_nic", "to_nic")
        )
        found = scenario.world.subject.link(self.bridge)
        assert found is not None
        self.address, self.mac = found.addresses[0], found.mac

    def move(self) -> None:
        do(self.kernel, "detach_port", bridge=self.bridge, interface=self.old)
        do(self.kernel, "attach_port", bridge=self.bridge, interface=self.new)

    def answered(self, attempts: int = 2) -> Json:
        record = do(
            self.kernel,
            "vantage_ping",
            vantage="peer1",
            address=self.address,
            attempts=attempts,
        )
        assert isinstance(record, dict)
        return record["answered"]

    def switch_looks_at(self) -> list[Json]:
        """The NICs of the host to which the switch would send a frame for the bridge."""
        found = do(self.kernel, "vantage_fdb", vantage="switch", mac=self.mac)
        assert isinstance(found, list)
        ports = [entry["port"] for entry in found if isinstance(entry, dict)]
        return [nic for nic in (self.old, self.new) if self._far(nic) in ports]

    def _far(self, nic: str) -> Json:
        end = do(self.kernel, "far_end", interface=nic)
        assert isinstance(end, dict)
        return end["interface"]


def test_the_world_that_was_made_is_the_world_that_was_drawn(
    kernel_of: KernelOf, scenario: Scenario
) -> None:
    kernel = kernel_of(scenario.world)
    assert kernel.observe() == to_json(limited_as(scenario.world, kernel))


def test_a_naive_move_leaves_the_switch_looking_at_the_old_port(
    kernel_of: KernelOf, scenario: Scenario
) -> None:
    story = Story(scenario, kernel_of(scenario.world))
    assert (story.answered(), story.switch_looks_at()) == (2, [story.old])
    story.move()
    assert (story.answered(), story.switch_looks_at()) == (0, [story.old])


def test_a_gratuitous_arp_heals_it(kernel_of: KernelOf, scenario: Scenario) -> None:
    story = Story(scenario, kernel_of(scenario.world))
    story.move()
    do(story.kernel, "send_gratuitous_arp", interface=story.bridge, address=story.address)
    assert (story.answered(), story.switch_looks_at()) == (2, [story.new])


def test_announcing_before_the_move_does_not_help(kernel_of: KernelOf, scenario: Scenario) -> None:
    story = Story(scenario, kernel_of(scenario.world))
    do(story.kernel, "send_gratuitous_arp", interface=story.bridge, address=story.address)
    story.move()
    assert story.answered() == 0


def test_taking_the_old_link_down_heals_it_too(kernel_of: KernelOf, scenario: Scenario) -> None:
    story = Story(scenario, kernel_of(scenario.world))
    story.move()
    do(story.kernel, "set_link_state", interface=story.old, up=False)
    # Linux tells the switch's bridge of the lost carrier within a second.
    assert any(story.answered(attempts=1) for _ in range(10))
    assert story.switch_looks_at() == [story.new]


def test_traffic_alone_does_not_heal_it(kernel_of: KernelOf, scenario: Scenario) -> None:
    story = Story(scenario, kernel_of(scenario.world, busy=True))
    story.move()
    assert do(story.kernel, "watch_moves", bridge=story.bridge, milliseconds=1200) == []
    assert (story.answered(), story.switch_looks_at()) == (0, [story.old])


def test_two_uplinks_at_once_make_a_mac_move_between_ports(
    kernel_of: KernelOf, scenario: Scenario
) -> None:
    story = Story(scenario, kernel_of(scenario.world, busy=True))
    do(story.kernel, "attach_port", bridge=story.bridge, interface=story.new)
    moves = do(story.kernel, "watch_moves", bridge=story.bridge, milliseconds=1200)
    assert isinstance(moves, list)
    assert moves
    beyond = {
        link.mac
        for node in scenario.world.nodes
        if node.name.startswith("peer")
        for link in node.links
    }
    for move in moves:
        assert isinstance(move, dict)
        assert move["mac"] in beyond
        assert move["ports"] == sorted([story.old, story.new])


@pytest.mark.parametrize("seed", SEEDS)
def test_without_an_announcement_the_outage_lasts_as_long_as_the_switch_remembers(
    seed: int,
) -> None:
    drawn = draw(seed)
    switch = drawn.world.node("switch")
    assert switch is not None
    settings = switch.links[0].bridge
    assert settings is not None
    kernel = SimulatedKernel(drawn.world)
    story = Story(drawn, kernel)
    story.move()
    kernel.advance(settings.ageing_s - 10)
    assert story.answered() == 0
    kernel.advance(20)
    assert (story.answered(), story.switch_looks_at()) == (2, [story.new])
