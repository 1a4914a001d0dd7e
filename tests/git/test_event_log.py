"""The event log in git: what was appended is what is read, in order and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.adapters.clock import VirtualClock
from controller.adapters.git_event_log import GitEventLog
from controller.history.event import Occurrence
from controller.limits import EVENT_BYTES, SEGMENT_EVENTS
from controller.ports import Blocked, Corrupt
from tests.git.events import BRANCH, named, sealed, stored, unpack
from tests.git.stock import NOON, fsck, git


def test_an_empty_log_has_no_events(path: Path) -> None:
    log = GitEventLog(path)
    assert (log.length(), list(log.since()), log.append([]), log.verify()) == (0, [], (), 0)


def test_appended_events_are_read_back_in_order(path: Path) -> None:
    log = GitEventLog(path)
    first, second = log.append(named("ana", 2)), log.append(named("bo", 1))
    assert stored(path) == [*first, *second] == list(log.since())
    assert [event.subject for event in stored(path)] == ["ana", "ana", "bo"]


def test_a_cursor_is_the_number_of_events_before_it(path: Path) -> None:
    log = GitEventLog(path)
    events = [event for n in range(5) for event in log.append(named("ana", 3, 3 * n))]
    assert all(list(log.since(cursor)) == events[cursor:] for cursor in range(16))
    with pytest.raises(ValueError, match="-1"):
        log.since(-1)


def test_a_cursor_beyond_the_end_says_that_events_are_gone(path: Path) -> None:
    log = GitEventLog(path)
    log.append(named("ana", 3))
    with pytest.raises(Corrupt, match="event 3: the log ends here, but 4 events were there"):
        log.since(4)


def test_what_is_in_the_log_already_is_not_appended_again(path: Path) -> None:
    log, other = GitEventLog(path), GitEventLog(path)
    (event,) = log.append(named("ana", 1))
    both = other.append([*named("ana", 1), *named("bo", 1), *named("bo", 1)])
    assert both == (event, both[1], both[1])
    assert log.append(named("bo", 1)) == (both[1],)
    assert stored(path) == [event, both[1]]


def test_a_batch_larger_than_a_segment_is_one_commit_of_several_segments(path: Path) -> None:
    log = GitEventLog(path)
    sealed(log, named("ana", 1))
    sealed(log, named("bo", 2 * SEGMENT_EVENTS + 5))
    assert git(path, "log", "--format=%B", "-1", BRANCH).split() == [
        "events",
        f"1..{2 * SEGMENT_EVENTS + 5}",
        "Events:",
        f"{2 * SEGMENT_EVENTS + 5}",
    ]
    assert git(path, "ls-tree", "-r", "--name-only", BRANCH).split() == [
        "000/000/000/000000000000.jsonl",
        "000/000/000/000000000001.jsonl",
        "000/000/001/000000001001.jsonl",
        "000/000/002/000000002001.jsonl",
    ]
    events = stored(path)
    assert [event.data["number"] for event in events[1:]] == list(range(2 * SEGMENT_EVENTS + 5))
    assert list(log.since(SEGMENT_EVENTS + 1)) == events[SEGMENT_EVENTS + 1 :]
    assert log.verify() == log.length() == 2 * SEGMENT_EVENTS + 6


def test_stock_git_can_read_and_check_the_log(path: Path) -> None:
    log = GitEventLog(path, VirtualClock(NOON))
    for number in range(4):
        sealed(log, named("ana", 2, 2 * number))
    fsck(path)
    assert git(path, "log", "--format=%an %ae %aI %s", "genome/events").splitlines() == [
        f"germline germline@localhost 2026-11-01T12:00:00+00:00 events {first}..{first + 1}"
        for first in (6, 4, 2, 0)
    ]


def test_a_clone_carries_the_log_and_a_fetch_brings_what_is_new(path: Path, tmp_path: Path) -> None:
    log = GitEventLog(path)
    sealed(log, named("ana", 2))
    git(tmp_path, "clone", "--quiet", "--bare", str(path), "copy")
    assert stored(tmp_path / "copy") == stored(path)
    sealed(log, named("bo", 2))
    git(tmp_path / "copy", "fetch", "--quiet", "origin", "genome/events:genome/events")
    assert stored(tmp_path / "copy") == stored(path)


def test_reading_from_a_cursor_needs_no_segment_before_it(path: Path) -> None:
    log = GitEventLog(path)
    for number in range(3):
        sealed(log, named("ana", 10, 10 * number))
    unpack(path)
    blob = git(path, "rev-parse", f"{BRANCH}:000/000/000/000000000000.jsonl").strip()
    (path / "objects" / blob[:2] / blob[2:]).unlink()
    fresh = GitEventLog(path)
    assert [event.data["number"] for event in fresh.since(10)] == list(range(10, 30))
    with pytest.raises(Corrupt, match=r"event 0: its segment .* is missing"):
        list(fresh.since(9))


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("tail", [b"", b"????????"])
def test_a_damaged_object_is_corrupt(path: Path, kept: float, tail: bytes) -> None:
    sealed(GitEventLog(path), named("ana", 3))
    unpack(path)
    blob = git(path, "rev-parse", f"{BRANCH}:000/000/000/000000000000.jsonl").strip()
    file = path / "objects" / blob[:2] / blob[2:]
    stored_bytes = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(stored_bytes[: int(kept * len(stored_bytes))] + tail)
    with pytest.raises(Corrupt, match="event 0: its segment"):
        list(GitEventLog(path).since())


# --- what cannot be recorded ------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"x": float("nan")}, "not representable"),
        ({"x": 2**60}, "safe integer"),
        ({"x": 1e20}, "safe integer"),
        ({"x": "\ud800"}, "surrogates"),
        ({"x": "a" * EVENT_BYTES}, "bytes"),
    ],
)
def test_data_without_a_canonical_form_is_refused_and_nothing_is_appended(
    path: Path, data: dict[str, float | str], problem: str
) -> None:
    log = GitEventLog(path)
    bad = Occurrence("gap.found", "x", dict(data), NOON, None, "controller")
    with pytest.raises(Blocked, match=problem):
        log.append([*named("ana", 1), bad])
    assert log.length() == 0


def test_data_that_contains_itself_is_refused(path: Path) -> None:
    loop: dict[str, object] = {}
    loop["again"] = loop
    bad = Occurrence("gap.found", "x", loop, NOON, None, "controller")  # type: ignore[arg-type]
    with pytest.raises(Blocked, match="cannot be recorded"):
        GitEventLog(path).append([bad])


def test_a_time_without_a_zone_is_refused(path: Path) -> None:
    bad = Occurrence("gap.found", "x", {}, NOON.replace(tzinfo=None), None, "controller")
    with pytest.raises(Blocked, match="no time zone"):
        GitEventLog(path).append([bad])


def test_stock_git_tries_no_deltas_between_segments_and_keeps_what_it_was_told(path: Path) -> None:
    attributes = path / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("*.png binary")
    for number in range(2):
        sealed(GitEventLog(path), named(f"w{number}", 1))
    segment = "000/000/000/000000000000.jsonl"
    assert git(path, "check-attr", "delta", segment).split()[-1] == "unset"
    assert git(path, "check-attr", "delta", "notes/a.jsonl").split()[-1] == "unspecified"
    assert attributes.read_text().splitlines()[0] == "*.png binary"
    assert len(attributes.read_text().splitlines()) == 2
