"""Looks for a text in everything that a directory holds, however git or anybody packed it."""

from __future__ import annotations

import base64
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path


def places_of(text: str, *roots: Path) -> list[str]:
    """Where a text is found: in names, in files as they are or inflated, in all git objects."""
    forms = _forms(text)
    found = []
    for root in roots:
        for where, content in [*_files(root), *_objects(root)]:
            if any(form in content for form in forms):
                found.append(where)
    return found


def _forms(text: str) -> tuple[bytes, ...]:
    """The text in plain, in hex and in base64 whatever the bytes before it."""
    raw = text.encode()
    shifted = [base64.b64encode(b"." * lead + raw)[4:-4] for lead in range(3)]
    return (raw, raw.hex().encode(), *shifted)


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in root.rglob("*"):
        content = str(path).encode() if not path.is_file() else path.read_bytes()
        yield str(path), content + path.name.encode()
        try:
            yield f"{path} (inflated)", zlib.decompress(content)
        except zlib.error:
            continue


def _objects(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every object of every repository below, loose or packed, reachable or not."""
    for head in root.rglob("HEAD"):
        if not (head.parent / "objects").is_dir():
            continue
        listing = subprocess.run(
            ["git", "cat-file", "--batch-all-objects", "--batch", "--unordered"],
            cwd=head.parent,
            check=True,
            capture_output=True,
        )
        assert listing.stdout, "a repository without objects was searched"
        yield f"{head.parent} (objects)", listing.stdout
