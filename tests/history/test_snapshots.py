"""Snapshots: a shortcut that gives what the whole log gives, or is not taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.file_snapshots import FileSnapshots
from controller.adapters.git_event_log import GitEventLog
from controller.conductor.ledger import Ledger
from controller.conductor.ledger_fold import LEDGER
from controller.history.event import Event
from controller.history.fold import Unloadable
from controller.limits import SNAPSHOT_CLOSE_EVENTS, SNAPSHOTS_KEPT
from controller.ports import Snapshot
from controller.stories.follow import Follower
from tests.git.events import start_over
from tests.history.happenings import history, occurrence

MANY = SNAPSHOT_CLOSE_EVENTS


@given(st.integers(0, 2**16), st.integers(0, 80), st.integers(0, 80))
def test_a_snapshot_and_the_rest_give_what_the_whole_log_gives(
    seed: int, before: int, after: int
) -> None:
    events = history(seed, before + after)
    half = LEDGER.step(LEDGER.initial(), events[:before])
    resumed = LEDGER.load(LEDGER.dump(half))
    assert resumed == half
    assert LEDGER.step(resumed, events[before:]) == LEDGER.step(LEDGER.initial(), events)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", b"\x93\x01\x02\x03", b'{"length": 3}'])
def test_what_is_no_dump_is_not_loaded(data: bytes) -> None:
    with pytest.raises(Unloadable):
        LEDGER.load(data)


class Reads:
    """A real log that remembers from which cursors it gave events."""

    def __init__(self, log: GitEventLog) -> None:
        self.log = log
        self.append, self.length, self.wait = log.append, log.length, log.wait
        self.cursors = list[int]()

    def since(self, cursor: int = 0) -> Iterator[Event]:
        if cursor < self.length():
            self.cursors.append(cursor)
        return self.log.since(cursor)


def appended(path: Path, events: list[Event]) -> None:
    log = GitEventLog(path)
    log.append([occurrence(event) for event in events])
    log.close()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    pygit2.init_repository(str(tmp_path / "log"), bare=True)
    appended(tmp_path / "log", history(7, MANY))
    return tmp_path / "log"


def followed(repository: Path) -> tuple[Ledger, list[int]]:
    """The ledger that a new process has, and where it began to read."""
    log = Reads(GitEventLog(repository))
    follower = Follower(LEDGER, log, FileSnapshots(repository))
    follower.catch_up()
    follower.close()
    return follower.state, log.cursors


def files(repository: Path) -> list[Path]:
    return sorted((repository / "germline" / "snapshots").rglob("*.snapshot"))


def test_a_second_process_reads_only_what_the_first_had_not(repository: Path) -> None:
    first, cursors = followed(repository)
    assert cursors == [0]
    assert followed(repository) == (first, [MANY - 1])
    more = history(8, 3)
    GitEventLog(repository).append([occurrence(event) for event in more])
    assert followed(repository) == (LEDGER.step(first, more), [MANY - 1, MANY])


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


def other_length(path: Path) -> None:
    path.rename(path.with_name("0" + path.name[1:].replace("1", "2", 1)))


def header(path: Path, **changed: object) -> None:
    first, _, state = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps({**json.loads(first), **changed}).encode() + b"\n" + state)


def other_version(path: Path) -> None:
    header(path, version=99)


def other_fold(path: Path) -> None:
    header(path, fold="fitness")


def other_history(path: Path) -> None:
    header(path, commit="0" * 40)


def not_a_commit(path: Path) -> None:
    header(path, commit="-x")


@pytest.mark.parametrize(
    "spoil",
    [
        cut_short,
        flip_a_bit,
        empty,
        garbage,
        other_length,
        other_version,
        other_fold,
        other_history,
        not_a_commit,
    ],
)
def test_a_snapshot_that_is_not_sound_is_not_trusted(repository: Path, spoil: object) -> None:
    first, _ = followed(repository)
    (path,) = files(repository)
    spoil(path)  # type: ignore[operator]
    assert followed(repository) == (first, [0])


def test_a_damaged_newest_snapshot_leaves_the_one_before(repository: Path) -> None:
    followed(repository)
    GitEventLog(repository).append([occurrence(event) for event in history(9, MANY)])
    whole, _ = followed(repository)
    flip_a_bit(files(repository)[-1])
    assert followed(repository) == (whole, [MANY - 1, MANY])


def test_a_snapshot_of_a_log_that_was_set_back_or_rewritten_is_not_trusted(
    repository: Path,
) -> None:
    followed(repository)
    start_over(repository)
    assert followed(repository) == (Ledger(), [])
    other = history(11, MANY + 50)
    appended(repository, other)
    ledger, cursors = followed(repository)
    assert ledger == LEDGER.step(LEDGER.initial(), other)
    assert cursors == [0]


def test_an_event_that_is_not_where_the_snapshot_says_makes_it_worthless(
    repository: Path,
) -> None:
    first, _ = followed(repository)
    (path,) = files(repository)
    snapshots = FileSnapshots(repository)
    (kept,) = snapshots.newest_first("ledger", LEDGER.version)
    path.unlink()
    snapshots.keep(Snapshot(kept.fold, kept.version, kept.length, "f" * 64, kept.state))
    assert followed(repository) == (first, [MANY - 1, 0])


def test_the_number_of_snapshots_is_bounded_and_older_versions_go(tmp_path: Path) -> None:
    pygit2.init_repository(str(tmp_path), bare=True)
    snapshots = FileSnapshots(tmp_path)
    for version, lengths in ((1, range(1, 4)), (2, range(1, 10))):
        for length in lengths:
            snapshots.keep(Snapshot("ledger", version, length, f"{length:064x}", b"state"))
    kept = [found.length for found in snapshots.newest_first("ledger", 2)]
    assert kept == [9, 8, 7][:SNAPSHOTS_KEPT]
    assert list(snapshots.newest_first("ledger", 1)) == []
    snapshots.forget()
    snapshots.forget()
    assert files(tmp_path) == []
