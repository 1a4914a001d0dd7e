"""Stock git at work on the same repository, and places where nothing can be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controller.adapters.git_event_log import GitEventLog
from controller.ports import Blocked, Corrupt
from tests.crash.aftermath import check
from tests.crash.writer import Writer
from tests.git.events import named, sealed, stored
from tests.git.stock import fsck, git

ROOT = Path(__file__).parents[2]
ROUNDS, ROUNDS_THOROUGH = 8, 80
Attempt = dict[str, Any]


def while_writers_work(path: Path, act: Callable[[int], object], rounds: int) -> list[str]:
    """Do it so many times while three writers append; returns what they acknowledged."""
    sealed(GitEventLog(path), named("first", 1))
    writers = [Writer(path, f"w{number}", range(50, 400)) for number in range(3)]
    try:
        for number in range(rounds):
            act(number)
    finally:
        acknowledged = [each for writer in writers for each in writer.stop()]
    return acknowledged


@pytest.mark.parametrize(
    "command",
    [
        ["gc", "--quiet", "--prune=now"],
        ["repack", "-a", "-d", "-q"],
        ["pack-refs", "--all", "--prune"],
    ],
    ids=["gc", "repack", "pack-refs"],
)
def test_stock_git_may_repack_while_events_are_appended(
    path: Path, thorough: bool, command: list[str]
) -> None:
    codes = []

    def run(number: int) -> None:
        """A git that finds a pack gone, or a ref moved, gives up and has changed nothing."""
        done = subprocess.run(["git", *command], cwd=path, capture_output=True, check=False)
        codes.append(done.returncode)

    acknowledged = while_writers_work(path, run, ROUNDS_THOROUGH if thorough else ROUNDS)
    assert codes.count(0) > len(codes) / 2
    check(path, acknowledged)


def test_a_clone_or_a_fetch_meanwhile_gets_a_log_that_verifies(
    path: Path, tmp_path: Path, thorough: bool
) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "fetched")
    fetched = tmp_path / "fetched"
    lengths = [0]

    def look(number: int) -> None:
        git(tmp_path, "clone", "--quiet", "--bare", str(path), f"clone-{number}")
        assert GitEventLog(tmp_path / f"clone-{number}").verify() > 0
        git(fetched, "fetch", "--quiet", str(path), "genome/events:genome/events")
        lengths.append(GitEventLog(fetched).verify())

    acknowledged = while_writers_work(path, look, ROUNDS_THOROUGH if thorough else ROUNDS)
    assert lengths == sorted(lengths)
    assert lengths[1] > 0
    fsck(fetched)
    check(path, acknowledged)


def test_a_shallow_clone_reads_and_appends_but_does_not_verify(path: Path, tmp_path: Path) -> None:
    for number in range(3):
        sealed(GitEventLog(path), named(f"w{number}", 2))
    shallow = ("--depth=1", "--branch=genome/events")
    git(tmp_path, "clone", "--quiet", "--bare", *shallow, f"file://{path}", "shallow")
    clone = tmp_path / "shallow"
    assert stored(clone) == stored(path)
    sealed(GitEventLog(clone), named("here", 1))
    assert len(stored(clone)) == 7
    with pytest.raises(Blocked, match="shallow clone") as caught:
        GitEventLog(clone).verify()
    assert "--unshallow" in caught.value.hint
    git(clone, "fetch", "--quiet", "--unshallow", str(path), "genome/events")
    assert GitEventLog(clone).verify() == 7


def test_a_partial_clone_says_that_segments_are_not_there(path: Path, tmp_path: Path) -> None:
    sealed(GitEventLog(path), named("ana", 3))
    git(path, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", f"file://{path}", "partial")
    with pytest.raises(Corrupt, match=r"event 0: its segment .* is missing"):
        stored(clone)
    whole = ("--refetch", "--no-filter", f"file://{path}", "genome/events:genome/events")
    git(clone, "fetch", "--quiet", *whole)
    assert stored(clone) == stored(path)


# --- nowhere to write -------------------------------------------------------------------


def attempt(*arguments: str, before: tuple[str, ...] = ()) -> Attempt:
    """What a process of its own tells; it has no power over permissions."""
    powers = "-dac_override,-dac_read_search,-fowner"
    mortal = ["setpriv", "--bounding-set", powers, "--inh-caps", powers] * (os.geteuid() == 0)
    done = subprocess.run(
        [*before, *mortal, sys.executable, "-m", "tests.crash.attempt", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: Attempt = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("place", "acknowledges", "refuses"),
    [
        ("germline/journal", True, False),
        ("germline/journal/lock", False, True),
        ("germline/journal/000000000000.jsonl", False, True),
        ("germline", True, False),
        ("objects/pack", True, True),
        ("refs/heads/genome", True, True),
    ],
)
def test_what_cannot_be_written_is_refused_or_stays_in_the_journal(
    path: Path, place: str, acknowledges: bool, refuses: bool
) -> None:
    log = GitEventLog(path)
    first = sealed(log, named("ana", 2))
    log.append(named("bo", 1))
    before = stored(path)
    mode = (path / place).stat().st_mode
    (path / place).chmod(mode & ~0o222)
    told = attempt(str(path), "here")
    (path / place).chmod(mode)
    assert (bool(told["acknowledged"]), bool(told["refused"])) == (acknowledges, refuses)
    if refuses:
        kind, reason, hint = told["refused"]
        assert kind in ("Unavailable", "Blocked")
        assert reason
        assert hint
    assert stored(path)[:3] == before
    check(path, [*(event.id for event in first), *told["acknowledged"]])


def test_a_repository_that_cannot_be_entered_is_blocked(path: Path) -> None:
    sealed(GitEventLog(path), named("ana", 2))
    path.chmod(0)
    told = attempt(str(path), "here")
    path.chmod(0o755)
    assert told["acknowledged"] == []
    assert told["refused"][0] == "Blocked"


@pytest.mark.root
def test_a_full_file_system_keeps_what_was_acknowledged_and_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    place = tmp_path / "small"
    place.mkdir()
    mount = 'mount -t tmpfs -o size=3m none "$0" && head -c 1m /dev/zero >"$0/filler" && exec "$@"'
    inside = ("unshare", "--mount", "--propagation", "private", "sh", "-c", mount, str(place))
    told = attempt(str(place / "log"), "w", "--until-full", str(place / "filler"), before=inside)
    assert told["refused"][0] == "Unavailable"
    assert "No space left" in told["refused"][1]
    assert len(told["acknowledged"]) > 1000
    stored_ids = told["stored"]
    assert [each for each in stored_ids if each in set(told["acknowledged"])] == told[
        "acknowledged"
    ]
    assert len(set(stored_ids)) == len(stored_ids) == told["verified"]
