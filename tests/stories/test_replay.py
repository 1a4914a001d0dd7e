"""An allele for a task that failed is sought in the world that the task met."""

from __future__ import annotations

from pathlib import Path

from tests.stories.composing import ADDRESSED, ask_for, dominant, links, no_search, run_of
from tests.stories.stage import Stage, stage

FORGETFUL = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    if data["interface"] not in [link["name"] for link in gene_sdk.list_links()]:
        return json.dumps({"success": False, "error": "it is not there"})
    return json.dumps({"success": True})
"""
"""Says that it has added the address, and has not."""


def asked(on: Stage) -> str:
    """Ask for a bridge with an address; the demand's id."""
    return ask_for(on, "addressed", {"bridge": "new0", "address": "10.90.0.1/24"})


def test_the_repair_is_found_where_earlier_steps_were_needed_for_it(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/addressed.sg": ADDRESSED.encode()})
        on.commit(dominant(on, "address_add", FORGETFUL))
        demand = asked(on)
        assert on.settle() == ()
        (searched,) = on.events("search.finished")
        assert searched.data["found"] is not None
        ledger = on.organism.chronicle.ledger
        endings = [ledger.runs[name].ending for name in on.record(demand).runs]
        assert endings == ["rolled_back", "done"]
        assert links(on)["new0"]["addresses"] == ["10.90.0.1/24"]


def test_the_lineage_has_the_world_that_the_task_met(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/addressed.sg": ADDRESSED.encode()})
        on.commit(dominant(on, "address_add", FORGETFUL))
        asked(on)
        on.settle()
        found = on.main().genome.stack("lab", "address_add")[0]
        assert found.lineage.failure is not None
        settled = on.organism.hands.bench.domain.settled(found.lineage.failure.observed)
        assert "new0" in settled["links"]  # type: ignore[operator]


def test_the_world_itself_is_not_touched_by_a_search(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.commit({"contracts/network/addressed.sg": ADDRESSED.encode(), **no_search(on)})
        on.commit(dominant(on, "address_add", FORGETFUL))
        before = links(on)
        demand = asked(on)
        on.settle()
        assert run_of(on, demand)["ending"] == "rolled_back"
        assert links(on) == before
