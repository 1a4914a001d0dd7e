"""Rescue: a small process that undoes what nobody has confirmed in time.

    python -m controller.rescue STATE            undo what is overdue, once
    python -m controller.rescue STATE --watch    go into the background and see to all deadlines

STATE is what a clone keeps beside git (`.git/germline`). Nothing else is read: no genome, no log,
no configuration, so that it works when those do not. `adapters.host_timer` starts it, and
`overdue` does the work.
"""

from __future__ import annotations

import sys

from controller.adapters.clock import SystemClock
from controller.adapters.worlds import JournalledWorlds
from controller.overdue import see_to_deadlines


def main(arguments: list[str]) -> int:
    """The exit status: 0 if all that was overdue is undone, or somebody watches."""
    status = see_to_deadlines(arguments, lambda state: JournalledWorlds(state, SystemClock()))
    if status is None:
        sys.stderr.write("Error: there is no such clone\n")
        sys.stderr.write("Hint: python -m controller.rescue .git/germline\n")
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
