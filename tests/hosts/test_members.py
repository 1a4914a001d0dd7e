"""Members of an object that somebody else wrote: of their kind, or refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.members import Members

TEXT = '{"text": "a", "flag": true, "number": 1, "whole": 2, "object": {}, '
VALUE = json.loads(TEXT + '"items": [1], "texts": ["b"]}')
READ = ("text", "flag", "number", "whole", "object", "items", "texts")
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=3)


@pytest.mark.parametrize("kind", READ)
def test_a_member_of_its_kind_is_read_as_it_is(kind: str) -> None:
    found = getattr(Members(VALUE), kind)(kind)
    assert (list(found) if kind == "texts" else found) == VALUE[kind]


@pytest.mark.parametrize("kind", READ)
def test_a_member_that_is_missing_or_null_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=kind):
        getattr(Members({}), kind)(kind)
    with pytest.raises(ValueError, match=f"{kind} is n" if kind != "texts" else "texts is no list"):
        getattr(Members({kind: None}), kind)(kind)


@pytest.mark.parametrize("kind", ["number", "whole"])
def test_truth_is_no_number(kind: str) -> None:
    with pytest.raises(ValueError, match="number"):
        getattr(Members({kind: True}), kind)(kind)


def test_an_object_with_a_member_too_many_or_too_few_is_refused() -> None:
    assert Members({"a": 1, "b": 2}, only=("a", "b")).whole("b") == 2
    for wrong in ({"a": 1}, {"a": 1, "b": 2, "c": 3}):
        with pytest.raises(ValueError, match="members"):
            Members(wrong, only=("a", "b"))


@given(PLAIN | st.lists(PLAIN))
def test_what_is_no_object_has_no_members(value: object) -> None:
    with pytest.raises(ValueError, match="no object"):
        Members(value)
