"""Grants virtual time to a User-Mode Linux that was started with `time-travel=ext:`.

`machine` owns one for each kernel that runs. The protocol is that of
include/uapi/linux/um_timetravel.h: the kernel asks to run again at the moment of its next
event and then waits; while nobody grants it that moment its time stands still, and it costs
nothing.
"""

from __future__ import annotations

import socket
import struct
from enum import IntEnum
from typing import Final

from controller import twin_limits

_MESSAGE: Final = struct.Struct("=IIQ")
NANOSECONDS: Final = 1_000_000_000
SLACK_NS: Final = round(twin_limits.TWIN_SLACK_SECONDS * NANOSECONDS)


class Word(IntEnum):
    """What a message asks for or tells."""

    ACK = 0
    START = 1
    REQUEST = 2
    WAIT = 3
    GET = 4
    UPDATE = 5
    RUN = 6
    FREE_UNTIL = 7
    GET_TOD = 8


class LinkBroken(Exception):
    """The kernel at the other end has gone, or speaks another protocol."""


class Calendar:
    """The calendar of one kernel. `now_ns` is its time since it was started, in nanoseconds."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.now_ns = 0
        self._wanted_ns = 0
        self._waiting = False
        self._sequence = 0

    def answer(self) -> None:
        """Read one message of the kernel and answer it. Raises `LinkBroken`."""
        word, sequence, time_ns = self._receive()
        match word:
            case Word.REQUEST:
                self._wanted_ns = time_ns
            case Word.WAIT:
                self._waiting = True
            case Word.UPDATE:
                self.now_ns = time_ns
            case Word.ACK:
                return
            case Word.START | Word.GET | Word.GET_TOD:
                pass
            case _:
                raise LinkBroken(f"an unexpected message: {word}")
        self._send(Word.ACK, sequence, self.now_ns)

    def grant(self, until_ns: int) -> None:
        """If the kernel waits, let it run at the moment of its next event.

        Before `until_ns` it need not ask again: reading its clock is an event of its own.
        """
        if self._waiting:
            self._waiting = False
            self.now_ns = self._wanted_ns
            self._tell(Word.FREE_UNTIL, max(until_ns, self.now_ns + SLACK_NS))
            self._tell(Word.RUN, self.now_ns)

    def _receive(self) -> tuple[int, int, int]:
        try:
            data = self.link.recv(_MESSAGE.size, socket.MSG_WAITALL)
        except OSError as error:
            raise LinkBroken(str(error)) from error
        if len(data) != _MESSAGE.size:
            raise LinkBroken("it hung up")
        word, sequence, time_ns = _MESSAGE.unpack(data)
        return word, sequence, time_ns

    def _tell(self, word: Word, time_ns: int) -> None:
        self._sequence += 1
        self._send(word, self._sequence, time_ns)

    def _send(self, word: Word, sequence: int, time_ns: int) -> None:
        try:
            self.link.sendall(_MESSAGE.pack(word, sequence, time_ns))
        except OSError as error:
            raise LinkBroken(str(error)) from error
