"""What is installed has every file that a new genome is made of."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from controller.shipped import EXAMPLES, example_files, shipped_files

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel as pip would build it, without asking any index."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (made,) = place.glob("*.whl")
    return made


def test_a_genome_made_by_the_wheel_is_the_one_made_by_a_checkout(
    wheel: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    asked = (
        "import json; from controller.shipped import *; from hashlib import sha256; "
        "hashed = lambda files: {p: sha256(d).hexdigest() for p, d in files.items()}; "
        "print(json.dumps([hashed(f) for f in (shipped_files(), *map(example_files, EXAMPLES))]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    here = [
        {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
        for files in (shipped_files(), *map(example_files, EXAMPLES))
    ]
    assert json.loads(done.stdout) == here
    assert {".gitlab-ci.yml", ".github/workflows/prove.yml"} <= set(here[0])
