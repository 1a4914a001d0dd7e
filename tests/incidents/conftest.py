"""Incidents are played on each kernel that can."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.incidents.incident import Incident, Played, played
from tests.network.conftest import needs_root

Play = Callable[[Incident], AbstractContextManager[Played]]


@pytest.fixture(params=["simulated", pytest.param("netns", marks=needs_root), "twin"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Plays an incident on this machine's kernel, in the twin, and in memory."""
    if request.param == "twin":
        request.getfixturevalue("twin_kernel")
    return lambda incident: played(tmp_path, incident, request.param)
