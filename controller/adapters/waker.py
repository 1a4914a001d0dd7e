"""Wakes a controller that rests: a file below the folder that `service` watches is touched."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


class Waker:
    """Called from whatever thread found something out. A lost wake-up costs a timer's period."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "agents"

    def __call__(self) -> None:
        """Touch the file."""
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
