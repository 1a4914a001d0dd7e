"""Each mistake in a system: which code, which place, which hint.

Lines and columns can be counted in samples_levels.py.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from grammar.diagnostic import Diagnostic, Severity
from grammar.sg.check import check
from grammar.sg.parse import parse
from grammar.system.nodes import Percent
from tests.grammar.judge import Case, changed, judge, title
from tests.grammar.samples import document
from tests.grammar.samples_levels import SYSTEM

WRITING: list[Case] = [
    # the head, and braces
    (SYSTEM, "system", "sytem", "SG-E113", 1, 1, "did you mean `system`?"),
    (SYSTEM, 'system "shop"', ' system "shop"', "SG-E112", 1, 2, "remove the white space"),
    (SYSTEM, '"shop"', "shop", "SG-E160", 1, 8, '`system "name" {`'),
    (SYSTEM, '"shop"', '""', "SG-E160", 1, 8, '`system "name" {`'),
    (SYSTEM, '"shop"', '"shop', "SG-E140", 1, 8, "on the same line"),
    (SYSTEM, "order.created {", "order.created", "SG-E161", 28, 21, "write `{`"),
    (
        SYSTEM,
        "    produces: receipt\n    property: works_offline unless law_forbids\n  }",
        "",
        "SG-E161",
        6,
        26,
        "",
    ),
    (SYSTEM, "sequential\n  }\n}", "sequential\n  }\n", "SG-E161", 1, 15, "add `}`"),
    (SYSTEM, "sequential\n  }\n}", "sequential\n  }\n}\n}", "SG-E161", 57, 1, "remove it"),
    (
        SYSTEM,
        "invariant orders_never_lost",
        "invariant orders_never_lost {\n  }",
        "SG-E161",
        3,
        3,
        "",
    ),
    (SYSTEM, "sequential\n  }\n}", "sequential\n  }\n}  more", "SG-E164", 56, 4, "its own file"),
    # keywords
    (SYSTEM, "invariant orders", "invarient orders", "SG-E162", 3, 3, "did you mean `invariant`?"),
    (SYSTEM, "produces:", "produce:", "SG-E162", 8, 5, "did you mean `produces`?"),
    (SYSTEM, "must: send", "msut: send", "SG-E162", 29, 5, "did you mean `must`?"),
    (SYSTEM, "always {", "allways {", "SG-E162", 48, 3, "did you mean `always`?"),
    (SYSTEM, "entity order", "entty order", "SG-E162", 22, 3, "did you mean `entity`?"),
    (SYSTEM, "rule: has_a_key", "must: has_a_key", "SG-E163", 19, 5, "`rule:`"),
    (SYSTEM, "assert: every", "must: every", "SG-E163", 49, 5, "`assert:`"),
    (SYSTEM, "  optimise latency minimise", "  must: hurry", "SG-E163", 13, 3, "`always`"),
    (SYSTEM, "must: send", "must send", "SG-E115", 29, 9, "`must: …`"),
    (SYSTEM, "has: orders", "has orders", "SG-E115", 18, 8, "`has: …`"),
    (SYSTEM, "invariant orders", "invariant: orders", "SG-E115", 3, 12, "`invariant name`"),
    # members
    (SYSTEM, "< 500ms", "< 500mz", "SG-E135", 4, 29, "`30s`"),
    (SYSTEM, "< 500ms", "under 500ms", "SG-E165", 4, 27, "`invariant name < 500ms`"),
    (SYSTEM, "< 500ms", "<", "SG-E165", 4, 28, "`invariant name < 500ms`"),
    (SYSTEM, "response_time", "response-time", "SG-E165", 4, 21, "letters, digits"),
    (SYSTEM, "order, basket", "order basket", "SG-E166", 7, 20, "commas"),
    (SYSTEM, "unless law", "except law", "SG-E166", 9, 29, "unless"),
    (SYSTEM, "budget($200/month)", "budget(200/month)", "SG-E167", 12, 31, "$200/month"),
    (SYSTEM, "$200/month", "$200/mouth", "SG-E171", 12, 31, "per hour, day"),
    (SYSTEM, "latency minimise", "latency", "SG-E167", 13, 19, "`optimise latency minimise`"),
    (SYSTEM, "waiting = 45", "waiting 45", "SG-E173", 15, 21, "`threshold name = 45`"),
    (SYSTEM, "immutable: true", "immutable: ture", "SG-E168", 24, 16, "did you mean `true`?"),
    (SYSTEM, "orders[], name", "orders[, name", "SG-E168", 18, 16, "`has: name, names[]`"),
    (SYSTEM, "orders[], name", "orders[], orders", "SG-E202", 18, 10, "line 18"),
    (SYSTEM, "entity order", "entity customer", "SG-E250", 22, 10, "line 17"),
    (
        SYSTEM,
        "invariant response_time < 500ms",
        "invariant orders_never_lost",
        "SG-E250",
        4,
        13,
        "line 3",
    ),
    # events and times
    (
        SYSTEM,
        "when order.created",
        "when order created",
        "SG-E169",
        28,
        14,
        "`when entity.event {`",
    ),
    (SYSTEM, "every day", "every dya", "SG-E171", 42, 9, "did you mean `day`?"),
    (SYSTEM, "at 09:00", "at 9 o'clock", "SG-E169", 42, 16, "`every day at 09:00 {`"),
    (SYSTEM, "at 09:00", "at 25:00", "SG-E171", 42, 16, "`09:00`"),
    (SYSTEM, "for each customer", "for customer", "SG-E169", 43, 9, "`for each entity {`"),
    (SYSTEM, "orders.count > 3", "orders.count >", "SG-E169", 43, 42, "`for each entity"),
    (SYSTEM, "policy: sequential", "policy: seqential", "SG-E175", 54, 22, "`sequential`?"),
    (SYSTEM, "intent.evolved", "intent.changed", "SG-E163", 54, 5, "`when intent.evolved {`"),
    # consequences
    (SYSTEM, "send_receipt(order)", "send_receipt(order", "SG-E172", 29, 29, "`must: name(arg"),
    (SYSTEM, "send_receipt(order)", "send receipt(order)", "SG-E172", 29, 16, "`must: name(arg"),
    (SYSTEM, "how: by_mail", "who: by_mail", "SG-E209", 37, 9, "leave one"),
    (SYSTEM, "within: 5s", "within: 5", "SG-E135", 30, 15, "`within: 5s`"),
    (SYSTEM, "within: 5s", "within: 5s\n      within: 6s", "SG-E118", 31, 7, "leave one"),
    (SYSTEM, "waiting AND NOT", "waiting and NOT", "SG-E170", 34, 46, "AND, OR, NOT"),
    (SYSTEM, "order.state is paid", "order.state is", "SG-E170", 34, 68, "compares"),
    # assertions
    (SYSTEM, "every(order)", "evry(order)", "SG-E174", 49, 13, "did you mean `every`?"),
    (SYSTEM, "every(order)", "every order", "SG-E174", 49, 19, "every(entity)"),
    (SYSTEM, "for > 30d", "for > 30", "SG-E174", 50, 45, "every(entity)"),
]


@pytest.mark.parametrize("case", WRITING, ids=title)
def test_a_mistake_in_a_system_is_named_where_it_is(case: Case) -> None:
    judge(case, parse(changed(case), "a.sg").diagnostics)


BETWEEN: list[Case] = [
    (SYSTEM, "belongs_to: customer", "belongs_to: custmer", "SG-E252", 23, 17, "`customer`?"),
    (SYSTEM, "when order.created", "when oder.created", "SG-E252", 28, 8, "did you mean `order`?"),
    (SYSTEM, "for each customer", "for each costumer", "SG-E252", 43, 14, "`customer`?"),
    (SYSTEM, "orders.count", "oders.count", "SG-E252", 43, 28, "did you mean `orders`?"),
    (SYSTEM, "threshold.waiting", "threshold.wating", "SG-E252", 34, 28, "did you mean `waiting`?"),
    (SYSTEM, "who: order.customer", "who: order.custmer", "SG-E252", 36, 14, "`customer`?"),
    (SYSTEM, "requires: customer.name", "requires: custmer.name", "SG-E252", 32, 17, "`customer`?"),
    (SYSTEM, "no(order.state)", "no(order.stat)", "SG-E252", 50, 16, "did you mean `state`?"),
    (SYSTEM, "call_customer", "send_receipt", "SG-E253", 31, 17, "instead"),
    (SYSTEM, "call_customer", "remid", "SG-E252", 31, 17, "did you mean `remind`?"),
    (SYSTEM, "order.created", "parcel.created", "SG-E292", 28, 8, "declare it"),
    (SYSTEM, "order.total crosses", "order.weight crosses", "SG-E292", 34, 8, "declare it"),
    (SYSTEM, "threshold.waiting", "threshold.patience", "SG-E292", 34, 28, "declare it"),
]


def checked(text: str) -> tuple[Diagnostic, ...]:
    """The remarks about the names in one system."""
    return check([document(text, "a.sg")], {}, lambda _sentence: True)


@pytest.mark.parametrize("case", BETWEEN, ids=title)
def test_a_wrong_name_in_a_system_is_named_where_it_is(case: Case) -> None:
    judge(case, checked(changed(case)))


def test_a_sound_system_has_no_remarks() -> None:
    assert checked(SYSTEM) == ()


def test_what_is_not_declared_stops_nothing() -> None:
    (remark,) = checked(SYSTEM.replace("threshold.waiting", "threshold.patience"))
    assert remark.severity is Severity.NOTE


def test_thresholds_of_the_genome_count_too() -> None:
    text = SYSTEM.replace("threshold.waiting", "threshold.patience")
    remarks = check([document(text)], {}, lambda _sentence: True, thresholds={"patience": 5})
    assert remarks == ()


COMPARED = [
    # (what is compared in the condition, whether its sides go together)
    ("order.total > 5 AND order.total < 9.5", True),
    ("order.total > 5 AND order.total < 5s", False),
    ("order.total > $5 AND order.total crosses threshold.waiting", False),
    ("order.total crosses threshold.patience", True),
    ("threshold.patience > 5", False),
    ("threshold.patience > 20%", True),
    ("order.total > $5 AND order.total < €9", False),
    ("order.total > $5 AND NOT (order.state < $9 OR order.state < $9/month)", False),
    ("order.count > 20%", False),
    ("order.state == paid AND order.total < 3", True),
    ("order.total > 3 AND order.total > order.state AND order.state > 1h", False),
    ("score(order).change > 20% AND score(order).change > 3", True),
]


@pytest.mark.parametrize(("condition", "together"), COMPARED)
def test_only_what_measures_the_same_is_compared(condition: str, together: bool) -> None:
    old = "order.total crosses threshold.waiting AND NOT order.state is paid"
    assert old in SYSTEM
    documents = [document(SYSTEM.replace(old, condition), "a.sg")]
    thresholds = {"patience": Percent(Decimal(20))}
    remarks = check(documents, {}, lambda _sentence: True, thresholds=thresholds)
    errors = [(one.code, one.span.line) for one in remarks if one.severity is Severity.ERROR]
    assert errors == ([] if together else [("SG-E254", 34)])


def test_the_remark_says_what_each_side_measures() -> None:
    (remark,) = checked(SYSTEM.replace("orders.count > 3", "orders.count > 3s"))
    assert remark.code == "SG-E254"
    assert remark.hint == "one side is a number, the other a duration"


def test_all_mistakes_of_a_system_come_out_of_one_run() -> None:
    text = (
        SYSTEM.replace("< 500ms", "below 500ms")
        .replace("produces:", "produce:")
        .replace("waiting = 45", "waiting 45")
        .replace("immutable: true", "immutable: maybe")
        .replace("within: 5s", "within: soon")
        .replace("AND NOT", "and NOT")
        .replace("every day", "every dya")
        .replace("has customer", "have customer")
    )
    found = [(remark.code, remark.span.line) for remark in parse(text, "a.sg").diagnostics]
    assert found == [
        ("SG-E165", 4),
        ("SG-E162", 8),
        ("SG-E173", 15),
        ("SG-E168", 24),
        ("SG-E135", 30),
        ("SG-E170", 34),
        ("SG-E171", 42),
        ("SG-E174", 49),
    ]


def test_a_contract_after_an_open_system_is_still_read() -> None:
    text = SYSTEM.removesuffix("}\n") + "phenotype rack\n  x = 1\n"
    parsed = parse(text, "a.sg")
    assert [remark.code for remark in parsed.diagnostics] == ["SG-E161"]
    assert parsed.value is not None
    assert [found.name for found in parsed.value.phenotypes] == ["rack"]
