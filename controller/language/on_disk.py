"""Files of the language on disk: which are meant, and what lies around them.

Called by the commands that work on a working tree or on single files, and by the language
server. What cannot be read is `Blocked`, with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from controller.genome.genome import LANGUAGE_FOLDERS
from controller.genome.inventory import FOLDER as HOSTS
from controller.genome.surroundings import is_surrounding
from controller.language.sources import SUFFIX, alleles_among
from controller.limits import LSP_ENTRIES
from controller.ports import Blocked
from controller.stories.mainline import MARK


def genome_around(path: Path) -> Path | None:
    """The root of the genome repository that a path lies in, if it lies in one."""
    start = path.resolve()
    return next((at for at in (start, *start.parents) if (at / MARK).is_file()), None)


def sources_named(paths: Iterable[Path]) -> list[Path]:
    """The files that are meant: a file is itself, a folder every contract below it.

    In order, each once. Raises `Blocked` for a path where there is nothing.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise Blocked(f"there is no file {path}", "give files or folders that are there")
        for file in _below(path) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def sources_below(folder: Path, *, recursive: bool) -> Iterator[Path]:
    """Every contract in a folder, and below it if `recursive`; a bounded look at the disk."""
    if not recursive:
        return (file for file in sorted(folder.glob(f"*{SUFFIX}")) if file.is_file())
    seen = islice(_files(folder), LSP_ENTRIES)
    return (file for file in seen if file.suffix == SUFFIX)


def sources_in_genome(root: Path) -> list[Path]:
    """Every contract in the folders of a genome's working tree."""
    return sources_named(folder for name in LANGUAGE_FOLDERS if (folder := root / name).is_dir())


def alleles_in_genome(root: Path) -> dict[str, tuple[str, ...]]:
    """Locus → the whole hashes of its alleles, by the names of the files."""
    return alleles_among(
        file.relative_to(root).as_posix() for file in (root / "alleles").glob("*/*.py")
    )


def surrounding_files(root: Path) -> dict[str, bytes]:
    """The files of a genome's working tree that its contracts are checked against.

    Path from the root → content. Raises `Blocked` if one cannot be read.
    """
    there = (root / MARK, *islice(sorted((root / HOSTS).glob("*")), LSP_ENTRIES))
    named = ((file.relative_to(root).as_posix(), file) for file in there if file.is_file())
    return {path: content(file) for path, file in named if is_surrounding(path)}


def files_of_genome(root: Path) -> dict[str, bytes]:
    """The working tree as a commit of it would be: path from the root → content.

    Hidden files and folders are left out. Raises `Blocked` where there is no genome.
    """
    if not (root / MARK).is_file():
        raise Blocked(
            f"{root} is not a genome: it has no {MARK}",
            "`germline init DIR` makes one; -C names another",
        )
    return {file.relative_to(root).as_posix(): content(file) for file in _files(root)}


def content(file: Path) -> bytes:
    """The bytes of a file. Raises `Blocked` if it cannot be read."""
    if not file.is_file():
        raise Blocked(f"{file} is not a file", "give a file or a folder")
    try:
        return file.read_bytes()
    except OSError as error:
        raise Blocked(f"{file} cannot be read: {error.strerror}", "see who may read it") from error


def _below(folder: Path) -> Iterator[Path]:
    return (file for file in _files(folder) if file.suffix == SUFFIX)


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(at) / name
            if not name.startswith(".") and file.is_file():
                yield file
