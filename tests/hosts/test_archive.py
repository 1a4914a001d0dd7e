"""The runtime for hosts: the same sources give the same bytes, and it needs nothing else."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from controller.adapters import outpost_wire as wire
from controller.adapters.outpost_wire import Request
from controller.adapters.runtime_archive import runtime

AGAIN = "from controller.adapters.runtime_archive import runtime; print(runtime().sha256)"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runtime") / "runtime.pyz"
    path.write_bytes(runtime().data)
    return path


def serve(archive: Path, state: Path, request: bytes) -> bytes:
    """What it answers, run with no library but the standard one."""
    bare = [sys.executable, "-I", "-S", str(archive), "serve", str(state)]
    return subprocess.run(bare, input=request, capture_output=True, check=True, cwd="/").stdout


def test_another_process_packs_the_same_bytes() -> None:
    packed = runtime()
    again = subprocess.run(
        [sys.executable, "-c", AGAIN],
        env={"PYTHONHASHSEED": "7"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == packed.sha256 == hashlib.sha256(packed.data).hexdigest()


def test_what_it_cannot_read_it_refuses_in_words(archive: Path, tmp_path: Path) -> None:
    said = json.loads(serve(archive, tmp_path, b"no request"))
    assert said["trouble"] == "blocked"
    assert "cannot be read" in said["reason"]


def test_what_it_does_not_know_how_to_do_it_refuses(archive: Path, tmp_path: Path) -> None:
    said = json.loads(serve(archive, tmp_path, wire.request_to_bytes(Request("dance", {}, {}))))
    assert said["trouble"] == "blocked"
    assert "dance" in said["reason"]


def test_a_transaction_that_never_began_cannot_begin_after_it_was_taken_back(
    archive: Path, tmp_path: Path
) -> None:
    name = "ab" * 32
    undo = wire.request_to_bytes(Request("undo", {}, {}, name, reason="late"))
    assert wire.answer_from_bytes(serve(archive, tmp_path, undo), "here") == {
        "reason": "late",
        "problems": [],
    }
    confirm = wire.request_to_bytes(Request("confirm", {}, {}, name))
    assert wire.answer_from_bytes(serve(archive, tmp_path, confirm), "here") is False
