"""What a run has to do next, from its steps and what its tasks came to: values in, values out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.conductor.orchestration.ordering import Loci
from controller.conductor.orchestration.unfolded import Outcome, Result, Unfolded
from controller.conductor.orchestration.unfolding import unfold
from controller.domains.network import NETWORK
from controller.domains.world import JsonObject
from controller.genome.genome import compile_genome
from controller.run_limits import RUN_TASKS
from controller.shipped import shipped_files
from grammar.sg.composition import Pathway
from grammar.sg.parse import parse

GENOME = compile_genome(shipped_files(), NETWORK).value
assert GENOME is not None
LOCI = Loci(GENOME.loci, GENOME.pathways)
DEPLOY = GENOME.pathways["deploy_server_network"]
VALUES: JsonObject = {
    "management_nic": "eno1",
    "address": "10.1.0.2/24",
    "storage_nics": ["eno2", "eno3"],
    "vm_vlans": [100, 200],
}
DONE = Result(Outcome.DONE, {"success": True, "healthy": True})


def pathway(steps: str, requires: str = "") -> Pathway:
    """A pathway that takes a, b and a list, with these steps."""
    text = (
        "pathway p\n  risk low\n\n  does:\n    It does.\n\n"
        "  takes:\n    a  string\n    b  string\n    all  string[]\n\n"
        f"  steps:\n{steps}\n{requires}"
    )
    document = parse(text, "p.sg").value
    assert document is not None
    return document.pathways[0]


def ready(found: Unfolded) -> list[str]:
    """The places of what may begin."""
    return [task.place for task in found.ready]


def bridge(number: int, name: str) -> str:
    """A step that makes a bridge."""
    return f"    {number}. bridge_create\n         bridge = {name}\n         ports = []\n"


def test_steps_that_name_nothing_in_common_are_ready_together() -> None:
    steps = pathway(bridge(1, "{a}") + bridge(2, "{b}"))
    assert ready(unfold(LOCI, steps, {"a": "x", "b": "y", "all": []}, {})) == ["1", "2"]
    assert ready(unfold(LOCI, steps, {"a": "x", "b": "x", "all": []}, {})) == ["1"]


def test_a_step_that_is_required_comes_first() -> None:
    steps = pathway(bridge(1, "{a}") + bridge(2, "{b}"), "  requires:\n    step 2 needs step 1\n")
    found = unfold(LOCI, steps, {"a": "x", "b": "y", "all": []}, {})
    assert (ready(found), found.waiting) == (["1"], ["2"])


def test_the_cause_of_a_task_is_what_it_waited_for() -> None:
    looks = "    2. check_link_state\n         interface = {b}\n"
    found = unfold(
        LOCI, pathway(bridge(1, "{a}") + looks), {"a": "x", "b": "y", "all": []}, {"1": DONE}
    )
    assert [(task.place, task.needs) for task in found.ready] == [("2", ("1",))]


def test_a_sick_diagnostic_fails_unless_a_later_step_asks() -> None:
    looks = "    1. check_link_state\n         interface = {a}\n"
    asks = (
        "    2. when step 1.healthy:\n"
        "         false -> announce_addresses\n           interface = {a}\n"
    )
    sick = {"1": Result(Outcome.DONE, {"healthy": False, "up": False, "carrier": False})}
    values: JsonObject = {"a": "x", "b": "y", "all": []}
    assert list(unfold(LOCI, pathway(looks), values, sick).failed) == ["1"]
    asked = unfold(LOCI, pathway(looks + asks), values, sick)
    assert (ready(asked), asked.failed) == (["2"], {})
    well = unfold(LOCI, pathway(looks + asks), values, {"1": DONE})
    assert (ready(well), well.over) == ([], True)


def test_a_loop_over_too_much_is_refused() -> None:
    loop = (
        "    1. for one in {all}:\n         bridge_create\n"
        "           bridge = {one}\n           ports = []\n"
    )
    many: JsonObject = {"a": "x", "b": "y", "all": [f"n{n}" for n in range(RUN_TASKS + 5)]}
    results = {f"1[{n}]": DONE for n in range(RUN_TASKS + 5)}
    found = unfold(LOCI, pathway(loop), many, results)
    assert "at most" in next(iter(found.failed.values()))


def test_a_value_that_is_missing_fails_its_step_alone() -> None:
    item = "    1. bridge_create\n         bridge = {all.3}\n         ports = []\n"
    preserving = pathway(item + bridge(2, "{b}"), "  on failure:\n    preserve what works\n")
    found = unfold(LOCI, preserving, {"a": "x", "b": "y", "all": []}, {})
    assert "is missing" in found.failed["1"]
    assert (ready(found), found.given_up) == (["2"], ())


@settings(deadline=None)
@given(st.data())
def test_whatever_finishes_first_every_task_is_done_once_and_in_its_turn(
    data: st.DataObject,
) -> None:
    results: dict[str, Result] = {}
    begun: list[str] = []
    for _ in range(100):
        found = unfold(LOCI, DEPLOY, VALUES, results)
        for task in found.ready:
            assert all(results[place].outcome is Outcome.DONE for place in task.needs)
            results[task.place] = Result(Outcome.RUNNING)
            begun.append(task.place)
        running = [place for place, one in results.items() if one.outcome is Outcome.RUNNING]
        if not running:
            break
        results[data.draw(st.sampled_from(running))] = DONE
    assert found.over
    assert not found.failed
    assert not found.waiting
    assert len(begun) == len(set(begun)) == len(found.done)
    assert {"1.1.1", "1.1.4[0]", "1.verify[1]", "2.1", "3[0].1.1", "3[1].2.5"} <= set(found.done)
    assert begun.index("1.1.1") < begun.index("1.1.2")


@settings(deadline=None)
@given(st.data())
def test_whatever_fails_nothing_is_begun_below_what_is_given_up(data: st.DataObject) -> None:
    results: dict[str, Result] = {}
    given_up = False
    for _ in range(100):
        found = unfold(LOCI, DEPLOY, VALUES, results)
        given_up = given_up or bool(found.given_up)
        assert bool(found.failed) == ("" in found.given_up)
        assert not given_up or found.ready == []
        for task in found.ready:
            results[task.place] = data.draw(st.sampled_from([DONE, Result(Outcome.FAILED)]))
    assert found.over
