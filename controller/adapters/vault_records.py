"""The directory of keys, and the form of what is in it.

Called by the vault. A key file is reached by two names, both HMACs under the vault's *name key*:
`subjects/` by its subject, `pseudonyms/` by its pseudonym (two links of one file), so that a
listing tells nobody anything. `forgetting/` has a file for each subject that is being forgotten.
A forgotten subject leaves a *mark* in `subjects/`: a moment, and no key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.adapters.master_key import MasterKey
from controller.adapters.vault_files import (
    TEMPORARY,
    check_private,
    make_directory,
    read_private,
    shred,
    sync_directory,
    wipe,
    write_new,
    write_private,
)
from controller.history.event import rfc3339
from controller.history.sealed import SubjectKey
from controller.ports import Corrupt
from controller.ports.forgetting import Forgetting, Gone

_KEY: Final = b"key"
_FORGETTING: Final = b"forgetting"
_MARK: Final = b"forgotten "


class _KeyFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: str
    pseudonym: str
    key: str


class _ForgettingFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: str
    pseudonym: str
    time: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Record:
    """One key and whose it is."""

    subject: str
    key: SubjectKey


@dataclass(frozen=True, slots=True)
class Records:
    """The keys below a directory, as encrypted under one master key."""

    directory: Path
    master: MasterKey
    name_key: bytes

    @property
    def subjects(self) -> Path:
        """Where keys are found by their subject."""
        return self.directory / "subjects"

    @property
    def pseudonyms(self) -> Path:
        """Where keys are found by their pseudonym."""
        return self.directory / "pseudonyms"

    @property
    def forgettings(self) -> Path:
        """Where what is being forgotten is noted."""
        return self.directory / "forgetting"

    def make(self) -> None:
        """The empty directories. Raises `OSError`."""
        for path in (self.directory, self.subjects, self.pseudonyms, self.forgettings):
            make_directory(path)

    def check(self) -> None:
        """Raises `Blocked` if others can get at the directories, `OSError` if one is missing."""
        for path in (self.directory, self.subjects, self.pseudonyms, self.forgettings):
            check_private(path, directory=True)

    def of_subject(self, subject: str) -> Record | Gone | None:
        """A subject's key, that it was forgotten, or nothing. Raises `Corrupt`.

        A key that a killed process had not given its second name yet gets it here.
        """
        path = self.subjects / self._name(b"subject", subject)
        data = read_private(path)
        if data is None:
            return None
        if data.startswith(_MARK):
            return self._mark(path, data)
        record = self._record(path, data)
        second = self.pseudonyms / self._name(b"pseudonym", record.key.pseudonym)
        if not second.exists():
            _link(path, second)
            sync_directory(self.pseudonyms)
        return record

    def of_pseudonym(self, pseudonym: str) -> Record | None:
        """The key behind a pseudonym, if it is here. Raises `Corrupt`."""
        path = self.pseudonyms / self._name(b"pseudonym", pseudonym)
        data = read_private(path)
        if data is None or (not any(data) and self.is_noted(pseudonym)):
            return None
        return self._record(path, data)

    def add(self, record: Record) -> None:
        """Write a key under both names, over a mark if there is one. The caller syncs."""
        fresh = write_new(self.pseudonyms, self._wrapped(record))
        by_subject = self.subjects / self._name(b"subject", record.subject)
        fresh_link = self.subjects / fresh.name
        os.link(fresh, fresh_link)
        fresh_link.replace(by_subject)
        fresh.replace(self.pseudonyms / self._name(b"pseudonym", record.key.pseudonym))

    def sync(self) -> None:
        """Make what was added durable."""
        sync_directory(self.subjects)
        sync_directory(self.pseudonyms)

    def note(self, forgetting: Forgetting) -> None:
        """Write down durably that somebody is being forgotten."""
        content = _ForgettingFile(
            subject=forgetting.subject,
            pseudonym=forgetting.pseudonym,
            time=forgetting.time,
            actor=forgetting.actor,
        ).model_dump_json()
        wrapped = self.master.wrap(content.encode(), _FORGETTING)
        write_private(self._note_of(forgetting.pseudonym), wrapped)

    def is_noted(self, pseudonym: str) -> bool:
        """True while somebody is being forgotten."""
        return self._note_of(pseudonym).exists()

    def noted(self) -> Iterator[Forgetting]:
        """Everybody who is being forgotten. Raises `Corrupt`."""
        for path in entries(self.forgettings):
            data = read_private(path)
            plain = None if data is None else self.master.unwrap(data, _FORGETTING)
            if plain is None:
                raise _damaged(path)
            note = _ForgettingFile.model_validate_json(plain)
            yield Forgetting(note.subject, note.pseudonym, note.time, note.actor)

    def destroy(self, forgetting: Forgetting) -> None:
        """Overwrite and remove a key, leave a mark, and only then take the note away."""
        by_subject = self.subjects / self._name(b"subject", forgetting.subject)
        by_pseudonym = self.pseudonyms / self._name(b"pseudonym", forgetting.pseudonym)
        wipe(by_pseudonym)
        data = read_private(by_subject)
        if data is not None and not self._is_anothers(by_subject, data, forgetting.pseudonym):
            wipe(by_subject)
            write_private(by_subject, _MARK + rfc3339(forgetting.time).encode())
        shred(by_pseudonym)
        sync_directory(self.pseudonyms)
        shred(self._note_of(forgetting.pseudonym))
        sync_directory(self.forgettings)

    def everything(self) -> Iterator[Record]:
        """Every key that nobody is destroying. Raises `Corrupt`."""
        for path in entries(self.pseudonyms):
            data = read_private(path)
            if data is not None and not (self.forgettings / path.name).exists():
                yield self._record(path, data)

    def marks(self) -> Iterator[tuple[str, bytes]]:
        """The marks of forgotten subjects: name of the file, content."""
        for path in entries(self.subjects):
            data = read_private(path)
            if data is not None and data.startswith(_MARK):
                yield path.name, data

    def copy_to(self, other: Records) -> None:
        """Write every key and mark into another directory, under its master key."""
        other.make()
        for record in self.everything():
            other.add(record)
        for name, content in self.marks():
            write_private(other.subjects / name, content)
        other.sync()

    def _is_anothers(self, path: Path, data: bytes, pseudonym: str) -> bool:
        """True for a mark, and for the key of the subject's later life."""
        if not any(data):
            return False
        if data.startswith(_MARK):
            return True
        return self._record(path, data).key.pseudonym != pseudonym

    def _wrapped(self, record: Record) -> bytes:
        content = _KeyFile(
            subject=record.subject,
            pseudonym=record.key.pseudonym,
            key=base64.b64encode(record.key.secret).decode(),
        ).model_dump_json()
        return self.master.wrap(content.encode(), _KEY)

    def _record(self, path: Path, data: bytes) -> Record:
        plain = self.master.unwrap(data, _KEY)
        if plain is None:
            raise _damaged(path)
        try:
            file = _KeyFile.model_validate_json(plain)
            return Record(file.subject, SubjectKey(file.pseudonym, base64.b64decode(file.key)))
        except ValidationError as error:
            raise _damaged(path) from error

    def _mark(self, path: Path, data: bytes) -> Gone:
        try:
            return Gone(datetime.fromisoformat(data.removeprefix(_MARK).decode()))
        except ValueError as error:
            raise _damaged(path) from error

    def _note_of(self, pseudonym: str) -> Path:
        return self.forgettings / self._name(b"pseudonym", pseudonym)

    def _name(self, kind: bytes, text: str) -> str:
        return hmac.new(self.name_key, kind + b"\0" + text.encode(), hashlib.sha256).hexdigest()


def entries(directory: Path) -> Iterator[Path]:
    """The files of a directory, by name, without those that are being written."""
    yield from sorted(p for p in directory.iterdir() if not p.name.startswith(TEMPORARY))


def sweep(directory: Path) -> None:
    """Shred what dead writers left. Only while nobody else writes."""
    for path in directory.rglob(f"{TEMPORARY}*"):
        path.unlink() if path.stat().st_nlink > 1 else shred(path)


def _link(path: Path, name: Path) -> None:
    try:
        os.link(path, name)
    except FileExistsError:
        return


def _damaged(path: Path) -> Corrupt:
    return Corrupt(
        f"the vault's file {path} is damaged",
        "bring it back with `germline vault restore` from a backup; nothing was changed",
    )
