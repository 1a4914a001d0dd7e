"""What hosts were in trouble with when they were last asked, kept beside the repository.

`host_world` writes it as it goes, `germline status` reads it: the process that is at work, and its
patience with each host, are others. Deleting it loses nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from controller.adapters.atomic_file import write_atomically

FILE: Final = "hosts.json"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a host could not be worked on: how often in a row, and when it is tried again.

    `until` is None where it will not be before a person has changed something.
    """

    reason: str
    hint: str
    failures: int
    until: datetime | None


class HostTroubles:
    """Troubles by the names of hosts, in one file."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE
        self._known: dict[str, Trouble] | None = None

    def read(self) -> dict[str, Trouble]:
        """What the file says; nothing where it cannot be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Trouble])
        except (OSError, msgspec.DecodeError):
            return {}

    def keep(self, host: str, trouble: Trouble | None) -> None:
        """Remember a host's trouble, or that it has none any more. A disk that is full is no
        reason to stop."""
        known = self.read() if self._known is None else self._known
        if known.get(host) == trouble:
            self._known = known
            return
        others = {name: one for name, one in known.items() if name != host}
        self._known = others if trouble is None else {**others, host: trouble}
        with suppress(OSError):
            write_atomically(self._path, msgspec.json.encode(self._known))
