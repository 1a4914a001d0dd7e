"""Remembers up to which commit this clone verified the log.

Called by the log's history. The mark is disposable: without it the log is verified again. It
is worth something only as long as the log's branch grows out of the commit that it names.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pygit2


@dataclass(frozen=True, slots=True)
class Verified:
    """The first `length` events, sealed up to `commit`; `latest` is the largest time in them."""

    commit: pygit2.Oid | None
    length: int
    latest: str


NOTHING: Final = Verified(None, 0, "")


class VerifiedMark:
    """The file that holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Verified:
        """What was verified; nothing where the file is missing or cannot be understood."""
        try:
            found = json.loads(self._path.read_bytes())
            return Verified(
                pygit2.Oid(hex=found["commit"]), int(found["length"]), str(found["latest"])
            )
        except (OSError, ValueError, KeyError, TypeError):
            return NOTHING

    def write(self, verified: Verified) -> None:
        """Remember it, if the disk lets us: not durable, never half there."""
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        text = json.dumps(
            {
                "commit": str(verified.commit),
                "length": verified.length,
                "latest": verified.latest,
            }
        )
        try:
            self._path.parent.mkdir(exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)
