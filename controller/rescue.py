"""Rescue: a small process that undoes what nobody has confirmed in time.

    python -m controller.rescue STATE            undo what is overdue, once
    python -m controller.rescue STATE --watch    go into the background and see to all deadlines

STATE is what a clone keeps beside git (`.git/germline`). Nothing else is read: no genome, no log,
no configuration, so that it works when those do not. `adapters.host_timer` starts it, and
`overdue` does the work.
"""

from __future__ import annotations

import sys
from pathlib import Path

from controller.overdue import ClosingWorlds, see_to_deadlines


def main(arguments: list[str]) -> int:
    """The exit status: 0 if all that was overdue is undone, or somebody watches."""
    status = see_to_deadlines(arguments, _worlds)
    if status is None:
        sys.stderr.write("Error: there is no such clone\n")
        sys.stderr.write("Hint: python -m controller.rescue .git/germline\n")
        return 1
    return status


def _worlds(state: Path) -> ClosingWorlds:
    """The worlds of a clone, imported when it watches already: whoever waits for that goes on."""
    from controller.adapters.clock import SystemClock  # noqa: PLC0415
    from controller.adapters.journalled_worlds import JournalledWorlds  # noqa: PLC0415

    return JournalledWorlds(state, SystemClock())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
