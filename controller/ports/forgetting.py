"""What forgetting somebody asks of the world: keys that can be destroyed, copies that go.

Answered by the vault, by the log with people in it, and by whatever keeps copies of its data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from controller.history.event import Event
from controller.history.sealed import SubjectKey
from controller.ports import EventLog


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A subject that is being forgotten: asked for at `time` by `actor`, and not finished yet."""

    subject: str
    pseudonym: str
    time: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A subject that was forgotten at `time`."""

    time: datetime


class Vault(Protocol):
    """The keys of subjects, outside git. All methods raise `Blocked` for a vault of no use."""

    def exists(self) -> bool:
        """False until the first key is needed: nothing is made before."""

    def version(self) -> object:
        """Another value after any key was destroyed or brought back."""

    def steady(self) -> AbstractContextManager[None]:
        """While it is held, no key is destroyed. Makes the vault if there is none."""

    def exclusive(self) -> AbstractContextManager[None]:
        """While it is held, nobody else seals, destroys or brings back."""

    def keys_for(self, subjects: Mapping[str, datetime | None]) -> Mapping[str, SubjectKey]:
        """The keys of subjects, made durably where there are none. Call it while `steady`.

        With each subject comes when it was made anew, if that is what happens. Raises
        `Blocked` for one that was forgotten, unless it is made anew after that.
        """

    def key_of(self, pseudonym: str) -> SubjectKey | None:
        """The key behind a pseudonym, or None if it is not here or is being destroyed."""

    def begin_forgetting(
        self, subject: str, time: datetime, actor: str
    ) -> Forgetting | Gone | None:
        """Note durably that a subject is to be forgotten: its key opens nothing any more.

        Returns the earlier note if there is one; `Gone` if it was forgotten before; None if
        there is no such subject. Call it while `exclusive`, as the following.
        """

    def begin_again(self, pseudonym: str, time: datetime, actor: str) -> Forgetting | None:
        """The same for a key that came back although a tombstone names it."""

    def pending(self) -> tuple[Forgetting, ...]:
        """What was begun and is not finished."""

    def destroy(self, forgetting: Forgetting) -> None:
        """Destroy the key durably and remember only that this subject was forgotten."""

    def searched(self) -> int:
        """The number of events that were searched for tombstones of keys that are here."""

    def note_searched(self, events: int) -> None:
        """Remember it."""


class CopyHolder(Protocol):
    """Whatever keeps data of subjects besides the log: projections, snapshots, indexes, caches.

    Whoever folds the log and meets a `subject.forgotten` begins anew: what it opened before may
    have been that subject's.
    """

    def forget(self, subject: str) -> None:
        """Drop everything about a subject, durably. Harmless if there is nothing."""


class PrivateLog(EventLog, Protocol):
    """The log with subjects in it, whose tombstones only forgetting may write."""

    def bury(self, forgetting: Forgetting) -> Event:
        """Append the tombstone, durably; a repeated one is the same event."""

    def tombstones(self, cursor: int) -> tuple[Sequence[Event], int]:
        """The tombstones after a cursor, and the number of events now."""

    def in_plain(self, subject: str) -> int:
        """The number of events about a subject that no key seals: git keeps those."""
