"""Mends a journal whose pending lines do not go on where the sealed events end.

Called by the event log before its first append, with the journal's lock held. A line proves
itself, so what verifies and is not in git is kept, in order, in one new file; what does not
verify is set aside in a file of its own, where a person can look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from controller.adapters.atomic_file import make_directory, sync_directory, write_atomically
from controller.adapters.journal import Journal
from controller.history import segment
from controller.history.event import Event

SealedIds = Callable[[int], Iterator[str]]
"""The ids of the sealed events from a sequence number on."""


@dataclass(slots=True)
class _Found:
    """Pending lines as they are in the files, and whether they are out of place."""

    good: list[bytes] = field(default_factory=list)
    bad: list[bytes] = field(default_factory=list)
    misplaced: bool = False


def agrees(journal: Journal, sealed: int, sealed_ids: SealedIds) -> bool:
    """Whether the journal's line of the last sealed event is that event, if it has one.

    It is not where the branch got other events, by a fetch, since the line was written.
    """
    firsts = journal.files()
    if not firsts or firsts[0] >= sealed:
        return True
    for at, lines in journal.read(sealed - 1):
        event = _event(lines[: lines.index(b"\n")])
        return at == sealed - 1 and event is not None and event.id == next(sealed_ids(sealed - 1))
    return firsts[-1] == sealed


def repair(journal: Journal, sealed: int, sealed_ids: SealedIds) -> str | None:
    """Make the journal follow the sealed events. Says what was wrong, None if nothing was.

    After a repair the journal is one file that begins at `sealed`. Raises OSError where the disk
    refuses; nothing is lost then.
    """
    found = _look(journal, sealed, sealed_ids)
    if not found.bad and not found.misplaced:
        return None
    aside = journal.directory / "damaged" / f"{sealed:0{segment.SEQUENCE_DIGITS}d}.txt"
    if found.bad:
        make_directory(aside.parent)
        kept = aside.read_bytes() if aside.exists() else b""
        write_atomically(aside, kept + b"\n".join(found.bad) + b"\n")
        sync_directory(aside.parent)
    before = journal.files()
    journal.rewrite(sealed, b"".join(line + b"\n" for line in found.good))
    for first in before:
        if first != sealed:
            journal.path(first).unlink(missing_ok=True)
    lost = f"; {len(found.bad)} damaged lines are set aside in {aside}" if found.bad else ""
    return f"the journal was mended: {len(found.good)} events go on after event {sealed}{lost}"


def _look(journal: Journal, sealed: int, sealed_ids: SealedIds) -> _Found:
    firsts = journal.files()
    found = _Found()
    begin, in_git = sealed, frozenset[str]()
    if not agrees(journal, sealed, sealed_ids):
        found.misplaced = True
        begin, in_git = firsts[0], frozenset(sealed_ids(firsts[0]))
    expected = begin
    for at, lines in journal.read(begin):
        found.misplaced = found.misplaced or at != expected
        expected = at + lines.count(b"\n")
        for line in lines[:-1].split(b"\n"):
            event = _event(line)
            if event is None:
                found.bad.append(line)
            elif event.id not in in_git:
                found.good.append(line)
    found.misplaced = found.misplaced or any(first > expected for first in firsts)
    return found


def _event(line: bytes) -> Event | None:
    try:
        return segment.decode_line(line, 0)
    except segment.Malformed:
        return None
