"""Plans: what would change, exactly, and before anything is touched."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.conductor.orchestration.difference import Change, Kind, difference
from controller.domains.network import NETWORK
from controller.domains.network.state import Link, from_json, to_json
from controller.domains.world import JsonObject
from controller.genome.allele import Allele, Lineage, name_of
from controller.genome.genome import Genome, compile_genome
from controller.ports import Blocked
from controller.shipped import shipped_files
from controller.stories.express import Workbench
from controller.stories.plan import HostPlan, Subject, plan
from controller.stories.subjects import Asked, subjects_of
from tests.bench.planning import NICS, server
from tests.stories.composing import TWO, ask_for, dominant
from tests.stories.stage import Stage, stage

PROVISION = "provision_management_bridge"


def planned(on: Stage, asked: Asked) -> tuple[HostPlan, ...]:
    """The plan for what is asked for, on main as it is."""
    main, hands = on.main(), on.organism.hands
    subjects = subjects_of(hands, main, asked)
    return plan(hands.bench, main.genome, subjects, main.config.plan.ignore)


def given(on: Stage) -> JsonObject:
    """An input for a bridge on the free interface."""
    free = on.scenario.input["to_nic"]
    return {"management_bridge": "mgmt0", "uplink_interface": free, "address": "10.250.0.2/24"}


def marks(one: HostPlan) -> dict[str, str]:
    """Path → mark of every change."""
    return {planned.change.path: planned.change.kind.value for planned in one.changes}


def test_a_plan_says_what_then_happens_and_afterwards_there_is_nothing_to_do(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        free = on.scenario.input["to_nic"]
        settled = on.organism.hands.bench.domain.settled
        before = settled(on.kernel().observe())
        (one,) = planned(on, Asked(PROVISION, "simulated", given(on)))
        assert settled(on.kernel().observe()) == before
        assert marks(one) == {
            f"links.{free}": "~",
            "links.mgmt0": "+",
            f"profiles.{free}": "+",
            "profiles.mgmt0": "+",
        }
        ask_for(on, PROVISION, given(on))
        assert on.settle() == ()
        assert settled(on.kernel().observe()) == one.settled
        (again,) = planned(on, Asked(PROVISION, "simulated", given(on)))
        assert (again.changes, again.problems) == ((), ())


def test_a_plan_names_the_steps_and_alleles_that_would_do_it(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        (one,) = planned(on, Asked(PROVISION, "simulated", given(on)))
        (made,) = [p for p in one.changes if p.change.path == "links.mgmt0"]
        stack = on.main().genome.stack("lab", "bridge_create")
        assert ("1.1", "bridge_create", stack[0].sha) in [
            (task.place, task.locus, task.allele) for task in made.by
        ]


def test_what_only_the_kernel_decides_is_told_as_unknown(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        values: JsonObject = {"bridge": "lonely0", "ports": []}
        (one,) = planned(on, Asked("bridge_create", "simulated", values))
        (change,) = [p.change for p in one.changes]
        assert [f.name for f in change.fields if f.unknown] == ["mac"]
        assert change.to_json()["unknown"] == ["mac"]


def test_deletions_are_planned(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        bridge = on.scenario.input["bridge"]
        (one,) = planned(on, Asked("bridge_delete", "simulated", {"bridge": bridge}))
        assert marks(one)[f"links.{bridge}"] == "-"
        assert any(mark == "-" and path.startswith("routes.") for path, mark in marks(one).items())


def test_what_is_ignored_is_not_told(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        text = on.main().files["germline.toml"].decode()
        ignored = '"links.*.master", "links.*.port_vlans", "links.mgmt0", "profiles.*"'
        rules = f"\n[plan]\nignore = [{ignored}]\n"
        on.commit({"germline.toml": f"{text}{rules}".encode()})
        (one,) = planned(on, Asked(PROVISION, "simulated", given(on)))
        assert one.changes == ()


def test_the_fallback_is_planned_where_the_dominant_allele_fails(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        failing = 'def execute(text):\n    return "no"\n'
        files = dominant(on, "bridge_delete", failing)
        former = on.main().genome.stack("lab", "bridge_delete")[0]
        path = "phenotypes/lab.sg"
        sha = name_of(failing)[:12]
        both = files[path].decode().replace(sha, f"{sha} then {former.short}")
        on.commit({**files, path: both.encode()})
        bridge = on.scenario.input["bridge"]
        (one,) = planned(on, Asked("bridge_delete", "simulated", {"bridge": bridge}))
        assert [task.allele for task in one.tasks] == [former.sha]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"uplink_interface": "eth77"}, "eth77 is not there"),
        ({"management_bridge": "a-name-of-16-chr"}, "name"),
        ({"address": "10.250.0.2"}, "address"),
        ({"address": "2001:db8::2/129"}, "address"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_touched(
    tmp_path: Path, values: JsonObject, told: str
) -> None:
    with stage(tmp_path) as on:
        before = on.kernel().observe()
        (one,) = planned(on, Asked(PROVISION, "simulated", {**given(on), **values}))
        assert told in one.problems[0]
        assert one.changes == ()
        assert on.kernel().observe() == before


def test_an_unknown_name_a_bad_input_and_a_missing_world_are_refused(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/two.sg": TWO.encode()})
        for asked, hint in (
            (Asked("two_bridge", "simulated"), "two_bridges"),
            (Asked("two_bridges", "simulated", {"first": 1}), "takes first string"),
            (Asked("two_bridges"), "--on WORLD"),
            (Asked("two_bridges", "netns:none", {}), "worlds there"),
        ):
            with pytest.raises(Blocked) as refused:
                planned(on, asked)
            assert hint in refused.value.hint


# --- a fleet ------------------------------------------------------------------------------


def fleet(genome: Genome, worlds: list[JsonObject]) -> tuple[HostPlan, ...]:
    values: JsonObject = {
        "management_bridge": "mgmt0",
        "uplink_interface": "eno1",
        "address": "10.250.0.2/24",
    }
    pathway = genome.pathways[PROVISION]
    subjects = [Subject(f"w{n}", "lab", pathway, values, world) for n, world in enumerate(worlds)]
    with ProcessSandbox() as sandbox:
        return plan(Workbench(NETWORK, sandbox), genome, subjects, ())


def shipped() -> Genome:
    genome = compile_genome(shipped_files(), NETWORK).value
    assert genome is not None
    return genome


def with_nics(world: JsonObject, *links: Link) -> JsonObject:
    """A host that has these interfaces instead of those of the same name."""
    read = from_json(world)
    names = {link.name for link in links}
    kept = (link for link in read.subject.links if link.name not in names)
    host = replace(read.subject, links=(*kept, *links))
    others = (node for node in read.nodes if node.name != read.host)
    return to_json(replace(read, nodes=(host, *others)))


def test_each_host_of_a_fleet_is_told_its_own_addresses() -> None:
    worlds = [server(seed) for seed in range(5)]
    plans = fleet(shipped(), worlds)
    for world, one in zip(worlds, plans, strict=True):
        nic = from_json(world).subject.link("eno1")
        assert nic is not None
        (made,) = [p.change for p in one.changes if p.change.path == "links.mgmt0"]
        assert {f.name: f.after for f in made.fields}["mac"] == nic.mac


def test_a_fleet_is_planned_as_each_host_alone_would_be() -> None:
    genome = shipped()
    worlds = [server(seed) for seed in range(4)]
    rng = random.Random(1)
    worlds[2] = with_nics(worlds[2], Link("eno1", "nic", f"02:00:00:00:00:{rng.randrange(99):02d}"))
    together = fleet(genome, worlds)
    for number, world in enumerate(worlds):
        (alone,) = fleet(genome, [world])
        assert together[number].changes == alone.changes
        assert together[number].tasks == alone.tasks


COUNTING = """
import gene_sdk
import json


def execute(text):
    data = json.loads(text)
    mac = gene_sdk.link(data["ports"][0])["mac"]
    gene_sdk.create_bridge(data["bridge"], mac if mac[-4] in "02468ace" else None)
    gene_sdk.attach_port(data["bridge"], data["ports"][0])
    gene_sdk.set_link_state(data["bridge"], True)
    return json.dumps({"success": True, "created": True})
"""


def test_a_gene_that_tells_addresses_apart_is_run_for_every_host() -> None:
    genome = shipped()
    allele = Allele(
        "bridge_create",
        name_of(COUNTING),
        COUNTING,
        Lineage(locus="bridge_create", engine="person"),
    )
    stack = {**genome.alleles, "bridge_create": {allele.sha: allele}}
    lab = genome.phenotypes["lab"]
    expresses = tuple(
        replace(one, stack=(allele.short,)) if one.locus == "bridge_create" else one
        for one in lab.expresses
    )
    own = replace(genome, alleles=stack, phenotypes={"lab": replace(lab, expresses=expresses)})
    ends = ("10", "21", "30", "41")
    worlds = [
        with_nics(server(n), Link("eno1", "nic", f"02:00:00:00:00:{end}"))
        for n, end in enumerate(ends)
    ]
    for one, world in zip(fleet(own, worlds), worlds, strict=True):
        (alone,) = fleet(own, [world])
        assert one.tasks == alone.tasks


def test_one_renamed_interface_among_fifty_hosts_is_told_of_alone() -> None:
    worlds = [server(seed) for seed in range(50)]
    read = from_json(worlds[17])
    links = tuple(
        replace(link, name="enp1s0") if link.name == "eno1" else link for link in read.subject.links
    )
    host = replace(read.subject, links=links)
    others = tuple(node for node in read.nodes if node.name != "host")
    worlds[17] = to_json(replace(read, nodes=(host, *others), cables=()))
    plans = fleet(shipped(), worlds)
    assert [n for n, one in enumerate(plans) if one.problems] == [17]
    assert "eno1 is not there" in plans[17].problems[0]
    assert all(one.changes for n, one in enumerate(plans) if n != 17)
    assert len(NICS) == 4


def test_a_difference_is_what_came_went_and_changed() -> None:
    before: JsonObject = {"links": {"a": {"up": True}, "b": {"up": True}}, "routes": [{"to": "x"}]}
    after: JsonObject = {"links": {"a": {"up": False}, "c": {"up": True}}, "routes": []}
    found = difference(before, after, unknown={"links.c.up"})
    assert [(c.kind, c.path) for c in found] == [
        (Kind.CHANGED, "links.a"),
        (Kind.DELETED, "links.b"),
        (Kind.CREATED, "links.c"),
        (Kind.DELETED, "routes.to x"),
    ]
    assert [f.unknown for f in found[2].fields] == [True]
    assert difference(before, before) == ()
    assert all(isinstance(change, Change) for change in found)
    left = difference(before, after, ignore=["links.a.up", "routes.*", "links.b"])
    assert [c.path for c in left] == ["links.c"]


def test_what_is_absent_and_what_is_none_do_not_differ() -> None:
    before: JsonObject = {"links": {"a": {"up": True}, "b": {"up": True, "vlans": [1]}}}
    after: JsonObject = {"links": {"a": {"up": True, "vlans": []}, "b": {"up": True}}}
    (change,) = difference(before, after)
    assert change.path == "links.b"
    assert [(f.name, f.before, f.after) for f in change.fields] == [("vlans", [1], None)]
