"""The log beside main: what merges say of it, and whether it still is what they said.

`merge` writes down how the log is; `prove` asks how the clone's log stands to that. What a merge
says is on main, so whoever rewrites the log would have to rewrite main as well.
"""

from __future__ import annotations

from controller.membrane.primary import KEPT, Anchor, LogStanding, anchor_of
from controller.ports import Repository
from controller.proof_limits import LOG_ANCHOR_COMMITS
from controller.stories.chronicle import Chronicle


def anchor_now(chronicle: Chronicle) -> Anchor | None:
    """The log as it is; None before its first event."""
    length = chronicle.length()
    if length == 0:
        return None
    return Anchor(length, _id_at(chronicle, length), _id_at(chronicle, 1))


def log_standing(repository: Repository, base: str, chronicle: Chronicle | None) -> LogStanding:
    """How the log stands to what main said of it up to `base`. Without a log nobody can tell."""
    if chronicle is None:
        return KEPT
    length = chronicle.length()
    first = _id_at(chronicle, 1) if length else ""
    other = None
    for commit, message in repository.first_parents(base, LOG_ANCHOR_COMMITS):
        anchor = anchor_of(message)
        if anchor is not None and anchor.first == first:
            return _compared(chronicle, commit, anchor, length)
        if anchor is not None and other is None:
            other = commit
    if other is None:
        return KEPT
    return LogStanding("other", f"the log is not the one that merge {other[:12]} names")


def _compared(chronicle: Chronicle, commit: str, anchor: Anchor, length: int) -> LogStanding:
    place = f"event {anchor.last[:12]} at {anchor.length}"
    if length >= anchor.length and _id_at(chronicle, anchor.length) == anchor.last:
        return KEPT
    told = f"the log was rewritten: merge {commit[:12]} says that {place} is there, and it is not"
    return LogStanding("rewritten", told)


def _id_at(chronicle: Chronicle, number: int) -> str:
    """The id of the log's event of this number, which counts from 1."""
    return next(iter(chronicle.since(number - 1))).id
