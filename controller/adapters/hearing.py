"""Hearing: whether anybody acknowledges what a host says, as its own kernel has it.

`outpost` asks when nobody confirmed a change in time. A controller that is only late has a kernel
that acknowledges every segment; a host that its gene has cut off has data in its connections that
it sends again and again. proc_net_tcp.rst of Linux: the fifth field counts bytes that are not
acknowledged, the seventh retransmissions, the ninth probes without an answer (those of a host that
has no way out at all).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from controller.ports.transactions import UNCONFIRMED, UNHEARD

_TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_ESTABLISHED: Final = "01"


def unconfirmed_here() -> str:
    """Why nobody confirmed, as far as this host can tell: `UNHEARD` or `UNCONFIRMED`."""
    door = os.environ.get("SSH_CONNECTION", "").split()
    port = int(door[3]) if len(door) == 4 and door[3].isdecimal() else None
    return UNHEARD if is_unheard(_lines(), port) else UNCONFIRMED


def is_unheard(lines: Iterable[str], port: int | None) -> bool:
    """Whether one of these connections, from this port if it is known, waits in vain."""
    return any(_waits_in_vain(line.split(), port) for line in lines)


def _waits_in_vain(fields: list[str], port: int | None) -> bool:
    if len(fields) < 10 or fields[3] != _ESTABLISHED:
        return False
    if port is not None and int(fields[1].rpartition(":")[2], 16) != port:
        return False
    unacknowledged = int(fields[4].partition(":")[0], 16)
    return unacknowledged > 0 and (int(fields[6], 16) > 0 or int(fields[8]) > 0)


def _lines() -> Iterator[str]:
    for table in _TABLES:
        if table.exists():
            yield from table.read_text().splitlines()[1:]
