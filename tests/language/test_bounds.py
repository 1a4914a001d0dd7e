"""A bound or a condition is only called stricter where it is, whatever the values are."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.language.difference.bounds import Implication, bound_implies
from grammar.system import nodes

TESTS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@pytest.mark.parametrize(("narrow", "wide"), list(product(TESTS, TESTS)))
def test_a_bound_implies_another_exactly_where_every_value_says_so(narrow: str, wide: str) -> None:
    halves = [half / 2 for half in range(-8, 9)]
    for bound, wider in product(range(-2, 3), range(-2, 3)):
        within = [value for value in halves if TESTS[narrow](value, bound)]
        expected = all(TESTS[wide](value, wider) for value in within)
        assert bound_implies(narrow, bound, wide, wider) == expected, (bound, wider)


def test_amounts_of_different_units_are_not_compared() -> None:
    second, dollar = nodes.Duration(1000), nodes.Money("$", 1, "day")
    assert not bound_implies("<", second, "<", 2000)
    assert not bound_implies("within", dollar, "within", nodes.Money("$", 5, "month"))
    assert not bound_implies("within", dollar, "within", nodes.Money("€", 5, "day"))
    assert bound_implies("within", dollar, "within", nodes.Money("$", 5, "day"))
    assert not bound_implies("==", "a", "<=", "b")
    assert bound_implies("==", "a", "==", "a")
    assert not bound_implies("==", True, "==", 1)


NAMES = "abc"
conditions = st.recursive(
    st.sampled_from([nodes.Holds(nodes.Path(name)) for name in NAMES])
    | st.builds(
        nodes.Compare, st.just(nodes.Path("n")), st.sampled_from(list(TESTS)), st.integers(0, 3)
    ),
    lambda inner: st.one_of(
        st.builds(nodes.Both, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(nodes.Either, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(nodes.Not, inner),
    ),
    max_leaves=5,
)


def holds(condition: nodes.Condition, world: Mapping[str, int]) -> bool:
    match condition:
        case nodes.Holds():
            return bool(world[str(condition.subject.root)])
        case nodes.Compare():
            return bool(TESTS[condition.operator](world["n"], condition.right))
        case nodes.Both():
            return all(holds(part, world) for part in condition.parts)
        case nodes.Either():
            return any(holds(part, world) for part in condition.parts)
        case nodes.Not():
            return not holds(condition.part, world)
    raise AssertionError(condition)


WORLDS = [
    {**dict(zip(NAMES, truths, strict=True)), "n": n}
    for truths in product((0, 1), repeat=len(NAMES))
    for n in range(-1, 5)
]


@given(conditions, conditions)
def test_what_implies_something_never_holds_without_it(
    narrow: nodes.Condition, wide: nodes.Condition
) -> None:
    if Implication()(narrow, wide):
        assert not [world for world in WORLDS if holds(narrow, world) and not holds(wide, world)]


@given(conditions, conditions)
def test_one_more_condition_narrows_and_one_more_alternative_widens(
    one: nodes.Condition, other: nodes.Condition
) -> None:
    implies = Implication()
    both, either = nodes.Both((one, other)), nodes.Either((one, other))
    assert implies(both, one)
    assert implies(one, either)
    assert implies(nodes.Not(either), nodes.Not(one))
