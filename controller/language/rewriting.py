"""Writes a formatted contract over the old one. Called by `germline fmt`."""

from __future__ import annotations

import stat
from pathlib import Path

from controller.adapters.atomic_file import write_atomically
from controller.ports import Blocked


def rewrite(file: Path, text: bytes) -> None:
    """Replace a file's bytes at once, through symbolic links; its permissions stay.

    Raises `Blocked` if it cannot be written; the old text is then as it was.
    """
    target = file.resolve()
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
        write_atomically(target, text)
        target.chmod(mode)
    except OSError as error:
        raise Blocked(
            f"{file} cannot be written: {error.strerror}", "see who may write there"
        ) from error
