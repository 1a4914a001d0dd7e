"""The command line of projections: what is there, what it says, where that came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from controller.cli import main
from tests.projections.office import LOCUS, office


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genome whose projection is live."""
    place = tmp_path_factory.mktemp("commands") / "genome"
    with office(place, 200) as house:
        house.run_pass()
    return place


def run(path: Path, *arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(main, ["-C", str(path), *arguments])
    assert done.exit_code == code, done.output
    return done


def json_of(path: Path, *arguments: str) -> Any:
    return json.loads(run(path, *arguments).stdout)


def other(path: Path) -> str:
    (live,) = json_of(path, "projection", "list", "--format", "json")
    names = [file.stem for file in (path / "alleles" / LOCUS).glob("*.py")]
    return next(name for name in names if name != live["allele"])


def test_a_list_says_what_is_live_and_how_far_it_is(path: Path) -> None:
    text = run(path, "projection", "list").output
    assert "live" in text
    assert "relational" in text
    assert "5 customers" in text


def test_a_query_is_answered_and_kept_for_canaries(path: Path) -> None:
    said = json_of(path, "projection", "query", LOCUS, "--input", '{"customer": "c1"}')
    assert said["email"] == "c1@example.org"
    kept = json.loads((path / ".git/germline/projections" / LOCUS / "asked.json").read_text())
    assert {"customer": "c1"} in kept


@pytest.mark.parametrize("text", ['{"nobody": 1}', "[]", "no json", "{}"])
def test_a_query_that_the_contract_does_not_take_is_told(path: Path, text: str) -> None:
    told = run(path, "projection", "query", LOCUS, "--input", text, code=1).output
    assert "Error:" in told
    assert "Hint:" in told


def test_both_models_are_built_compared_verified_and_dropped(path: Path) -> None:
    graph = other(path)[:12]
    assert "200 events taken" in run(path, "projection", "build", LOCUS, "--allele", graph).output
    same = json_of(path, "projection", "compare", LOCUS, graph, "--format", "json")
    assert same["differing"] == 0
    assert same["queries"] >= 5
    held = json_of(path, "projection", "verify", LOCUS, "--allele", graph, "--format", "json")
    assert held["missing"] == 0
    assert held["untruth"] is None
    run(path, "projection", "drop", LOCUS, graph)
    assert len(json_of(path, "projection", "list", "--format", "json")) == 1


def test_what_is_not_built_cannot_be_asked(path: Path) -> None:
    graph = other(path)[:12]
    for command in (["verify", LOCUS, "--allele", graph], ["compare", LOCUS, graph]):
        told = run(path, "projection", *command, code=1)
        assert f"{graph} has built nothing" in told.output
        assert f"build {LOCUS} --allele {graph}" in told.output


def test_the_live_projection_is_rebuilt_and_never_dropped(path: Path) -> None:
    before = json_of(path, "projection", "query", LOCUS, "--input", '{"customer": "c1"}')
    assert "built anew" in run(path, "projection", "rebuild", LOCUS).output
    after = json_of(path, "projection", "query", LOCUS, "--input", '{"customer": "c1"}')
    assert before == after
    (live,) = json_of(path, "projection", "list", "--format", "json")
    refused = run(path, "projection", "drop", LOCUS, live["allele"][:12], code=1)
    assert "is live" in refused.output


def test_a_row_names_the_events_that_it_came_from(path: Path) -> None:
    lines = run(path, "events", "log", "--format", "json").output.splitlines()
    log = [json.loads(line) for line in lines]
    own = [event["id"] for event in log if event["subject"] == "c1"]
    (row,) = json_of(path, "why", "projection:customers/c1", "--format", "json")
    assert row["name"] == ["customers", "c1"]
    assert row["chain"][0]["event"] == own[0]
    assert row["chain"][-1]["event"] == own[-1]
    assert row["left_out"] is True
    text = run(path, "why", "projection:customers/c1").output
    assert "customer.registered" in text
    assert "customers c1" in text


def test_what_nothing_is_known_of_has_no_reason(path: Path) -> None:
    told = run(path, "why", "projection:customers/nobody", code=1).output
    assert "holds nothing of nobody" in told
    assert "no projection" in run(path, "why", "projection:clients/c1", code=1).output


def test_a_projection_is_asked_and_not_expressed(path: Path) -> None:
    asking = ["express", LOCUS, "--input", '{"customer": "c1"}', "--on", "simulated"]
    told = run(path, *asking, code=1).output
    assert "acts on no world" in told
    assert "projection query" in told
