"""A process that appends events and says on its standard output which were acknowledged.

`python -m tests.git.writer REPOSITORY NAME COUNT BATCH`: one line of ids per append.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from controller.adapters.git_event_log import GitEventLog
from controller.history.event import Occurrence


def main() -> None:
    path, name, count, batch = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    log = GitEventLog(path)
    for number in range(count):
        events = log.append([occurrence(name, number * batch + i) for i in range(batch)])
        print(*(event.id for event in events), flush=True)


def occurrence(name: str, number: int) -> Occurrence:
    """The n-th thing that happened to somebody."""
    return Occurrence(
        type="trial.recorded",
        subject=name,
        data={"number": number, "note": "ü\n\u2028"},
        time=datetime(2026, 11, 1, 12, tzinfo=UTC),
        cause=None,
        actor=f"agent:{name}",
    )


if __name__ == "__main__":
    main()
