"""The tour of the README, as a new user walks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.limits import GAPS_TOLD
from controller.service_limits import STATUS_ROWS
from tests.cli.terminal import germline, git

INPUT = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}'


@pytest.fixture(scope="module")
def healed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tour") / "genome"
    assert germline("init", str(path)).code == 0
    contract = path / "contracts" / "network" / "bridge_uplink.sg"
    contract.write_text(contract.read_text().replace("within 3s", "within 300ms"))
    git(path, "commit", "-qam", "A shorter window")
    said = germline("express", "bridge_uplink", "--input", INPUT, "--on", "simulated", at=path)
    assert said.code == 0, said
    assert "the search found" in said.out
    return path


def test_a_new_genome_is_in_order(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    checked = germline("check", at=path)
    assert checked.code == 0
    assert "0 errors" in checked.out
    told = germline("status", at=path)
    assert told.code == 0
    assert "bridge_uplink" in told.out
    assert git(path, "status", "--porcelain") == ""


def test_an_example_is_a_genome_in_order(tmp_path: Path) -> None:
    assert germline("init", "--example", "crm", str(tmp_path / "crm")).code == 0
    assert germline("check", at=tmp_path / "crm").code == 0
    assert "customers" in germline("status", at=tmp_path / "crm").out
    said = germline("init", "--example", "erp", str(tmp_path / "erp"))
    assert (said.code, "crm" in said.err) == (2, True)
    assert not (tmp_path / "erp").exists()


def test_many_gaps_are_told_in_part_and_listed_whole_for_programs(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    (path / "systems").mkdir(exist_ok=True)
    rule = 'system "shop" {\n  when order.created {\n    must: receipt_sent(order)\n  }\n}\n'
    (path / "systems" / "shop.sg").write_text(rule)
    git(path, "add", ".")
    git(path, "commit", "-qm", "A shop")
    many = GAPS_TOLD + 7
    lines = [json.dumps({"type": "order.created", "subject": f"order:o{n}"}) for n in range(many)]
    (tmp_path / "lines").write_text("\n".join(lines))
    with (tmp_path / "lines").open() as fed:
        assert germline("events", "append", "--format", "json", at=path, fed=fed).code == 0
    for command in (("gaps",), ("controller", "--once")):
        assert "and 7 more" in germline(*command, at=path).out, command
    assert f"and {many - STATUS_ROWS} more" in germline("status", at=path).out
    assert len(json.loads(germline("gaps", "--format", "json", at=path).out)) == many


def test_status_shows_what_is_expressed_and_how_it_does(healed: Path) -> None:
    told = json.loads(germline("status", "--format", "json", at=healed).out)
    dominant = next(r for r in told["expressed"] if r["locus"] == "bridge_uplink")
    assert dominant["engine"] == "search"
    assert dominant["fitness"] == 0.08
    assert told["gaps"] == []


def test_why_shows_the_line_and_the_chain(healed: Path) -> None:
    said = germline("why", "bridge_uplink", at=healed)
    assert said.code == 0
    assert "send_gratuitous_arp" in said.out
    for part in ("asked for", "unhealthy", "rolled back", "the search found", "gates proved"):
        assert part in said.out
    merge = git(healed, "rev-parse", "HEAD")[:12]
    assert merge in said.out


@pytest.mark.parametrize("ref", ["HEAD", "allele", "event"])
def test_why_answers_for_commits_alleles_and_events(healed: Path, ref: str) -> None:
    whole = json.loads(germline("why", "bridge_uplink", "--format", "json", at=healed).out)[0]
    asked = {"HEAD": "main", "allele": whole["allele"][:10], "event": whole["chain"][2]["event"]}
    said = germline("why", asked[ref], "--format", "json", at=healed)
    assert said.code == 0, said
    assert json.loads(said.out)[0]["chain"]


def test_lineage_shows_parents_edits_and_fitness(healed: Path) -> None:
    rows = json.loads(germline("lineage", "bridge_uplink", "--format", "json", at=healed).out)
    (child,) = [row for row in rows if row["engine"] == "search"]
    assert child["parents"]
    assert child["edits"]
    assert child["role"] == "dominant in lab"
    assert "search from" in germline("lineage", "bridge_uplink", at=healed).out


def test_fitness_is_shown_world_by_world(healed: Path) -> None:
    said = germline("fitness", "bridge_uplink", at=healed)
    assert said.code == 0
    assert all("simulated" in row for row in said.out.splitlines()[1:])
    rows = json.loads(germline("fitness", "bridge_uplink", "--format", "json", at=healed).out)
    assert [row["fitness"] for row in rows] == sorted((r["fitness"] for r in rows), reverse=True)
    assert rows[0]["convergence"]["judged"] >= 1
    assert germline("fitness", "bridge_uplnk", at=healed).code == 1


def test_the_log_can_be_read_by_programs_and_people(healed: Path) -> None:
    lines = germline("events", "log", "--format", "json", at=healed).out.splitlines()
    events = [json.loads(line) for line in lines]
    assert {"id", "type", "subject", "data", "time", "cause", "actor"} == set(events[0])
    assert "was merged as" in germline("events", "log", at=healed).out


def test_there_are_no_gaps_and_no_drafts_left(healed: Path) -> None:
    assert germline("gaps", at=healed).out == "No gaps.\n"
    assert germline("gaps", "--format", "json", at=healed).out == "[]\n"
    assert germline("draft", "list", at=healed).out == "No open drafts.\n"


@pytest.mark.parametrize(
    "command", ["status", "gaps", "why bridge_uplink", "lineage bridge_uplink"]
)
def test_screens_fit_eighty_columns(healed: Path, command: str) -> None:
    said = germline(*command.split(), at=healed)
    assert [line for line in said.out.splitlines() if len(line) > 80] == []


def test_every_code_that_check_prints_can_be_explained(healed: Path) -> None:
    remarks = json.loads(germline("check", "--format", "json", at=healed).out)
    for code in {remark["code"] for remark in remarks}:
        assert germline("explain", code).code == 0


def test_a_high_risk_draft_waits_and_a_person_merges_it(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    germline("init", str(path))
    contract = path / "contracts" / "network" / "bridge_uplink.sg"
    text = contract.read_text().replace("within 3s", "within 300ms")
    contract.write_text(text.replace("risk medium", "risk high"))
    git(path, "commit", "-qam", "Dangerous")
    asked = ("express", "bridge_uplink", "--input", INPUT, "--on", "simulated")
    said = germline(*asked, at=path)
    assert said.code == 1
    (row,) = json.loads(germline("draft", "list", "--format", "json", at=path).out)
    assert "germline draft merge" in row["state"]
    shown = germline("draft", "show", row["draft"], at=path)
    assert "passed  failing input" in shown.out
    assert germline("draft", "prove", row["draft"], at=path).code == 0
    assert germline("draft", "merge", row["draft"], at=path).code == 0
    for _ in range(10):
        germline("controller", "--once", at=path)
        if germline("gaps", at=path).out == "No gaps.\n":
            break
    assert germline("gaps", at=path).out == "No gaps.\n"
