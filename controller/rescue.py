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
from typing import TYPE_CHECKING

from controller.adapters.watch import TRANSACTIONS, in_background

if TYPE_CHECKING:
    from controller.adapters.journalled_worlds import JournalledWorlds


def main(arguments: list[str]) -> int:
    """The exit status: 0 if all that was overdue is undone, or somebody watches."""
    match arguments:
        case [name, "--watch"] if Path(name).is_dir():
            state = Path(name)
            in_background(state / TRANSACTIONS, lambda: _watch(state))
            return 0
        case [name] if Path(name).is_dir():
            return _undo(Path(name))
    sys.stderr.write("Error: there is no such clone\n")
    sys.stderr.write("Hint: python -m controller.rescue .git/germline\n")
    return 1


# What undoing needs takes half a second to import. Whoever is about to change something waits until
# somebody watches, not for that.


def _watch(state: Path) -> None:
    from controller import overdue  # noqa: PLC0415

    overdue.watch(state, _worlds)


def _undo(state: Path) -> int:
    from controller import overdue  # noqa: PLC0415

    return overdue.undo_once(state, _worlds)


def _worlds(state: Path) -> JournalledWorlds:
    from controller.adapters.clock import SystemClock  # noqa: PLC0415
    from controller.adapters.journalled_worlds import JournalledWorlds  # noqa: PLC0415

    return JournalledWorlds(state, SystemClock())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
