"""`germline status`: one screen, in which whatever holds the loop up can be seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from controller.adapters.controller_lock import ControllerLock
from controller.cli.status import status_told
from controller.service_limits import STATUS_ROWS
from tests.cli.terminal import germline, git
from tests.stories.stage import stage

MEMBERS = {
    *("agents", "controller", "drafts", "events", "expressed", "forge", "gaps", "main", "paused"),
    *("sandbox_lacks", "signing", "under_way", "wrong"),
}
"""What README.md promises to programs."""
LINES = 50
"""Of a terminal that is not small."""


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome"
    assert germline("init", str(path)).code == 0
    return path


def told(at: Path) -> dict[str, Any]:
    said = germline("status", "--format", "json", at=at)
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def shown(at: Path) -> str:
    said = germline("status", at=at)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= LINES
    return said.out


def test_a_new_genome_has_nothing_wrong_and_nobody_waits(genome: Path) -> None:
    assert told(genome).keys() == MEMBERS
    screen = shown(genome)
    assert "no controller works on this clone" in screen
    assert not {"WRONG", "WAITS FOR A PERSON", "GOING ON"} & set(screen.split(":"))


def test_a_world_that_cannot_be_reached_is_told_with_why(genome: Path) -> None:
    values = '{"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}'
    asked = ("--on", "simulated", "--input", values, "--timeout", "0")
    germline("express", "bridge_uplink", *asked, at=genome)
    settings = genome / "germline.toml"
    settings.write_text(settings.read_text().replace("[worlds.simulated]", "[worlds.other]"))
    git(genome, "commit", "-qam", "The world has another name")
    assert germline("controller", "--once", at=genome).code == 0
    found = told(genome)
    faults = [str(one["text"]) for one in found["wrong"] if one["what"] == "pass"]
    assert any("world simulated is not in germline.toml" in fault for fault in faults), found
    screen = " ".join(shown(genome).split())
    assert "world simulated is not in germline.toml" in screen
    assert "none works on this clone Hint: germline controller" in screen


def test_a_change_that_is_not_kept_yet_is_under_way(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.ask()
        on.organism.controller.run_pass()
        (change,) = cast(list[dict[str, Any]], status_told(on.organism, on.main())["under_way"])
    assert (change["world"], change["locus"]) == ("simulated", "bridge_uplink")
    assert "change bridge_uplink" in " ".join(shown(tmp_path / "genome").split())


def test_whether_a_controller_works_is_the_locks_to_say(genome: Path) -> None:
    with ControllerLock(genome / ".git" / "germline"):
        assert "a controller works on this clone" in shown(genome)
    assert "no controller works on this clone" in shown(genome)


def test_what_waits_for_a_person_is_told_first_and_no_longer_than_a_screen(genome: Path) -> None:
    (genome / "systems").mkdir(exist_ok=True)
    rule = 'system "shop" {\n  when order.created {\n    must: receipt_sent(order)\n  }\n}\n'
    (genome / "systems" / "shop.sg").write_text(rule)
    git(genome, "add", ".")
    git(genome, "commit", "-qm", "A shop")
    lines = [json.dumps({"type": "order.created", "subject": f"order:o{n}"}) for n in range(30)]
    (genome.parent / "lines").write_text("\n".join(lines))
    with (genome.parent / "lines").open() as fed:
        assert germline("events", "append", "--format", "json", at=genome, fed=fed).code == 0
    assert germline("controller", "--once", at=genome).code == 0
    screen = shown(genome)
    assert f"and {30 - STATUS_ROWS} more" in screen
    assert len(told(genome)["gaps"]) == 30
    assert screen.index("receipt_sent") < screen.index("phenotype    locus")


def test_a_file_that_is_no_last_pass_is_none(genome: Path) -> None:
    (genome / ".git" / "germline" / "last-pass.json").write_bytes(b"\xff{")
    assert told(genome)["controller"]["last_pass"] is None
