"""Tasks share journeys to their hosts, and take turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.ansible_courier import Parcel, Reply
from controller.adapters.convoy import Convoy
from controller.adapters.host_world import Patience
from controller.genome.hosts import HostSettings
from controller.ports import ControllerError, Unavailable


class Echo:
    """A courier that answers with the request, and keeps who travelled together."""

    def __init__(self) -> None:
        self.journeys: list[list[str]] = []

    def deliver(
        self, parcels: Mapping[str, Parcel], known_hosts: bytes, seconds: float
    ) -> Mapping[str, Reply]:
        self.journeys.append(sorted(parcels))
        return {host: parcel.request for host, parcel in parcels.items()}


def asking(convoy: Convoy, host: str, times: int) -> Callable[[], bool]:
    """A task that asks its host so many times."""

    def task() -> bool:
        for number in range(times):
            request = f"{host} {number}".encode()
            parcel = Parcel(HostSettings(host, {}), request)
            assert convoy.deliver({host: parcel}, b"", 1.0) == {host: request}
        return times > 0

    return task


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=6))
def test_every_task_has_its_own_answers_and_no_journey_is_made_twice(
    wanted: list[tuple[str, int]],
) -> None:
    echo = Echo()
    convoy = Convoy(echo)
    done = convoy.together([asking(convoy, host, times) for host, times in wanted])
    assert done == [times > 0 for _, times in wanted]
    by_host = {host: sum(times for h, times in wanted if h == host) for host in "abc"}
    for host, times in by_host.items():
        assert sum(journey.count(host) for journey in echo.journeys) == times
    assert len(echo.journeys) <= sum(by_host.values())
    if len({host for host, _ in wanted}) == len(wanted):
        assert len(echo.journeys) == max(by_host.values())


def test_a_task_that_meets_a_trouble_holds_up_none() -> None:
    echo = Echo()
    convoy = Convoy(echo)

    def failing() -> bool:
        raise Unavailable("away")

    done = convoy.together([failing, asking(convoy, "a", 2)])
    assert isinstance(done[0], ControllerError)
    assert done[1] is True


def test_a_bug_in_a_task_is_not_hidden() -> None:
    def broken() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Convoy(Echo()).together([broken])


def test_a_convoy_that_is_interrupted_leaves_no_task_waiting() -> None:
    class Interrupted(Echo):
        def deliver(
            self, parcels: Mapping[str, Parcel], known_hosts: bytes, seconds: float
        ) -> Mapping[str, Reply]:
            raise KeyboardInterrupt

    convoy = Convoy(Interrupted())
    with pytest.raises(KeyboardInterrupt):
        convoy.together([asking(convoy, host, 2) for host in "abc"])


def test_outside_a_convoy_a_request_travels_at_once() -> None:
    echo = Echo()
    assert asking(Convoy(echo), "a", 1)()
    assert echo.journeys == [["a"]]


def test_a_host_that_is_away_is_asked_less_and_less_often_until_it_answers() -> None:
    now = [0.0]
    patience = Patience(now=lambda: now[0])
    waits = []
    for _ in range(12):
        patience.check()
        waits.append(patience.note(Unavailable("away")).retry_after_s)
        with pytest.raises(Unavailable, match="away"):
            patience.check()
        now[0] += waits[-1]
    assert waits == sorted(waits)
    assert waits[1] == 2 * waits[0]
    assert waits[-1] == waits[-2]
    patience.forget()
    patience.check()
    assert patience.note(Unavailable("away")).retry_after_s == waits[0]
