"""Machines that give less: the sandbox uses what is there, and says what is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyseccomp
import pytest

from tests.sandbox.host import Host
from tests.sandbox.reach import walls

ROOT = Path(__file__).parents[2]
NO_NAMESPACES = "no namespaces: a gene's process shares the host's processes, network and mounts"
NO_FILTER = "no system call filter: libseccomp is not installed"


def report(host: Host, *taken: str, python: str = sys.executable) -> Any:
    """What `tests.sandbox.confine` prints, with these protections taken away."""
    run = subprocess.run(
        [python, "-m", "tests.sandbox.confine", *taken, host.targets()],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            "PYTHONPATH": str(Path(pyseccomp.__file__).parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": os.environ["PATH"],
        },
    )
    assert run.returncode == 0, run.stderr
    host.assert_untouched()
    found = json.loads(run.stdout)
    return found | {"missing": walls(found["missing"])}


def of_everybody() -> str:
    """An interpreter like this one that an ordinary user can execute, or a skipped test."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{name}", shutil.which(name)):
        if python is not None and Path(python).exists() and _executable_by_others(python):
            return python
    pytest.skip("no interpreter of this version that every user can execute")


def _executable_by_others(python: str) -> bool:
    """Whether every directory on the way to the file, links followed, can be passed by all."""
    path = Path(python).resolve()
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents))


def test_without_user_namespaces_the_filter_and_landlock_hold(host: Host) -> None:
    found = report(host, "no-user-namespaces", "no-capabilities")
    assert found.pop("surprises") == {}
    assert found == {
        "missing": [NO_NAMESPACES],
        "file": "PermissionError",
        "fork": "PermissionError",
        "kill": "PermissionError",
        "network": "PermissionError",
        "identity": "PermissionError",
    }


@pytest.mark.root
def test_without_user_namespaces_root_makes_the_others_itself(host: Host) -> None:
    found = report(host, "no-user-namespaces")
    assert found["missing"] == []
    assert found["surprises"] == {}


@pytest.mark.root
def test_without_user_namespaces_and_filter_a_gene_of_root_is_still_nobody(host: Host) -> None:
    found = report(host, "no-user-namespaces", "no-filter")
    assert found == {
        "missing": [NO_FILTER],
        "file": "FileNotFoundError",
        "fork": "BlockingIOError",
        "kill": "ProcessLookupError",
        "network": "PermissionError",
        "identity": "did: [65534, 65534, 65534, []]",
    }


def test_without_a_filter_the_namespaces_hold(host: Host) -> None:
    found = report(host, "no-filter")
    assert found["missing"] == [NO_FILTER]
    assert found["file"] in {"FileNotFoundError", "PermissionError"}
    assert found["fork"] == "BlockingIOError"
    assert found["kill"] == "ProcessLookupError"
    assert found["network"] in {"OSError", "PermissionError"}
    assert found["identity"].startswith("did: [65534, 65534, 65534")


@pytest.mark.root
def test_an_ordinary_user_has_the_same_walls(host: Host) -> None:
    found = report(host, "as-nobody", python=of_everybody())
    assert found["missing"] == []
    assert found["surprises"] == {}


def test_a_root_that_cannot_be_another_user_is_named(host: Host) -> None:
    found = report(host, "root-of-itself")
    assert found["missing"] == ["no other user: a gene's process belongs to root"]
    assert found["surprises"] == {}
