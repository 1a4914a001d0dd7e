"""`plan`, `express`, `drift` and `show topology` as a person sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.adapters.clock import SystemClock
from controller.demo.setting import namespaces
from controller.domains.network.scenario import draw
from controller.domains.world import Operation
from controller.wiring import open_organism
from tests.bench.planning import server
from tests.cli.terminal import Said, germline, git

NAME = "edge_server"


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genome as it ships."""
    at = tmp_path_factory.mktemp("planned") / "genome"
    assert germline("init", str(at)).code == 0
    return at


def fits(said: Said) -> bool:
    """True if no line is wider than a terminal, and no traceback is in it."""
    lines = (said.out + said.err).splitlines()
    return all(len(line) <= 80 for line in lines) and "Traceback" not in said.err


def test_plan_do_plan_again(tmp_path: Path) -> None:
    at = tmp_path / "genome"
    germline("init", str(at))
    planned = germline("plan", NAME, "--on", "simulated", at=at)
    assert planned.code == 2, planned.err
    assert fits(planned)
    assert "+ links management" in planned.out
    assert "~ links eth1" in planned.out
    assert "? mac: known when it is done" in planned.out
    done = germline("express", NAME, "--on", "simulated", at=at)
    assert done.code == 0, done.err
    again = germline("plan", NAME, "--on", "simulated", at=at)
    assert (again.code, "nothing would change" in again.out) == (0, True)
    calm = germline("drift", NAME, at=at)
    assert (calm.code, "nothing would change" in calm.out) == (0, True)


def test_drift_is_a_difference_an_event_and_an_exit_code(tmp_path: Path) -> None:
    at = tmp_path / "genome"
    germline("init", str(at))
    assert germline("express", NAME, "--on", "simulated", at=at).code == 0
    with open_organism(at, SystemClock()) as opened:
        kernel = opened.hands.worlds.kernel("simulated")
        kernel.perform(Operation("delete_bridge", {"bridge": "guests"}))
    drifted = germline("drift", NAME, at=at)
    assert (drifted.code, "+ links guests" in drifted.out) == (2, True), drifted.err
    told = germline("events", "log", "--format", "json", at=at)
    assert "drift.observed" in told.out


def test_a_plan_as_json_names_what_would_act(genome: Path) -> None:
    said = germline("plan", NAME, "--on", "simulated", "--format", "json", at=genome)
    assert said.code == 2
    (world,) = json.loads(said.out)["worlds"]
    made = {one["name"]: one for one in world["changes"] if one["section"] == "links"}
    assert made["guests"]["action"] == "create"
    assert made["guests"]["unknown"] == ["mac"]
    assert "bridge_create" in {task["locus"] for task in made["guests"]["by"]}
    assert all(len(task["allele"]) == 64 for task in world["tasks"])


def test_a_plan_and_a_topology_are_drawn(genome: Path) -> None:
    for said in (
        germline("plan", NAME, "--on", "simulated", "--format", "svg", at=genome),
        germline("show", "topology", NAME, "--format", "svg", at=genome),
    ):
        assert said.out.startswith("<svg")
        assert "management" in said.out
    shown = germline("show", "topology", NAME, at=genome)
    assert (shown.code, fits(shown)) == (0, True)
    assert "as small_office" in shown.out
    assert "uplink eno1" in shown.out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("plan", "production_serve", "--on", "simulated"), "did you mean"),
        (("plan", NAME), "--on WORLD"),
        (("plan", NAME, "--on", "netns:none"), "germline.toml"),
        (("plan", "bridge_delete", "--on", "simulated", "--input", "{"), "--input"),
        (("plan", "bridge_delete", "--on", "simulated", "--input", "{}"), "takes bridge string"),
        (("plan", NAME, "--on", "simulated", "--phenotype", "small_office"), "nothing was touched"),
        (("express", NAME, "--on", "simulated", "--phenotype", "small_office"), "germline plan"),
        (("plan", NAME, "--on", "simulated", "--phenotype", "nobody"), "phenotypes:"),
        (("drift", "nothing"), "germline express"),
        (("show", "topology", "nothing"), "topologies: "),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_hint(
    genome: Path, arguments: tuple[str, ...], hint: str
) -> None:
    said = germline(*arguments, at=genome)
    assert said.code == 1
    assert "Error: " in said.err
    assert hint in said.err.replace("\n", " ")
    assert "Traceback" not in said.err


def test_an_intent_is_asked_for_as_a_whole_and_told_host_by_host(tmp_path: Path) -> None:
    at = tmp_path / "genome"
    germline("init", str(at))
    for number in (1, 2):
        text = json.dumps(server(number)).replace('"eno1"', '"enp1"' if number == 2 else '"eno1"')
        (at / f"hosts/rack{number}.json").write_text(text)
    (at / "hosts/hosts.ini").write_text("[rack]\nrack1\nrack2\n")
    (at / "hosts/hosts.yml").unlink(missing_ok=True)
    with (at / "germline.toml").open("a") as settings:
        settings.write('\n[worlds."simulated:*"]\nphenotype = "lab"\nstate = "hosts/{host}.json"\n')
    intent = at / "contracts/network/rack.sg"
    for remedy, outcome in (("rollback completed steps", None), ("preserve what works", "partial")):
        intent.write_text(
            f"intent both\n\n  does:\n    Two.\n\n  has:\n    2 servers:\n      is {NAME}\n"
            f"      as small_office\n      from rack\n\n  on failure:\n    {remedy}\n"
        )
        git(at, "add", "-A")
        git(at, "commit", "-qm", "the rack")
        said = germline("express", "both", "--format", "json", at=at)
        assert said.code == 1
        assert "rack2: as small_office: there is no interface eno1" in said.err.replace("\n", " ")
        if outcome is None:
            assert said.out == ""
            assert "nothing was touched" in said.err.replace("\n", " ")
            continue
        told = json.loads(said.out)
        assert told["fleet"]["outcome"] == outcome
        assert told["fleet"]["done"] == ["rack1"]
        gaps = germline("gaps", at=at)
        assert "1 of 2 hosts are done, 1 failed: rack2" in " ".join(gaps.out.split())


@pytest.mark.root
def test_a_topology_is_made_true_on_the_real_kernel(tmp_path: Path) -> None:
    scenario = draw(3)
    free = str(scenario.input["to_nic"])
    with namespaces(tmp_path / "genome", scenario, None, SystemClock()) as setting:
        at = setting.repository
        given = json.dumps({"nic": [free]})
        asked = (NAME, "--on", setting.world, "--input", given)
        planned = germline("plan", *asked, at=at)
        assert planned.code == 2, planned.err
        done = germline("express", *asked, at=at)
        assert done.code == 0, done.out + done.err
        again = germline("plan", *asked, at=at)
        assert again.code == 0, again.out + again.err


def test_a_data_centre_is_planned_host_by_host(tmp_path: Path) -> None:
    at = tmp_path / "datacenter"
    assert germline("init", str(at), "--example", "datacenter").code == 0
    said = germline("plan", "datacenter", "--format", "json", at=at)
    assert said.code == 2, said.err
    worlds = {one["world"]: one for one in json.loads(said.out)["worlds"]}
    assert len(worlds) == 54
    made = {
        name: {one["name"] for one in world["changes"] if one["section"] == "links"}
        for name, world in worlds.items()
    }
    assert {"management", "storage", "storage.100", "vm.200"} <= made["simulated:hyper50"]
    assert {"management", "storage", "replication"} <= made["simulated:store4"]
