"""What is shipped to hosts is Python 3.9's language, and runs there."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest

from controller.adapters import older_python, outpost_wire
from controller.adapters.ansible_courier import PLAYBOOKS
from controller.adapters.outpost_wire import Request
from controller.adapters.runtime_archive import runtime
from tests.hosts.pythons import OLDER, interpreter

ROOT = Path(__file__).parents[2]
FOR_TYPE_CHECKERS = ("typing.Self", "typing.TypeGuard")
"""Imported below `if TYPE_CHECKING:` alone, which nothing runs."""


def shipped() -> dict[str, bytes]:
    """Our own modules in the archive, by their paths."""
    with zipfile.ZipFile(BytesIO(runtime().data)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".py")]
        return {n: archive.read(n) for n in names if n.startswith(("controller/", "grammar/"))}


def patterns(table: dict[str, str], version: str) -> list[str]:
    """The patterns of ruff's table for a version, one for each alternative in braces."""
    found = []
    for pattern, target in table.items():
        head, _, rest = pattern.partition("{")
        choices, _, tail = rest.partition("}")
        several = [head + choice + tail for choice in choices.split(",")] if rest else [pattern]
        found += several if target == version else []
    return found


def test_it_asks_for_nothing_that_python_3_9_has_not(tmp_path: Path) -> None:
    for name, source in shipped().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(source)
    supplied = (*older_python.SUPPLIED, *FOR_TYPE_CHECKERS)
    left_out = [part for name in supplied for part in ("--exclude", name)]
    vermin = Path(sys.executable).parent / "vermin"
    asked = [vermin, "-t=3.9-", "--violations", "--no-tips", *left_out, tmp_path]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_what_is_shipped_is_linted_as_python_3_9() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
    known = patterns(ruff["per-file-target-version"], "py39")
    assert [n for n in shipped() if not any(fnmatch(n, one) for one in known)] == []


def test_ansibles_module_is_of_the_oldest_python_that_ansible_runs_on() -> None:
    source = (PLAYBOOKS / "library" / "germline_act.py").read_text()
    assert ast.parse(source, feature_version=(3, 8)).body


def test_names_are_for_type_checkers_only_where_it_says_so() -> None:
    for source, full in product(shipped().values(), FOR_TYPE_CHECKERS):
        module, name = full.split(".")
        for node in ast.parse(source).body:
            at_import = isinstance(node, ast.ImportFrom) and node.module == module
            assert not (at_import and name in {one.name for one in node.names})


@pytest.mark.parametrize("version", OLDER)
def test_it_answers_on_an_older_python(version: str, tmp_path: Path) -> None:
    archive = tmp_path / "runtime.pyz"
    archive.write_bytes(runtime().data)
    bare = [interpreter(version), "-I", "-S", str(archive), "serve", str(tmp_path / "state")]
    request = Request("undo", {}, {}, "ab" * 32, reason="late")
    told = subprocess.run(
        bare, input=outpost_wire.request_to_bytes(request), capture_output=True, check=True
    )
    assert json.loads(told.stdout)["answer"] == {"reason": "late", "problems": []}


@pytest.mark.parametrize("version", OLDER)
def test_an_enumeration_of_strings_reads_alike_on_an_older_python(version: str) -> None:
    said = "controller.adapters.older_python"
    program = (
        f"import sys; from {said} import supply; supply(sys.version_info);"
        "from grammar.sg.terms import Risk; from dataclasses import dataclass, asdict\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class One:\n    risk: Risk\n"
        "print([f'{risk}' for risk in Risk], asdict(One(Risk('low'))), 'low' == Risk.LOW)"
    )
    told = {
        subprocess.run(
            [python, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout.replace("<Risk.LOW: 'low'>", "low")
        for python in (str(interpreter(version)), sys.executable)
    }
    assert len(told) == 1
