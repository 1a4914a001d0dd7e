"""`germline demo --story crm`: a month of a sales office as a person sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from controller.conductor.obligation import GapKind
from controller.demo.days import office_days
from controller.demo.five_gaps import PHENOTYPE, five_gaps
from controller.demo.office import Line, Office
from controller.demo.telling import Narrator
from controller.history.intake import read_line
from tests.cli.terminal import germline, git

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
CHAPTERS = [
    "1. A sales office opens; its system says what must follow from what",
    "2. A working week: what must follow follows",
    "3. Reaction gap: an event without its consequence",
    "4. Reaction gap: what only a person may allow",
    "5. Temporal gaps: something should have happened by now",
    "6. Consistency gap: events that cannot be applied",
    "7. Consistency gap: a projection that lies",
    "8. Quality gap: it works, but not well enough",
    "9. Intent gap: a rule of day 30 asks of the whole past",
    "10. Intent gap: a person's word on the past",
    "11. The month in numbers",
]


def test_each_of_the_five_kinds_of_gap_appears_and_ends(tmp_path: Path) -> None:
    kept = tmp_path / "genome"
    said = germline("demo", "--story", "crm", "--keep", str(kept))
    assert said.code == 0, said.out + said.err
    places = [said.out.index(chapter) for chapter in CHAPTERS]
    assert places == sorted(places)
    words = " ".join(said.out.split())
    assert [kind.value for kind in GapKind if f"{kind.value} gap: " not in words] == []
    assert "│   └─ status: ✗ GAP — no acknowledge_to_rep event found" in said.out
    assert "worked off by priority" in said.out
    assert [line for line in said.out.splitlines() if len(line) > 80] == []
    subjects = git(kept, "log", "--first-parent", "--format=%s").splitlines()
    assert subjects == [
        "A card for each new customer",
        "Mind the competition",
        "Customers as a graph",
        "Read the old calls",
        "A sales office",
    ]
    assert germline("events", "verify", at=kept).code == 0


def test_a_story_that_does_not_end_as_told_says_so(tmp_path: Path) -> None:
    told = StringIO()
    with office_days(tmp_path / "genome", MONDAY) as days:
        files = days.main().files
        (line,) = [o for o in files[PHENOTYPE].decode().splitlines() if "acknowledge_to_rep" in o]
        days.commit(PHENOTYPE, line, line.partition(" then ")[0], "No fallback")
        story = five_gaps(days, Narrator(Console(file=told, width=80)), 0)
        assert story.play() is False
    last = " ".join(told.getvalue().split())
    assert last.endswith("every allele failed, the last: nobody cares for this customer yet")
    assert "but acknowledge_to_rep is missing still" in last


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "controller", "demo", "--story", "crm"]
    pipe = subprocess.PIPE
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    child = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment)
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("2. "):
            break
    assert [*tmp_path.iterdir()] != []
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Traceback" not in errors
    assert [*tmp_path.iterdir()] == []


def test_worlds_and_alleles_are_the_networks_alone() -> None:
    said = germline("demo", "--story", "crm", "--world", "simulated")
    assert said.code == 2
    assert "for the story of the network" in said.err


# --- the office -----------------------------------------------------------------------------


def month(seed: int) -> list[Line]:
    office = Office(Random(seed))
    lines = list(office.opening(MONDAY + timedelta(minutes=5), 4))
    for day in range(28):
        lines += office.day(MONDAY + timedelta(days=day))
    return lines


@given(st.integers(0, 10**6))
def test_a_seed_gives_one_month_of_events_that_the_log_takes(seed: int) -> None:
    lines = month(seed)
    assert lines == month(seed)
    assert [one.at for one in lines] == sorted(one.at for one in lines)
    offered = [read_line(one.json) for one in lines]
    assert [one.time for one in offered] == [one.at for one in lines]
    names = [one.data["interaction"] for one in offered if one.type == "interaction.created"]
    assert len(names) == len(set(names)) > 20


def test_at_weekends_there_is_silence() -> None:
    assert {one.at.weekday() for one in month(0)} == {0, 1, 2, 3, 4}


def test_deals_move_stage_by_stage_until_their_contract_is_signed() -> None:
    office, stages = Office(Random(3), ["c1"]), list[str]()
    for day in range(0, 70):
        for one in office.day(MONDAY + timedelta(days=day)):
            event = json.loads(one.json)
            if event["type"].startswith("deal."):
                stages.append(event["data"]["stage"])
    assert stages[:6] == ["lead", "qualified", "proposal", "negotiation", "won", "lead"]


@pytest.mark.parametrize("seed", [0, 1])
def test_other_seeds_are_other_months(seed: int) -> None:
    assert month(seed) != month(seed + 2)
