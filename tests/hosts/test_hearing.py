"""Whether a host is heard, as its kernel counts what was not acknowledged."""

from __future__ import annotations

from controller.adapters.hearing import is_unheard

LINE = "1: 0100600A:0016 0200600A:90C0 {state} {sent}:00000000 {timer}:0001 {again} 0 {probes} 9 2"
"""A row of /proc/net/tcp: a connection from port 22."""


def row(
    sent: str, again: str = "00000000", probes: str = "0", state: str = "01", timer: str = "01"
) -> list[str]:
    return [LINE.format(state=state, sent=sent, timer=timer, again=again, probes=probes)]


def test_what_is_sent_again_and_again_is_heard_by_nobody() -> None:
    assert is_unheard(row("00000006", again="00000003"), 22)


def test_what_no_route_takes_out_is_heard_by_nobody() -> None:
    assert is_unheard(row("00000006", probes="2", timer="04"), 22)


def test_what_is_on_its_way_may_still_be_heard() -> None:
    assert not is_unheard(row("00000006"), 22)


def test_a_connection_on_which_all_is_acknowledged_is_heard() -> None:
    assert not is_unheard(row("00000000"), 22)


def test_connections_of_others_say_nothing_where_the_port_is_known() -> None:
    stuck = row("00000006", again="00000003")
    assert not is_unheard(stuck, 2222)
    assert is_unheard(stuck, None)


def test_a_connection_that_is_closing_says_nothing() -> None:
    assert not is_unheard(row("00000006", again="00000003", state="04"), 22)
