"""What changed in pathways, topologies, intents and systems, and what it means to whom."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.language.difference.effect import Effect
from controller.language.difference.genomes import difference
from controller.language.difference.matching import matched
from controller.language.difference.snapshots import Snapshot, snapshot
from controller.language.difference.telling import as_json, in_words
from grammar.sg.nodes import Contract
from tests.grammar.documents import genes
from tests.grammar.documents_levels import intents, pathways, topologies
from tests.grammar.documents_system import systems
from tests.grammar.samples_levels import INNER, INTENT, PATHWAY, SYSTEM, TOPOLOGY
from tests.language.genomes import source

NARROWS, WIDENS, NEITHER = Effect.NARROWS, Effect.WIDENS, Effect.NEITHER
MORE, LESS, OTHERWISE = Effect.MORE, Effect.LESS, Effect.OTHERWISE


def state(text: str) -> Snapshot:
    read = source(text)
    assert read.errors == ()
    return snapshot([read], {})


def found(before: str, after: str) -> list[tuple[Effect, str]]:
    changes = difference(state(before), state(after))
    return [(change.effect, change.text) for change in changes]


def said(before: str, old: str, new: str) -> list[tuple[Effect, str]]:
    assert before.count(old) == 1
    return found(before, before.replace(old, new))


STEP_2 = "    2. check_bridge\n         name = {bridge}\n"

PATHWAYS = [
    ("risk low", "risk high", NEITHER, "risk high; was low"),
    ("    vlans   int[]\n", "    vlans   int[]\n    mac     string\n", NARROWS,
     "input `mac` is new: string"),
    ("nics    string[1..]", "nics    string[]", WIDENS,
     "input `nics` is string[]; was string[1..]"),
    ("nics    string[1..]", "nics    string[2..]", NARROWS,
     "input `nics` is string[2..]; was string[1..]"),
    ("         ports = {nics}\n", "         ports = [{nics.0}]\n", NARROWS,
     "step 1 `make_bridge`: `ports` is [{nics.0}]; was {nics}"),
    ("         ports = {nics}\n", "", NARROWS,
     "step 1 `make_bridge`: `ports` is not given; was {nics}"),
    ("         ports = {nics}\n", "         ports = {nics}\n         speed = 40\n", NARROWS,
     "step 1 `make_bridge`: `speed` is given: 40"),
    ("         false -> make_bridge", "         false -> mend_bridge", NARROWS,
     "step 3 false -> mend_bridge; was make_bridge"),
    ("ports = [{nics.0}]\n", "ports = [{nics.0}]\n         true -> look\n", NARROWS,
     "step 3 now says: true -> look"),
    ("           ports = [{nics.0}]\n", "           ports = []\n", NARROWS,
     "step 3 false -> `make_bridge`: `ports` is []; was [{nics.0}]"),
    ("for vlan in {vlans}", "for vlan in [10, 20]", NARROWS,
     "step 4 `for vlan` runs over [10, 20]; was {vlans}"),
    ("           tag = {vlan}\n", "           tag = 7\n", NARROWS,
     "step 4, action 1 `-> add_vlan`: `tag` is 7; was {vlan}"),
    ("           tag = {vlan}\n", "           tag = {vlan}\n         look\n", WIDENS,
     "step 4, action 2 is new: `look`"),
    ("    step 4 needs step 1\n", "    step 4 needs step 1\n    step 3 needs step 2\n", WIDENS,
     "`requires:` now says: step 3 needs step 2"),
    ("  requires:\n    step 4 needs step 1\n", "", NARROWS,
     "`requires:` no longer says: step 4 needs step 1"),
    ("    within 5s\n", "    within 9s\n", NARROWS, "`verify:` looks within 9s; was 5s"),
    ("    check_bridge name={bridge} ms=5\n", "    check_bridge name={bridge} ms=5\n    look\n",
     WIDENS, "`verify:` now calls `look`"),
    ("ms=5", "ms=7", NARROWS, "`verify:` calls `check_bridge ms=7 name={bridge}`; "
     "was `check_bridge ms=5 name={bridge}`"),
    ("    report partial\n", "", NARROWS, "`on failure:` no longer says: report partial"),
    ("    report partial\n", "    report partial\n    report what failed\n", WIDENS,
     "`on failure:` now says: report what failed"),
    ("Set up bridges.", "Set them up.", NEITHER, "`does:` says something else"),
]  # fmt: skip

TOPOLOGIES = [
    ("    inner:\n", "    third:\n      is bridge\n\n    inner:\n", WIDENS,
     "resource `third` is new: bridge"),
    ("      is vlans\n", "      is vxlans\n", NARROWS, "resource `inner` is vxlans; was vlans"),
    ("      stp enabled\n", "      stp disabled\n", NARROWS,
     "resource `outer`: `stp` is disabled; was enabled"),
    ("      stp enabled\n", "", NARROWS,
     "resource `outer`: `stp` is not said any more; was enabled"),
    ("      tags [10, 20]\n", "      tags [10, 20, 30]\n", NARROWS,
     "resource `inner`: `tags` is [10, 20, 30]; was [10, 20]"),
    ("    inner:\n", "    inside:\n", NARROWS, "resource `inside` was called `inner`"),
    ("nic  string[2..4]", "nic  string[2..8]", WIDENS,
     "input `nic` is string[2..8]; was string[2..4]"),
    ('"In order"', '"As named"', NEITHER, "takes: `nic` is described in other words"),
    ("    for tag in [10, 20]:\n      check_bridge name=inner.{tag}\n", "", NARROWS,
     "`verify:` no longer calls `for tag in [10, 20]: check_bridge name=inner.{tag}`"),
    ("    all within 1m\n", "    all within 30s\n", WIDENS, "`verify:` looks within 30s; was 1m"),
    ("    preserve what works\n", "", NARROWS, "`on failure:` no longer says: preserve what works"),
]  # fmt: skip

INTENTS = [
    ("    3 servers:\n", "    5 servers:\n", WIDENS, "3 -> 5 servers"),
    ("    3 servers:\n", "    2 servers:\n", NARROWS, "3 -> 2 servers"),
    ("    3 servers:\n", "    3 boxes:\n", NARROWS, "hosts `boxes` were called `servers`"),
    ("      is server\n", "      is machine\n", NARROWS, "servers are `machine`; were `server`"),
    ("      as rack\n", "      as shelf\n", NEITHER, None),
    ("      from [left, right]\n", "      from left\n", NEITHER,
     "servers are not from `right` any more"),
    ("      on [office, guests]\n", "      on office\n", NARROWS,
     "servers are not on `guests` any more"),
    ("      vlan 10\n", "      vlan 11\n", NARROWS, "network `office`: `vlan` is 11; was 10"),
    ("  has:\n", "    lab:\n      vlan 30\n\n  has:\n", WIDENS, "network `lab` is new"),
    ("  has:\n", "  has:\n    1 switch:\n      is tor\n      from left\n\n", WIDENS,
     "1 switch are asked for: topology `tor`"),
]  # fmt: skip

ORDER = "when order.created"
REMIND = f"{ORDER}: `remind`"
DAILY = "every day at 09:00"

SYSTEMS = [
    ("  invariant orders_never_lost\n", "", LESS, "invariant `orders_never_lost` is gone"),
    ("response_time < 500ms", "response_time < 300ms", MORE,
     "invariant `response_time` is < 300ms; was < 500ms"),
    ("response_time < 500ms", "response_time <= 500ms", LESS,
     "invariant `response_time` is <= 500ms; was < 500ms"),
    ("response_time < 500ms", "response_time < 1%", OTHERWISE,
     "invariant `response_time` is < 1%; was < 500ms"),
    ("response_time < 500ms", "response_time", LESS,
     "invariant `response_time` is a promise by its name; was < 500ms"),
    ("accepts: order, basket", "accepts: order", LESS,
     "capability `take_orders`: accepts `basket` no longer"),
    ("produces: receipt", "produces: receipt, label", MORE,
     "capability `take_orders`: produces `label`"),
    (" unless law_forbids", "", MORE,
     "capability `take_orders`: property `works_offline` always; was unless `law_forbids`"),
    ("budget($200/month)", "budget($100/month)", MORE,
     "optimise `cost`: within budget($100/month); was within budget($200/month)"),
    ("budget($200/month)", "budget($300/month)", LESS,
     "optimise `cost`: within budget($300/month); was within budget($200/month)"),
    ("budget($200/month)", "budget($20/day)", OTHERWISE,
     "optimise `cost`: within budget($20/day); was within budget($200/month)"),
    ("  optimise latency minimise\n", "", LESS,
     "`latency` is not optimised any more; was minimise"),
    ("waiting = 45", "waiting = 50", OTHERWISE, "threshold `waiting` is 50; was 45"),
    ("    rule: has_a_key\n", "", LESS, "entity `customer`: rule `has_a_key` no longer"),
    ("    has: total, state\n", "    has: total, state, day\n", MORE, "entity `order`: has `day`"),
    ("    immutable: true\n", "", LESS,
     "entity `order` is not said to be immutable or not; was immutable"),
    ("    belongs_to: customer\n", "", LESS, "entity `order`: belongs to `customer` no longer"),
    ("    must: send_receipt", "    should: send_receipt", LESS,
     f"{ORDER}: `send_receipt` is a should; was a must"),
    ("      should: remind", "      must: remind", MORE, f"{REMIND} is a must; was a should"),
    ("within: 5s", "within: 3s", MORE, f"{ORDER}: `send_receipt` within 3s; was 5s"),
    ("within: 5s", "within: 1m", LESS, f"{ORDER}: `send_receipt` within 1m; was 5s"),
    ("      within: 5s\n", "", LESS,
     f"{ORDER}: `send_receipt` has no deadline any more; was 5s"),
    ("      fallback: call_customer\n", "", LESS,
     f"{ORDER}: `send_receipt` falls back to nothing; was `call_customer`"),
    ("fallback: call_customer", "fallback: write_to_customer", OTHERWISE,
     f"{ORDER}: `send_receipt` falls back to `write_to_customer`; was `call_customer`"),
    ("      requires: customer.name\n", "", LESS,
     f"{ORDER}: `send_receipt` does not require `customer.name` any more"),
    ("how: by_mail", "how: by_phone", OTHERWISE,
     f"{REMIND} is called as `remind(who: order.customer, how: by_phone)`; "
     "was `remind(who: order.customer, how: by_mail)`"),
    (" AND NOT order.state is paid", "", MORE,
     f"{REMIND} is due if order.total crosses threshold.waiting; "
     "was due if order.total crosses threshold.waiting AND NOT order.state is paid"),
    ("order.state is paid {", "order.state is paid AND order.total > 5 {", LESS,
     f"{REMIND} is due if order.total crosses threshold.waiting AND NOT order.state is paid "
     "AND order.total > 5; was due if order.total crosses threshold.waiting AND NOT "
     "order.state is paid"),
    ("orders.count > 3", "orders.count > 5", LESS,
     f"{DAILY}: `thank` is due if orders.count > 5; was due if orders.count > 3"),
    ("orders.count > 3", "orders.count >= 3", MORE,
     f"{DAILY}: `thank` is due if orders.count >= 3; was due if orders.count > 3"),
    ("every day at 09:00", "every week at 09:00", LESS,
     "`every week at 09:00`; was `every day at 09:00`"),
    ("every day at 09:00", "every hour", MORE, "`every hour`; was `every day at 09:00`"),
    ("every day at 09:00", "every day at 10:00", OTHERWISE,
     "`every day at 10:00`; was `every day at 09:00`"),
    ("when order.created {", "when order.created for 1h {", LESS,
     "`when order.created for 1h`; was `when order.created`"),
    ("when order.created {", "when order.paid {", OTHERWISE,
     "`when order.paid`; was `when order.created`"),
    ("      could: thank(customer)\n", "", LESS,
     f"{DAILY}: no longer could thank(customer) for each customer if orders.count > 3"),
    ("    must: send_receipt(order)\n", "    must: pack(order)\n      within: 2d\n"
     "    must: send_receipt(order)\n", MORE, f"{ORDER}: must pack(order) within 2d"),
    ("unpaid for > 30d", "unpaid for > 10d", MORE,
     "always: `no(order.state) is unpaid for > 10d`; was `no(order.state) is unpaid for > 30d`"),
    ("has customer", "has customer AND exists", MORE,
     "always: `every(order) has customer AND exists`; was `every(order) has customer`"),
    ("    assert: every(order) has customer\n", "", LESS,
     "always: no longer `every(order) has customer`"),
    ("backfill_policy: sequential", "backfill_policy: human_decision", OTHERWISE,
     "when intent.evolved: `backfill_policy` is human_decision; was sequential"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "effect", "text"), PATHWAYS, ids=lambda v: str(v)[:30])
def test_a_change_of_a_pathway_is_told(old: str, new: str, effect: Effect, text: str) -> None:
    assert said(PATHWAY, old, new) == [(effect, text)]


@pytest.mark.parametrize(("old", "new", "effect", "text"), TOPOLOGIES, ids=lambda v: str(v)[:30])
def test_a_change_of_a_topology_is_told(old: str, new: str, effect: Effect, text: str) -> None:
    assert said(TOPOLOGY, old, new) == [(effect, text)]


@pytest.mark.parametrize(("old", "new", "effect", "text"), SYSTEMS, ids=lambda v: str(v)[:30])
def test_a_change_of_a_system_is_told(old: str, new: str, effect: Effect, text: str) -> None:
    assert said(SYSTEM, old, new) == [(effect, text)]


@pytest.mark.parametrize(("old", "new", "effect", "text"), INTENTS, ids=lambda v: str(v)[:30])
def test_a_change_of_an_intent_is_told(
    old: str, new: str, effect: Effect, text: str | None
) -> None:
    told = said(INTENT, old, new)
    assert {one for one, _ in told} == {effect}
    assert text is None or told == [(effect, text)]


def test_a_step_put_before_others_does_not_change_them() -> None:
    numbered = PATHWAY
    for number in (4, 3, 2, 1):
        numbered = numbered.replace(f"    {number}. ", f"    {number + 1}. ")
    numbered = numbered.replace("step 2.healthy", "step 3.healthy")
    numbered = numbered.replace("step 4 needs step 1", "step 5 needs step 2")
    longer = numbered.replace("  steps:\n", "  steps:\n    1. look\n\n")
    assert found(PATHWAY, longer) == [(WIDENS, "step 1 is new: `look`")]
    assert found(longer, PATHWAY) == [(NARROWS, "step 1 is gone: `look`")]


def test_a_step_that_moved_is_told_once() -> None:
    steps = "pathway p\n  risk low\n  does:\n    X.\n  steps:\n    1. {}\n    2. {}\n    3. {}\n"
    assert found(steps.format("a", "b", "c"), steps.format("c", "a", "b")) == [
        (NARROWS, "step 1 is `c`; was step 3")
    ]


def test_a_resource_that_says_too_little_is_not_taken_for_a_renamed_one() -> None:
    text = "topology t\n  does:\n    X.\n  has:\n    a:\n      is bridge\n"
    assert found(text, text.replace("    a:", "    b:")) == [
        (NARROWS, "resource `a` is gone"),
        (WIDENS, "resource `b` is new: bridge"),
    ]


def test_a_pathway_opens_a_locus_and_a_system_demands() -> None:
    changes = difference(state(""), state(INNER + SYSTEM))
    assert [(one.kind, one.effect) for one in changes] == [
        ("locus added", WIDENS),
        ("system added", MORE),
    ]


def test_members_of_a_system_in_another_order_demand_the_same() -> None:
    first = "  optimise latency minimise\n"
    moved = SYSTEM.replace(first, "").replace("  invariant orders", f"{first}  invariant orders")
    assert found(SYSTEM, moved) == [(NEITHER, "says the same in other words")]


def test_the_verdict_tells_who_is_demanded_more() -> None:
    changes = difference(state(SYSTEM), state(SYSTEM.replace("within: 5s", "within: 3s")))
    lines = in_words(changes)
    assert lines[0] == "system shop"
    assert lines[1].startswith("  demands more  when order.created: `send_receipt` within 3s")
    assert lines[-1] == "Demands more: system shop."
    told = json.loads(json.dumps(as_json("a", "b", changes)))
    assert (told["narrows"], told["demands_more"], told["demands_less"]) == (False, True, False)
    assert told["changes"][0]["effect"] == "demands more"


def one_state(contract: Contract) -> Snapshot:
    return Snapshot({("contract", "x"): contract})


@pytest.mark.parametrize("level", [genes(), pathways(), topologies, intents(), systems])
@settings(max_examples=20, deadline=None)
@given(st.data())
def test_whatever_differs_is_told_and_what_is_equal_is_not(
    level: st.SearchStrategy[Contract], data: st.DataObject
) -> None:
    old, new = data.draw(level), data.draw(level)
    changes = difference(one_state(old), one_state(new))
    assert bool(changes) or old == new
    assert all(change.text and change.reason for change in changes)
    assert changes == difference(one_state(old), one_state(new))
    assert difference(one_state(old), one_state(old)) == ()


@given(st.permutations(range(8)))
def test_what_moved_is_as_little_as_can_be(order: list[int]) -> None:
    found = matched(range(8), order, [int])
    assert found.gone == found.come == []
    moved = {i for i, _ in found.moved}
    kept = [value for value in order if value not in moved]
    assert kept == sorted(kept)
    assert len(kept) == max(sum(1 for _ in run) for run in _rising_subsets(order))


def _rising_subsets(order: list[int]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for value in order:
        runs += [[*run, value] for run in runs if not run or run[-1] < value]
    return runs
