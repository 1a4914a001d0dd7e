"""Runs stock git on what this program wrote, as anyone else would."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ANA = "Ana <ana@example.org>"

FILES = {
    "contracts/network/a.sg": b"gene a\n",
    "contracts/network/b.sg": b"gene b\n",
    "phenotypes/edge.sg": b"phenotype edge\n",
    "germline.toml": b"",
}

_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ana",
    "GIT_AUTHOR_EMAIL": "ana@example.org",
    "GIT_COMMITTER_NAME": "Ana",
    "GIT_COMMITTER_EMAIL": "ana@example.org",
}


def git(path: Path, *arguments: str) -> str:
    """What git prints, with nothing on its standard error that counts as a failure."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=path,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


def fsck(path: Path) -> None:
    """Every object and ref is sound."""
    git(path, "fsck", "--strict", "--no-dangling")


def changes(path: Path) -> list[str]:
    """What `git status` finds changed or untracked."""
    return git(path, "status", "--porcelain", "--untracked-files=all").splitlines()
