"""Snapshots of folds as files: answers `ports.Snapshots`. Built in the wiring.

    <git dir>/germline/snapshots/<fold>-<version>/<length>-<last id's beginning>.snapshot

A file is one line of JSON (the header) and the state. It counts only if the header is whole,
names this fold and version, gives the state's length and SHA-256, and the log still grows out
of the commit that it was at. Anything else is as good as no file: the log is folded again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.adapters.atomic_file import write_atomically
from controller.adapters.git_log_tip import GitLogTip
from controller.limits import SNAPSHOT_BYTES, SNAPSHOTS_KEPT
from controller.ports import Snapshot, Unavailable

FORMAT: Final = 1
"""Of the file; the fold's version is another matter."""
SUFFIX: Final = ".snapshot"


class _Header(BaseModel):
    """The first line of a file. `commit` is the one that the log was sealed up to."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: int
    fold: str
    version: int
    length: int
    last: str
    commit: str
    bytes: int
    sha256: str


class FileSnapshots:
    """The snapshots of one clone."""

    def __init__(self, git_directory: Path) -> None:
        self._directory = git_directory / "germline" / "snapshots"
        self._tip = GitLogTip(git_directory)

    def newest_first(self, fold: str, version: int) -> Iterator[Snapshot]:
        """See `ports.Snapshots`."""
        for path in self._files(fold, version):
            found = _read(path)
            if found is None:
                continue
            header, state = found
            named = (header.fold, header.version, path.name) == (fold, version, _name(header))
            if named and self._tip.grew_from(header.commit):
                yield Snapshot(fold, version, header.length, header.last, state)

    def keep(self, snapshot: Snapshot) -> None:
        """See `ports.Snapshots`. A state beyond `SNAPSHOT_BYTES` is not worth a file."""
        if len(snapshot.state) > SNAPSHOT_BYTES:
            return
        header = _Header(
            format=FORMAT,
            fold=snapshot.fold,
            version=snapshot.version,
            length=snapshot.length,
            last=snapshot.last,
            commit=self._tip.commit(),
            bytes=len(snapshot.state),
            sha256=hashlib.sha256(snapshot.state).hexdigest(),
        )
        path = self._folder(snapshot.fold, snapshot.version) / _name(header)
        try:
            write_atomically(path, header.model_dump_json().encode() + b"\n" + snapshot.state)
            for old in self._files(snapshot.fold, snapshot.version)[SNAPSHOTS_KEPT:]:
                old.unlink(missing_ok=True)
            self._drop_older(snapshot.fold, snapshot.version)
        except OSError as error:
            raise Unavailable(f"a snapshot could not be written: {error}") from error

    def forget(self) -> None:
        """See `ports.Snapshots`. Raises `Unavailable`."""
        try:
            shutil.rmtree(self._directory)
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unavailable(f"snapshots could not be deleted: {error}") from error

    def _folder(self, fold: str, version: int) -> Path:
        return self._directory / f"{fold}-{version}"

    def _files(self, fold: str, version: int) -> list[Path]:
        """By name, and so by length, the longest first."""
        return sorted(self._folder(fold, version).glob(f"*{SUFFIX}"), reverse=True)

    def _drop_older(self, fold: str, version: int) -> None:
        for folder in self._directory.glob(f"{fold}-*"):
            number = folder.name.removeprefix(f"{fold}-")
            if number.isdecimal() and int(number) < version:
                shutil.rmtree(folder, ignore_errors=True)


def _name(header: _Header) -> str:
    return f"{header.length:012d}-{header.last[:16]}{SUFFIX}"


def _read(path: Path) -> tuple[_Header, bytes] | None:
    """A file's header and state, or None if it is not whole."""
    try:
        if path.stat().st_size > 2 * SNAPSHOT_BYTES:
            return None
        first, _, state = path.read_bytes().partition(b"\n")
        header = _Header.model_validate(json.loads(first))
    except (OSError, ValueError, ValidationError, RecursionError):
        return None
    whole = len(state) == header.bytes and hashlib.sha256(state).hexdigest() == header.sha256
    return (header, state) if whole and header.format == FORMAT and header.length > 0 else None
