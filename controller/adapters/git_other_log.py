"""The log of another clone, as it has sealed it, to compare ours with.

Called by `germline events verify --against`. It is fetched with stock git into a temporary
repository, so that nothing here moves and nothing there is opened for writing.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.adapters.git_event_history import EVENTS_REF
from controller.adapters.git_event_log import GitEventLog
from controller.limits import OTHER_LOG_SECONDS
from controller.ports import Blocked, Unavailable


@contextmanager
def other_log(git_directory: Path, place: str) -> Iterator[GitEventLog]:
    """The log of a remote of ours, or of the clone at a path or URL.

    Raises `Blocked` if there is no such place or no log there, `Unavailable` if it takes longer
    than `OTHER_LOG_SECONDS`.
    """
    source = _source(git_directory, place)
    with tempfile.TemporaryDirectory(prefix="germline-log-") as folder:
        _git(Path(folder), "init", "--quiet", "--bare", ".")
        fetched = _git(
            Path(folder),
            "fetch",
            "--quiet",
            "--no-tags",
            "--",
            source,
            f"{EVENTS_REF}:{EVENTS_REF}",
        )
        if fetched.returncode != 0:
            said = fetched.stderr.strip().splitlines()
            raise Blocked(
                f"the log of {place} cannot be fetched: {said[-1] if said else 'git failed'}",
                "give a remote's name, a path or a URL of a clone that has genome/events",
            )
        yield GitEventLog(Path(folder))


def _source(git_directory: Path, place: str) -> str:
    """What git is to fetch from: a remote's URL, a path made absolute, or what was given."""
    remote = _git(git_directory, "remote", "get-url", "--", place)
    source = remote.stdout.strip() if remote.returncode == 0 else place
    at = git_directory.parent if remote.returncode == 0 else Path.cwd()
    return str(at / source) if (at / source).exists() else source


def _git(at: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=at,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            timeout=OTHER_LOG_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"`git {arguments[0]}` took longer than {OTHER_LOG_SECONDS} s") from error
