"""What the controller's last pass met, in a file beside the clone, for whoever asks from outside.

`germline controller` writes it, `germline status` reads it: a host that is out of reach or a
webhook that nobody signed is otherwise only in the log of a process. Deleting it costs nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from controller.adapters.atomic_file import write_atomically
from controller.ports.vitals import LastPass
from controller.service_limits import LAST_PASS_SECONDS

_LAST_PASS = TypeAdapter(LastPass)


class LastPassFile:
    """`germline/last-pass.json`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: LastPass | None = None

    def read(self) -> LastPass | None:
        """The last pass of any controller of this clone; None if there was none."""
        with suppress(OSError, ValidationError):
            return _LAST_PASS.validate_json(self._path.read_bytes())
        return None

    def write(self, last: LastPass) -> None:
        """Keep it, unless it says what was written a moment ago; a full disk is no trouble."""
        before = self._written
        if before is not None and last == replace(before, at=last.at, events=last.events):
            age_s = (last.at - before.at).total_seconds()
            if 0 <= age_s < LAST_PASS_SECONDS:
                return
        with suppress(OSError):
            write_atomically(self._path, _LAST_PASS.dump_json(last))
            self._written = last
