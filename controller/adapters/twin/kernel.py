"""Where the twin's kernel is, and whether it is the one that this recipe makes.

`wiring` looks it up when a world or a shadow first needs it. `make twin` puts it into a
directory that is named by a hash of the recipe, so that one built by another is never taken.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from controller.ports import Unavailable

RECIPE: Final = Path(__file__).parent / "recipe"
INGREDIENTS: Final = ("build.sh", "kernel.config")
DIRECTORY: Final = "GERMLINE_TWIN"
"""The environment's variable for another place than the user's cache."""
_NAME_DIGITS: Final = 16
_BUILD: Final = "`make twin` builds it once, in some five minutes"


def built_kernel(environment: Mapping[str, str] = os.environ) -> Path:
    """The kernel. Raises `Unavailable` where it is not built, or cannot be executed."""
    place = directory(environment)
    kernel = place / recipe_hash() / "linux"
    if not kernel.exists():
        others = sorted(path.parent.name for path in place.glob("*/linux"))
        reason = f"there is no kernel for the twin in {kernel.parent}"
        if others:
            reason += f"; that of an older recipe is in {', '.join(others)}"
        raise Unavailable(reason, _BUILD)
    if not os.access(kernel, os.X_OK):
        raise Unavailable(f"{kernel} cannot be executed", _BUILD)
    return kernel


def directory(environment: Mapping[str, str]) -> Path:
    """Where kernels are, each in a directory named by its recipe."""
    given = environment.get(DIRECTORY)
    if given:
        return Path(given)
    cache = environment.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "germline" / "twin"


def recipe_hash() -> str:
    """The name of what the recipe makes: the beginning of the SHA-256 of its files, in order."""
    made = hashlib.sha256(b"".join((RECIPE / name).read_bytes() for name in INGREDIENTS))
    return made.hexdigest()[:_NAME_DIGITS]
