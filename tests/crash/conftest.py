"""A disk that fails, where there is a compiler to build it with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pygit2
import pytest

from controller.adapters import git_sealer
from tests.crash.story import Life, Told
from tests.git.events import FOR_EVER_SECONDS

ROOT = Path(__file__).parents[2]
COMPILER = shutil.which("cc") or shutil.which("gcc")
collect_ignore = [] if COMPILER else ["test_disk_faults.py", "test_power_loss.py"]

Live = Callable[[Life], Told]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make crash` asks for it."""
    parser.addoption("--thorough", action="store_true", help="every crash, not a sample")


def pytest_report_header() -> str | None:
    """Say what is missing."""
    return None if COMPILER else "no C compiler: faults of the disk and losses of power not tried"


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether every crash is tried, or a sample of them."""
    return bool(request.config.getoption("--thorough", default=False))


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty bare repository, for a log alone; in this process few events wait to be sealed."""
    monkeypatch.setattr(git_sealer, "SEAL_SECONDS", FOR_EVER_SECONDS)
    pygit2.init_repository(str(tmp_path / "log"), bare=True)
    return tmp_path / "log"


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`disk.c`, built."""
    built = tmp_path_factory.mktemp("disk") / "disk.so"
    source = Path(__file__).with_name("disk.c")
    command = [COMPILER, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"]
    subprocess.run([*command, "-o", built, source], check=True)  # type: ignore[list-item]
    return built


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The directory whose disk fails."""
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.fixture
def live(disk: Path, path: Path, run: Path) -> Iterator[Live]:
    """Tells a story under a disk of one's choice, below `run`; see `tests.crash.story`."""
    environment = {**os.environ, "LD_PRELOAD": str(disk), "DISK_ROOT": str(run)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.story", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as teller:

        def ask(life: Life) -> Told:
            assert teller.stdin is not None
            assert teller.stdout is not None
            print(json.dumps(asdict(life)), file=teller.stdin, flush=True)
            return Told(**json.loads(teller.stdout.readline()))

        yield ask
        assert teller.stdin is not None
        teller.stdin.close()
