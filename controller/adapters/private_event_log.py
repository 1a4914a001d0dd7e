"""The event log with people in it: answers `ports.PrivateLog` over a log that must not know them.

Built in the wiring, around the log in git. On append, what is about subjects with keys is sealed;
on reading it is opened as long as its keys exist, and is `event.forgotten` afterwards. An event
that needs no key passes untouched. A key that is missing although no tombstone says why is an
error, never an event that looks forgotten: the vault is lost, or it is another machine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from controller.history.event import Event, Occurrence
from controller.history.privacy import Named, Privacy, entity_of, is_pseudonym, pseudonymous
from controller.history.sealed import (
    TOMBSTONE,
    Box,
    SubjectKey,
    Unsealable,
    as_forgotten,
    box_of,
    opened,
    seal_for,
)
from controller.limits import OWNERS_MAX
from controller.ports import Blocked, Corrupt, EventLog
from controller.ports.forgetting import Forgetting, Vault


class StoredLog(EventLog, Protocol):
    """The log underneath."""

    def verify(self) -> int:
        """Check everything; the number of events."""

    def seal(self) -> int:
        """Seal what is journalled; the number of sealed events."""


class PrivateEventLog:
    """Answers `ports.PrivateLog`. One object serves one thread."""

    def __init__(
        self, stored: StoredLog, vault: Callable[[], Vault], privacy: Callable[[], Privacy]
    ) -> None:
        """`vault` is asked for when the first key is needed, `privacy` at every append."""
        self._stored = stored
        self._vault_of = vault
        self._privacy_of = privacy
        self._vault: Vault | None = None
        self._buried: set[str] = set()
        self._buried_to = 0
        self._owners: dict[str, frozenset[str]] = {}
        self._owners_to = 0
        self._version: object = None

    @property
    def stored(self) -> StoredLog:
        """The log as it lies, sealed: what can be compared and verified without any key."""
        return self._stored

    @property
    def vault(self) -> Vault:
        """The vault. Raises `Blocked` if the configuration names no usable place."""
        if self._vault is None:
            self._vault = self._vault_of()
        return self._vault

    def append(self, occurrences: Sequence[Occurrence]) -> tuple[Event, ...]:
        """See `ports.EventLog`. The events are returned as they were given, ids as stored.

        Raises `Blocked`, and appends nothing, if one is about a subject that was forgotten,
        names more than `OWNERS_MAX` subjects, or has the form of a sealed event.
        """
        for occurrence in occurrences:
            _check_unreserved(occurrence)
        privacy = self._privacy_of()
        owners = [self._owners_of(privacy, occurrence) for occurrence in occurrences]
        if not any(owners):
            return self._stored.append(occurrences)
        if not self.vault.exists():
            self._check_nothing_sealed()
        with self.vault.steady():
            keys = self.vault.keys_for(_needs(occurrences, owners))
            sealed = [
                _sealed(occurrence, [(name, keys[name]) for name in sorted(names)])
                for occurrence, names in zip(occurrences, owners, strict=True)
            ]
            events = self._stored.append(sealed)
        return tuple(
            _as_given(event, occurrence)
            for event, occurrence in zip(events, occurrences, strict=True)
        )

    def since(self, cursor: int = 0) -> Iterator[Event]:
        """See `ports.EventLog`. Raises `Blocked` where a key is missing that was not destroyed."""
        for event in self._stored.since(cursor):
            box = box_of(event.data)
            yield event if box is None else self._opened(event, box)

    def length(self) -> int:
        """The number of events in the log now. Raises `Corrupt`."""
        return self._stored.length()

    def wait(self, cursor: int, timeout_s: float) -> bool:
        """See `ports.EventLog`."""
        return self._stored.wait(cursor, timeout_s)

    def seal(self) -> int:
        """See `GitEventLog.seal`."""
        return self._stored.seal()

    def verify(self) -> int:
        """Check every event as it is stored; needs no key. Raises `Corrupt`."""
        return self._stored.verify()

    def bury(self, forgetting: Forgetting) -> Event:
        """See `ports.PrivateLog`."""
        subject = pseudonymous(entity_of(forgetting.subject), forgetting.pseudonym)
        actor = subject if forgetting.actor == forgetting.subject else forgetting.actor
        tombstone = Occurrence(TOMBSTONE, subject, {}, forgetting.time, None, actor)
        return self._stored.append([tombstone])[0]

    def tombstones(self, cursor: int) -> tuple[Sequence[Event], int]:
        """See `ports.PrivateLog`."""
        found, length = [], cursor
        for event in self._stored.since(cursor):
            length += 1
            if event.type == TOMBSTONE and is_pseudonym(event.subject):
                found.append(event)
        return found, length

    def in_plain(self, subject: str) -> int:
        """See `ports.PrivateLog`."""
        privacy = self._privacy_of()
        return sum(
            subject in privacy.named(event.subject, event.data).owners
            for event in self._stored.since(0)
            if box_of(event.data) is None
        )

    def _opened(self, event: Event, box: Box) -> Event:
        secrets = []
        for pseudonym in box.under:
            key = self.vault.key_of(pseudonym)
            if key is None:
                self._check_destroyed(event, pseudonym)
                return as_forgotten(event)
            secrets.append(key.secret)
        try:
            return opened(event, box, secrets)
        except Unsealable as error:
            raise Corrupt(
                f"event {event.id} about {event.subject} cannot be opened: {error}",
                "the log verifies, so the vault is another one's: restore the right one",
            ) from error

    def _check_destroyed(self, event: Event, pseudonym: str) -> None:
        """A key may be missing only if a tombstone says so, or is about to."""
        if pseudonym in self._buried:
            return
        found, self._buried_to = self.tombstones(self._buried_to)
        self._buried.update(_pseudonym(one) for one in found)
        if pseudonym in self._buried or self._is_pending(pseudonym):
            return
        raise Blocked(
            f"event {event.id[:12]} is sealed under the key of {event.subject}, which is not in "
            "the vault although nobody destroyed it",
            "the vault is missing, incomplete or another machine's: set [vault] directory and the "
            "master key, or `germline vault restore DIR` from a backup",
        )

    def _is_pending(self, pseudonym: str) -> bool:
        return any(one.pseudonym == pseudonym for one in self.vault.pending())

    def _check_nothing_sealed(self) -> None:
        """Before a vault is made: events whose keys would be in it say that it was lost."""
        buried = {_pseudonym(one) for one in self.tombstones(0)[0]}
        for event in self._stored.since(0):
            box = box_of(event.data)
            if box is not None and not buried & set(box.under):
                self._check_destroyed(event, box.under[0])

    def _owners_of(self, privacy: Privacy, occurrence: Occurrence) -> frozenset[str]:
        named = privacy.named(occurrence.subject, occurrence.data)
        if named.things:
            self._catch_up(privacy)
        owners = self._resolved(occurrence.subject, named)
        if len(owners) > OWNERS_MAX:
            raise Blocked(
                f"an event {occurrence.type} names {len(owners)} subjects with keys, {OWNERS_MAX} "
                "are allowed",
                "it would be gone when one of them is forgotten: record one event for each",
            )
        return owners

    def _resolved(self, subject: str, named: Named) -> frozenset[str]:
        """Whose keys an event needs; remembers whose thing it is about."""
        of_things = (self._owners.get(thing, frozenset[str]()) for thing in named.things)
        owners = named.owners.union(*of_things)
        if subject in named.things and owners:
            self._owners[subject] = owners
        return owners

    def _catch_up(self, privacy: Privacy) -> None:
        """Read whose things there are, as earlier events say; anew after anybody is forgotten."""
        version = self.vault.version()
        if version != self._version:
            self._owners.clear()
            self._owners_to, self._version = 0, version
        for event in self.since(self._owners_to):
            self._owners_to += 1
            self._resolved(event.subject, privacy.named(event.subject, event.data))


def _pseudonym(tombstone: Event) -> str:
    return tombstone.subject.partition("~")[2]


def _check_unreserved(occurrence: Occurrence) -> None:
    if is_pseudonym(occurrence.subject) or box_of(occurrence.data) is not None:
        raise Blocked(
            f"an event {occurrence.type} about {occurrence.subject} has the form of a sealed one",
            "an id does not begin with `~`, and data is not an object with a box in `sealed`",
        )


def _needs(
    occurrences: Sequence[Occurrence], owners: Sequence[frozenset[str]]
) -> dict[str, datetime | None]:
    """Every subject whose key is needed, with when the batch makes it anew, if it does."""
    needs: dict[str, datetime | None] = dict.fromkeys(sorted(frozenset().union(*owners)))
    for one in occurrences:
        if one.subject in needs and one.type == f"{entity_of(one.subject)}.created":
            needs[one.subject] = one.time
    return needs


def _sealed(occurrence: Occurrence, keys: Sequence[tuple[str, SubjectKey]]) -> Occurrence:
    if not keys:
        return occurrence
    try:
        return seal_for(occurrence, keys)
    except Unsealable as error:
        raise Blocked(
            f"an event {occurrence.type} cannot be recorded: {error}",
            "data is a JSON object of text, finite numbers and whole numbers within 2^53",
        ) from error


def _as_given(event: Event, given: Occurrence) -> Event:
    return Event(
        id=event.id,
        type=given.type,
        subject=given.subject,
        data=given.data,
        time=event.time,
        cause=event.cause,
        actor=given.actor,
    )
