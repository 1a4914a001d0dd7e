"""What is to be undone by now, and in which order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from controller.ports.transactions import OpenTransaction, Undone
from controller.stories.undo import BUILT_ON, UNCONFIRMED, overdue

ONE = OpenTransaction("1", "netns:a", "1", 0, (), 60.0)
LATE = replace(ONE, due_in_s=0.0)


def named(*several: OpenTransaction) -> list[OpenTransaction]:
    """The same with the names 1, 2, 3 …"""
    return [replace(one, id=str(number)) for number, one in enumerate(several, 1)]


def test_what_has_time_left_is_left_alone() -> None:
    assert overdue(named(ONE, ONE)) == {}


def test_what_came_after_an_overdue_one_goes_with_it_the_latest_first() -> None:
    found = overdue(named(ONE, LATE, ONE, LATE))
    assert [*found.items()] == [("4", UNCONFIRMED), ("3", BUILT_ON), ("2", UNCONFIRMED)]


def test_another_world_is_not_concerned() -> None:
    assert overdue(named(LATE, replace(ONE, world="netns:b"))) == {"1": UNCONFIRMED}


def test_what_was_undone_takes_nothing_with_it() -> None:
    assert overdue(named(replace(LATE, undone=Undone("why")), ONE)) == {}


OPENED = st.builds(
    OpenTransaction,
    id=st.uuids().map(str),
    world=st.sampled_from(["netns:a", "netns:b"]),
    trial=st.just(""),
    operations=st.just(0),
    inverses=st.just(()),
    due_in_s=st.sampled_from([0.0, 60.0]),
    undone=st.sampled_from([None, Undone("why")]),
)


@given(st.lists(OPENED, max_size=8))
def test_nothing_is_undone_before_what_was_done_after_it(opened: list[OpenTransaction]) -> None:
    order = [*overdue(opened)]
    for at, one in enumerate(opened):
        if one.id not in order:
            continue
        later = [other for other in opened[at + 1 :] if other.world == one.world]
        waiting = [other.id for other in later if other.undone is None]
        assert set(waiting) <= set(order[: order.index(one.id)])
