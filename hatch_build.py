"""Puts the manual pages that `make man` wrote into the wheel, if it did."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPages(BuildHookInterface[Any]):
    """`GERMLINE_MAN` names another directory than `build/man`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Add them as data files: pip installs those below the prefix, where man(1) looks."""
        pages = Path(os.environ.get("GERMLINE_MAN") or Path(self.root) / "build" / "man")
        for page in sorted(pages.glob("*.1")):
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"
