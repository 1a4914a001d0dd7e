"""The form of an event whose data only the holder of its subjects' keys can read.

Called by the private event log. Outside stay type, time, cause and actor, and in place of the
subject its pseudonym; subject, data and actor are in the box: AES-SIV (RFC 5297), with all that
is outside as associated data, so that nothing of it can be exchanged. AES-SIV is deterministic:
the same occurrence under the same keys is the same event, and a repeated append stays one. An
event's id is that of its sealed form, because a hash of what is inside would confirm guesses.

    {"sealed": {"under": [pseudonym, …], "box": base64}}

An event that names several subjects is sealed under a key derived from all of theirs: when one
of them is forgotten, it is gone.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from controller.domains.world import JsonObject
from controller.history.event import Event, Occurrence, rfc3339
from controller.history.privacy import entity_of, pseudonymous

KEY_BYTES: Final = 64
"""AES-256 in SIV mode takes two keys of 32 bytes (RFC 5297, section 2.6)."""
FORGOTTEN: Final = "event.forgotten"
"""The type of an event whose key is destroyed, as it is read: no fold takes it for anything."""
TOMBSTONE: Final = "subject.forgotten"
"""The event that says that a key is destroyed."""
_SEALED: Final = "sealed"
_ENTITY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_JOINED: Final = b"germline: one event of several subjects"


class Unsealable(ValueError):
    """A box that its keys do not open, or an occurrence that no box can hold."""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """One subject's random pseudonym and the key of its data (`KEY_BYTES`)."""

    pseudonym: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Box:
    """What a sealed event's data holds."""

    under: tuple[str, ...]
    content: bytes


def seal_for(occurrence: Occurrence, owners: Sequence[tuple[str, SubjectKey]]) -> Occurrence:
    """The occurrence sealed under the keys of its owners (subject and key, at least one).

    Raises `Unsealable` if its data has no canonical JSON that reads back as the same.
    """
    plain = _plain(occurrence)
    keys = sorted((key for _, key in owners), key=lambda key: key.pseudonym)
    under = tuple(key.pseudonym for key in keys)
    pseudonyms = {subject: key.pseudonym for subject, key in owners}
    entity = entity_of(occurrence.subject)
    outside = Occurrence(
        type=occurrence.type,
        subject=pseudonymous(
            entity if _ENTITY.fullmatch(entity) else "event",
            pseudonyms.get(occurrence.subject, under[0]),
        ),
        data={},
        time=occurrence.time,
        cause=occurrence.cause,
        actor=_actor(occurrence.actor, pseudonyms),
    )
    context = _context(outside, rfc3339(outside.time), under)
    content = AESSIV(_joined([key.secret for key in keys])).encrypt(plain, [context])
    box: JsonObject = {"under": list(under), "box": base64.b64encode(content).decode()}
    return Occurrence(
        outside.type, outside.subject, {_SEALED: box}, outside.time, outside.cause, outside.actor
    )


def box_of(data: JsonObject) -> Box | None:
    """The box in an event's data, or None if it is not a sealed one."""
    if len(data) != 1 or _SEALED not in data:
        return None
    inside = data[_SEALED]
    if not isinstance(inside, dict) or inside.keys() != {"under", "box"}:
        return None
    under, content = inside["under"], inside["box"]
    if not isinstance(under, list) or not under or not isinstance(content, str):
        return None
    try:
        return Box(tuple(str(name) for name in under), base64.b64decode(content, validate=True))
    except ValueError:
        return None


def opened(event: Event, box: Box, secrets: Sequence[bytes]) -> Event:
    """The event with its subject, data and actor; its id stays that of the sealed form.

    `secrets` are those of `box.under`, in that order. Raises `Unsealable`.
    """
    try:
        plain = AESSIV(_joined(secrets)).decrypt(
            box.content, [_context(event, event.time, box.under)]
        )
    except (InvalidTag, ValueError) as error:
        raise Unsealable("the box was sealed under another key, or changed since") from error
    inside = json.loads(plain)
    return _with(event, event.type, inside["subject"], inside["data"], inside["actor"])


def as_forgotten(event: Event) -> Event:
    """What is left to read: that something of `was` happened then, about a pseudonym."""
    data: JsonObject = {"forgotten": True, "was": event.type}
    return _with(event, FORGOTTEN, event.subject, data, event.actor)


def _with(event: Event, kind: str, subject: str, data: JsonObject, actor: str) -> Event:
    return Event(
        id=event.id,
        type=kind,
        subject=subject,
        data=data,
        time=event.time,
        cause=event.cause,
        actor=actor,
    )


def _plain(occurrence: Occurrence) -> bytes:
    inside: JsonObject = {
        "subject": occurrence.subject,
        "data": occurrence.data,
        "actor": occurrence.actor,
    }
    try:
        plain = rfc8785.dumps(inside)
        same = rfc8785.dumps(json.loads(plain)) == plain
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as error:
        raise Unsealable(str(error)) from error
    if not same:
        raise Unsealable("its data does not read back as the same")
    return plain


def _actor(actor: str, pseudonyms: dict[str, str]) -> str:
    """Who did it; a subject that acts itself is named by its pseudonym."""
    known = pseudonyms.get(actor)
    return actor if known is None else pseudonymous(entity_of(actor), known)


def _context(outside: Occurrence | Event, time: str, under: Sequence[str]) -> bytes:
    """Everything outside the box, which its tag protects."""
    fields = [outside.type, outside.subject, time, outside.cause, outside.actor, *under]
    return json.dumps(fields).encode()


def _joined(secrets: Sequence[bytes]) -> bytes:
    """One key as it is; of several, one that nobody has who lacks any of them (RFC 5869)."""
    if len(secrets) == 1:
        return secrets[0]
    return HKDF(SHA512(), KEY_BYTES, None, _JOINED).derive(b"".join(secrets))
