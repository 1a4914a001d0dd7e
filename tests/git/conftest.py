"""A small genome repository with main checked out, and a draft for it."""

from __future__ import annotations

from pathlib import Path

import pygit2
import pytest

from controller.adapters import git_sealer
from controller.adapters.clock import VirtualClock
from controller.adapters.git_repository import GitRepository
from controller.ports import DraftRef
from tests.git.events import FOR_EVER_SECONDS
from tests.git.proposal import CHANGES
from tests.git.stock import ANA, FILES, NOON


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


@pytest.fixture
def draft(repository: GitRepository) -> DraftRef:
    """A proposal of `CHANGES`."""
    return repository.propose(
        "draft/promote/a", repository.main(), CHANGES, "promote a at edge", ANA
    )


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty bare repository, for a log alone; in this process few events wait to be sealed."""
    monkeypatch.setattr(git_sealer, "SEAL_SECONDS", FOR_EVER_SECONDS)
    pygit2.init_repository(str(tmp_path / "log"), bare=True)
    return tmp_path / "log"
