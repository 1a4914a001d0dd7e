"""Room for control groups below this process's own, where a service manager has delegated it.

`gene_group` asks for it before it looks for places. In version 2 (cgroups(7), "no internal
processes") a group whose children have controllers holds no process itself; so this process moves
into a group of its own below the delegated one, and what it makes goes beside that.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

MARK: Final = "user.delegate"
"""The attribute by which systemd says that a group is its processes' own (`Delegate=`,
systemd.resource-control(5)); whatever has none is somebody else's and left alone."""
OWN: Final = "controller"
_PROCESSES: Final = "cgroup.procs"


def make_room(group: Path, controllers: tuple[str, ...]) -> bool:
    """Let groups below `group`, this process's own, have these controllers.

    False where nobody delegated it. A controller that the machine does not give is left out.
    """
    if not _delegated(group):
        return False
    own = group / OWN
    own.mkdir(exist_ok=True)
    for process in (group / _PROCESSES).read_text().split():
        with suppress(ProcessLookupError):
            (own / _PROCESSES).write_text(process)
    for controller in controllers:
        with suppress(OSError):
            (group / "cgroup.subtree_control").write_text(f"+{controller}")
    return True


def _delegated(group: Path) -> bool:
    try:
        return os.getxattr(group, MARK) == b"1" and os.access(group, os.W_OK)
    except OSError:
        return False
