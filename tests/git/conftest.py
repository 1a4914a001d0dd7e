"""A small genome repository with main checked out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.adapters.clock import VirtualClock
from controller.adapters.git_repository import GitRepository
from tests.git.stock import ANA, FILES

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    """A fresh repository with `FILES` on main; the path of its working tree."""
    path = tmp_path / "genome"
    GitRepository.create(path, FILES, "genome: begin", ANA, VirtualClock(NOON))
    return path


@pytest.fixture
def repository(genome: Path) -> GitRepository:
    """That repository, opened, at noon."""
    return GitRepository(genome, VirtualClock(NOON))
