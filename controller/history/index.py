"""The form of the index: where in the log events are, by id, subject, cause and time.

Called by the adapter that keeps it in files. A *run* covers the events from one sequence number
up to another. For id, subject and cause it has a sorted column of 64-bit keys, each the first
32 bits of a hash, then the sequence number in 32: a lookup gives candidates, and whoever asked
reads those events to see which are meant. For time it has the earliest and latest of each block
of `INDEX_BLOCK_EVENTS`. Adjacent runs merge into one.
"""

from __future__ import annotations

import hashlib
import heapq
import struct
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, chain, groupby, pairwise
from typing import Final

from controller.history.event import Event, rfc3339
from controller.limits import INDEX_BLOCK_EVENTS, INDEX_HASHES_CACHED

MAGIC: Final = 0x4745524D49445801
"""`GERMIDX` and the form's version; written in the machine's byte order, so that it tells it."""
_HEADER: Final = struct.Struct("=QQQQQQQ64s64sQ")
"""Magic, first, end, four lengths, last id, commit, CRC-32. A multiple of 8 bytes."""
_CRC_AT: Final = _HEADER.size - 8
_SEQUENCE_BITS: Final = 32
_LOW: Final = (1 << _SEQUENCE_BITS) - 1
_HASH_DIGITS: Final = 8
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_RFC3339_LENGTH: Final = 27


class Unreadable(ValueError):
    """Bytes that are no run, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Run:
    """The index of the events `first` up to `end`; `last` is the last one's id.

    `ids`, `subjects` and `causes` are sorted keys; `times` holds two numbers for each block:
    its earliest and latest time in microseconds since 1970. `commit` is what the log was sealed
    up to when the run was made.
    """

    first: int
    end: int
    last: str
    commit: str
    ids: Sequence[int]
    subjects: Sequence[int]
    causes: Sequence[int]
    times: Sequence[int]

    @property
    def size(self) -> int:
        """The number of events."""
        return self.end - self.first

    def by_id(self, prefix: str) -> Iterator[int]:
        """Candidates for the events whose id begins with some hex digits."""
        digits = prefix[:_HASH_DIGITS]
        free_bits = 4 * (_HASH_DIGITS - len(digits))
        low = int(digits, 16) << free_bits
        return _within(self.ids, low, low + (1 << free_bits))

    def by_subject(self, subject: str) -> Iterator[int]:
        """Candidates for the events about a subject."""
        key = hashed(subject)
        return _within(self.subjects, key, key + 1)

    def by_cause(self, cause: str) -> Iterator[int]:
        """Candidates for the events that name this cause."""
        key = _name_key(cause)
        return _within(self.causes, key, key + 1)

    def between(self, earliest: datetime, latest: datetime) -> Iterator[range]:
        """The blocks that may have events of a time, both ends included."""
        low, high = _microseconds(earliest), _microseconds(latest)
        for block in range(len(self.times) // 2):
            if self.times[2 * block] <= high and self.times[2 * block + 1] >= low:
                begin = self.first + block * INDEX_BLOCK_EVENTS
                yield range(begin, min(begin + INDEX_BLOCK_EVENTS, self.end))


class RunBuilder:
    """Takes events in their order, the first of which has sequence number `first`."""

    def __init__(self, first: int) -> None:
        self.first = self.end = first
        self.last = ""
        self._ids, self._subjects, self._causes = list[int](), list[int](), list[int]()
        self._times = list[tuple[str, str]]()
        self._block = list[str]()

    def add(self, events: Iterable[Event]) -> None:
        """Take more of them."""
        for event in events:
            number = self.end
            self._ids.append(int(event.id[:_HASH_DIGITS], 16) << _SEQUENCE_BITS | number)
            self._subjects.append(hashed(event.subject) << _SEQUENCE_BITS | number)
            if event.cause is not None:
                self._causes.append(_name_key(event.cause) << _SEQUENCE_BITS | number)
            self._block.append(_comparable(event.time))
            self.end, self.last = number + 1, event.id
            if len(self._block) == INDEX_BLOCK_EVENTS:
                self._times.append((min(self._block), max(self._block)))
                self._block.clear()

    def run(self, commit: str) -> Run:
        """The run of what was taken so far."""
        open_block = [(min(self._block), max(self._block))] if self._block else []
        moments = chain.from_iterable([*self._times, *open_block])
        times = array("q", (_microseconds(datetime.fromisoformat(text)) for text in moments))
        columns = (self._ids, self._subjects, self._causes)
        ids, subjects, causes = (array("Q", sorted(column)) for column in columns)
        return Run(self.first, self.end, self.last, commit, ids, subjects, causes, times)


def merge(runs: Sequence[Run]) -> Run:
    """One run for several, each of which begins where the one before ends, at a block's end."""
    return Run(
        runs[0].first,
        runs[-1].end,
        runs[-1].last,
        runs[-1].commit,
        array("Q", sorted(chain.from_iterable(run.ids for run in runs))),
        array("Q", sorted(chain.from_iterable(run.subjects for run in runs))),
        array("Q", sorted(chain.from_iterable(run.causes for run in runs))),
        array("q", chain.from_iterable(run.times for run in runs)),
    )


def encode(run: Run) -> bytes:
    """A run as the bytes of a file."""
    columns = (run.ids, run.subjects, run.causes, run.times)
    body = b"".join(memoryview(column).tobytes() for column in columns)  # type: ignore[arg-type]
    lengths = (len(column) for column in columns)
    names = (run.last.encode(), run.commit.encode())
    head = _HEADER.pack(MAGIC, run.first, run.end, *lengths, *names, 0)
    return (
        _HEADER.pack(
            MAGIC,
            run.first,
            run.end,
            *map(len, columns),
            *names,
            zlib.crc32(body, zlib.crc32(head)),
        )
        + body
    )


def decode(data: memoryview) -> Run:
    """The run in a file's bytes, whose columns stay where they are. Raises `Unreadable`."""
    if len(data) < _HEADER.size:
        raise Unreadable("shorter than its header")
    magic, first, end, *lengths, last, commit, crc = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise Unreadable("no run of this form, or of a machine with another byte order")
    if len(data) != _HEADER.size + 8 * sum(lengths):
        raise Unreadable("not as long as its header says")
    head = bytes(data[:_CRC_AT]) + bytes(8)
    if zlib.crc32(data[_HEADER.size :], zlib.crc32(head)) != crc:
        raise Unreadable("its checksum is wrong")
    whole = data[_HEADER.size :]
    ends = [8 * end for end in accumulate(lengths)]
    ids, subjects, causes = (
        whole[begin:stop].cast("Q") for begin, stop in pairwise([0, *ends[:-1]])
    )
    times = whole[ends[-2] :].cast("q")
    names = (last.rstrip(b"\0").decode(), commit.rstrip(b"\0").decode())
    return Run(first, end, *names, ids, subjects, causes, times)


def twins(runs: Sequence[Run]) -> Iterator[list[int]]:
    """Sequence numbers, two or more at a time, of events whose ids may be the same."""
    keys = heapq.merge(*(run.ids for run in runs))
    for _, same in groupby(keys, lambda key: key >> _SEQUENCE_BITS):
        numbers = [key & _LOW for key in same]
        if len(numbers) > 1:
            yield numbers


@lru_cache(maxsize=INDEX_HASHES_CACHED)
def hashed(text: str) -> int:
    """The first 32 bits of the SHA-256 of a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _name_key(name: str) -> int:
    """32 bits of what should be an event's id, which is a hash already; else of its hash."""
    try:
        return int.from_bytes(bytes.fromhex(name[:_HASH_DIGITS]))
    except ValueError:
        return hashed(name)


def _within(keys: Sequence[int], low: int, high: int) -> Iterator[int]:
    """The sequence numbers of the keys whose hash is from `low` up to `high`, without it."""
    begin = bisect_left(keys, low << _SEQUENCE_BITS)
    end = bisect_left(keys, high << _SEQUENCE_BITS, lo=begin)
    return (key & _LOW for key in keys[begin:end])


def _comparable(time: str) -> str:
    """An event's time in the form in which later is greater; the log's own form is that."""
    if len(time) == _RFC3339_LENGTH and time[-1] == "Z":
        return time
    moment = datetime.fromisoformat(time)
    try:
        return rfc3339(moment)
    except OverflowError:  # a time within hours of the first or last year's end
        return rfc3339(moment.replace(tzinfo=UTC))


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
