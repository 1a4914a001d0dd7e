"""One draft for main, what the working tree is after it, and how to see it."""

from __future__ import annotations

import os
from pathlib import Path

from controller.adapters.git_repository import GitRepository
from controller.ports import DraftRef, Merged, Stale
from tests.git.stock import ANA, FILES, git

CHANGES: dict[str, bytes | None] = {
    "phenotypes/edge.sg": b"phenotype edge\n  expresses: a\n",
    "alleles/a/1.py": b"x = 1\n",
    "contracts/network/b.sg": None,
}
AFTER = {name: data for name, data in {**FILES, **CHANGES}.items() if data is not None}


def merge(repository: GitRepository, draft: DraftRef) -> Merged | Stale:
    return repository.merge(draft, draft.base, f"merge: {draft.title}", ANA)


def on_disk(path: Path) -> dict[str, bytes]:
    """Every file of a working tree."""
    files = (file for file in path.rglob("*") if file.is_file() or file.is_symlink())
    return {
        str(file.relative_to(path)): (
            os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()
        )
        for file in files
        if ".git" not in file.relative_to(path).parts
    }


def everything(path: Path) -> tuple[str, dict[str, bytes], str]:
    """All refs, files and staged entries, to see that nothing moved."""
    return git(path, "for-each-ref"), on_disk(path), git(path, "ls-files", "--stage")
