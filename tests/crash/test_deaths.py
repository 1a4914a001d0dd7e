"""Writers are killed at random moments, and eight of them write at once."""

from __future__ import annotations

import random
import select
import time
from collections import Counter
from pathlib import Path

import pytest

from controller.adapters.git_event_log import GitEventLog
from tests.crash.aftermath import check
from tests.crash.writer import Follower, Writer, happened
from tests.git.stock import fsck

LIVES, LIVES_THOROUGH = 40, 500
LIFE_SECONDS = 0.4
"""The longest life before it is killed: thousands of appends, one or two seals."""
WRITERS = 8
SECONDS, SECONDS_THOROUGH = 5.0, 60.0


def rest(seconds: float) -> None:
    """Let other processes work for so long."""
    select.select([], [], [], seconds)


def test_a_writer_killed_at_any_moment_loses_nothing_that_it_acknowledged(
    path: Path, thorough: bool
) -> None:
    rng = random.Random(17)
    cursor = total = 0
    for life in range(LIVES_THOROUGH if thorough else LIVES):
        writer = Writer(path, f"life{life}", rng.choice([range(1, 2), range(1, 30)]))
        rest(rng.uniform(0, LIFE_SECONDS))
        acknowledged = writer.kill()
        log = GitEventLog(path)
        (after,) = log.append([happened("after", life)])
        ids = [event.id for event in log.since(cursor)]
        assert [each for each in ids if each in set(acknowledged)] == acknowledged
        assert (len(set(ids)), ids[-1]) == (len(ids), after.id)
        log.close()
        cursor, total = cursor + len(ids), total + len(acknowledged)
        if life % 50 == 0:
            assert GitEventLog(path).verify() == cursor
            fsck(path)
    assert total > 100
    check(path, [])


@pytest.mark.timeout(900)
def test_eight_writers_at_once_lose_nothing_while_readers_see_one_order(
    path: Path, tmp_path: Path, thorough: bool
) -> None:
    GitEventLog(path).append([happened("first", 0)])
    readers = [Follower(path, tmp_path / f"seen-{number}") for number in range(2)]
    writers = [Writer(path, f"w{number}", range(1, 40)) for number in range(WRITERS)]
    acknowledged: list[list[str]] = []
    end = time.monotonic() + (SECONDS_THOROUGH if thorough else SECONDS)
    while time.monotonic() < end:
        rest(0.1)
    acknowledged = [writer.stop() for writer in writers]
    ids = [event.id for event in GitEventLog(path).since()]
    assert [reader.stop_after(len(ids)) for reader in readers] == [ids, ids]
    assert Counter(ids).most_common(1)[0][1] == 1
    assert len(ids) == 1 + sum(map(len, acknowledged))
    order = {each: at for at, each in enumerate(ids)}
    for mine in acknowledged:
        assert [order[each] for each in mine] == sorted(order[each] for each in mine)
    check(path, [])
