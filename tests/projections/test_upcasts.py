"""Events in yesterday's form, read in today's by whatever is built from the log."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from controller.config import read_config
from controller.domains.world import JsonObject
from controller.history.event import Occurrence
from controller.ports import Blocked
from controller.stories.project import answer, opened
from tests.projections.office import EXAMPLE, START, Office, office

OLD = Occurrence("customer_created", "old1", {"mail": "o@x.org"}, START, None, "person:ada")
UPCASTS = """
[[upcasts]]
type = "customer_created"
having = ["mail"]
rename = { mail = "email" }
defaults = { name = "unknown", company = "unknown" }
becomes = "customer.registered"
"""


def declare(house: Office, text: str) -> None:
    """A person commits how old events are to be read."""
    whole = (EXAMPLE / "germline.toml").read_text() + text
    house.organism.repository.commit_main(
        {"germline.toml": whole.encode()}, "Old events, read as today's", "Ada <ada@example.org>"
    )


def profile(house: Office, customer: str) -> str:
    """What the live projection says of a customer."""
    builder = house.builder("relational")
    with closing(opened(house.organism.projector, builder)) as store:
        return json.dumps(answer(house.organism.projector, builder, store, {"customer": customer}))


def test_a_projection_is_built_anew_when_main_reads_old_events_in_todays_form(
    tmp_path: Path,
) -> None:
    with office(tmp_path / "genome", 40) as house:
        (old,) = house.organism.log.append([OLD])
        house.run_pass()
        assert "o@x.org" not in profile(house, "old1")
        declare(house, UPCASTS)
        (gap,) = house.organism.controller.gaps()
        assert gap.status == "events are read in another form than it was built from"
        assert house.run_pass() == ()
        assert house.steps()[-1] == "rebuilt"
        assert "o@x.org" in profile(house, "old1")
        assert old in list(house.organism.log.since(0))
        house.run_pass()
        assert house.steps().count("rebuilt") == 1
        house.git("revert", "--no-edit", "HEAD")
        assert house.run_pass() == ()
        assert "o@x.org" not in profile(house, "old1")


def test_upcasts_that_lead_in_a_circle_are_blocked(tmp_path: Path) -> None:
    there = '[[upcasts]]\ntype = "a"\nbecomes = "b"\n'
    with office(tmp_path / "genome", 40) as house:
        data: JsonObject = {}
        house.organism.log.append([Occurrence("a", "x", data, START, None, "person:ada")])
        declare(house, f'{there}[[upcasts]]\ntype = "b"\nbecomes = "a"\n')
        result = house.organism.controller.run_pass()
        assert "no end to the upcasts" in str(result.troubles)
        with pytest.raises(Blocked, match="no end to the upcasts"):
            list(house.organism.chronicle.since(0))


@pytest.mark.parametrize(
    "text",
    [
        'type = "a"',
        'type = "a"\nhaving = ["x"]\nrename = { y = "z" }',
        'type = "a"\nhaving = ["x"]\nrename = { x = "x" }',
        'type = "a"\nlacking = ["x"]\ndefaults = { y = 1 }',
        'type = "a"\nbecomes = "a"',
    ],
)
def test_an_upcast_that_reads_what_it_makes_is_refused(text: str) -> None:
    _, (wrong,) = read_config({"germline.toml": f"[[upcasts]]\n{text}\n".encode()})
    assert "again and again" in wrong.message


def test_a_default_is_what_an_old_event_lacks() -> None:
    text = b'[[upcasts]]\ntype = "a"\nlacking = ["x"]\ndefaults = { x = [1, {y = 2}] }\n'
    config, wrong = read_config({"germline.toml": text})
    assert wrong == ()
    assert config.upcasters().form != read_config({})[0].upcasters().form == ""
