"""Rules that cannot all be kept: found between systems and within one, and nothing else is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.diagnostic import Severity
from grammar.sg.check import check
from grammar.sg.parse import parse
from grammar.system.contradictions import contradictions
from grammar.system.nodes import Constant, Duration, System


def system(name: str, *members: str) -> System:
    text = f'system "{name}" {{\n' + "".join(f"{member}\n" for member in members) + "}\n"
    parsed = parse(text, f"systems/{name}.sg")
    assert parsed.ok, parsed.diagnostics
    assert parsed.value is not None
    (found,) = parsed.value.systems
    return found


def claim(text: str) -> str:
    return f"  always {{\n    assert: {text}\n  }}"


def when(text: str, event: str = "deal.won") -> str:
    return f"  when {event} {{\n    {text}\n  }}"


def found(one: str, other: str, **thresholds: Constant) -> list[str]:
    both = contradictions([system("a", one), system("b", other)], thresholds)
    if "invariant" not in one:  # which one system cannot have twice
        within = contradictions([system("a", one, other)], thresholds)
        assert [pair.why for pair in both] == [pair.why for pair in within]
    return [pair.why for pair in both]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (claim("every(score) has explanation"), claim("no(score) has explanation")),
        (claim("no(alert.critical) is open"), claim("every(alert.critical) is open")),
        (claim("every(score.value) > 5"), claim("every(score.value) < 5")),
        (claim("every(score.value) > 5"), claim("no(score.value) > 5")),
        (claim("every(score.value) <= threshold.low"), claim("every(score.value) > 45")),
        ("  invariant latency < 500ms", "  invariant latency > 1s"),
        ("  invariant availability == 99%", "  invariant availability > 99.9%"),
        ("  invariant latency < 500ms", "  optimise latency > 1s"),
        (when("must: thank(deal)"), when("could: thank(deal)")),
        (
            when("must: thank(deal)\n      within: 5s"),
            when("must: thank(deal)\n      within: 1m"),
        ),
    ],
)
def test_two_rules_that_cannot_both_be_kept(one: str, other: str) -> None:
    assert len(found(one, other, low=45)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (claim("every(score) has explanation"), claim("every(score) has explanation")),
        (claim("every(score) has explanation"), claim("no(deal) has explanation")),
        (claim("every(score.value) > 5"), claim("every(score.value) < 9")),
        (claim("every(score.value) > 5"), claim("every(score.weight) < 5")),
        (claim("every(score.value) > threshold.low"), claim("every(score.value) < 5")),
        ("  invariant latency < 500ms", "  invariant latency <= 1s"),
        ("  invariant cost < $5", "  invariant cost > $9/month"),
        ("  optimise latency minimise", "  invariant latency > 1s"),
        (when("must: thank(deal)"), when("should: thank(deal)", "deal.lost")),
        (when("must: thank(deal)"), when("should: thank(deal.owner)")),
        (when("must: thank(deal)"), when("if deal.large {\n      could: thank(deal)\n    }")),
    ],
)
def test_two_rules_that_may_both_be_kept(one: str, other: str) -> None:
    assert found(one, other) == []


def test_a_threshold_has_one_value() -> None:
    low, high = system("a", "  threshold churn = 45"), system("b", "  threshold churn = 20")
    (pair,) = contradictions([low, high], {})
    assert (pair.first.text, pair.second.text) == ("threshold churn = 45", "threshold churn = 20")


OPERATORS = st.sampled_from(["<", "<=", ">", ">=", "=="])


@given(OPERATORS, st.integers(0, 6), OPERATORS, st.integers(0, 6))
def test_bounds_contradict_if_and_only_if_no_value_is_within_both(
    one: str, a: int, other: str, b: int
) -> None:
    said = (f"  invariant latency {one} {a}s", f"  invariant latency {other} {b}s")
    pairs = contradictions([system("a", said[0]), system("b", said[1])], {})
    halves = [Decimal(n) / 2 for n in range(-1, 14)]
    possible = [v for v in halves if _holds(v, one, a) and _holds(v, other, b)]
    assert bool(pairs) == (not possible)


def _holds(value: Decimal, operator: str, bound: int) -> bool:
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "==": value == bound,
    }[operator]


def test_check_names_both_rules_and_warns_without_stopping_anything() -> None:
    documents = []
    for name, quantifier in (("a", "every"), ("b", "no")):
        text = f'system "{name}" {{\n{claim(f"{quantifier}(score) has explanation")}\n}}\n'
        parsed = parse(text, f"systems/{name}.sg")
        assert parsed.value is not None
        documents.append(parsed.value)
    remarks = [one for one in check(documents, {}, lambda _: False) if one.code == "SG-E294"]
    (remark,) = remarks
    assert remark.severity is Severity.WARNING
    assert (remark.span.file, remark.span.line) == ("systems/b.sg", 3)
    assert remark.message == (
        "`no(score) has explanation` of b contradicts `every(score) has explanation` of a: "
        "whatever it is true of breaks one of them"
    )
    assert remark.hint == "the other is at systems/a.sg:3"


def test_a_duration_is_a_constant_of_its_own() -> None:
    assert found(claim("every(call.time) < 5s"), claim("every(call.time) > threshold.long")) == []
    long = Duration(9000)
    assert found(
        claim("every(call.time) < 5s"), claim("every(call.time) > threshold.long"), long=long
    )
