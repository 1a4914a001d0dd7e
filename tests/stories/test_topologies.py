"""Topologies and intents: decomposed, checked, made true, and kept so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.conductor.orchestration.pruning import leftovers, removing
from controller.conductor.orchestration.run import RunRecord
from controller.config import Config, WorldConfig
from controller.domains.world import JsonObject
from controller.stories.plan import plan
from controller.stories.prune import with_pruning
from controller.stories.subjects import Asked, subjects_of
from grammar.sg.composition import Pathway
from grammar.sg.terms import Risk
from tests.bench.planning import server
from tests.stories.composing import ask_for, dominant, links, no_search, run_of
from tests.stories.stage import Stage, stage

NAME = "edge_server"


def commit_phenotype(on: Stage, *nics: str, topology: str | None = None) -> None:
    """A phenotype for the topology whose interfaces are these, and maybe another topology."""
    files = {"phenotypes/lab_server.sg": phenotype("lab_server", *nics)}
    if topology is not None:
        files["contracts/network/edge_server.sg"] = topology.encode()
    on.commit({**files, **no_search(on)})


def phenotype(name: str, *nics: str) -> bytes:
    """A phenotype for the topology that ships."""
    return f"phenotype {name}\n  for {NAME}\n  nic = [{', '.join(nics)}]\n".encode()


def problems(on: Stage) -> str:
    """Why the topology cannot be made true in the simulated world."""
    (one,) = subjects_of(on.organism.hands, on.main(), Asked(NAME, "simulated"))
    main, bench = on.main(), on.organism.hands.bench
    (told,) = plan(bench, main.genome, (one,), ())
    return "; ".join(told.problems)


def has(*resources: str, takes: str = "nic  string[1..]") -> str:
    """A topology with these resources, each `name: line, line`."""
    written = ""
    for resource in resources:
        name, _, lines = resource.partition(": ")
        written += f"    {name}:\n" + "".join(f"      {line}\n" for line in lines.split("; "))
    return (
        f"topology {NAME}\n\n  does:\n    A server.\n\n  has:\n{written}\n  takes:\n    {takes}\n"
    )


def asked(on: Stage) -> str:
    """Ask for the topology with the bindings that fit."""
    (one,) = subjects_of(on.organism.hands, on.main(), Asked(NAME, "simulated"))
    assert not one.problem
    return ask_for(on, NAME, one.values)


def test_a_topology_is_made_true_and_then_there_is_nothing_to_plan(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        free = str(on.scenario.input["to_nic"])
        commit_phenotype(on, free)
        demand = asked(on)
        assert on.settle() == ()
        assert run_of(on, demand)["ending"] == "done"
        assert {"management", "guests"} <= links(on).keys()
        assert links(on)[free]["master"] == "management"
        (one,) = subjects_of(on.organism.hands, on.main(), Asked(NAME, "simulated"))
        (told,) = plan(on.organism.hands.bench, on.main().genome, (one,), ())
        assert told.changes == ()


def test_the_run_keeps_the_pathway_that_it_was_decomposed_into(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_phenotype(on, str(on.scenario.input["to_nic"]))
        asked(on)
        on.settle()
        (started,) = on.events("pathway.started")
        text = str(started.data["text"])
        assert text.startswith(f"pathway {NAME}\n")
        assert "-> provision_bridge" in text


def test_a_change_of_the_topology_is_brought_about(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        free = str(on.scenario.input["to_nic"])
        commit_phenotype(on, free)
        asked(on)
        on.settle()
        on.commit(
            {
                "contracts/network/edge_server.sg": has(
                    "management: is bridge; uplink {nic.0}", "more: is bridge"
                ).encode()
            }
        )
        assert on.settle() == ()
        assert "more" in links(on)


def test_what_no_phenotype_has_the_interfaces_for_is_refused(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        files = {"phenotypes/lab_server.sg": phenotype("lab_server", "eno7")}
        on.commit({**files, "phenotypes/other.sg": phenotype("other", "eno8")})
        told = problems(on)
        for name, nic in (("lab_server", "eno7"), ("other", "eno8")):
            assert f"as {name}: there is no interface {nic}" in told
        assert on.events("expression.requested") == []


def test_too_few_interfaces_are_refused_on_main(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_phenotype(
            on,
            str(on.scenario.input["to_nic"]),
            topology=has("m: is bridge; uplink {nic.1}", takes="nic  string[2..]"),
        )
        with pytest.raises(Exception, match="does not fit `nic`"):
            on.main()


@pytest.mark.parametrize(
    ("topology", "told"),
    [
        (has("a: is bridge; uplink {nic.0}", "b: is bridge; ports [{nic.1}]"), "both take"),
        (has("a_name_of_16_byt: is bridge"), "cannot be an interface's name"),
        (
            has("one: is bond; members [{nic.0}]; mac preserve"),
            "one: nothing that builds it takes mac",
        ),
    ],
)
def test_topologies_that_cannot_be_made_true_are_refused_before_anything_is_touched(
    tmp_path: Path, topology: str, told: str
) -> None:
    with stage(tmp_path) as on:
        free = str(on.scenario.input["to_nic"])
        text = topology.replace("string[1..]", "string[2..]")
        commit_phenotype(on, free, free, topology=text)
        assert told in problems(on)


HOSTILE = {
    "it leaves a resource out": "[]",
    "it builds what nobody asked for": "steps + [dict(steps[0], resource='extra')]",
    "it names a pathway that builds nothing": "[dict(s, pathway='bridge_delete') for s in steps]",
    "it reaches for another interface": (
        "[dict(s, arguments=[{'name': 'bridge', 'value': '\"other0\"'}]) for s in steps]"
    ),
    "it gives what the pathway does not take": (
        "[dict(s, arguments=[{'name': 'stp', 'value': '7'}]) for s in steps]"
    ),
    "its argument is no JSON": (
        "[dict(s, arguments=[{'name': 'bridge', 'value': '{'}]) for s in steps]"
    ),
    "its steps wait for each other": (
        "[dict(s, needs=[t['resource'] for t in steps]) for s in steps]"
    ),
    "it needs what is not there": "[dict(s, needs=['nowhere']) for s in steps]",
}


@pytest.mark.parametrize("wrong", HOSTILE)
def test_what_a_decomposer_says_is_not_believed(tmp_path: Path, wrong: str) -> None:
    with stage(tmp_path) as on:
        commit_phenotype(on, str(on.scenario.input["to_nic"]))
        honest = on.main().genome.stack("lab", "decompose_topology")[0].source
        source = honest + (
            "\n\n_honest = execute\n\n\ndef execute(text):\n"
            "    steps = json.loads(_honest(text))['steps']\n"
            f"    return json.dumps({{'healthy': True, 'steps': {HOSTILE[wrong]}}})\n"
        )
        on.commit(dominant(on, "decompose_topology", source))
        told = problems(on)
        assert "cannot be decomposed" in told
        assert on.events("expression.requested") == []


# --- intents ------------------------------------------------------------------------------

INTENT = f"""\
intent rack

  does:
    What stands in the rack.

  has:
    3 hypervisors:
      is {NAME}
      as [small_office, lab_server]
      from [left]
"""


def commit_rack(on: Stage, missing: str | None = None) -> None:
    """Three hosts, one of them without its first interface if it is `missing`."""
    files = {
        "contracts/network/rack.sg": INTENT.encode(),
        "hosts/hosts.ini": b"[left]\nhost[1:3]\n",
        "germline.toml": (
            b'[worlds."simulated:*"]\nphenotype = "lab"\nstate = "hosts/{host}.json"\n'
        ),
    }
    for number in range(1, 4):
        text = json.dumps(server(number))
        if f"host{number}" == missing:
            text = text.replace('"eno1"', '"enp1s0"')
        files[f"hosts/host{number}.json"] = text.encode()
    on.commit(files)


def test_an_intent_is_a_topology_for_each_of_its_hosts(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on)
        hands, main = on.organism.hands, on.main()
        subjects = subjects_of(hands, main, Asked("rack"))
        assert [one.world for one in subjects] == [f"simulated:host{n}" for n in (1, 2, 3)]
        plans = plan(hands.bench, main.genome, subjects, ())
        assert [len(one.changes) for one in plans] == [6, 6, 6]


def test_the_host_that_lacks_an_interface_is_told_of_and_the_others_are_planned(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, missing="host2")
        hands, main = on.organism.hands, on.main()
        subjects = subjects_of(hands, main, Asked("rack"))
        plans = plan(hands.bench, main.genome, subjects, ())
        assert [bool(one.problems) for one in plans] == [False, True, False]
        assert "there is no interface eno1" in plans[1].problems[0]


def test_a_pattern_of_worlds_stands_for_every_host() -> None:
    config = Config(
        worlds={
            "netns:*": WorldConfig(phenotype="lab"),
            "netns:own": WorldConfig(phenotype="other"),
        }
    )
    assert config.world_of("web1") == "netns:web1"
    assert config.world_of("own") == "netns:own"
    found = config.world("netns:web1")
    assert found is not None
    assert found.phenotype == "lab"
    assert config.world("simulated") is None


# --- what is not wanted any more ------------------------------------------------------------


def shrunk(on: Stage) -> None:
    """The topology is made true, and then has one bridge less."""
    commit_phenotype(on, str(on.scenario.input["to_nic"]))
    asked(on)
    assert on.settle() == ()
    on.do("create_bridge", bridge="own0")
    smaller = has("management: is bridge; uplink {nic.0}; mac preserve").encode()
    on.commit({"contracts/network/edge_server.sg": smaller})
    assert on.settle() == ()
    assert {"guests", "own0"} <= links(on).keys()


def test_what_is_not_wanted_any_more_stays_without_consent(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        shrunk(on)
        hands, main = on.organism.hands, on.main()
        (one,) = subjects_of(hands, main, Asked(NAME, "simulated"))
        kept = with_pruning(hands, main, one, consent=False)
        assert set(kept.kept) == {"links.guests", "profiles.guests"}
        assert kept.pathway == one.pathway


def test_with_consent_what_earlier_runs_made_is_removed_and_nothing_else(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        shrunk(on)
        hands, main = on.organism.hands, on.main()
        (one,) = subjects_of(hands, main, Asked(NAME, "simulated"))
        (told,) = plan(
            hands.bench, main.genome, (with_pruning(hands, main, one, consent=True),), ()
        )
        gone = {p.change.path: p.change.to_json()["action"] for p in told.changes}
        assert gone == {"links.guests": "delete", "profiles.guests": "delete"}
        demand = ask_for(on, NAME, one.values, prune=True)
        assert on.settle() == ()
        assert run_of(on, demand)["ending"] == "done"
        assert "guests" not in links(on)
        assert {"own0", "management"} <= links(on).keys()


def test_things_are_removed_the_latest_first() -> None:
    first = RunRecord("1", "d", NAME, "c", "", "", "", {}, made=["links.a", "links.b"])
    second = RunRecord("2", "d", NAME, "c", "", "", "", {}, made=["links.c"])
    there: dict[str, JsonObject] = {f"links.{name}": {"kind": "bridge"} for name in "abc"}
    assert leftovers([first, second], there, {"b"}) == ("links.c", "links.a")
    pathway = Pathway(NAME, Risk.LOW, "x")
    longer = removing(pathway, ("links.c", "links.a"), there, {"bridge": ("gone", "bridge")})
    assert [need.needs for need in longer.requires] == [1]
