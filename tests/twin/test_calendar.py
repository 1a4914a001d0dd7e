"""Time is granted to a kernel that waits, and to no other: its side of the link is played here."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import closing

import pytest

from controller.adapters.twin.calendar import SLACK_NS, Calendar, LinkBroken, Word

MESSAGE = struct.Struct("=IIQ")


class Kernel:
    """The other end of a calendar's link."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        link.setblocking(False)

    def say(self, word: Word, time_ns: int = 0, sequence: int = 1) -> None:
        self.link.sendall(MESSAGE.pack(word, sequence, time_ns))

    def heard(self) -> list[tuple[Word, int]]:
        try:
            data = self.link.recv(4096)
        except BlockingIOError:
            return []
        return [(Word(word), time_ns) for word, _sequence, time_ns in MESSAGE.iter_unpack(data)]


@pytest.fixture
def ends() -> Iterator[tuple[Calendar, Kernel]]:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        yield Calendar(ours), Kernel(theirs)


def test_a_kernel_that_has_not_waited_is_granted_nothing(ends: tuple[Calendar, Kernel]) -> None:
    calendar, kernel = ends
    kernel.say(Word.REQUEST, 500)
    calendar.answer()
    kernel.heard()
    calendar.grant(0)
    assert kernel.heard() == []
    assert calendar.now_ns == 0


def test_a_kernel_that_waits_runs_at_the_moment_that_it_asked_for(
    ends: tuple[Calendar, Kernel],
) -> None:
    calendar, kernel = ends
    for word, time_ns in ((Word.REQUEST, 900), (Word.REQUEST, 500), (Word.WAIT, 0)):
        kernel.say(word, time_ns)
        calendar.answer()
    assert kernel.heard() == [(Word.ACK, 0)] * 3
    calendar.grant(0)
    assert kernel.heard() == [(Word.FREE_UNTIL, 500 + SLACK_NS), (Word.RUN, 500)]
    assert calendar.now_ns == 500


def test_one_wait_is_granted_once(ends: tuple[Calendar, Kernel]) -> None:
    calendar, kernel = ends
    kernel.say(Word.WAIT)
    calendar.answer()
    calendar.grant(0)
    kernel.heard()
    calendar.grant(0)
    assert kernel.heard() == []


def test_a_request_that_takes_long_need_not_ask_on_the_way(ends: tuple[Calendar, Kernel]) -> None:
    calendar, kernel = ends
    kernel.say(Word.WAIT)
    calendar.answer()
    kernel.heard()
    calendar.grant(SLACK_NS * 9)
    assert kernel.heard()[0] == (Word.FREE_UNTIL, SLACK_NS * 9)


def test_a_kernel_that_asks_what_time_it_is_is_told(ends: tuple[Calendar, Kernel]) -> None:
    calendar, kernel = ends
    kernel.say(Word.UPDATE, 700)
    kernel.say(Word.GET)
    calendar.answer()
    calendar.answer()
    assert kernel.heard()[-1] == (Word.ACK, 700)


def test_a_link_that_is_cut_is_told_from_silence(ends: tuple[Calendar, Kernel]) -> None:
    calendar, kernel = ends
    kernel.link.close()
    with pytest.raises(LinkBroken, match="hung up"):
        calendar.answer()


def test_a_word_of_another_protocol_breaks_the_link(ends: tuple[Calendar, Kernel]) -> None:
    calendar, kernel = ends
    kernel.link.sendall(MESSAGE.pack(99, 1, 0))
    with pytest.raises(LinkBroken, match="99"):
        calendar.answer()
