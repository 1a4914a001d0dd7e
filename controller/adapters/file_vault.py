"""The embedded vault: answers `ports.Vault` with a directory of encrypted key files.

    DIR/vault.json       which generation is in force, under which master key; the name key
    DIR/lock, making     locks that the kernel lets go when their holder dies
    DIR/keys-N/          generation N of the keys (`vault_records`)
    DIR.master-key       the master key, if it comes from nowhere else (`master_key`)

Built in the wiring. A rotation writes a new generation and then replaces `vault.json`, which is
the one moment at which the vault changes hands. Every destruction replaces it too, so that other
processes see from it that what they remember of keys is no longer true.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.adapters.master_key import NEXT, MasterKey, MasterKeySource, read_key_file
from controller.adapters.vault_files import (
    check_private,
    make_directory,
    read_private,
    shred_directory,
    sync_directory,
    told,
    write_private,
)
from controller.adapters.vault_records import Record, Records, sweep
from controller.history.sealed import KEY_BYTES, SubjectKey
from controller.limits import BACKOFF_MAX_SECONDS, VAULT_LOCK_SECONDS
from controller.ports import Blocked, Corrupt, Unavailable
from controller.ports.forgetting import Forgetting, Gone

HEADER: Final = "vault.json"
_NAMES: Final = b"names"
_PSEUDONYM_BYTES: Final = 16


class Header(BaseModel):
    """`vault.json`. `master` is the name of the master key, `names` the wrapped name key."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int = 1
    generation: int = 1
    master: str
    names: str
    changes: int = 0
    searched: int = 0


class FileVault:
    """Answers `ports.Vault`. One object serves one thread; any number of them one directory."""

    def __init__(self, directory: Path, environment: Mapping[str, str] | None = None) -> None:
        """Nothing is read or made yet; `environment` may hold a master key."""
        self.directory = directory
        self.source = MasterKeySource(directory, os.environ if environment is None else environment)
        self._records: Records | None = None
        self._version: object = None
        self._by_subject: dict[str, SubjectKey] = {}
        self._by_pseudonym: dict[str, SubjectKey | None] = {}

    def exists(self) -> bool:
        """See `ports.Vault`."""
        with told(self.directory):
            return (self.directory / HEADER).exists()

    def version(self) -> object:
        """See `ports.Vault`."""
        try:
            found = (self.directory / HEADER).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return "unreadable"
        return found.st_ino, found.st_mtime_ns

    @contextmanager
    def steady(self) -> Iterator[None]:
        """See `ports.Vault`."""
        if not self.exists():
            self._make()
        with self.locked("lock", fcntl.LOCK_SH):
            yield

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """See `ports.Vault`. Shreds what killed processes left behind."""
        with self.locked("lock", fcntl.LOCK_EX):
            records = self.records()
            with told(self.directory):
                sweep(self.directory)
                for old in self.directory.glob("keys-*"):
                    if old != records.directory:
                        shred_directory(old)
            yield

    def keys_for(self, subjects: Mapping[str, datetime | None]) -> Mapping[str, SubjectKey]:
        """See `ports.Vault`."""
        records = self.records()
        missing = sorted(subjects.keys() - self._by_subject.keys())
        if missing:
            with told(self.directory), self.locked("making", fcntl.LOCK_EX):
                made = [self._learn(records, name, subjects[name]) for name in missing]
                if any(made):
                    records.sync()
        return {name: self._by_subject[name] for name in subjects}

    def key_of(self, pseudonym: str) -> SubjectKey | None:
        """See `ports.Vault`."""
        if self._records is None and not self.exists():
            return None
        records = self.records()
        if pseudonym not in self._by_pseudonym:
            with told(self.directory):
                hidden = records.is_noted(pseudonym)
                record = None if hidden else records.of_pseudonym(pseudonym)
            self._by_pseudonym[pseudonym] = None if record is None else record.key
        return self._by_pseudonym[pseudonym]

    def begin_forgetting(
        self, subject: str, time: datetime, actor: str
    ) -> Forgetting | Gone | None:
        """See `ports.Vault`."""
        with told(self.directory):
            for earlier in self.records().noted():
                if earlier.subject == subject:
                    return earlier
            found = self.records().of_subject(subject)
        return self._begin(found, time, actor) if isinstance(found, Record) else found

    def begin_again(self, pseudonym: str, time: datetime, actor: str) -> Forgetting | None:
        """See `ports.Vault`."""
        with told(self.directory):
            found = self.records().of_pseudonym(pseudonym)
        return None if found is None else self._begin(found, time, actor)

    def pending(self) -> tuple[Forgetting, ...]:
        """See `ports.Vault`."""
        if not self.exists():
            return ()
        with told(self.directory):
            return tuple(self.records().noted())

    def destroy(self, forgetting: Forgetting) -> None:
        """See `ports.Vault`."""
        with told(self.directory):
            self.records().destroy(forgetting)
        self.changed()

    def searched(self) -> int:
        """See `ports.Vault`."""
        return self.header().searched

    def note_searched(self, events: int) -> None:
        """See `ports.Vault`."""
        self.changed(searched=events)

    def records(self) -> Records:
        """The keys in force. Raises `Blocked` for a vault of no use, `Corrupt` for a broken one."""
        version = self.version()
        if self._records is None or version != self._version:
            with told(self.directory):
                check_private(self.directory, directory=True)
                header = self.header()
                self._records = self._opened(header, self._master(header))
                self._records.check()
            self._version = version
            self._by_subject.clear()
            self._by_pseudonym.clear()
        return self._records

    def opened_with(self, master: MasterKey | None) -> Records:
        """The keys in this directory, if that is their master key. Raises `Blocked`, `Corrupt`."""
        header = self.header()
        if master is None or master.name != header.master:
            raise self._wrong_master(header, master)
        with told(self.directory):
            return self._opened(header, master)

    def header(self) -> Header:
        """`vault.json`. Raises `Blocked` if it is not there, `Corrupt` if it is broken."""
        path = self.directory / HEADER
        with told(path):
            data = read_private(path)
        if data is None:
            raise Blocked(
                f"there is no vault in {self.directory}",
                "bring it back from a backup with `germline vault restore`",
            )
        try:
            return Header.model_validate_json(data)
        except ValidationError as error:
            raise Corrupt(f"{path} is damaged", "restore the vault from a backup") from error

    def changed(self, **fields: object) -> None:
        """Replace `vault.json`, and with it what other processes remember of keys."""
        before = self.header()
        after = before.model_copy(update={"changes": before.changes + 1, **fields})
        self.write_header(after)

    def write_header(self, header: Header) -> None:
        """Replace `vault.json` durably."""
        with told(self.directory):
            write_private(self.directory / HEADER, header.model_dump_json().encode())

    @contextmanager
    def locked(self, name: str, kind: int) -> Iterator[None]:
        """Hold one of the vault's locks. Raises `Unavailable` after `VAULT_LOCK_SECONDS`."""
        path = self.directory / name
        with told(path):
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(path, flags, 0o600)
        try:
            _wait(descriptor, kind, path)
            yield
        finally:
            os.close(descriptor)

    def _begin(self, record: Record, time: datetime, actor: str) -> Forgetting:
        forgetting = Forgetting(record.subject, record.key.pseudonym, time, actor)
        with told(self.directory):
            self.records().note(forgetting)
        self.changed()
        return forgetting

    def _learn(self, records: Records, subject: str, anew: datetime | None) -> bool:
        """Remember a subject's key; True if it had to be made."""
        found = records.of_subject(subject)
        if isinstance(found, Record):
            if records.is_noted(found.key.pseudonym):
                raise _refused(subject, "is being forgotten")
            self._by_subject[subject] = found.key
            return False
        if isinstance(found, Gone) and (anew is None or anew <= found.time):
            raise _refused(subject, f"was forgotten on {found.time:%Y-%m-%d at %H:%M}")
        key = SubjectKey(secrets.token_hex(_PSEUDONYM_BYTES), secrets.token_bytes(KEY_BYTES))
        records.add(Record(subject, key))
        self._by_subject[subject] = key
        return True

    def _opened(self, header: Header, master: MasterKey) -> Records:
        if header.format != 1:
            raise Blocked(
                f"the vault in {self.directory} has format {header.format}, this is for 1",
                "use the version of germline that made it, or a newer one",
            )
        names = master.unwrap(base64.b64decode(header.names), _NAMES)
        if names is None:
            raise Corrupt(f"{self.directory / HEADER} is damaged", "restore it from a backup")
        return Records(self.directory / f"keys-{header.generation}", master, names)

    def _master(self, header: Header) -> MasterKey:
        """The master key of this vault; takes a rotation of our own key to its end."""
        master = self.source.find()
        if master is not None and master.name == header.master:
            return master
        waiting = Path(f"{self.source.own_file}{NEXT}")
        following = read_key_file(waiting) if self.source.is_own else None
        if following is not None and following.name == header.master:
            waiting.replace(self.source.own_file)
            sync_directory(waiting.parent)
            return following
        raise self._wrong_master(header, master)

    def _wrong_master(self, header: Header, master: MasterKey | None) -> Blocked:
        found = "none is set" if master is None else f"the one in {master.origin} is {master.name}"
        return Blocked(
            f"the vault in {self.directory} needs master key {header.master}, but {found}",
            "set the master key that this vault was last rotated to; without it nothing can be "
            "opened, and nothing was changed",
        )

    def _make(self) -> None:
        """An empty vault, whole or not at all; the one that is there, if another was first."""
        master = self.source.find_or_make()
        names = secrets.token_bytes(32)
        with told(self.directory):
            self.directory.parent.mkdir(parents=True, exist_ok=True)
            make_directory(self.directory)
            with self.locked("making", fcntl.LOCK_EX):
                if (self.directory / HEADER).exists():
                    return
                Records(self.directory / "keys-1", master, names).make()
                self.write_header(Header(master=master.name, names=wrapped_names(master, names)))
                sync_directory(self.directory.parent)


def wrapped_names(master: MasterKey, names: bytes) -> str:
    """The name key as `vault.json` holds it."""
    return base64.b64encode(master.wrap(names, _NAMES)).decode()


def _refused(subject: str, why: str) -> Blocked:
    entity = subject.partition(":")[0]
    return Blocked(
        f"{subject} {why}: nothing more is recorded about it",
        f"if it is to be known again, record a new {entity}.created first",
    )


def _wait(descriptor: int, kind: int, path: Path) -> None:
    deadline = time.monotonic() + VAULT_LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise Unavailable(f"another process holds {path}", "try again") from error
            time.sleep(BACKOFF_MAX_SECONDS)
        else:
            return
