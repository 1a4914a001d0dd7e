"""Interpreters that are older than the controller's, where this machine has some."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

OLDER = ("3.9", "3.10")
"""Versions that a host may have and the controller may not."""


def interpreter(version: str) -> Path:
    """A Python of this version, from the path or pyenv; skips the test where there is none."""
    found = shutil.which(f"python{version}")
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [Path(found)] if found is not None else []
    candidates += sorted(root.glob(f"versions/{version}.*/bin/python{version}"))
    for candidate in candidates:
        if subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    pytest.skip(f"needs a Python {version}: on the path, or pyenv's")
