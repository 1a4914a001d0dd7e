"""The key under which the vault's files are encrypted: where it comes from, in this order.

1. `$CREDENTIALS_DIRECTORY/germline-master-key`, a systemd credential (systemd.exec(5))
2. the file that `GERMLINE_MASTER_KEY_FILE` names
3. `GERMLINE_MASTER_KEY`, in hex or base64
4. a file beside the vault, made when the first key is needed

Called by the vault. The last one keeps nobody out who can read the whole machine; it does keep
the vault's directory and its backups unreadable by themselves.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from controller.adapters.vault_files import read_private, sync_directory, told, write_new
from controller.history.sealed import KEY_BYTES
from controller.ports import Blocked

MASTER_BYTES: Final = 32
CREDENTIAL: Final = "germline-master-key"
FILE_VARIABLE: Final = "GERMLINE_MASTER_KEY_FILE"
KEY_VARIABLE: Final = "GERMLINE_MASTER_KEY"
NEXT: Final = ".next"
"""Ends the name of the key file of a rotation that is not finished."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A master key and what is derived from it (RFC 5869). `origin` says where it was found."""

    secret: bytes = field(repr=False)
    origin: str

    @property
    def name(self) -> str:
        """Sixteen hex digits that tell two keys apart and say nothing about them."""
        return self._derived(b"germline vault: name", 8).hex()

    def wrap(self, plain: bytes, purpose: bytes) -> bytes:
        """Encrypt a file's content; the purpose must be given again to read it."""
        return self._cipher().encrypt(plain, [purpose])

    def unwrap(self, wrapped: bytes, purpose: bytes) -> bytes | None:
        """The content, or None if it was not encrypted by this key for this purpose."""
        try:
            return self._cipher().decrypt(wrapped, [purpose])
        except (InvalidTag, ValueError):
            return None

    def _cipher(self) -> AESSIV:
        return AESSIV(self._derived(b"germline vault: files", KEY_BYTES))

    def _derived(self, purpose: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, None, purpose).derive(self.secret)


@dataclass(frozen=True, slots=True)
class MasterKeySource:
    """Where this process looks for the master key of a vault."""

    vault: Path
    environment: Mapping[str, str] = field(repr=False)

    @property
    def own_file(self) -> Path:
        """The key file beside the vault, used if nothing else is set."""
        return self.vault.with_name(f"{self.vault.name}.master-key")

    @property
    def is_own(self) -> bool:
        """True if nothing else is set."""
        named = FILE_VARIABLE in self.environment or KEY_VARIABLE in self.environment
        return not named and self._credential() is None

    def find(self) -> MasterKey | None:
        """The master key, or None if there is none yet. Raises `Blocked` for one of no use."""
        credential = self._credential()
        if credential is not None:
            with told(credential):  # systemd answers for who can read it
                return _parsed(credential.read_bytes(), str(credential))
        if FILE_VARIABLE in self.environment:
            path = Path(self.environment[FILE_VARIABLE])
            return read_key_file(path) or _no_key(path)
        if KEY_VARIABLE in self.environment:
            return _parsed(self.environment[KEY_VARIABLE].encode(), f"${KEY_VARIABLE}")
        return read_key_file(self.own_file)

    def find_or_make(self) -> MasterKey:
        """The master key; made beside the vault if there is none."""
        return self.find() or make_key_file(self.own_file)

    def _credential(self) -> Path | None:
        directory = self.environment.get("CREDENTIALS_DIRECTORY")
        path = Path(directory, CREDENTIAL) if directory else None
        return path if path is not None and path.exists() else None


def read_key_file(path: Path) -> MasterKey | None:
    """The key in a file of this user alone, or None if it is not there."""
    with told(path):
        data = read_private(path)
    return None if data is None else _parsed(data, str(path))


def make_key_file(path: Path) -> MasterKey:
    """A new random key in a file; the one that is there, if another process was first."""
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = write_new(path.parent, secrets.token_bytes(MASTER_BYTES))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        sync_directory(path.parent)
    return read_key_file(path) or _no_key(path)


def _parsed(data: bytes, origin: str) -> MasterKey:
    """32 bytes as they are, in hex or in base64."""
    if len(data) == MASTER_BYTES:
        return MasterKey(data, origin)
    text = data.strip()
    for decode in (binascii.unhexlify, lambda t: base64.b64decode(t, validate=True)):
        try:
            secret = decode(text)
        except ValueError:
            continue
        if len(secret) == MASTER_BYTES:
            return MasterKey(secret, origin)
    raise Blocked(
        f"the master key in {origin} is not {MASTER_BYTES} bytes, raw, in hex or in base64",
        "make one with `openssl rand -hex 32`",
    )


def _no_key(path: Path) -> MasterKey:
    raise Blocked(
        f"there is no master key file {path}",
        f"${FILE_VARIABLE} names it: bring the file back, or make one for a new vault with "
        "`openssl rand -hex 32`",
    )
