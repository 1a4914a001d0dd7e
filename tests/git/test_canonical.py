"""The fast way to canonical JSON is the reference's way."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from controller.history.canonical import NotCanonical, canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBERS = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20)
    | st.sampled_from([0.0, -0.0, 1.0, 1e15, 5e-324, 2**53 - 1, -(2**53) + 1])
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT | st.sampled_from([":1.5", ",3e", "\x7f/\u2028"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_canonical_text_is_what_the_reference_writes(value: Any) -> None:
    try:
        text = canonical(value)
    except NotCanonical:
        return
    assert text == rfc8785.dumps(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    )
)
def test_values_without_floats_always_have_a_canonical_text(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        [float("inf")],
        {"a": float("nan"), "b": None},
        2**53,
        [-(2**60)],
        "\ud800",
        {"x": 1e20},
        {1: 2},
    ],
)
def test_what_has_no_canonical_text_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)
