"""How transactions on a host ended: a small file for each, so that a repeated request is harmless.

`controller.outpost` writes an end before the journal lets the transaction go, so a file counts only
where the journal has no such transaction any more. The newest are kept (`HOST_ENDED_KEPT`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.atomic_file import write_atomically
from controller.adapters.members import Members
from controller.domains.world import JsonObject
from controller.host_limits import HOST_ENDED_KEPT
from controller.ports import Unavailable
from controller.ports.transactions import Undone


@dataclass(frozen=True, slots=True)
class End:
    """How it ended: confirmed, or undone in this way."""

    confirmed: bool
    undone: Undone


class TransactionEnds:
    """The files in `directory`, which is created if need be."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def of(self, transaction: str) -> End | None:
        """How it ended; None if nobody knows, or what is written cannot be read."""
        try:
            kept = Members(json.loads(self._path(transaction).read_bytes()))
            undone = Undone(kept.text("reason"), kept.texts("problems"))
            return End(kept.flag("confirmed"), undone)
        except (OSError, ValueError):
            return None

    def keep_confirmed(self, transaction: str) -> None:
        """Its change stays. Raises `Unavailable` if the disk refuses."""
        self._keep(transaction, {"confirmed": True, "reason": "", "problems": []})

    def keep_undone(self, transaction: str, undone: Undone) -> None:
        """Its change was taken back. Raises `Unavailable` if the disk refuses."""
        problems: JsonObject = {"problems": [*undone.problems]}
        self._keep(transaction, {"confirmed": False, "reason": undone.reason, **problems})

    def _keep(self, transaction: str, end: JsonObject) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._path(transaction), json.dumps(end).encode())
            files = sorted(self._directory.glob("*.json"), key=lambda path: path.stat().st_mtime)
            for old in files[:-HOST_ENDED_KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(f"the host cannot keep how it ended: {error.strerror}") from error

    def _path(self, transaction: str) -> Path:
        return self._directory / f"{transaction}.json"
