"""Looking after a vault: its state, another master key, copies of it and the way back.

Called by the command line. A rotation writes every key anew under the new master key, beside the
old ones, and changes hands in the one moment in which `vault.json` is replaced; killed before
it, the old master key is in force, killed after it, the new one. A backup is the key files as
they are, still encrypted, with a list of their hashes: restoring refuses a file that is not the
one that was copied, and a key that a tombstone names.
"""

from __future__ import annotations

import fcntl
import hashlib
import stat
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.adapters.file_vault import HEADER, FileVault, Header, wrapped_names
from controller.adapters.master_key import NEXT, MasterKey, make_key_file, read_key_file
from controller.adapters.vault_files import (
    make_directory,
    shred,
    shred_directory,
    sync_directory,
    told,
    write_private,
)
from controller.adapters.vault_records import Record, Records, entries
from controller.ports import Blocked, Corrupt
from controller.ports.forgetting import Gone

MANIFEST: Final = "manifest.json"


class Manifest(BaseModel):
    """`manifest.json` of a backup: SHA-256 of every file, by path."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    time: datetime
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class VaultState:
    """What there is to say about a vault without naming anybody."""

    directory: Path
    master: str
    origin: str
    keys: int
    forgotten: int
    unfinished: int


@dataclass(frozen=True, slots=True)
class Restored:
    """How many keys came back, were there already, or are refused by a tombstone."""

    keys: int
    present: int
    refused: int


def state_of(vault: FileVault) -> VaultState:
    """Read every key file. Raises `Blocked` or `Corrupt` for the first that is of no use."""
    records = vault.records()
    with told(vault.directory):
        return VaultState(
            vault.directory,
            records.master.name,
            records.master.origin,
            sum(1 for _ in records.everything()),
            sum(1 for _ in records.marks()),
            len(vault.pending()),
        )


def rotate(vault: FileVault, to: Path | None) -> MasterKey:
    """Encrypt every key under another master key: the one in a file, or a new one of our own.

    Raises `Blocked` if the master key comes from elsewhere and no file with the next is given.
    """
    with vault.exclusive():
        if vault.pending():
            raise Blocked("somebody is being forgotten", "run `germline vault status` first")
        header, before = vault.header(), vault.records()
        own = vault.source.is_own
        following = _next_key(vault, to)
        number = header.generation + 1
        after = Records(vault.directory / f"keys-{number}", following, before.name_key)
        with told(vault.directory):
            shred_directory(after.directory)
            before.copy_to(after)
            sync_directory(vault.directory)
        names = wrapped_names(following, before.name_key)
        vault.changed(generation=number, master=following.name, names=names)
        with told(vault.directory):
            if own and to is None:
                waiting = Path(f"{vault.source.own_file}{NEXT}")
                shred(vault.source.own_file)
                waiting.replace(vault.source.own_file)
                sync_directory(waiting.parent)
            shred_directory(before.directory)
    return following


def backup(vault: FileVault, directory: Path, now: datetime) -> int:
    """Copy the encrypted keys into an empty directory; the number of keys. Raises `Blocked`."""
    with vault.locked("lock", fcntl.LOCK_SH), told(directory):
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise Blocked(f"{directory} is not empty", "give a new directory")
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(stat.S_IRWXU)
        records = vault.records()
        header = vault.header().model_copy(update={"generation": 1})
        copied = Records(directory / "keys-1", records.master, records.name_key)
        records.copy_to(copied)
        write_private(directory / HEADER, header.model_dump_json().encode())
        listed = Manifest(time=now, files=_hashes(directory))
        write_private(directory / MANIFEST, listed.model_dump_json(indent=1).encode())
        return sum(1 for _ in copied.everything())


def restore(vault: FileVault, directory: Path, buried: Collection[str]) -> Restored:
    """Bring back keys from a backup, but none of the pseudonyms that tombstones name.

    Raises `Corrupt` if the backup is not what was written, `Blocked` if its master key is not
    the one that is set. What is in the vault already stays.
    """
    copied = _backup(vault, directory)
    if not vault.exists():
        _make_like(vault, copied)
    present = refused = restored = 0
    with vault.exclusive(), told(vault.directory):
        records = vault.records()
        for record in copied.everything():
            found = _sound(records, record.subject)
            if record.key.pseudonym in buried or isinstance(found, Gone):
                refused += 1
            elif found is not None:
                present += 1
            else:
                records.add(record)
                restored += 1
        if copied.name_key == records.name_key:
            for name, content in copied.marks():
                if not (records.subjects / name).exists():
                    write_private(records.subjects / name, content)
        records.sync()
        vault.changed(searched=0)
    return Restored(restored, present, refused)


def _next_key(vault: FileVault, to: Path | None) -> MasterKey:
    if to is not None:
        found = read_key_file(to)
        if found is None:
            raise Blocked(f"there is no file {to}", "make one with `openssl rand -hex 32`")
        if found.name == vault.records().master.name:
            raise Blocked(f"{to} holds the master key that is in force", "give another one")
        return found
    if not vault.source.is_own:
        raise Blocked(
            f"the master key comes from {vault.records().master.origin}, which only you can change",
            "`germline vault rotate --to FILE` with the next key, and set that one afterwards",
        )
    return make_key_file(Path(f"{vault.source.own_file}{NEXT}"))


def _backup(vault: FileVault, directory: Path) -> Records:
    """The keys in a backup whose every file is as it was copied."""
    with told(directory):
        if not (directory / MANIFEST).exists():
            raise Blocked(f"{directory} is not a backup of a vault", "it has no manifest.json")
        try:
            manifest = Manifest.model_validate_json((directory / MANIFEST).read_bytes())
        except ValidationError as error:
            raise Corrupt(f"{directory / MANIFEST} is damaged", "use another backup") from error
        found = _hashes(directory)
        wrong = sorted(
            path
            for path in manifest.files.keys() | found.keys()
            if found.get(path) != manifest.files.get(path)
        )
        if wrong:
            raise Corrupt(
                f"the backup in {directory} is not as it was written: {wrong[0]}",
                "use another backup; nothing was restored",
            )
    source = FileVault(directory, vault.source.environment)
    return source.opened_with(vault.source.find())


def _sound(records: Records, subject: str) -> Record | Gone | None:
    """What a vault has about a subject; nothing if its file is damaged."""
    try:
        return records.of_subject(subject)
    except Corrupt:
        return None


def _make_like(vault: FileVault, copied: Records) -> None:
    """An empty vault with the name key of a backup, so that its marks keep their names."""
    with told(vault.directory):
        vault.directory.parent.mkdir(parents=True, exist_ok=True)
        make_directory(vault.directory)
        Records(vault.directory / "keys-1", copied.master, copied.name_key).make()
        names = wrapped_names(copied.master, copied.name_key)
        vault.write_header(Header(master=copied.master.name, names=names))
        sync_directory(vault.directory.parent)


def _hashes(directory: Path) -> dict[str, str]:
    files = [directory / HEADER]
    for folder in ("subjects", "pseudonyms"):
        path = directory / "keys-1" / folder
        files += entries(path) if path.is_dir() else ()
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file()
    }
