"""What was left half done, or damaged: what the next process makes of it, exactly."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from controller.adapters import journal as journal_module
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_sealer import Sealer
from controller.ports import Corrupt, Unavailable
from tests.crash.aftermath import check
from tests.git.events import named, sealed, stored
from tests.git.stock import fsck, git


@pytest.fixture
def pending(path: Path) -> Path:
    """The journal file of three events that are not sealed, after two that are."""
    log = GitEventLog(path)
    sealed(log, named("ana", 2))
    log.append(named("bo", 3))
    return path / "germline" / "journal" / "000000000000.jsonl"


def lines(file: Path) -> list[bytes]:
    """Its lines, without the zeros that are written ahead."""
    return file.read_bytes().rstrip(b"\0").splitlines(keepends=True)


def damaged(path: Path) -> bytes:
    """What was set aside."""
    return b"".join(each.read_bytes() for each in (path / "germline/journal/damaged").glob("*"))


@pytest.mark.parametrize("kept", [1, 100, -1])
def test_a_line_that_was_not_written_to_its_end_never_happened(
    path: Path, pending: Path, kept: int
) -> None:
    ids = [event.id for event in stored(path)]
    whole = lines(pending)
    pending.write_bytes(b"".join(whole[:-1]) + whole[-1][:kept])
    assert [event.id for event in stored(path)] == ids[:-1]
    check(path, ids[:-1])


def test_what_lies_behind_a_hole_of_zeros_never_happened(path: Path, pending: Path) -> None:
    ids = [event.id for event in stored(path)]
    pending.write_bytes(b"".join(lines(pending)) + bytes(5000) + b'{"garbage":1}\n' * 9)
    assert [event.id for event in stored(path)] == ids
    check(path, ids)
    assert len(stored(path)) == 6


def test_a_damaged_line_is_set_aside_and_all_others_stay(path: Path, pending: Path) -> None:
    ids = [event.id for event in stored(path)]
    whole = lines(pending)
    broken = whole[3].replace(b"bo", b"BO")
    pending.write_bytes(b"".join([*whole[:3], broken, whole[4]]))
    with pytest.raises(Corrupt, match="journal is damaged: event 3"):
        GitEventLog(path).verify()
    log = GitEventLog(path)
    log.append(named("cy", 1))
    assert log.mended is not None
    assert "1 damaged lines are set aside" in log.mended
    assert damaged(path) == broken
    check(path, [*ids[:3], ids[4]])
    assert [event.subject for event in stored(path)][:5] == ["ana", "ana", "bo", "bo", "cy"]


def test_what_is_no_event_is_not_sealed(path: Path, pending: Path) -> None:
    whole = lines(pending)
    pending.write_bytes(b"".join([*whole[:4], b"no event\n"]))
    tip = git(path, "rev-parse", "genome/events")
    log = GitEventLog(path)
    with pytest.raises(Corrupt, match="event 4: the line is not JSON"):
        log.seal()
    assert git(path, "rev-parse", "genome/events") == tip


def test_a_seal_ends_with_what_waited_when_it_began(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, other = GitEventLog(path), GitEventLog(path)
    log.append(named("ana", 3))
    made = Sealer._made
    meanwhile = iter(range(50))

    def made_while_others_append(self: Sealer, *arguments: Any) -> Any:
        other.append(named("bo", 1, next(meanwhile)))
        return made(self, *arguments)

    monkeypatch.setattr(Sealer, "_made", made_while_others_append)
    assert log.seal() == 3
    assert log.length() == 4


def test_a_journal_that_lost_a_file_is_corrupt_and_takes_nothing_more(
    path: Path, pending: Path
) -> None:
    git(path, "update-ref", "-d", "refs/heads/genome/events")
    (path / "germline" / "verified.json").unlink()
    pending.rename(pending.with_name("000000000002.jsonl"))
    with pytest.raises(Corrupt, match="the journal begins at 2"):
        GitEventLog(path).append(named("cy", 1))


def test_a_journal_lock_that_says_nothing_sensible_is_written_anew(
    path: Path, pending: Path
) -> None:
    ids = [event.id for event in stored(path)]
    for text in (b"", bytes(12), b"0000", b"not a number"):
        pending.with_name("lock").write_bytes(text)
        check(path, ids, f"after {text!r}")


def test_a_process_that_keeps_the_journals_lock_makes_others_say_so(
    path: Path, pending: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "JOURNAL_LOCK_SECONDS", 0.02)
    holder = os.open(pending.with_name("lock"), os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    with pytest.raises(Unavailable, match="another process holds the journal"):
        GitEventLog(path).append(named("cy", 1))
    os.close(holder)
    check(path, [])


def test_what_a_killed_sealer_left_among_the_packs_is_swept(path: Path, pending: Path) -> None:
    packs = path / "objects" / "pack"
    ids = [event.id for event in stored(path)]
    (packs / "tmp_germline_dead").mkdir()
    (packs / "tmp_germline_dead" / "pack").write_bytes(b"PACK half of")
    (packs / "pack-0123456789012345678901234567890123456789.pack").write_bytes(b"PACK half of")
    keep = next(packs.glob("*.pack")).with_suffix(".keep")
    keep.write_bytes(b"being sealed\n")
    (packs / "somebody-elses.keep").write_bytes(b"of a push\n")
    check(path, ids)
    assert list(packs.glob("tmp_*")) == []
    assert [each.name for each in packs.glob("*.keep")] == ["somebody-elses.keep"]


def test_a_pack_without_its_index_is_corrupt_until_git_writes_it_anew(
    path: Path, pending: Path
) -> None:
    ids = [event.id for event in stored(path)]
    (index,) = (path / "objects" / "pack").glob("*.idx")
    index.unlink()
    with pytest.raises(Corrupt, match="missing or damaged"):
        GitEventLog(path).append(named("cy", 1))
    git(path, "index-pack", str(index.with_suffix(".pack")))
    check(path, ids)


def test_a_repack_between_a_seals_pack_and_its_ref_takes_nothing_away(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from controller.adapters import git_sealer

    move = git_sealer.move

    def repack_first(*arguments: object) -> bool:
        git(path, "repack", "-a", "-d", "-q")
        git(path, "prune", "--expire=now")
        return move(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(git_sealer, "move", repack_first)
    for number in range(3):
        sealed(GitEventLog(path), named(f"w{number}", 5))
    assert len(stored(path)) == 15
    assert list((path / "objects" / "pack").glob("*.keep")) == []
    fsck(path)
