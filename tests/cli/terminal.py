"""Runs `germline` as a person does: a process of its own, an 80-column terminal's width."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def germline(*arguments: str, at: Path | None = None, fed: IO[str] | None = None) -> Said:
    """Run a command on the genome at a path, `fed` on its standard input."""
    place = ["-C", str(at)] if at is not None else []
    done = subprocess.run(
        [sys.executable, "-m", "controller", *place, *arguments],
        stdin=fed,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )
    return Said(done.returncode, done.stdout, done.stderr)


def git(at: Path, *arguments: str) -> str:
    """Stock git in a repository, as a person with a name."""
    done = subprocess.run(
        ["git", "-c", "user.name=A person", "-c", "user.email=p@x.invalid", *arguments],
        cwd=at,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def everything(at: Path) -> str:
    """All refs and the state of the working tree: what must not change on a refusal."""
    return git(at, "for-each-ref") + git(at, "status", "--porcelain")
