"""The code itself, tested: layers, sizes, names, dead modules, words that do not belong."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("controller/**/*.py"), *ROOT.glob("grammar/**/*.py")])
TESTS = sorted(ROOT.glob("tests/**/*.py"))
MAX_LINES = 400
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
BROAD = {"Exception", "BaseException"}
THE_BROAD_EXCEPT = "controller/adapters/gene_child.py"
SPEAKS_OF_ITSELF = re.compile(r"/work/|\bthis session\b|\bhelper-\d", re.IGNORECASE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=name_of)
def test_a_module_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())) or not path.read_text().strip()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_has_a_name_that_means_something(path: Path) -> None:
    assert path.stem not in BANNED_NAMES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_public_functions_and_classes_have_docstrings(path: Path) -> None:
    bare = [
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []


def test_only_the_sandboxes_child_catches_everything() -> None:
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
                found.add(name_of(path))
    assert found <= {THE_BROAD_EXCEPT}


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(name, ast.Name) and name.id in BROAD for name in names)


def test_no_module_is_dead() -> None:
    everything = "\n".join(path.read_text() for path in [*SOURCES, *TESTS])
    dead = [
        name_of(path)
        for path in SOURCES
        if path.stem not in ("__init__", "__main__")
        and not re.search(rf"\b{re.escape(path.stem)}\b", everything.replace(path.read_text(), ""))
    ]
    assert dead == []


@pytest.mark.parametrize(
    "module",
    ["limits", "agent_limits", "forge_limits", "gene_limits", "link_limits", "twin_limits"],
)
def test_every_limit_is_used_and_has_a_reason(module: str) -> None:
    tree = ast.parse((ROOT / "controller" / f"{module}.py").read_text())
    names = [node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)]
    reasons = [
        node
        for node in tree.body[1:]
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    everything = "\n".join(path.read_text() for path in SOURCES if path.stem != module)
    assert [name for name in names if not re.search(rf"\b{name}\b", everything)] == []
    assert len(reasons) == len(names)


@pytest.mark.parametrize(
    "path",
    [*SOURCES, *TESTS, *ROOT.glob("*.md"), *ROOT.glob("contracts/**/*.sg")],
    ids=name_of,
)
def test_the_project_speaks_only_of_itself(path: Path) -> None:
    if path == Path(__file__):
        return
    assert SPEAKS_OF_ITSELF.search(path.read_text().replace("../shared/seeds", "")) is None


def test_imports_point_one_way_and_every_module_has_a_layer() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    command = [linter, "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
