"""What is installed has every file that a new genome is made of."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from controller.cli.manual import pages, write
from controller.shipped import EXAMPLES, example_files, shipped_files

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel as pip would build it, without asking any index; with manual pages."""
    place = tmp_path_factory.mktemp("wheel")
    write(place / "man")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
        cwd=ROOT,
        env={**os.environ, "GERMLINE_MAN": str(place / "man")},
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


def test_a_wheel_has_a_manual_page_for_every_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        there = {
            name.rpartition("/")[2]: archive.read(name).decode()
            for name in archive.namelist()
            if "/share/man/man1/" in name
        }
    assert there == pages()
    assert {"germline.1", "germline-express.1", "germline-draft-prove.1"} <= there.keys()


def test_man_reads_every_page_without_a_warning(tmp_path: Path) -> None:
    if shutil.which("man") is None or shutil.which("lexgrog") is None:
        pytest.skip("needs man-db and groff to read manual pages")
    write(tmp_path)
    files = [str(file) for file in sorted(tmp_path.iterdir())]
    shown = subprocess.run(
        ["man", "--warnings", "-l", *files],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stderr == ""
    assert "germline draft prove [OPTIONS] [NAME]" in " ".join(shown.stdout.split())
    named = subprocess.run(["lexgrog", *files], capture_output=True, text=True, check=False)
    assert named.stdout.count(': "germline') == len(files), named.stdout
