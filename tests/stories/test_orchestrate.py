"""Pathways, run: in which order, side by side, and back when something fails."""

from __future__ import annotations

from pathlib import Path

from controller.history.event import Event
from controller.run_limits import RUN_CONFIRM_SECONDS
from controller.stories.undo import undo
from controller.wiring import open_organism
from tests.stories.composing import ADDRESSED, TWO, ask_for, dominant, links, no_search, run_of
from tests.stories.stage import ANNOUNCING, Stage, stage

LOOPED = """\
pathway looped
  risk low

  does:
    Make some bridges, look at the first, and announce it unless it is up.

  takes:
    bridges  string[1..]
    address  string

  steps:
    1. for one in {bridges}:
         -> addressed
           bridge = {one}
           address = {address}

    2. check_link_state
         interface = {bridges.0}

    3. when step 2.up:
         true -> announce_addresses
           interface = {bridges.0}
         otherwise -> bridge_delete
           bridge = {bridges.0}
"""
VERIFIED_ADDRESS = f"""\
{ADDRESSED}
  verify:
    check_link_state interface={{bridge}}
    within 2s
"""

USING = """\
pathway using
  risk low

  does:
    Move an uplink, and make a port of a new bridge of what is the uplink then.

  takes:
    bridge    string
    from_nic  string
    to_nic    string
    other     string

  steps:
    1. bridge_uplink
         bridge = {bridge}
         from_nic = {from_nic}
         to_nic = {to_nic}

    2. check_link_state
         interface = {step 1.uplink}

  verify:
    check_link_state interface={step 1.uplink}
    within 1s
"""


def places(on: Stage, kind: str) -> list[str]:
    """The places of the tasks whose events of a type are in the log, in order."""
    ledger = on.organism.chronicle.ledger
    found = []
    for event in on.events(kind):
        trial = event.id if kind == "expression.started" else str(event.data["trial"])
        found.append(ledger.demands[ledger.trials[trial].demand].demand.step)
    return found


def causes(on: Stage, last: Event) -> list[str]:
    """The types of the events that led to one, the first cause last."""
    known = {event.id: event for event in on.events()}
    found, cause = [], last.cause
    while cause is not None:
        found.append(known[cause].type)
        cause = known[cause].cause
    return found


def test_a_pathway_does_its_steps_and_keeps_them_only_when_all_are_done(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/two.sg": TWO.encode()})
        given = {"first": "left0", "second": "right0", "port": on.scenario.input["to_nic"]}
        demand = ask_for(on, "two_bridges", given)
        assert on.settle() == ()
        assert run_of(on, demand)["ending"] == "done"
        assert {"left0", "right0"} <= links(on).keys()
        assert links(on)[str(given["port"])]["master"] == "right0"
        order = [e.type for e in on.events() if e.type in ("trial.judged", "transaction.confirmed")]
        assert order == ["trial.judged"] * 2 + ["transaction.confirmed"] * 2
        (finished,) = on.events("pathway.finished")
        assert causes(on, finished)[-1] == "expression.requested"
        assert on.organism.hands.transactions.open() == ()


def test_steps_that_name_nothing_in_common_are_under_way_at_the_same_time(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/two.sg": TWO.encode()})
        port = on.scenario.input["to_nic"]
        began = on.clock.now()
        ask_for(on, "two_bridges", {"first": "left0", "second": "right0", "port": port})
        on.settle()
        assert (on.clock.now() - began).total_seconds() < 1.5  # each is watched for one second
        kinds = [e.type for e in on.events() if e.type in ("expression.started", "trial.judged")]
        assert kinds == ["expression.started"] * 2 + ["trial.judged"] * 2
        assert places(on, "expression.started") == ["1", "2"]


def test_a_step_that_names_the_same_thing_waits(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/two.sg": TWO.encode()})
        port = on.scenario.input["to_nic"]
        ask_for(on, "two_bridges", {"first": "left0", "second": "left0", "port": port})
        assert on.settle() == ()
        kinds = [e.type for e in on.events() if e.type in ("expression.started", "trial.judged")]
        assert kinds == ["expression.started", "trial.judged"] * 2


def test_when_a_step_fails_what_was_completed_is_undone_the_latest_first(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        text = (
            TWO
            + "\n    3. address_add\n         interface = {first}\n         address = nonsense\n"
        )
        on.commit({"contracts/network/two.sg": text.encode(), **no_search(on)})
        before = links(on)
        port = on.scenario.input["to_nic"]
        demand = ask_for(on, "two_bridges", {"first": "left0", "second": "right0", "port": port})
        (gap,) = on.settle()
        assert gap.needs_person
        assert "step 3" in gap.status
        told = run_of(on, demand)
        assert told["ending"] == "rolled_back"
        assert (told["done"], told["undone"], told["not_begun"]) == ([], ["1", "2"], [])
        assert list(told["failed"]) == ["3"]  # type: ignore[arg-type]
        assert places(on, "transaction.rolled_back") == ["3", "2", "1"]
        assert all(e.data["restored"] for e in on.events("transaction.rolled_back"))
        assert links(on) == before


def test_what_works_is_preserved_where_the_pathway_says_so(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        text = TWO + "\n  on failure:\n    preserve what works\n    report partial\n"
        on.commit({"contracts/network/two.sg": text.encode(), **no_search(on)})
        demand = ask_for(on, "two_bridges", {"first": "left0", "second": "right0", "port": "none9"})
        (gap,) = on.settle()
        assert "partial" in gap.status
        told = run_of(on, demand)
        assert (told["ending"], told["done"]) == ("partial", ["1"])
        assert "left0" in links(on)
        assert "right0" not in links(on)


def test_loops_branches_and_pathways_inside_pathways(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/looped.sg": f"{LOOPED}\n{VERIFIED_ADDRESS}".encode()})
        demand = ask_for(on, "looped", {"bridges": ["a0", "b0"], "address": "10.66.0.1/24"})
        assert on.settle() == ()
        inner = ["1[0].1", "1[0].2", "1[0].verify[1]", "1[1].1", "1[1].2", "1[1].verify[1]"]
        assert run_of(on, demand)["done"] == [*inner, "2", "3"]
        assert places(on, "expression.started") == [*inner, "2", "3"]
        asked = [e.data["locus"] for e in on.events("expression.requested")]
        assert asked[-1] == "announce_addresses"


def test_a_step_takes_what_an_earlier_one_gave(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        files = {"contracts/network/using.sg": USING.encode()}
        on.commit({**files, **dominant(on, "bridge_uplink", ANNOUNCING)})
        demand = ask_for(on, "using", {**on.scenario.input, "other": "x0"})
        assert on.settle() == ()
        asked = [e.data["input"] for e in on.events("expression.requested")]
        assert {"interface": on.scenario.input["to_nic"]} in asked
        assert run_of(on, demand)["done"] == ["1", "2", "verify[1]"]


def test_a_pathway_that_was_cut_short_goes_on_in_another_process(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/two.sg": TWO.encode()})
        port = on.scenario.input["to_nic"]
        demand = ask_for(on, "two_bridges", {"first": "left0", "second": "right0", "port": port})
        on.organism.controller.run_pass()
        assert len(on.organism.hands.transactions.open()) == 2
        on.clock.sleep(5.0)
        with open_organism(on.path, on.clock) as again:
            again.chronicle.refresh()
            again.controller.run_pass()
            run = again.chronicle.ledger.latest_run(again.chronicle.ledger.demands[demand])
            assert run is not None
            assert run.ending == "done"
            assert again.hands.transactions.open() == ()


def test_a_newer_demand_undoes_what_the_older_one_had_begun(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/two.sg": TWO.encode()})
        before = links(on)
        port = on.scenario.input["to_nic"]
        older = ask_for(on, "two_bridges", {"first": "left0", "second": "right0", "port": port})
        on.organism.controller.run_pass()
        assert "right0" in links(on)
        newer = ask_for(on, "two_bridges", {"first": "left0", "second": "other0", "port": port})
        assert on.settle() == ()
        assert run_of(on, older)["ending"] == "superseded"
        assert run_of(on, newer)["ending"] == "done"
        assert links(on).keys() - before.keys() == {"left0", "other0"}


def test_a_run_fails_when_a_step_is_undone_by_its_timer(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/two.sg": TWO.encode(), **no_search(on)})
        before = links(on)
        port = on.scenario.input["to_nic"]
        demand = ask_for(on, "two_bridges", {"first": "left0", "second": "right0", "port": port})
        on.organism.controller.run_pass()
        hands = on.organism.hands
        first, _ = hands.transactions.open()
        assert first.due_in_s > RUN_CONFIRM_SECONDS
        undo(hands.worlds, hands.transactions, first.id, "its time was over")
        (gap,) = on.settle()
        assert "undone" in gap.status
        assert run_of(on, demand)["ending"] == "rolled_back"
        assert links(on) == before
