"""What is about to happen to main, on disk before it does, so that a killed move is finished.

Written and read by `git_main` only, with the writer lock held.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import pygit2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from controller.adapters.git_open import own_directory
from controller.ports import Corrupt

CommitId = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class Intent(BaseModel):
    """Main goes from one commit to another; then the branch `draft` is deleted.

    `base` is None where main did not exist. `draft` is None where no draft is merged;
    `draft_commit` is then None too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: CommitId | None
    to: CommitId
    draft: str | None = None
    draft_commit: CommitId | None = None


class IntentFile:
    """The one intent that a repository may have."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._path = own_directory(repository) / "merge-intent.json"

    def read(self) -> Intent | None:
        """The intent that was left, if one was. Raises `Corrupt`."""
        try:
            return Intent.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise Corrupt(
                f"{self._path} is not what was written there",
                "see that the working tree agrees with main, then remove the file",
            ) from error

    def write(self, intent: Intent) -> None:
        """Put an intent on disk; on return it outlives a loss of power."""
        new = self._path.with_suffix(".new")
        with new.open("w", encoding="ascii") as file:
            file.write(intent.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        _sync_directory(self._path.parent)

    def clear(self) -> None:
        """What was intended is done, or will never be."""
        self._path.unlink(missing_ok=True)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
