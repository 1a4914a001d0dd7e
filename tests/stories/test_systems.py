"""Systems of main, held against the log by the controller that runs: gaps, deadlines, new rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.conductor.obligation import Gap
from controller.domains.world import JsonObject
from controller.history.event import Event, Occurrence
from controller.ports import Blocked
from controller.stories import follow
from controller.stories.backfill import decide_backfill
from controller.wiring import open_organism
from grammar.system.nodes import Backfill
from tests.stories.stage import Stage, stage

SHOP = """\
system "shop" {
  entity order {
    has: total
  }

  when order.created {
    must: receipt_sent(order)
      within: 5s
    should: stock_checked(order)
  }
}
"""
MORE = SHOP.replace("    should:", "    must: invoice_sent(order)\n      within: 1m\n    should:")
OTHER = 'system "warehouse" {\n  when stock_checked {\n    could: shelf_moved(order)\n  }\n}\n'


def happened(on: Stage, kind: str, subject: str, cause: str | None = None) -> Event:
    data: JsonObject = {}
    (event,) = on.organism.log.append(
        [Occurrence(kind, subject, data, on.clock.now(), cause, "person:ana")]
    )
    return event


def demand(on: Stage, text: str = SHOP, path: str = "systems/shop.sg") -> None:
    on.commit({path: text.encode()}, "What must follow")
    on.organism.controller.run_pass()


def shortly(found: tuple[Gap, ...]) -> list[tuple[str, str, str]]:
    return [(g.kind.value, g.obligation.level, g.obligation.consequence) for g in found]


def test_a_deadline_wakes_the_controller_and_what_is_missed_is_a_gap_until_it_happens(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        demand(on)
        order = happened(on, "order.created", "order:o1")
        happened(on, "stock_checked", "order:o1", order.id)
        result = on.organism.controller.run_pass()
        assert result.gaps == ()
        assert result.wake_at is not None
        assert result.wake_at > order.at + timedelta(seconds=5)
        on.clock.sleep((result.wake_at - on.clock.now()).total_seconds())
        (gap,) = on.organism.controller.run_pass().gaps
        assert shortly((gap,)) == [("reaction", "must", "receipt_sent")]
        assert (gap.obligation.trigger, gap.obligation.arguments) == (order.id, {"order": "o1"})
        assert "receipt_sent" in "\n".join(on.organism.controller.drawn())
        happened(on, "receipt_sent", "order:o1", order.id)
        assert on.organism.controller.run_pass().gaps == ()


def test_a_rule_that_is_new_finds_what_it_asks_of_the_past(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        demand(on)
        for number in range(30):
            order = happened(on, "order.created", f"order:o{number}")
            for kind in ("receipt_sent", "stock_checked"):
                happened(on, kind, f"order:o{number}", order.id)
            on.clock.sleep(1)
        assert on.organism.controller.run_pass().gaps == ()
        demand(on, MORE)
        (evolved,) = on.events("intent.evolved")
        assert evolved.data["system"] == "shop"
        assert len(str(evolved.data["added"]).split("invoice_sent")) == 2
        assert on.organism.controller.gaps() == ()
        on.clock.sleep(61)
        found = on.organism.controller.gaps()
        assert shortly(found) == [("intent", "must", "invoice_sent")] * 30
        assert {gap.obligation.due for gap in found} == {evolved.at + timedelta(minutes=1)}
        happened(on, "invoice_sent", "order:o7")
        assert len(on.organism.controller.gaps()) == 29
        on.git("revert", "--no-edit", "HEAD")
        assert shortly(on.organism.controller.run_pass().gaps) == [
            ("consistency", "should", "invoice_sent is known")
        ]


def test_a_restart_goes_on_from_a_snapshot_unless_the_system_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "SNAPSHOT_CLOSE_EVENTS", 1)
    with stage(tmp_path) as on:
        demand(on)
        happened(on, "order.created", "order:o1")
        on.clock.sleep(6)
        before = on.organism.controller.gaps()
        assert len(before) == 2
        on.organism.controller.server.systems.close()
        kept = list((on.organism.gitdir / "germline" / "snapshots").glob("system-*/*.snapshot"))
        assert len(kept) == 1
        read: list[int] = []
        with open_organism(on.path, on.clock) as again:
            since = again.chronicle.since
            monkeypatch.setattr(
                again.chronicle, "since", lambda cursor: read.append(cursor) or since(cursor)
            )
            assert again.controller.gaps() == before
            assert 0 not in read
            on.commit({"systems/shop.sg": MORE.encode()}, "More")
            assert len(again.controller.gaps()) == 2
            assert 0 in read
            on.clock.sleep(60)
            assert len(again.controller.gaps()) == 3


def test_only_what_no_system_and_no_part_of_the_controller_knows_is_told_as_unknown(
    tmp_path: Path,
) -> None:
    with stage(tmp_path, 3) as on:
        demand(on)
        demand(on, OTHER, "systems/warehouse.sg")
        on.ask()
        on.settle()
        happened(on, "shelf_moved", "order:o9")
        on.organism.chronicle.record("projection.built", "customers", {"locus": "customers"}, None)
        assert on.organism.controller.gaps() == ()
        happened(on, "shelf.dusted", "shelf:s1")
        found = on.organism.controller.gaps()
        assert [gap.obligation.arguments for gap in found] == [
            {"type": "shelf.dusted", "events": 1}
        ] * 2
        assert {gap.kind.value for gap in found} == {"consistency"}


def backlog(on: Stage, policy: str) -> None:
    """Three orders of a shop that then asks for invoices, under a policy for what is older."""
    demand(on)
    for number in range(3):
        order = happened(on, "order.created", f"order:o{number}")
        for kind in ("receipt_sent", "stock_checked"):
            happened(on, kind, f"order:o{number}", order.id)
    on.organism.controller.run_pass()
    rule = f"  when intent.evolved {{\n    backfill_policy: {policy}\n  }}\n}}\n"
    demand(on, MORE.removesuffix("}\n") + rule)
    on.clock.sleep(61)


def test_what_becomes_of_the_past_is_said_when_main_moves_and_stays_said(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        backlog(on, "prospective_only")
        assert on.organism.controller.run_pass().gaps == ()
        demand(on, MORE)
        on.clock.sleep(61)
        assert on.organism.controller.run_pass().gaps == ()
        happened(on, "order.created", "order:o9")
        on.clock.sleep(61)
        found = shortly(on.organism.controller.run_pass().gaps)
        assert ("reaction", "must", "invoice_sent") in found


@pytest.mark.parametrize(("policy", "left"), [("sequential", 3), ("prospective_only", 0)])
def test_a_person_decides_about_the_past_once(tmp_path: Path, policy: str, left: int) -> None:
    with stage(tmp_path) as on:
        backlog(on, "human_decision")
        found = on.organism.controller.run_pass().gaps
        assert shortly(found) == [("intent", "must", "invoice_sent")] * 3
        assert all(gap.needs_person for gap in found)
        server = on.organism.controller.server
        event, count = decide_backfill(server, on.main(), "shop", Backfill(policy), "person:ana")
        assert (count, event.actor) == (3, "person:ana")
        on.clock.sleep(61)
        after = on.organism.controller.run_pass().gaps
        assert ["a person decides" in gap.status for gap in after] == [False] * left
        with pytest.raises(Blocked, match="nothing of shop waits"):
            decide_backfill(server, on.main(), "shop", Backfill(policy), "person:ana")


def test_a_claim_that_is_new_asks_of_the_past_what_the_policy_says(tmp_path: Path) -> None:
    claim = "  always {\n    assert: every(order) has total\n  }\n"
    policy = "  when intent.evolved {\n    backfill_policy: prospective_only\n  }\n}\n"
    bare = 'system "shop" {\n  entity order {\n    has: total\n  }\n'
    with stage(tmp_path) as on:
        demand(on, bare + "}\n")
        happened(on, "order.created", "order:o1")
        on.clock.sleep(1)
        demand(on, bare + claim + policy)
        assert on.organism.controller.run_pass().gaps == ()
        on.clock.sleep(1)
        happened(on, "order.created", "order:o2")
        (gap,) = on.organism.controller.run_pass().gaps
        assert gap.obligation.arguments == {"order": "o2"}


def test_there_is_no_decision_about_a_system_that_is_not_there(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        demand(on)
        server = on.organism.controller.server
        with pytest.raises(Blocked, match="there is no system shopp"):
            decide_backfill(server, on.main(), "shopp", Backfill.SEQUENTIAL, "person:ana")


def test_a_time_that_brought_nothing_does_not_hide_the_next(tmp_path: Path) -> None:
    daily = """system "desk" {
  every day at 09:00 {
    for each order with order.open {
      must: remind(order)
    }
  }
}
"""
    with stage(tmp_path) as on:
        demand(on, daily, "systems/desk.sg")
        for day in (1, 2, 3):
            wake = on.organism.controller.run_pass().wake_at
            nine = datetime(2026, 1, day, 9, tzinfo=UTC)
            assert wake == nine + timedelta(microseconds=1)
            on.clock.sleep((wake - on.clock.now()).total_seconds())
