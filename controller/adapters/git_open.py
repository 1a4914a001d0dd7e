"""Opens a git repository the one way that every git adapter needs it: exact and durable.

Called by the repository and the event log. Decides what counts as a genome repository's
directory, and how people's names become signatures.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Final

import pygit2
from pygit2.enums import RepositoryOpenFlag

from controller.ports import Blocked

GERMLINE: Final = "germline <germline@localhost>"
"""Who seals events and writes proofs."""

_PERSON = re.compile(r"\s*([^<>\n]*[^<>\s])\s*<([^<>\s]+)>\s*")


def open_repository(path: Path) -> pygit2.Repository:
    """The repository at exactly this path, a working tree or a git directory.

    Every write to it is synced to disk before it is done: what was acknowledged outlives a
    loss of power. Raises `Blocked` if there is none, and for a linked worktree, whose refs
    and locks belong to another directory.
    """
    pygit2.settings.enable_fsync_gitdir(True)
    try:
        repository = pygit2.Repository(str(path), RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as error:
        raise Blocked(
            f"{path} is not a git repository that can be opened: {error}",
            "give the directory of a genome repository, or make one with `germline init DIR`",
        ) from error
    if (Path(repository.path) / "commondir").exists():
        raise Blocked(f"{path} is a linked worktree", "give the repository that it was made from")
    name, email = _parts(GERMLINE)
    repository.set_ident(name, email)
    return repository


def own_directory(repository: pygit2.Repository) -> Path:
    """Where this program keeps its own files, inside the git directory. Made if missing."""
    directory = Path(repository.path) / "germline"
    directory.mkdir(exist_ok=True)
    return directory


def signature(person: str, moment: datetime) -> pygit2.Signature:
    """`Name <email>` at a moment. Raises `Blocked` for another form."""
    name, email = _parts(person)
    offset = moment.utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds()) // 60
    return pygit2.Signature(name, email, int(moment.timestamp()), minutes)


def _parts(person: str) -> tuple[str, str]:
    match = _PERSON.fullmatch(person)
    if match is None:
        raise Blocked(f"{person!r} does not name an author", "write it as `Name <email>`")
    return match.group(1), match.group(2)
