"""Appends and seals in a process of its own, and tells as JSON what came of it.

`python -m tests.crash.attempt REPOSITORY NAME` appends one event.
`python -m tests.crash.attempt REPOSITORY NAME --until-full FILLER` appends until there is no
room, removes the file FILLER, and appends once more.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pygit2

from controller.adapters.git_event_log import GitEventLog
from controller.ports import ControllerError
from tests.crash.writer import happened


def main() -> None:
    """See above."""
    repository, name = Path(sys.argv[1]), sys.argv[2]
    told: dict[str, Any] = {"acknowledged": [], "refused": None}
    if len(sys.argv) > 3:
        pygit2.init_repository(str(repository), bare=True)
        _until_full(repository, name, Path(sys.argv[4]), told)
    else:
        _once(repository, name, told)
    print(json.dumps(told))


def _once(repository: Path, name: str, told: dict[str, Any]) -> None:
    try:
        log = GitEventLog(repository)
        told["acknowledged"] += [event.id for event in log.append([happened(name, 0)])]
        log.seal()
    except ControllerError as error:
        told["refused"] = [type(error).__name__, error.reason, error.hint]


def _until_full(repository: Path, name: str, filler: Path, told: dict[str, Any]) -> None:
    log, number = GitEventLog(repository), 0
    while told["refused"] is None:
        try:
            events = log.append([happened(name, number * 100 + i) for i in range(100)])
            told["acknowledged"] += [event.id for event in events]
            number += 1
            if number % 5 == 0:
                log.seal()
        except ControllerError as error:
            told["refused"] = [type(error).__name__, error.reason, error.hint]
    filler.unlink()
    told["acknowledged"] += [event.id for event in log.append([happened("room", 0)])]
    log.close()
    told["stored"] = [event.id for event in GitEventLog(repository).since()]
    told["verified"] = GitEventLog(repository).verify()


if __name__ == "__main__":
    main()
