"""A file that is either what it was or what it is to be, whenever the process dies."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file's content: a new file beside it, synced, then renamed over it.

    After a loss of power it is one or the other; `sync_directory` decides for the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable, new, changed and removed ones. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(directory: Path) -> None:
    """Make a directory durably, with those above it that are missing. Raises OSError."""
    if not directory.is_dir():
        make_directory(directory.parent)
        directory.mkdir(exist_ok=True)
        try:
            sync_directory(directory.parent)
        except OSError:
            with suppress(OSError):  # so that who tries again syncs again
                directory.rmdir()
            raise
