"""Makes a new genome repository: main with one commit, checked out.

Called through `GitRepository.create`, by `germline init` and by whoever needs a repository
to try something in.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pygit2

from controller.adapters.git_files import tree_with
from controller.adapters.git_locks import WriterLock
from controller.adapters.git_main import Advance, advance
from controller.adapters.git_open import open_repository
from controller.ports import Blocked

_CONFIG: Final = (
    ("core.autocrlf", "false"),  # an allele is named by its bytes
    ("core.fsync", "committed"),  # stock git syncs what it writes here, as this program does
    ("transfer.fsckObjects", "true"),  # nothing broken comes in
    ("notes.displayRef", "refs/notes/germline/*"),  # `git log` shows proofs
)


def create(path: Path, files: Mapping[str, bytes], message: str, author: pygit2.Signature) -> None:
    """Make the repository. Raises `Blocked` unless `path` is missing or an empty directory."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise Blocked(f"{path} is not empty", "give a directory that is empty or not there yet")
    pygit2.init_repository(str(path), initial_head="main")
    repository = open_repository(path)
    for key, value in _CONFIG:
        repository.config[key] = value
    tree = tree_with(repository, None, files)
    with WriterLock(Path(repository.path)).held():
        advance(repository, Advance(tree, (), message, author))
