"""The stored form of events: it reads back, and anything else is found out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from controller.history.canonical import NotCanonical
from controller.history.event import Event, Occurrence, event_id, seal
from controller.history.segment import (
    Malformed,
    decode,
    first_of,
    line_of,
    path_of,
    segments,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e15, 1e15)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), JSON)


def happened(data: dict[str, Any], cause: str | None = None) -> Event:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    return seal(Occurrence("gap.found", "locus/a", data, moment, cause, "controller"))


@given(st.lists(OBJECTS, min_size=1, max_size=5), st.integers(0, 10**11))
def test_events_read_back_as_they_were_written(data: list[dict[str, Any]], first: int) -> None:
    events = tuple(happened(each) for each in data)
    content = b"".join(line_of(event) + b"\n" for event in events)
    assert decode(content, first) == events


@given(OBJECTS)
def test_an_event_is_one_line_whatever_it_says(data: dict[str, Any]) -> None:
    assert b"\n" not in line_of(happened(data))


@given(st.integers(0, 10**12 - 1))
def test_a_path_tells_its_sequence_number(first: int) -> None:
    assert first_of(path_of(first).rsplit("/", 1)[-1]) == first


def test_a_path_fans_out_by_thousands() -> None:
    assert path_of(1_234_567_890) == "001/234/567/001234567890.jsonl"


@pytest.mark.parametrize("name", ["1.jsonl", "000000000001.json", "00000000000a.jsonl", ""])
def test_other_names_have_no_sequence_number(name: str) -> None:
    assert first_of(name) is None


def content_of(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


@given(st.lists(st.binary(max_size=20), max_size=30), st.integers(1, 7), st.integers(1, 60))
def test_segments_keep_every_line_in_order_within_their_bounds(
    lines: list[bytes], events_max: int, bytes_max: int
) -> None:
    lines = [line.replace(b"\n", b"") for line in lines]
    expected = 5
    for first, content in segments(content_of(lines), 5, events_max, bytes_max):
        inside = content[:-1].split(b"\n")
        assert first == expected
        assert inside == lines[first - 5 : first - 5 + len(inside)]
        assert len(inside) <= events_max
        assert len(content) <= bytes_max or len(inside) == 1
        expected += len(inside)
    assert expected == 5 + len(lines)


def test_fields_that_are_not_known_count_for_the_id_and_do_not_disturb() -> None:
    body = {**happened({"a": 1}).body(), "weight": 3, "area": "x"}
    line = rfc8785.dumps({**body, "id": event_id(body)})
    (event,) = decode(line + b"\n", 0)
    assert (event.id, event.data) == (event_id(body), {"a": 1})


GOOD = line_of(happened({"n": 1}))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (GOOD.replace(b'"n":1', b'"n":2'), "its id does not match its content"),
        (GOOD.replace(b'{"actor"', b'{ "actor"'), "not in canonical form"),
        (GOOD.replace(b'"subject"', b'"object"'), "`subject` is not a string"),
        (GOOD[:-1], "not JSON"),
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "`id` is not a string"),
        (GOOD.replace(b'"data":{"n":1}', b'"data":[]'), "`data` is not an object"),
        (GOOD.replace(b'"cause":null', b'"cause":7'), "`cause`"),
        (GOOD.replace(b'"cause":null,', b""), "`cause`"),
        (GOOD.replace(b"2026-11-01T", b"2026-13-01T"), "`time` is not a moment"),
        (GOOD.replace(b"000Z", b"000"), "`time` has no time zone"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_line_that_is_no_event_is_named_by_its_sequence_number(line: bytes, problem: str) -> None:
    with pytest.raises(Malformed, match=problem) as caught:
        decode(GOOD + b"\n" + line + b"\n", 40)
    assert caught.value.sequence == 41


def test_a_segment_cut_in_the_middle_of_a_line_is_found_out() -> None:
    with pytest.raises(Malformed, match="event 8: the segment ends in the middle of a line"):
        decode(GOOD + b"\n" + GOOD, 7)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**53, "\ud800", 1e20])
def test_what_has_no_canonical_form_cannot_be_sealed(number: Any) -> None:
    with pytest.raises(NotCanonical):
        happened({"x": number})


def test_a_line_is_plain_json_with_seven_members() -> None:
    assert sorted(json.loads(GOOD)) == [
        "actor",
        "cause",
        "data",
        "id",
        "subject",
        "time",
        "type",
    ]
