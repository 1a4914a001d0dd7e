"""Topologies that somebody else undoes: told as a plan, recorded, counted, mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.stories.drift import drifted, note_drift, satisfied
from controller.stories.vitals import take_vitals
from tests.stories.composing import links
from tests.stories.stage import stage
from tests.stories.test_topologies import NAME, asked, commit_phenotype, has, phenotype


def test_drift_is_a_plan_and_is_mended(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        free = str(on.scenario.input["to_nic"])
        commit_phenotype(on, free)
        asked(on)
        on.settle()
        on.do("detach_port", bridge="management", interface=free)
        hands, main = on.organism.hands, on.main()
        (record,) = satisfied(hands, main, NAME)
        told = drifted(hands, main, record, on.kernel().observe())
        assert [p.change.path for p in told.changes] == [f"links.{free}"]
        on.clock.sleep(60.0)
        assert on.settle() == ()
        assert links(on)[free]["master"] == "management"
        assert len(on.events("drift.observed")) == 1
        assert len(on.events("pathway.started")) == 2


def test_drift_is_counted_until_it_is_mended(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_phenotype(on, str(on.scenario.input["to_nic"]))
        asked(on)
        on.settle()

        def counted() -> int:
            result = on.organism.controller.run_pass()
            return take_vitals(on.organism.controller, result, 0.0, 0.0).drifted

        assert counted() == 0
        on.do("delete_bridge", bridge="guests")
        hands, main = on.organism.hands, on.main()
        (record,) = satisfied(hands, main, NAME)
        note_drift(hands, record, drifted(hands, main, record, on.kernel().observe()))
        assert on.events("drift.observed")[-1].data["missing"] == ["+ links.guests"]
        assert counted() == 1
        assert on.settle() == ()
        assert counted() == 0


@pytest.mark.parametrize(
    ("ignore", "seen"),
    [
        ([], ["~ links.guests", "~ links.management"]),
        (["links.guests.up"], ["~ links.management"]),
        (["links.*.addresses"], ["~ links.guests"]),
        (["links.guests", "links.management.addresses"], []),
        (["links.management.up"], ["~ links.guests", "~ links.management"]),
    ],
)
def test_a_field_that_is_ignored_drifts_unheard_of_and_no_other(
    tmp_path: Path, ignore: list[str], seen: list[str]
) -> None:
    with stage(tmp_path) as on:
        text = on.main().files["germline.toml"].decode()
        on.commit({"germline.toml": f"{text}\n[plan]\nignore = {json.dumps(ignore)}\n".encode()})
        files = {
            "phenotypes/lab_server.sg": phenotype("lab_server", str(on.scenario.input["to_nic"]))
        }
        shape = has("management: is bridge; addresses [10.88.0.1/24]", "guests: is bridge")
        on.commit({**files, "contracts/network/edge_server.sg": shape.encode()})
        asked(on)
        on.settle()
        on.do("set_link_state", interface="guests", up=False)
        on.do("remove_address", interface="management", address="10.88.0.1/24")
        hands, main = on.organism.hands, on.main()
        (record,) = satisfied(hands, main, NAME)
        told = drifted(hands, main, record, on.kernel().observe())
        assert [f"{p.change.kind.value} {p.change.path}" for p in told.changes] == seen
        on.clock.sleep(60.0)
        on.settle()
        assert len(on.events("drift.observed")) == bool(seen)


def test_what_cannot_be_done_again_has_drifted_too(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        free = str(on.scenario.input["to_nic"])
        commit_phenotype(on, free)
        asked(on)
        on.settle()
        on.do("create_bridge", bridge="thief0")
        on.do("detach_port", bridge="management", interface=free)
        on.do("attach_port", bridge="thief0", interface=free)
        on.clock.sleep(60.0)
        (gap,) = on.settle()
        (drift,) = on.events("drift.observed")
        assert "is a port of thief0" in str(drift.data["missing"])
        assert gap.needs_person
