"""Which kernel is taken for a twin, and what is said where there is none or a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.adapters.twin.kernel import DIRECTORY, RECIPE, built_kernel, directory, recipe_hash
from controller.adapters.twin.machine import Machine
from controller.ports import Unavailable


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_where_none_is_built_the_hint_tells_how(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        built_kernel({DIRECTORY: str(tmp_path)})
    assert str(tmp_path) in raised.value.reason
    assert "make twin" in raised.value.hint


def test_the_kernel_of_another_recipe_is_not_taken(tmp_path: Path) -> None:
    program(tmp_path / "0123456789abcdef" / "linux", "exit 0")
    with pytest.raises(Unavailable, match=r"older recipe.*0123456789abcdef"):
        built_kernel({DIRECTORY: str(tmp_path)})


def test_the_kernel_of_this_recipe_is_taken(tmp_path: Path) -> None:
    made = program(tmp_path / recipe_hash() / "linux", "exit 0")
    assert built_kernel({DIRECTORY: str(tmp_path)}) == made


def test_a_kernel_that_cannot_be_executed_is_said_to_be_so(tmp_path: Path) -> None:
    program(tmp_path / recipe_hash() / "linux", "exit 0").chmod(0o644)
    with pytest.raises(Unavailable, match="cannot be executed"):
        built_kernel({DIRECTORY: str(tmp_path)})


def test_the_cache_is_the_users_own_unless_another_place_is_named() -> None:
    assert directory({"XDG_CACHE_HOME": "/c"}) == Path("/c/germline/twin")
    assert directory({"XDG_CACHE_HOME": "/c", DIRECTORY: "/elsewhere"}) == Path("/elsewhere")


def test_the_script_that_builds_names_it_as_it_is_looked_for(tmp_path: Path) -> None:
    import subprocess

    made = program(tmp_path / recipe_hash() / "linux", "exit 0")
    command = ["sh", str(RECIPE / "build.sh"), str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert str(made) in done.stdout


def test_a_kernel_that_dies_at_once_is_lost_with_its_last_words(tmp_path: Path) -> None:
    made = program(tmp_path / "linux", "echo there is no room; exit 1")
    with pytest.raises(Unavailable, match="there is no room") as raised:
        Machine(made, boot_seconds=20)
    assert "make twin" in raised.value.hint


def test_a_kernel_that_never_calls_is_killed(tmp_path: Path) -> None:
    left = tmp_path / "left"
    made = program(tmp_path / "linux", f"echo $$ > {left}; exec sleep 600")
    with pytest.raises(Unavailable, match="does not come up"):
        Machine(made, boot_seconds=1)
    assert not Path(f"/proc/{left.read_text().strip()}").exists()


def test_what_is_no_program_does_not_start(tmp_path: Path) -> None:
    made = tmp_path / "linux"
    made.write_text("")
    with pytest.raises(Unavailable, match="does not start"):
        Machine(made)
