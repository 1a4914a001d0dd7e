"""What people do to a genome, with stock git."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

PERSON = "A person <person@germline.invalid>"


def git(path: Path, *arguments: str) -> str:
    """What git prints."""
    name, _, email = PERSON.removesuffix(">").partition(" <")
    command = ["git", "-c", f"user.name={name}", "-c", f"user.email={email}", *arguments]
    return subprocess.run(command, cwd=path, check=True, capture_output=True, text=True).stdout


def commit_on(path: Path, branch: str, files: Mapping[str, bytes], message: str) -> None:
    """A commit on a new branch of main; main is checked out afterwards as before."""
    git(path, "switch", "-q", "-c", branch)
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", message)
    git(path, "switch", "-q", "main")


def merge(path: Path, files: Mapping[str, bytes], message: str) -> str:
    """A branch with one commit of files, merged; the merge commit."""
    commit_on(path, "work", files, message)
    git(path, "merge", "-q", "--no-ff", "-m", f"Merge: {message}", "work")
    git(path, "branch", "-q", "-D", "work")
    return git(path, "rev-parse", "HEAD").strip()
