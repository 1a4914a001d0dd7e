"""Which commit the log is at, and whether it still grows out of one that was seen before.

Called by what is kept beside the log (snapshots, the index): a commit names everything before
it, so a file that remembers one can tell a log that grew from one that was rewritten.
"""

from __future__ import annotations

from pathlib import Path

import pygit2

from controller.adapters.git_event_history import EVENTS_REF
from controller.adapters.git_open import open_repository
from controller.adapters.git_refs import tip


class GitLogTip:
    """The tip of the log's branch in one repository."""

    def __init__(self, repository_path: Path) -> None:
        self._repository = open_repository(repository_path)

    def commit(self) -> str:
        """The commit that the log is sealed up to, or an empty string before the first."""
        return str(tip(self._repository, EVENTS_REF) or "")

    def grew_from(self, commit: str) -> bool:
        """True if the log's tip is this commit or descends from it; of nothing, always."""
        now = self.commit()
        if commit in ("", now):
            return True
        try:
            return bool(now) and self._repository.descendant_of(now, commit)
        except (pygit2.GitError, KeyError, ValueError):
            return False
