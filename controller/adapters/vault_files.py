"""The vault's files: nobody else's, whole or not there, and overwritten before they go.

Called by the vault and by the master key. Every file has mode 0600 and every directory 0700 and
both belong to whoever runs this; anything else is refused, because somebody else may have read
it already. What is written is synced, its directory too, before it is reported as written.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from controller.limits import VAULT_FILE_BYTES
from controller.ports import Blocked, Corrupt

TEMPORARY: Final = ".new-"
"""Begins the name of a file that is being written; one that stays is a dead writer's."""
_OTHERS: Final = 0o077


def place_of(configured: str | None, git_directory: Path) -> Path:
    """Where the vault is: `[vault] directory`, or `germline/vault` in the git directory.

    Raises `Blocked` if the directory is not absolute or lies where git would commit it.
    """
    if configured is None:
        return git_directory / "germline" / "vault"
    path = Path(configured).expanduser()
    if not path.is_absolute():
        raise Blocked(
            f"the vault's directory {configured!r} is not an absolute path",
            "set [vault] directory in germline.toml to one such as /var/lib/germline/vault",
        )
    inside, outside = git_directory.resolve(), git_directory.resolve().parent
    place = path.resolve()
    if git_directory.name == ".git" and place.is_relative_to(outside):
        allowed = inside / "germline"
        if not place.is_relative_to(allowed) or place == allowed:
            raise Blocked(
                f"the vault's directory {path} is inside the working tree",
                "keys in git can never be destroyed: choose a directory outside the repository",
            )
    return path


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Trouble with files, as a person reads it."""
    try:
        yield
    except OSError as error:
        raise Blocked(
            f"the vault cannot be used: {error.strerror or error}: {error.filename or path}",
            "the directory and everything in it must belong to, and be readable and writable "
            "for, the user that germline runs as; nothing was changed",
        ) from error


def check_private(path: Path, *, directory: bool) -> None:
    """Raises `Blocked` unless only this user can get at it, `OSError` if it is not there."""
    _check(path, path.lstat(), directory=directory)


def _check(path: Path, found: os.stat_result, *, directory: bool) -> None:
    kind = stat.S_ISDIR(found.st_mode) if directory else stat.S_ISREG(found.st_mode)
    wanted = 0o700 if directory else 0o600
    if not kind:
        raise Blocked(f"{path} is not a {'directory' if directory else 'file'}", "move it away")
    if found.st_uid != os.geteuid():
        raise Blocked(
            f"{path} belongs to user {found.st_uid}, and this is user {os.geteuid()}",
            f"run germline as that user, or `chown {os.geteuid()} {path}`",
        )
    if stat.S_IMODE(found.st_mode) & _OTHERS:
        raise Blocked(
            f"{path} has mode {stat.S_IMODE(found.st_mode):04o}: others can get at it",
            f"`chmod {wanted:o} {path}`; if others could read it for long, "
            "`germline vault rotate` afterwards",
        )


def make_directory(path: Path) -> None:
    """A directory of this user alone. Harmless if it is there."""
    path.mkdir(mode=0o700, exist_ok=True)
    check_private(path, directory=True)


def read_private(path: Path) -> bytes | None:
    """What is in a file, or None if it is not there. Raises `Blocked`, `Corrupt`, `OSError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(descriptor)
        _check(path, found, directory=False)
        if found.st_size > VAULT_FILE_BYTES:
            raise Corrupt(f"{path} has {found.st_size} bytes: no file of a vault is so large")
        return os.read(descriptor, VAULT_FILE_BYTES)
    finally:
        os.close(descriptor)


def write_new(directory: Path, data: bytes) -> Path:
    """A synced file under a temporary name, to be linked or renamed to its own."""
    path = directory / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path


def write_private(path: Path, data: bytes) -> None:
    """Replace a file durably: it is either what it was or what it is to be."""
    write_new(path.parent, data).replace(path)
    sync_directory(path.parent)


def wipe(path: Path) -> None:
    """Overwrite a file with zeros, durably; the name stays. Harmless if it is not there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        os.pwrite(descriptor, bytes(os.fstat(descriptor).st_size), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def shred(path: Path) -> None:
    """Overwrite a file and remove it; its directory is not synced yet."""
    wipe(path)
    path.unlink(missing_ok=True)


def shred_directory(path: Path) -> None:
    """Overwrite and remove everything below a directory, and the directory, durably."""
    if not path.exists():
        return
    for inner in path.iterdir():
        if inner.is_dir() and not inner.is_symlink():
            shred_directory(inner)
        else:
            shred(inner)
    path.rmdir()
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
