"""Pathways inside pathways that fail: each does what its own `on failure:` says, then the outer."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.stories.undo import undo
from tests.stories.composing import ask_for, links, no_search, run_of
from tests.stories.stage import stage

OUTER = """\
pathway outer
  risk low

  does:
    Make a bridge, then two more with a port that is not there.

  takes:
    port  string

  steps:
    1. bridge_create
         bridge = alone0
         ports = []

    2. -> inner
         first = left0
         second = right0
         port = {{port}}

    3. bridge_create
         bridge = later0
         ports = []

  on failure:
    {outer}
    report partial

pathway inner
  risk low

  does:
    Make two bridges, the second with a port.

  takes:
    first   string
    second  string
    port    string

  steps:
    1. bridge_create
         bridge = {{first}}
         ports = []

    2. address_add
         interface = {{first}}
         address = 10.77.0.1/24

    3. bridge_create
         bridge = {{second}}
         ports = [{{port}}]

  requires:
    step 3 needs step 2
"""
BOTH = ("rollback completed steps", "preserve what works")
ROLLBACK, PRESERVE = BOTH


def written(outer: str, inner: str | None) -> dict[str, bytes]:
    """The two pathways with these remedies; the inner one may say nothing."""
    text = OUTER.format(outer=outer)
    if inner is not None:
        text += f"\n  on failure:\n    {inner}\n    report partial\n"
    return {"contracts/network/outer.sg": text.encode()}


def test_a_pathway_inside_rolls_back_its_own_part_and_the_outer_keeps_the_rest(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        before = links(on)
        on.commit({**written(PRESERVE, ROLLBACK), **no_search(on)})
        demand = ask_for(on, "outer", {"port": "none9"})
        on.settle()
        told = run_of(on, demand)
        assert (told["ending"], told["done"], told["undone"]) == (
            "partial",
            ["1", "3"],
            ["2.1", "2.2"],
        )
        assert told["inside"] == {"2": ROLLBACK}
        assert links(on).keys() - before.keys() == {"alone0", "later0"}
        assert all(e.data["restored"] for e in on.events("transaction.rolled_back"))
        assert on.organism.hands.transactions.open() == ()


@pytest.mark.parametrize("inner", [PRESERVE, None])
def test_what_works_inside_is_kept_if_nobody_rolls_it_back(
    tmp_path: Path, inner: str | None
) -> None:
    with stage(tmp_path) as on:
        before = links(on)
        on.commit({**written(PRESERVE, inner), **no_search(on)})
        demand = ask_for(on, "outer", {"port": "none9"})
        on.settle()
        told = run_of(on, demand)
        assert (told["ending"], told["undone"]) == ("partial", [])
        assert told["inside"] == ({"2": PRESERVE} if inner else {})
        assert links(on).keys() - before.keys() == {"alone0", "left0", "later0"}


@pytest.mark.parametrize("inner", [*BOTH, None])
def test_the_outer_pathway_has_the_last_word(tmp_path: Path, inner: str | None) -> None:
    with stage(tmp_path) as on:
        before = links(on)
        on.commit({**written(ROLLBACK, inner), **no_search(on)})
        demand = ask_for(on, "outer", {"port": "none9"})
        on.settle()
        told = run_of(on, demand)
        assert (told["ending"], told["done"]) == ("rolled_back", [])
        assert links(on) == before


def test_nothing_is_begun_any_more_below_what_is_rolled_back(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        files = written(PRESERVE, ROLLBACK)
        (path,) = files
        text = (
            files[path].decode().replace("    step 3 needs step 2\n", "    step 2 needs step 1\n")
        )
        on.commit({path: text.encode(), **no_search(on)})
        demand = ask_for(on, "outer", {"port": "none9"})
        on.settle()
        told = run_of(on, demand)
        assert (told["done"], told["undone"], told["not_begun"]) == (["1", "3"], ["2.1"], ["2.2"])
        asked = [event.data["step"] for event in on.events("expression.requested")[1:]]
        assert sorted(map(str, asked)) == ["1", "2.1", "2.3", "3"]


def test_what_its_timer_undid_inside_is_a_failure_of_the_inner_pathway(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        before = links(on)
        on.commit({**written(PRESERVE, ROLLBACK), **no_search(on)})
        free = str(on.scenario.input["to_nic"])
        demand = ask_for(on, "outer", {"port": free})
        on.organism.controller.run_pass()
        hands = on.organism.hands
        ledger = on.organism.chronicle.ledger
        (lost,) = [
            one
            for one in hands.transactions.open()
            if ledger.demands[ledger.trials[one.trial].demand].demand.step == "2.1"
        ]
        undo(hands.worlds, hands.transactions, lost.id, "its time was over")
        on.settle()
        told = run_of(on, demand)
        assert (told["ending"], told["done"]) == ("partial", ["1", "3"])
        assert links(on).keys() - before.keys() == {"alone0", "later0"}
        assert links(on)[free].get("master") == before[free].get("master")
