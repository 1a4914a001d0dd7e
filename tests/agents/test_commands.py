"""Agents as people meet them: `controller --once`, `status`, `why`, `check`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents.test_tiers import CLAIM, hire, says
from tests.cli.terminal import germline
from tests.stories.stage import stage
from tests.stories.test_systems import happened

EXPLAINED = {
    "type": "score.explained",
    "subject": "score:s1",
    "data": {"explanation": "because"},
}


def test_one_pass_waits_for_its_agents_and_status_and_why_tell_of_them(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"systems/office.sg": CLAIM.encode()}, "Claims")
        hire(on, says({"outcome": "appended", "events": [EXPLAINED]}))
        happened(on, "score.given", "score:s1")
    at = tmp_path / "genome"
    assert "0 gaps" in germline("controller", "--once", at=at).out
    told = json.loads(germline("status", "--format", "json", at=at).out)["agents"]
    assert told["running"] == []
    assert told["money"] == {"this_hour": 0.25, "at_most": 10.0}
    assert "0 agents at work of 20; this hour 0.25 of 10.0" in " ".join(
        germline("status", at=at).out.split()
    )
    events = [
        json.loads(line)
        for line in germline("events", "log", "--format", "json", at=at).out.splitlines()
    ]
    explained = next(one["id"] for one in events if one["type"] == "score.explained")
    why = " ".join(germline("why", explained, at=at).out.split())
    assert "an agent was assigned (no allele): Make `every(score) has explanation`" in why


def test_rules_that_contradict_each_other_are_told_by_check(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        contrary = CLAIM.replace('"office"', '"archive"').replace("every(", "no(")
        on.commit({"systems/office.sg": CLAIM.encode(), "systems/archive.sg": contrary.encode()})
    checked = " ".join(germline("check", at=tmp_path / "genome").out.split())
    assert "SG-E294" in checked
    assert "contradicts" in checked
