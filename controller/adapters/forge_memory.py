"""How it stands with the forge, in a file beside the clone: answers `ports.forge.Memory`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from controller.adapters.atomic_file import write_atomically
from controller.ports import Blocked
from controller.ports.forge import Relations

_RELATIONS = TypeAdapter(Relations)


class ForgeMemory:
    """`germline/forge.json`. Deleting it costs one look at the forge."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Relations:
        """See `ports.forge.Memory`."""
        with suppress(OSError, ValidationError):
            return _RELATIONS.validate_json(self._path.read_bytes())
        return Relations()

    def write(self, relations: Relations) -> None:
        """See `ports.forge.Memory`. Raises `Blocked` where nothing can be written."""
        try:
            write_atomically(self._path, _RELATIONS.dump_json(relations))
        except OSError as error:
            raise Blocked(f"{self._path} cannot be written: {error.strerror}") from error
