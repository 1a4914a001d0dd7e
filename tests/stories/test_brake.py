"""The brake: pulled at any moment nothing more is done; let go, the story ends as it would have."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.conductor.brake import Pause
from controller.ports import Halted
from controller.stories import brake
from controller.stories.chronicle import Chronicle
from tests.stories.stage import Stage, stage

BETWEEN = 37
"""A prime: over a story's checks every kind of moment is met."""


class Hand:
    """Pulls the brake at the n-th moment at which the controller asks for it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.moment, self.asked = 0, 0
        self.on: Stage | None = None
        original = Chronicle.go_on

        def go_on(chronicle: Chronicle) -> None:
            self.asked += 1
            if self.asked == self.moment and self.on is not None:
                past = self.on.organism.past
                brake.pause(past.log, past.clock, "person:ana", "hands off")
            original(chronicle)

        patch.setattr(Chronicle, "go_on", go_on)


def standing(on: Stage) -> Pause | None:
    return brake.standing(on.organism.log, on.organism.index)


def test_nothing_is_done_from_the_moment_of_a_pause_and_all_of_it_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand(monkeypatch)
    with stage(tmp_path / "whole", 3) as on:
        on.ask()
        on.settle()
        whole, healed = hand.asked, on.kernel().observe()
    halted = 0
    for moment in range(1, whole, max(BETWEEN, whole // 12)):
        hand.moment, hand.asked = moment, 0
        with stage(tmp_path / str(moment), 3) as on:
            hand.on = on
            demand = on.ask()
            while standing(on) is None:
                on.organism.controller.run_pass()
                on.clock.sleep(4)
            halted += 1
            last = on.events()[-1]
            assert last.type == "controller.paused"
            world = on.kernel().observe()
            result = on.organism.controller.run_pass()
            assert "paused by person:ana" in result.troubles[0]
            assert (result.actions, on.events()[-1], on.kernel().observe()) == (0, last, world)
            pause = standing(on)
            assert pause is not None
            brake.resume(on.organism.log, on.clock, "person:bo", "", pause)
            assert on.settle() == ()
            assert on.outcomes(demand)[-1] == (on.dominant(), "confirmed")
            assert on.organism.hands.bench.domain.settled(
                on.kernel().observe()
            ) == on.organism.hands.bench.domain.settled(healed)
            hand.on = None
    assert halted > 5


def test_a_pause_outlives_the_process_and_says_who_and_why(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        brake.pause(on.organism.log, on.clock, "person:ana", "the switch is replaced")
        brake.pause(on.organism.log, on.clock, "person:bo", "me too")
        fresh = Chronicle(on.organism.log, on.clock, _NoSnapshots())
        with pytest.raises(Halted, match=r"paused by person:ana since .*: the switch is replaced"):
            fresh.go_on()
        pause = standing(on)
        assert pause == fresh.ledger.pause
        assert pause is not None
        brake.resume(on.organism.log, on.clock, "person:bo", "done", pause)
        fresh.go_on()
        assert on.events("controller.")[-1].cause == pause.event


class _NoSnapshots:
    """Keeps none."""

    def newest_first(self, fold: str, version: int) -> tuple[()]:
        return ()

    def keep(self, snapshot: object) -> None:
        return

    def forget(self) -> None:
        return
