"""A directory of files that can be made again from the log: answers `ports.CopyHolder`.

Built in the wiring, for snapshots and indexes. Which file holds whose data is not known, so
forgetting one subject removes them all; whoever needs them next makes them anew.
"""

from __future__ import annotations

from pathlib import Path

from controller.adapters.vault_files import shred_directory
from controller.ports import Unavailable


class FileCopies:
    """Everything below one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def forget(self, subject: str) -> None:  # noqa: ARG002 - all of them go
        """See `ports.CopyHolder`. Raises `Unavailable`."""
        try:
            shred_directory(self._directory)
        except OSError as error:
            raise Unavailable(
                f"copies in {self._directory} could not be removed: {error}",
                "`germline forget` carries on when it is run again",
            ) from error
