"""The loop, whole: a gene fails, the search heals it, a draft is proved and merged, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.stories.why import changed_lines, explain_allele
from controller.wiring import open_organism
from tests.stories.stage import ANNOUNCING, Stage, stage

SEEDS = range(20)

OTHER_HANDS = {
    "attach first, in a helper": """
import json


def move(bridge, old, new):
    gene_sdk.attach_port(bridge, new)
    gene_sdk.detach_port(bridge, old)
    return {"success": True, "uplink": new}


def execute(input_json):
    asked = json.loads(input_json)
    return json.dumps(move(asked["bridge"], asked["from_nic"], asked["to_nic"]))
""",
    "renamed module, early return, try": '''
import json as j
import gene_sdk as sdk


def execute(text: str) -> str:
    """Moves it, and says what went wrong."""
    request = j.loads(text)
    try:
        sdk.detach_port(bridge=request["bridge"], interface=request["from_nic"])
        sdk.attach_port(bridge=request["bridge"], interface=request["to_nic"])
    except sdk.Refused as refused:
        return j.dumps({"success": False, "uplink": "", "error": refused.reason})
    return j.dumps({"success": True, "uplink": request["to_nic"], "error": None})
''',
    "it only says that it did": """
def execute(input_json):
    return json.dumps({"success": True, "uplink": json.loads(input_json)["to_nic"]})
""",
    "it is no Python": "def execute(input_json:\n    return",
    "it raises": """
import json


def execute(input_json):
    data = json.loads(input_json)
    raise KeyError(data["bridge"])
""",
}

DESTRUCTIVE = """
import json
import gene_sdk


def execute(input_json):
    data = json.loads(input_json)
    gene_sdk.delete_bridge(data["bridge"])
    gene_sdk.create_bridge(data["bridge"])
    gene_sdk.attach_port(data["bridge"], data["to_nic"])
    return json.dumps({"success": True, "uplink": data["to_nic"]})
"""


def healed(on: Stage, demand: str) -> None:
    """The world is as the contract wants it, by an allele that the search found."""
    trials = on.outcomes(demand)
    assert trials[-1] == (on.dominant(), "confirmed")
    assert {end for _, end in trials[:-1]} == {"rolled_back"}
    given = on.scenario.input
    ports = on.do("bridge_ports", bridge=given["bridge"])
    assert isinstance(ports, list)
    assert given["to_nic"] in ports
    assert given["from_nic"] not in ports
    assert on.draft().state == "merged"
    assert on.organism.hands.transactions.open() == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_variation_of_the_incident_is_healed(tmp_path: Path, seed: int) -> None:
    with stage(tmp_path, seed) as on:
        demand = on.ask()
        assert on.settle() == ()
        healed(on, demand)
        allele = on.main().genome.alleles["bridge_uplink"][on.dominant()]
        added = changed_lines(on.main().genome, allele)
        assert any("send_gratuitous_arp" in line for line in added)
        assert len(added) <= 4


@pytest.mark.parametrize("name", OTHER_HANDS)
def test_alleles_written_by_other_hands_are_healed(tmp_path: Path, name: str) -> None:
    with stage(tmp_path, 5, OTHER_HANDS[name]) as on:
        demand = on.ask()
        assert on.settle() == ()
        healed(on, demand)


def test_an_allele_that_tears_the_bridge_down_is_caught_and_undone(tmp_path: Path) -> None:
    with stage(tmp_path, 5, DESTRUCTIVE) as on:
        before = on.organism.hands.bench.domain.settled(on.kernel().observe())
        demand = on.ask()
        on.organism.controller.run_pass()
        finished = on.events("expression.finished")[0]
        assert finished.data["immediate"] is False
        assert "keeps its MAC address" in str(finished.data["error"])
        rolled_back = on.events("transaction.rolled_back")[0]
        assert rolled_back.data["restored"] is True
        assert on.settle() == ()
        assert on.outcomes(demand)[0] == (on.outcomes(demand)[0][0], "rolled_back")
        after = on.organism.hands.bench.domain.settled(on.kernel().observe())
        assert after["links"].keys() == before["links"].keys()  # type: ignore[union-attr]


def test_an_allele_that_does_it_all_needs_no_healing(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        demand = on.ask()
        assert on.settle() == ()
        assert on.outcomes(demand) == [(on.dominant(), "confirmed")]
        assert on.organism.repository.drafts() == ()
        assert on.events("search") == []


def test_the_whole_chain_from_the_failing_event_to_the_merge_can_be_asked_for(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        demand = on.ask()
        on.settle()
        allele = on.main().genome.alleles["bridge_uplink"][on.dominant()]
        links = explain_allele(on.events(), allele)
        merge = on.git("rev-parse", "HEAD").strip()
        assert links[0].event == demand
        told = "\n".join(link.text for link in links)
        for part in ("unhealthy", "rolled back", "the search found", "gates proved", merge[:12]):
            assert part in told
        failure = allele.lineage.failure
        assert failure is not None
        assert failure.event in {link.event for link in links}


def test_a_revert_expresses_the_former_allele_and_its_revert_the_healed_one(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        demand = on.ask()
        former = on.dominant()
        on.settle()
        new = on.dominant()
        on.git("revert", "--no-edit", "-m", "1", "HEAD")
        assert on.settle() == ()
        assert on.dominant() == former
        assert on.outcomes(demand)[-1] == (former, "confirmed")
        assert on.draft().state == "reverted"
        on.git("revert", "--no-edit", "HEAD")
        assert on.settle() == ()
        assert on.outcomes(demand)[-1] == (new, "confirmed")
        assert on.draft().state == "merged"


def test_what_a_revert_took_back_is_not_offered_again(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.ask()
        on.settle()
        taken_back = on.dominant()
        on.git("revert", "--no-edit", "-m", "1", "HEAD")
        on.settle()
        back = {**on.scenario.input}
        back["from_nic"], back["to_nic"] = back["to_nic"], back["from_nic"]
        on.ask(back)
        on.settle()
        assert on.dominant() != taken_back
        offered = [e.data["allele"] for e in on.events("draft.opened")]
        assert offered.count(taken_back) == 1


def test_the_same_main_events_and_clock_give_the_same_decisions(tmp_path: Path) -> None:
    histories = []
    for name in ("one", "two"):
        with stage(tmp_path / name, 3) as on:
            on.ask()
            on.settle()
            histories.append([event.id for event in on.events()])
    assert histories[0] == histories[1]


def test_everything_but_git_can_be_thrown_away(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.ask()
        on.settle()
        clone = tmp_path / "clone"
        on.organism.log.seal()
        on.git("clone", "-q", str(on.path), str(clone))
        heads = on.git("ls-remote", str(clone))
        assert "genome/events" in heads
        before = [event.id for event in on.events()]
        on.git("-C", str(clone), "branch", "genome/events", "origin/genome/events")
        on.git("-C", str(on.path), "fsck", "--strict")
    with open_organism(clone) as again:
        again.chronicle.refresh()
        assert [event.id for event in again.log.since(0)] == before
        assert next(iter(again.chronicle.ledger.drafts.values())).state == "merged"
