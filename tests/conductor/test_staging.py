"""Whose turn it is of hosts that have runs of one change: values in, values out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from controller.conductor.orchestration.fleet import Standing
from controller.conductor.orchestration.staging import Member, Terms, Turn, sizes_for, turns
from grammar.sg.terms import Risk

SETTLED = (Standing.HELD, Standing.DONE)


def member(number: int, standing: Standing, *, able: bool = True) -> Member:
    reason = "no link" if standing is Standing.FAILED else ""
    return Member(f"d{number}", f"host:{number:02}", standing, reason, able)


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[Member], Terms]:
    standings = draw(st.lists(st.sampled_from(Standing), min_size=1, max_size=12))
    members = [member(n, one, able=draw(st.booleans())) for n, one in enumerate(standings)]
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    return members, Terms(draw(st.integers(1, 2)), tuple(sizes), draw(st.integers(1, 3)))


def begin(members: list[Member], terms: Terms) -> list[str]:
    """The demands of those that may begin."""
    found = turns(members, terms, {one.demand for one in members})
    waiting = [one.demand for one in members if one.standing is Standing.WAITING]
    return [name for name in waiting if not found[name].reason]


@given(changes())
def test_no_more_hosts_are_under_way_than_the_canary_or_a_batch(
    change: tuple[list[Member], Terms],
) -> None:
    members, terms = change
    settled = sum(1 for one in members if one.standing in SETTLED)
    running = sum(1 for one in members if one.standing is Standing.RUNNING)
    free = begin(members, terms)
    if settled < terms.preferred:
        assert len(free) <= terms.preferred
    else:
        assert len(free) <= max(0, max(terms.sizes) - running)


@given(changes())
def test_after_a_failure_beyond_the_bound_nobody_begins_and_all_are_told_why(
    change: tuple[list[Member], Terms],
) -> None:
    members, terms = change
    failed = sum(1 for one in members if one.standing is Standing.FAILED)
    settled = sum(1 for one in members if one.standing in SETTLED)
    found = turns(members, terms, {one.demand for one in members})
    stopped = failed >= terms.bound or (failed > 0 and settled < terms.preferred)
    waiting = [one.demand for one in members if one.standing is Standing.WAITING]
    assert all(found[name].stopped is stopped for name in waiting)
    assert all("failed" in found[name].reason for name in waiting if stopped)


@given(changes())
def test_what_nothing_stops_and_nothing_runs_goes_on(change: tuple[list[Member], Terms]) -> None:
    members, terms = change
    there = {one.standing for one in members}
    if Standing.WAITING in there and not there & {Standing.FAILED, Standing.RUNNING}:
        settled = sum(1 for one in members if one.standing in SETTLED)
        able = [one for one in members if one.able] or members
        waits_for = [one.standing for one in able[: terms.preferred]]
        if settled >= terms.preferred or Standing.WAITING in waits_for:
            assert begin(members, terms)


def test_a_canary_that_cannot_be_reached_gives_its_turn_to_the_next() -> None:
    members = [member(n, Standing.WAITING, able=n != 0) for n in range(3)]
    assert begin(members, Terms(1, (2,), 1)) == ["d1"]
    assert turns(members, Terms(1, (2,), 1), ())["d1"] == Turn(canary=True)


def test_where_none_can_be_reached_the_first_is_tried_again_and_again() -> None:
    members = [member(n, Standing.WAITING, able=False) for n in range(3)]
    assert begin(members, Terms(1, (2,), 1)) == ["d0"]


def test_a_host_that_is_not_asking_takes_no_place_in_a_batch() -> None:
    done = [member(0, Standing.DONE)]
    members = [*done, *(member(n, Standing.WAITING) for n in (1, 2, 3))]
    found = turns(members, Terms(1, (1,), 1), {"d2", "d3"})
    assert [name for name, turn in found.items() if not turn.reason] == ["d2"]


def test_batches_do_not_grow_where_much_can_go_wrong() -> None:
    assert sizes_for(Risk.MEDIUM, (4, 16)) == (4, 16)
    assert sizes_for(Risk.CRITICAL, (4, 16)) == (4,)
