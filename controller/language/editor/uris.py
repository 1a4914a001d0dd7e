"""Paths for the names that an editor gives its texts, and back. Called by the language server."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote

from pygls.uris import from_fs_path, to_fs_path

_NOWHERE: Final = Path("/untitled:")
"""The folder of texts that are in no file; it is not there."""


class Uris:
    """Remembers how the editor spells the texts that it has open."""

    def __init__(self) -> None:
        self._spelt: dict[str, str] = {}

    def path(self, uri: str) -> Path:
        """The file, symbolic links followed; one in no folder for a text that is in no file."""
        name = to_fs_path(uri) if uri.startswith("file:") else None
        if name and "\0" not in name:
            try:
                return Path(name).resolve()
            except (OSError, RuntimeError):
                pass
        return _NOWHERE / quote(uri, safe="")[:200]

    def remember(self, uri: str) -> str:
        """The path of a text that is open."""
        path = str(self.path(uri))
        self._spelt[path] = uri
        return path

    def is_open(self, path: str) -> bool:
        """True for a text that the editor has open."""
        return path in self._spelt

    def forget(self, path: str) -> None:
        """The text is closed."""
        self._spelt.pop(path, None)

    def uri(self, path: str) -> str:
        """How the editor spells a path."""
        return self._spelt.get(path) or from_fs_path(path) or path
