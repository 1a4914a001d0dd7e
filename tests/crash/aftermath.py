"""What must hold of a log after anything that happened to the process that wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from controller.adapters.git_event_log import GitEventLog
from tests.git.events import named
from tests.git.stock import fsck


def check(repository: Path, acknowledged: Iterable[str], name: str = "afterwards") -> None:
    """Acknowledged events are there once each, the next one can be appended, all verifies."""
    log = GitEventLog(repository)
    (after,) = log.append(named(name, 1))
    log.close()
    reader = GitEventLog(repository)
    ids = [event.id for event in reader.since()]
    times = Counter(ids)
    assert [each for each in acknowledged if times[each] != 1] == []
    assert ids[-1] == after.id
    assert max(times.values()) == 1
    assert reader.verify() == len(ids)
    fsck(repository)
