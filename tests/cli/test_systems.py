"""`show system` and `gaps --system`, as a person uses them: no repository, files alone."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.terminal import germline
from tests.conductor.systems.situation import LOG, NOW, PLATFORM, lines_of


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    system, log = tmp_path / "crm.sg", tmp_path / "log.jsonl"
    system.write_text(PLATFORM)
    log.write_bytes(b"\n".join(lines_of(LOG)) + b"\n")
    return str(system), str(log)


def test_the_gaps_of_a_file_are_listed_for_programs(files: tuple[str, str]) -> None:
    system, log = files
    said = germline("gaps", "--system", system, "--events", log, "--now", NOW, "--format", "json")
    assert said.code == 0, said.err
    (gap,) = json.loads(said.out)
    assert gap["kind"] == "reaction"
    assert (gap["level"], gap["consequence"]) == ("must", "acknowledged")
    assert (gap["args"], gap["trigger"]) == ({"interaction": "i1"}, "e4020")
    assert (gap["due"], gap["severity"]) == ("2026-02-07T10:00:05.000000Z", "must-within-5s")


def test_the_gaps_of_a_file_are_drawn_for_people(files: tuple[str, str]) -> None:
    system, log = files
    said = germline("gaps", "--system", system, "--events", log, "--now", NOW)
    assert "│   └─ status: ✗ GAP — no acknowledged event found" in said.out
    assert "status: ✓ (event e4023 satisfies this)" in said.out
    assert "must-within-5s (high priority)" in said.out


def test_no_gaps_are_said_to_be_none(files: tuple[str, str], tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    assert germline("gaps", "--system", files[0], "--events", str(empty)).out == "No gaps.\n"


def test_what_contracts_verify_and_feed_is_a_graph_of_the_same_kind(tmp_path: Path) -> None:
    germline("init", str(tmp_path / "genome"))
    shown = germline("-C", str(tmp_path / "genome"), "show", "system", "contracts")
    assert shown.code == 0, shown.err
    assert "MUST check_fdb_stability(bridge: expression.bridge)  within: 3s" in shown.out
    assert "MUST trial.judged(locus: bridge_uplink, timescale: convergence)" in shown.out
    unknown = germline("-C", str(tmp_path / "genome"), "show", "system", "crm")
    assert "systems: contracts" in unknown.err


def test_a_graph_is_shown_as_text_json_and_a_picture(files: tuple[str, str]) -> None:
    text = germline("show", "system", files[0])
    assert text.code == 0, text.err
    assert "├─ MUST engagement_updated(interaction.customer)  within: 5s" in text.out
    graph = json.loads(germline("show", "system", files[0], "--format", "json").out)
    assert graph["rules"][0]["trigger"] == {"kind": "event", "type": "interaction.created"}
    assert [step["kind"] for step in graph["rules"][0]["body"]] == ["expect", "expect", "if", "if"]
    picture = ElementTree.fromstring(germline("show", "system", files[0], "--format", "svg").out)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [node.text for node in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert len(texts) == len(text.out.splitlines())


def test_a_system_of_a_genome_is_shown_by_its_name(tmp_path: Path) -> None:
    genome = tmp_path / "genome"
    assert germline("init", str(genome)).code == 0
    (genome / "systems").mkdir(exist_ok=True)
    (genome / "systems" / "crm.sg").write_text(PLATFORM)
    assert (
        'system "customer_platform"'
        in germline("show", "system", "customer_platform", at=genome).out
    )
    refused = germline("show", "system", "nothing", at=genome)
    assert refused.code == 1
    assert "Hint: systems: customer_platform" in refused.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--now", "yesterday"), "--now"),
        (("--zone", "Mars/Olympus"), "no time zone"),
        (("--values", "nothing.json"), "is not a file"),
        (("--events", "nothing.jsonl"), "nothing.jsonl"),
        (("--system", "nothing.sg"), "nothing.sg"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_hint(
    files: tuple[str, str], arguments: tuple[str, str], part: str
) -> None:
    said = germline("gaps", "--system", files[0], "--events", files[1], *arguments)
    assert said.code == 1
    assert said.err.startswith("Error: ")
    assert part in said.err
    assert "Hint: " in said.err
    assert "Traceback" not in said.err


def test_a_system_with_mistakes_is_refused_with_its_place(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.sg"
    wrong.write_text('system "s" {\n  when {\n}\n')
    said = germline("show", "system", str(wrong))
    assert said.code == 1
    assert "wrong.sg:2" in said.err


def test_gaps_of_a_file_need_both_files(files: tuple[str, str]) -> None:
    assert germline("gaps", "--system", files[0]).code == 2
