"""Alleles at a pathway's locus: expressed in place of the steps, judged like them, proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.conductor.orchestration.fused import (
    FusedContract,
    contract_at,
    described,
    loci_of,
    may_be_fused,
)
from controller.demo.setting import PERSON
from controller.domains.network import NETWORK
from controller.domains.world import JsonObject
from controller.genome.allele import Allele, Failure, Lineage, lineage_path, name_of, source_path
from controller.genome.genome import Genome, compile_genome
from controller.ports import Blocked
from controller.shipped import shipped_files
from controller.stories.merge import merge_draft
from controller.stories.plan import plan
from controller.stories.rehearse import case_of
from controller.stories.rehearse_fused import compare
from controller.stories.subjects import Asked, subjects_of
from controller.stories.try_source import try_source
from grammar.sg.edit import with_stack
from tests.stories.composing import ask_for, dominant, links, no_search, run_of
from tests.stories.fusing import BROKEN, DOWN, LESS, NAME, WHOLE
from tests.stories.stage import Stage, stage
from tests.stories.test_membrane import propose
from tests.stories.test_orchestrate import USING

OUTER = "provision_management_bridge"


def given(on: Stage) -> JsonObject:
    """An input for the pathway: a bridge on the free interface, with an address."""
    port = str(on.scenario.input["to_nic"])
    return {"bridge": "whole0", "ports": [port], "addresses": ["10.251.0.2/24"]}


def stacked(on: Stage, *sources: str) -> dict[str, bytes]:
    """The files that make sources the stack that is expressed at the pathway's locus."""
    files: dict[str, bytes] = {}
    for source in sources:
        files |= dominant_of_pathway(on, source)
    text = on.main().files["phenotypes/lab.sg"].decode()
    names = [name_of(source)[:12] for source in sources]
    edited = with_stack(text, "phenotypes/lab.sg", "lab", NAME, names)
    return {**files, "phenotypes/lab.sg": edited.encode()}


def dominant_of_pathway(on: Stage, source: str, failure: Failure | None = None) -> dict[str, bytes]:
    """The files that make a source dominant at the pathway's locus."""
    files = dominant(on, NAME, source)
    lineage = Lineage(locus=NAME, engine="person", failure=failure).to_bytes()
    return {**files, lineage_path(NAME, name_of(source)): lineage}


def trials(on: Stage) -> list[tuple[str, str | None]]:
    """(locus, how it ended) of every trial."""
    return [(t.locus, t.end) for t in on.organism.chronicle.ledger.trials.values()]


# --- expressed ----------------------------------------------------------------------------


def test_a_pathway_is_done_in_one_piece_and_asked_what_its_steps_would_be(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit(stacked(on, WHOLE))
        demand = ask_for(on, NAME, given(on))
        assert on.settle() == ()
        assert trials(on) == [(NAME, "confirmed")]
        assert run_of(on, demand)["done"] == ["whole"]
        asked = {str(e.data["locus"]): e.data["input"] for e in on.events("diagnostic.reported")}
        assert asked == {
            "check_arp": {"interface": "whole0"},
            "check_dhcp_lease": {"interface": "whole0"},
            "check_link_state": {"interface": "whole0"},
            "check_path_mtu": {"interface": "whole0", "attempts": 2},
        }
        made = links(on)["whole0"]
        assert (made["up"], made["addresses"]) == (True, ["10.251.0.2/24"])


def test_in_one_piece_a_pathway_leaves_what_its_steps_leave(tmp_path: Path) -> None:
    with stage(tmp_path / "steps") as steps, stage(tmp_path / "whole") as whole:
        whole.commit(stacked(whole, WHOLE))
        for on in (steps, whole):
            ask_for(on, NAME, given(on))
            assert on.settle() == ()
        assert [locus for locus, _ in trials(steps)] == [
            "bridge_create",
            "mac_preserve",
            "set_mtu",
            "address_add",
            "persist_profile",
        ]
        assert links(steps) == links(whole)


@pytest.mark.parametrize("wrong", [DOWN, BROKEN])
def test_the_steps_are_followed_where_the_fused_alleles_fail(tmp_path: Path, wrong: str) -> None:
    with stage(tmp_path) as on:
        on.commit(stacked(on, wrong))
        demand = ask_for(on, NAME, given(on))
        assert on.settle() == ()
        told = run_of(on, demand)
        assert (told["ending"], told["done"]) == ("done", ["1", "2", "3", "4[0]", "5"])
        assert list(told["decomposed"]) == ["whole"]  # type: ignore[arg-type]
        assert trials(on)[0] == (NAME, "rolled_back")
        assert links(on)["whole0"]["up"] is True


def test_the_next_fused_allele_is_tried_before_the_steps(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit(stacked(on, BROKEN, WHOLE))
        demand = ask_for(on, NAME, given(on))
        assert on.settle() == ()
        assert trials(on) == [(NAME, "rolled_back"), (NAME, "confirmed")]
        assert run_of(on, demand)["decomposed"] == {}


def test_a_pathway_inside_is_done_in_one_piece(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit(stacked(on, WHOLE))
        port = on.scenario.input["to_nic"]
        values = {"management_bridge": "m0", "uplink_interface": port, "address": "10.251.0.3/24"}
        demand = ask_for(on, OUTER, values)
        assert on.settle() == ()
        assert run_of(on, demand)["done"] == ["1", "2", "verify[1]"]
        assert [locus for locus, _ in trials(on)][:2] == [NAME, "announce_addresses"]


def test_what_was_done_in_one_piece_is_undone_when_the_rest_fails(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        failing = dominant(on, "announce_addresses", BROKEN)
        on.commit({**failing, **no_search(on)})
        on.commit(stacked(on, WHOLE))
        before = links(on)
        port = on.scenario.input["to_nic"]
        values = {"management_bridge": "m0", "uplink_interface": port, "address": "10.251.0.3/24"}
        demand = ask_for(on, OUTER, values)
        on.settle()
        told = run_of(on, demand)
        assert (told["ending"], told["undone"]) == ("rolled_back", ["1"])
        assert links(on) == before


def test_a_plan_names_the_fused_allele_and_comes_to_the_same(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit(stacked(on, BROKEN, WHOLE))
        main, hands = on.main(), on.organism.hands
        subjects = subjects_of(hands, main, Asked(NAME, "simulated", given(on)))
        (told,) = plan(hands.bench, main.genome, subjects, ())
        assert [(t.place, t.locus, t.allele) for t in told.tasks] == [
            ("whole", NAME, name_of(WHOLE))
        ]
        ask_for(on, NAME, given(on))
        on.settle()
        assert NETWORK.settled(on.kernel().observe()) == told.settled


def test_a_source_for_a_pathway_is_tried_and_undone(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        before = links(on)
        hands, main = on.organism.hands, on.main()
        for source, passes in ((WHOLE, True), (DOWN, False)):
            tried = try_source(
                hands, main, on.clock, NAME, "simulated", given(on), None, source, "person:p"
            )
            assert tried.passed is passes
            assert {"check_link_state", "check_arp"} <= {one.locus for one in tried.findings}
        assert links(on) == before


# --- what it is held to -------------------------------------------------------------------


def shipped() -> Genome:
    """The genome that ships."""
    genome = compile_genome(shipped_files(), NETWORK).value
    assert genome is not None
    return genome


def test_a_fused_allele_may_touch_what_the_steps_speak_of_and_is_asked_all_that_they_are() -> None:
    values: JsonObject = {
        "management_nic": "eno1",
        "address": "10.1.0.2/24",
        "storage_nics": ["eno2", "eno3"],
        "vm_vlans": [100, 200],
    }
    contract = contract_at(shipped(), "deploy_server_network", values)
    assert isinstance(contract, FusedContract)
    assert {"management", "eno1", "storage.100", "vm.200"} <= contract.speaks_of
    assert contract.verify is not None
    asked = [
        a.value for call in contract.verify.calls for a in call.arguments if a.name != "attempts"
    ]
    assert {"management", "storage", "storage.100", "vm.100", "vm.200"} <= {str(a) for a in asked}
    assert len(contract.verify.calls) == len(set(contract.verify.calls))
    assert contract.verify.within_ms == 1000


def test_a_pathway_in_which_something_depends_on_a_result_is_never_done_in_one_piece(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/using.sg": USING.encode()})
        files = dominant(on, "using", WHOLE)
        on.commit(files)
        genome = on.main().genome
        assert not may_be_fused(genome, genome.pathways["using"])
        assert loci_of(genome, "lab").fused == frozenset()
        with pytest.raises(Blocked) as refused:
            try_source(
                on.organism.hands,
                on.main(),
                on.clock,
                "using",
                "simulated",
                {**on.scenario.input, "other": "x0"},
                None,
                WHOLE,
                "person:p",
            )
        assert "depends on what a step gave" in refused.value.reason


def test_what_the_fields_of_a_pathway_stand_for_is_read_from_its_steps() -> None:
    genome = shipped()
    contract = described(genome, genome.pathways["deploy_server_network"])
    said = [sentence.text for sentence in contract.unhealthy_when]
    assert "Any interface {storage_nics} does not exist" in said
    assert "Interface {management_nic} does not exist" not in said  # it is one of a list there
    assert all("{bridge}" not in text for text in said)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (WHOLE, None),
        (LESS, "it leaves the world otherwise than the steps: ~ links.whole0"),
        (DOWN, "unhealthy: check_link_state"),
        (BROKEN, "exception"),
    ],
)
def test_doing_less_than_the_steps_is_found_out(
    tmp_path: Path, source: str, told: str | None
) -> None:
    with stage(tmp_path) as on:
        bench, genome = on.organism.hands.bench, on.main().genome
        allele = Allele(NAME, name_of(source), source, Lineage(locus=NAME, engine="person"))
        case = case_of(on.kernel().observe(), given(on))
        found = compare(bench, genome, "lab", allele, case)
        assert found.steps_work
        assert (found.objection is None) is (told is None)
        assert told is None or told in str(found.objection)


# --- proved -------------------------------------------------------------------------------


def test_a_draft_that_promotes_a_sound_allele_of_a_pathway_is_proved_and_merged(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        on.commit(stacked(on, WHOLE))
        newer = f"{WHOLE}\n# the same, but newer\n"
        propose(on, stacked(on, newer, WHOLE), locus=NAME)
        on.settle()
        (proved,) = on.events("draft.proved")
        assert proved.data["passed"] is True
        gates = {str(g["gate"]): g["evidence"] for g in proved.data["gates"]}  # type: ignore[union-attr,index]
        (counted,) = gates["shadow"]  # type: ignore[misc]
        assert int(str(counted).split()[0]) > 0
        (draft,) = on.organism.repository.drafts()  # its steps are riskier than its own contract
        merge_draft(on.organism.membrane, draft, f"person:{PERSON}", PERSON)
        assert on.main().genome.stack("lab", NAME)[0].sha == name_of(newer)


@pytest.mark.parametrize("wrong", [LESS, DOWN, BROKEN])
def test_a_draft_that_promotes_one_that_does_less_is_refused(tmp_path: Path, wrong: str) -> None:
    with stage(tmp_path) as on:
        before = on.organism.repository.main()
        propose(on, stacked(on, wrong), locus=NAME)
        on.settle()
        assert on.organism.repository.main() == before
        (refused,) = on.events("draft.refused")
        assert "shadow" in str(refused.data["reason"])


def test_what_prompted_a_fused_allele_is_replayed_in_its_proof(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        prompt = Failure(
            event="e", world="simulated", input=given(on), observed=on.kernel().observe()
        )
        source = source_path(NAME, name_of(LESS))
        files = {**stacked(on, LESS), **dominant_of_pathway(on, LESS, prompt)}
        assert source in files
        propose(on, files, locus=NAME)
        on.settle()
        (refused,) = on.events("draft.refused")
        assert "failing input" in str(refused.data["reason"])


def test_a_pathway_that_cannot_be_judged_in_one_piece_has_no_proof(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/using.sg": USING.encode()})
        propose(on, dominant(on, "using", WHOLE), locus="using")
        on.settle()
        (refused,) = on.events("draft.refused")
        assert "depends on what a step gave" in str(refused.data["reason"])
