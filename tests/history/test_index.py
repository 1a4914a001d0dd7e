"""The index: what a search through the whole log would find, and gone without harm."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.git_event_log import GitEventLog
from controller.adapters.log_index import LogIndex
from controller.history.event import Event
from controller.history.index import RunBuilder, Unreadable, decode, encode, merge
from controller.limits import INDEX_BLOCK_EVENTS, INDEX_RUN_EVENTS, INDEX_RUN_RATIO
from controller.ports import Blocked
from tests.git.events import start_over
from tests.history.happenings import NOON, at, occurrence


def chronicle(count: int, start: int = 0) -> list[Event]:
    """Events about seven customers, most caused by an earlier one; times go back and forth."""
    events = list[Event]()
    for number in range(start, start + count):
        cause = events[number // 3 - start].id if 0 <= number // 3 - start < len(events) else None
        seconds = number + (5000 if number % 11 == 0 else 0)
        events.append(at(seconds, "interaction.created", f"c{number % 7}", {"n": number}, cause))
    return events


def repository(path: Path, events: list[Event]) -> Path:
    pygit2.init_repository(str(path), bare=True)
    append(path, events)
    return path


def append(path: Path, events: list[Event]) -> None:
    log = GitEventLog(path)
    log.append([occurrence(event) for event in events])
    log.close()


def opened(path: Path) -> LogIndex:
    return LogIndex(GitEventLog(path), path)


def files(path: Path) -> list[Path]:
    return sorted((path / "germline" / "index").glob("*.run"))


def agrees(index: LogIndex, events: list[Event]) -> None:
    """The index finds what a search through all events finds."""
    for number in {0, 1, len(events) // 2, len(events) - 1}:
        event = events[number]
        assert index.find(event.id) == index.find(event.id[:16]) == number
        assert list(index.by_subject(event.subject)) == [
            n for n, e in enumerate(events) if e.subject == event.subject
        ]
        assert list(index.consequences(event.id)) == [
            n for n, e in enumerate(events) if e.cause == event.id
        ]
        span = (event.at - timedelta(seconds=9), event.at + timedelta(seconds=9))
        near = {n for part in index.between(*span) for n in part}
        assert {n for n, e in enumerate(events) if span[0] <= e.at <= span[1]} <= near
    assert index.find("f" * 64) is None
    assert not index.known("f" * 64)
    assert not index.known(events[0].id[:16])
    assert index.known(events[0].id)
    assert list(index.by_subject("nobody")) == list(index.consequences("0" * 64)) == []


EVENTS = chronicle(2 * INDEX_BLOCK_EVENTS + 345)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return repository(tmp_path / "log", EVENTS)


def test_the_index_finds_what_reading_everything_finds(path: Path) -> None:
    agrees(opened(path), EVENTS)
    agrees(opened(path), EVENTS)


def test_an_open_index_follows_the_log(path: Path) -> None:
    index, events = opened(path), [*EVENTS]
    for count in (1, 10, INDEX_BLOCK_EVENTS, 3):
        more = chronicle(count, len(events))
        append(path, more)
        events += more
        assert index.catch_up() == len(events)
        assert index.find(more[-1].id) == len(events) - 1
    agrees(index, events)


def test_a_prefix_of_several_ids_is_refused_and_a_short_or_wrong_one_finds_nothing(
    path: Path,
) -> None:
    index = opened(path)
    digits = sorted(event.id[:4] for event in EVENTS)
    twice = next(a for a, b in pairwise(digits) if a == b)
    with pytest.raises(Blocked, match=f"several events begin with {twice}"):
        index.find(twice)
    for wrong in ("", "abc", EVENTS[0].id.upper(), EVENTS[0].id + "0", "zzzzzz", "0x12"):
        assert index.find(wrong) is None


def test_an_event_that_is_there_again_is_found(path: Path) -> None:
    assert not list(opened(path).repeated())

    class Twice(GitEventLog):
        def since(self, cursor: int = 0) -> Iterator[Event]:
            return iter([*EVENTS, EVENTS[3], EVENTS[3]][cursor:])

        def length(self) -> int:
            return len(EVENTS) + 2

    end = len(EVENTS)
    assert list(LogIndex(Twice(path), path).repeated()) == [(3, end), (3, end + 1)]


def test_blocks_of_a_time_leave_most_of_the_log_unread(path: Path) -> None:
    early = NOON + timedelta(seconds=1)
    assert list(opened(path).between(early, early)) == [range(INDEX_BLOCK_EVENTS)]
    assert list(opened(path).between(NOON - timedelta(days=2), NOON - timedelta(days=1))) == []
    everything = opened(path).between(NOON, NOON + timedelta(days=1))
    assert list(everything) == [range(len(EVENTS))]


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)


def other_form(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[0] ^= 2
    path.write_bytes(data)


def other_place(path: Path) -> None:
    path.rename(path.with_name("000000000000-000000009000.run"))


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [empty, cut_short, flip_a_bit, other_form, other_place, gone])
def test_a_damaged_index_is_made_again(path: Path, spoil: Callable[[Path], None]) -> None:
    opened(path).catch_up()
    before = {file.name: file.read_bytes() for file in files(path)}
    spoil(files(path)[0])
    agrees(opened(path), EVENTS)
    assert {file.name: file.read_bytes() for file in files(path)} == before


def test_forgetting_deletes_every_file_and_the_next_question_makes_them_again(path: Path) -> None:
    index = opened(path)
    index.catch_up()
    assert files(path) != []
    index.forget()
    assert files(path) == []
    agrees(index, EVENTS)


def test_another_history_is_indexed_anew(path: Path) -> None:
    opened(path).catch_up()
    start_over(path)
    assert opened(path).find(EVENTS[0].id) is None
    other = chronicle(INDEX_BLOCK_EVENTS + 7, 100_000)
    append(path, other)
    index = opened(path)
    agrees(index, other)
    assert index.find(EVENTS[0].id) is None


CATCH_UP = """
import sys
from pathlib import Path
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.log_index import LogIndex
path = Path(sys.argv[1])
print(LogIndex(GitEventLog(path), path).catch_up())
"""


def test_processes_that_catch_up_at_once_take_turns(path: Path) -> None:
    command = [sys.executable, "-c", CATCH_UP, str(path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate()[0].strip() for process in running]
    assert said == [str(len(EVENTS))] * 3
    assert [file.name for file in files(path)] == ["000000000000-000000002000.run"]
    agrees(opened(path), EVENTS)


def test_runs_stay_few_and_bounded_however_small_the_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.adapters.log_index.INDEX_BATCH_EVENTS", 2)
    monkeypatch.setattr("controller.adapters.log_index.INDEX_BLOCK_EVENTS", 2)
    monkeypatch.setattr("controller.history.index.INDEX_BLOCK_EVENTS", 2)
    monkeypatch.setattr("controller.adapters.log_index.INDEX_RUN_EVENTS", 32)
    events = chronicle(201)
    path = repository(tmp_path / "log", events)
    agrees(opened(path), events)
    sizes = [int(file.name[13:25]) - int(file.name[:12]) for file in files(path)]
    assert sum(sizes) == 200
    assert max(sizes) <= 32
    assert len(sizes) <= 2 * 200 // 32 + 5


def test_the_bounds_of_a_run_leave_room_for_merging() -> None:
    assert INDEX_RUN_EVENTS % INDEX_BLOCK_EVENTS == 0
    assert INDEX_RUN_RATIO >= 1


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5), st.data())
def test_merged_runs_are_the_run_of_all_events(blocks: list[int], data: st.DataObject) -> None:
    events, runs, first = chronicle(sum(blocks) + 1), [], 0
    for size in [*blocks, 1]:
        builder = RunBuilder(first)
        builder.add(events[first : first + size])
        runs.append(builder.run(""))
        first += size
    whole = RunBuilder(0)
    whole.add(events)
    merged, at_once = merge(runs), whole.run("")
    assert (merged.ids, merged.subjects, merged.causes) == (
        at_once.ids,
        at_once.subjects,
        at_once.causes,
    )
    encoded = bytearray(encode(at_once))
    read = decode(memoryview(encoded))
    assert encode(read) == encoded
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unreadable):
        decode(memoryview(encoded))
