"""`pause` and `resume`, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import germline

INPUT = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}'


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    assert germline("init", str(tmp_path / "genome")).code == 0
    return tmp_path / "genome"


def test_what_acts_is_refused_while_paused_and_what_reads_is_not(genome: Path) -> None:
    assert germline("pause", "the core switch is replaced", at=genome).code == 0
    for command in (
        ("express", "bridge_uplink", "--input", INPUT, "--on", "simulated"),
        ("draft", "prove", "draft/any"),
    ):
        said = germline(*command, at=genome)
        assert said.code == 1
        assert "is paused by person:" in said.err
        assert "the core switch is replaced" in said.err
        assert "germline resume" in said.err
    once = germline("controller", "--once", at=genome)
    assert (once.code, "is paused by" in once.err) == (0, True)
    told = json.loads(germline("status", "--format", "json", at=genome).out)
    assert told["paused"]["reason"] == "the core switch is replaced"
    assert "PAUSED by person:" in germline("status", at=genome).out
    for command in (("gaps",), ("check",), ("events", "log"), ("draft", "list")):
        assert germline(*command, at=genome).code == 0
    again = germline("pause", "again", at=genome)
    assert (again.code, "Paused already by person:" in again.out) == (0, True)
    assert germline("resume", "replaced", at=genome).code == 0
    assert germline("resume", at=genome).out == "Nothing is paused.\n"
    assert germline(*command, at=genome).code == 0
    log = [
        json.loads(line)
        for line in germline("events", "log", "--format", "json", at=genome).out.splitlines()
    ]
    types = [event["type"] for event in log if event["type"].startswith("controller.")]
    assert types == ["controller.paused", "controller.resumed"]
    assert "was paused: the core switch" in germline("why", log[-1]["id"], at=genome).out


def test_a_pause_needs_a_reason_and_nobody_forges_one(genome: Path) -> None:
    said = germline("pause", " ", at=genome)
    assert (said.code, "a pause needs a reason" in said.err) == (1, True)
    forged = germline("events", "append", "--type", "controller.resumed", at=genome)
    assert forged.code == 1
    assert "controller.resumed" in forged.err
