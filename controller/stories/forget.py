"""Forget: a subject's data is gone for good, and the log still verifies.

note (its key opens nothing any more) → tombstone → every copy dropped → key destroyed.

A crash between any two of these leaves the note, and the next start goes on from the beginning;
each step is harmless when repeated, and the tombstone is the same event because the note holds
its time. Called by the command line, and by the wiring at every start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.history.privacy import Privacy, entity_of
from controller.limits import TOMBSTONES_NOTED
from controller.ports import Blocked
from controller.ports.forgetting import CopyHolder, Forgetting, Gone, PrivateLog, Vault


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that remembers: the log, the keys, and the holders of copies."""

    log: PrivateLog
    vault: Vault
    holders: Sequence[CopyHolder]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A subject is forgotten: under this pseudonym, said by this event."""

    subject: str
    pseudonym: str
    tombstone: str


def forget(memory: Memory, subject: str, time: datetime, actor: str) -> Forgotten | Gone:
    """Forget a subject (`entity:id`); `Gone` if that was done before.

    Raises `Blocked`, and changes nothing, if there is no such subject.
    """
    if not memory.vault.exists():
        raise _unknown(subject)
    with memory.vault.exclusive():
        begun = memory.vault.begin_forgetting(subject, time, actor)
        if begun is None:
            raise _unknown(subject)
        return begun if isinstance(begun, Gone) else _finish(memory, begun)


def finish_forgetting(memory: Memory) -> tuple[Forgotten, ...]:
    """What an earlier process began, and keys that came back though a tombstone names them."""
    if not memory.vault.exists():
        return ()
    cursor = memory.vault.searched()
    tombstones, length = memory.log.tombstones(cursor)
    if not (memory.vault.pending() or tombstones or length - cursor >= TOMBSTONES_NOTED):
        return ()
    with memory.vault.exclusive():
        for event in tombstones:
            memory.vault.begin_again(event.subject.partition("~")[2], event.at, event.actor)
        finished = tuple(_finish(memory, begun) for begun in memory.vault.pending())
        if length > cursor:
            memory.vault.note_searched(length)
    return finished


def check_forgettable(privacy: Privacy, subject: str) -> None:
    """Raises `Blocked` unless the subject's entity has the rule."""
    if entity_of(subject) not in privacy.shredded:
        known = ", ".join(sorted(privacy.shredded))
        raise Blocked(
            f"{subject} is no subject that can be forgotten",
            f"write it as entity:id; entities with keys: {known}"
            if known
            else "no entity of this genome's systems has the rule deletion_means_crypto_shred",
        )


def _finish(memory: Memory, begun: Forgetting) -> Forgotten:
    tombstone = memory.log.bury(begun)
    for holder in memory.holders:
        holder.forget(begun.subject)
    memory.vault.destroy(begun)
    return Forgotten(begun.subject, begun.pseudonym, tombstone.id)


def _unknown(subject: str) -> Blocked:
    return Blocked(
        f"nothing is sealed for {subject}",
        "`germline events log` shows what there is; names are exact",
    )
