"""Writes objects as packs, and makes few packs of many.

Called by the sealer. A seal is one small pack, durable before any ref names it; so no object is
ever loose. `consolidate` is what keeps their number down: packs of about one size become one,
with deltas, so that what a seal repeats of the tree before it costs next to nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import pygit2
from dulwich.object_format import SHA1
from dulwich.pack import UnpackedObject, load_pack_index, write_pack_data, write_pack_index_v2

from controller.adapters.atomic_file import make_directory, sync_directory, write_atomically
from controller.limits import PACK_LARGE_BYTES, PACKS_SMALL

BLOB: Final = 3
TREE: Final = 2
COMMIT: Final = 1
"""git's numbers of the kinds of objects, see gitformat-pack(5)."""

_NAMES: Final = {BLOB: b"blob", TREE: b"tree", COMMIT: b"commit"}
_COMPRESSION: Final = 1
"""Half the time of zlib's default for a tenth more bytes; consolidation compresses anew."""
_SCRATCH: Final = "tmp_germline_"
"""git takes what begins with `tmp_` away by itself, when it is old."""
_SEALING: Final = b"being sealed\n"
_HIGHEST_LEVEL: Final = 7
"""git_config_level_t: the level that an application sets, before every file of the user's."""
_WHOLE: Final = "[0-9][0-9][0-9]/**/*.jsonl -delta"
_ONLY_SMALL: Final = b"[core]\n\tbigFileThreshold = 64k\n"
"""Deltas are for trees and short segments; between full ones they cost much and save nothing."""


def name_of(kind: int, content: bytes) -> bytes:
    """An object's name, 20 bytes."""
    head = b"%b %d\0" % (_NAMES[kind], len(content))
    return hashlib.sha1(head + content, usedforsecurity=False).digest()


@contextmanager
def kept_pack(git_directory: Path, objects: Sequence[tuple[int, bytes]]) -> Iterator[None]:
    """Store objects (kind, content) as one pack, synced to disk. Raises OSError.

    Until a ref names them, they look like garbage: a mark keeps stock git from taking the pack
    away in a repack that it begins meanwhile (gitrepository-layout(5), `.keep`).
    """
    folder = git_directory / "objects" / "pack"
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as scratch:
        pack, index = Path(scratch) / "pack", Path(scratch) / "idx"
        with pack.open("wb") as file:
            entries, checksum = write_pack_data(
                file.write,
                iter([_unpacked(kind, content) for kind, content in objects]),
                SHA1,
                num_records=len(objects),
                compression_level=_COMPRESSION,
            )
            _sync(file)
        with index.open("wb") as file:
            rows = sorted((name, offset, crc) for name, (offset, crc) in entries.items())
            write_pack_index_v2(file, rows, checksum)
            _sync(file)
        stem = f"pack-{checksum.hex()}"
        (folder / f"{stem}.keep").write_bytes(_SEALING)
        _publish(folder, pack, index, stem)
    try:
        yield
    finally:
        (folder / f"{stem}.keep").unlink(missing_ok=True)


def sweep(git_directory: Path) -> None:
    """Remove what sealers left that were killed; while no other one is at work."""
    folder = git_directory / "objects" / "pack"
    for scratch in folder.glob(f"{_SCRATCH}*"):
        shutil.rmtree(scratch)
    for keep in folder.glob("pack-*.keep"):
        if keep.read_bytes() == _SEALING:
            keep.unlink()


def keep_whole(git_directory: Path) -> None:
    """Have stock git try no deltas between segments: a clone of many takes a tenth of the time.

    Said in `info/attributes`, see gitattributes(5); what stands there stays.
    """
    path = git_directory / "info" / "attributes"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if _WHOLE not in text.splitlines():
        make_directory(path.parent)
        write_atomically(path, f"{text.rstrip()}\n{_WHOLE}\n".lstrip().encode())


def consolidate(repository: pygit2.Repository) -> int:
    """Make one pack of small ones of ours once there are too many. Returns how many it took.

    Raises OSError or GitError; the old packs are there until the new one is durable.
    """
    folder = Path(repository.path) / "objects" / "pack"
    chosen = _of_one_size(_small_packs(folder))
    if not chosen:
        return 0
    packer = _packer(repository)
    names = {name for pack in chosen for name in _objects_in(pack)}
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as scratch:
        packer.pack(scratch, lambda builder: _add(builder, names))
        (pack,) = Path(scratch).glob("*.pack")
        for path in (pack, pack.with_suffix(".idx")):
            with path.open("rb") as file:
                _sync(file)
        _publish(folder, pack, pack.with_suffix(".idx"), pack.stem)
    for old in chosen:
        if old.stem != pack.stem:
            for gone in (old.with_suffix(".idx"), old, _mark(folder, old.stem)):
                gone.unlink(missing_ok=True)
    return len(chosen)


def _mark(folder: Path, stem: str) -> Path:
    """An empty file that says that a seal made this pack: others are not ours to touch."""
    return folder.parents[1] / "germline" / "packs" / stem


def _packer(repository: pygit2.Repository) -> pygit2.Repository:
    """The same repository with settings of our own, which are written nowhere."""
    opened = pygit2.Repository(repository.path)
    settings = Path(repository.path) / "germline" / "pack.config"
    settings.write_bytes(_ONLY_SMALL)
    config: Any = opened.config  # its stub says that add_file never returns
    config.add_file(str(settings), _HIGHEST_LEVEL)
    return opened


def _add(builder: pygit2.PackBuilder, names: set[bytes]) -> None:
    for name in sorted(names):
        builder.add(pygit2.Oid(raw=name))


def _unpacked(kind: int, content: bytes) -> UnpackedObject:
    return UnpackedObject(kind, decomp_chunks=[content], sha=name_of(kind, content))


def _small_packs(folder: Path) -> list[tuple[int, Path]]:
    """Our packs that are not large: (size, path), smallest first."""
    found = []
    for mark in _mark(folder, "").parent.glob("pack-*"):
        pack = folder / f"{mark.name}.pack"
        try:
            size = pack.stat().st_size
        except FileNotFoundError:  # stock git repacked it
            mark.unlink(missing_ok=True)
            continue
        if size < PACK_LARGE_BYTES:
            found.append((size, pack))
    return sorted(found)


def _of_one_size(packs: Sequence[tuple[int, Path]]) -> list[Path]:
    """The smallest packs, up to the first that is larger than all before it together.

    So each byte is packed anew about as often as the log doubles (as git's geometric repacking).
    """
    if len(packs) <= PACKS_SMALL:
        return []
    total = 0
    chosen: list[Path] = []
    for size, pack in packs:
        if len(chosen) > PACKS_SMALL // 2 and size > total:
            break
        total += size
        chosen.append(pack)
    return chosen


def _objects_in(pack: Path) -> Iterator[bytes]:
    index = load_pack_index(pack.with_suffix(".idx"), SHA1)
    try:
        yield from [bytes(name) for name, _, _ in index.iterentries()]
    finally:
        index.close()


def _publish(folder: Path, pack: Path, index: Path, stem: str) -> None:
    """Put a synced pack where git finds it: the index last, since it is what git looks for."""
    mark = _mark(folder, stem)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    for file in (pack, index):
        file.chmod(0o444)
    pack.replace(folder / f"{stem}.pack")
    index.replace(folder / f"{stem}.idx")
    sync_directory(folder)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
