"""Upcasting: old events read in today's shape, the log untouched."""

from __future__ import annotations

import copy
from pathlib import Path

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.git_event_log import GitEventLog
from controller.history.upcast import (
    Endless,
    Upcaster,
    Upcasters,
    lacking,
    renamed,
    version,
    with_defaults,
)
from tests.history.happenings import at, occurrence

LOGGED, CREATED = "interaction_logged", "interaction.created"
CHAIN = Upcasters(
    [
        Upcaster(LOGGED, lacking("nothing"), renamed(type="kind"), CREATED),
        Upcaster(CREATED, lacking("duration_s"), with_defaults(duration_s=None), CREATED),
        Upcaster(CREATED, version(1), lambda data: {**data, "schema": 2}, CREATED),
    ]
)


def test_several_upcasters_follow_one_another_and_the_id_stays() -> None:
    old = at(0, LOGGED, "c1", {"type": "call"})
    new = CHAIN.today(old)
    assert (new.type, new.data) == (CREATED, {"kind": "call", "duration_s": None, "schema": 2})
    assert (new.id, new.time, new.subject) == (old.id, old.time, old.subject)
    assert old.data == {"type": "call"}


def test_a_later_shape_begins_in_the_middle_of_the_chain() -> None:
    event = at(0, CREATED, "c1", {"kind": "call", "duration_s": 15})
    assert CHAIN.today(event).data == {"kind": "call", "duration_s": 15, "schema": 2}


def test_unknown_types_and_todays_shapes_stay_as_they_are() -> None:
    unknown = at(0, "deal.updated", "c1", {"type": "call"})
    today = at(1, CREATED, "c1", {"kind": "call", "duration_s": None, "schema": 2})
    assert list(CHAIN.over([unknown, today])) == [unknown, today]


def test_a_member_under_its_new_name_is_not_overwritten() -> None:
    assert renamed(a="b")({"a": 1, "b": 2}) == {"b": 2}


def test_upcasters_that_go_in_circles_are_a_mistake_that_is_told() -> None:
    circle = Upcasters(
        [
            Upcaster("a", lacking("x"), renamed(), "b"),
            Upcaster("b", lacking("x"), renamed(), "a"),
        ]
    )
    with pytest.raises(Endless, match="a at first"):
        circle.today(at(0, "a", "s", {}))


@given(
    st.dictionaries(st.sampled_from(["type", "kind", "duration_s", "schema"]), st.integers(1, 3))
)
def test_what_was_upcast_once_is_not_upcast_again(data: dict[str, int]) -> None:
    before = at(0, LOGGED, "c1", dict(data))
    recorded = copy.deepcopy(before.data)
    once = CHAIN.today(before)
    assert CHAIN.today(once) == once
    assert before.data == recorded


def test_reading_through_upcasters_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    pygit2.init_repository(str(tmp_path), bare=True)
    log = GitEventLog(tmp_path)
    recorded = log.append([occurrence(at(0, LOGGED, "c1", {"type": "call"}))])
    assert [event.type for event in CHAIN.over(log.since())] == [CREATED]
    assert (tuple(log.since()), log.verify()) == (recorded, 1)
