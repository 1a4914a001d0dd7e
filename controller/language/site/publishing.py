"""Writes the site into a folder, and only into one that is empty or that it wrote before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from controller.adapters.atomic_file import write_atomically
from controller.ports import Blocked

MARK: Final = ".germline-site.json"
"""The list of files that were written, inside the folder: the sign that it may be rewritten."""


def publish(files: Mapping[str, bytes], folder: Path) -> None:
    """Make the folder hold these files; pages of contracts that are gone go too.

    Raises `Blocked` for a folder that holds anything this did not write.
    """
    try:
        before = _written_before(folder)
        folder.mkdir(parents=True, exist_ok=True)
        names = json.dumps(sorted({*files, *before}), indent=1) + "\n"
        write_atomically(folder / MARK, names.encode())
        for name, content in files.items():
            write_atomically(folder / name, content)
        for name in sorted(before - files.keys()):
            (folder / name).unlink(missing_ok=True)
        write_atomically(folder / MARK, (json.dumps(sorted(files), indent=1) + "\n").encode())
    except OSError as error:
        raise Blocked(
            f"the site cannot be written to {folder}: {error.strerror}", "give another folder"
        ) from error


def _written_before(folder: Path) -> set[str]:
    """What the mark lists; empty for a folder that is empty or not there."""
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise Blocked(f"{folder} is not a folder", "give one that is empty or not there yet")
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    written = _listed(folder / MARK) if MARK in found else set()
    foreign = sorted(found - written - {MARK})
    if foreign:
        raise Blocked(
            f"{folder} holds {foreign[0]}, which `germline doc` did not write",
            "give a folder that is empty or not there yet",
        )
    return written & found


def _listed(mark: Path) -> set[str]:
    try:
        names = json.loads(mark.read_bytes())
    except ValueError:
        return set()
    if not isinstance(names, list):
        return set()
    return {name for name in names if isinstance(name, str)}
