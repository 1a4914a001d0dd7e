"""Forgetting somebody: no projection keeps a byte, and what others said is built again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from controller.cli import main
from controller.history.event import Occurrence
from controller.history.sealed import TOMBSTONE
from controller.ports import Blocked, Unavailable
from controller.ports.forgetting import Forgetting
from controller.stories.forget import forget
from controller.stories.project import answer, bring_up, catch_up, opened, take
from controller.wiring import open_log
from tests.git.crash import lines_run, survives
from tests.projections.office import LOCUS, PERSON, Office, altered, express, occurrences, office
from tests.vault.search import places_of

EVENTS = 200
SYSTEM = b"""\
system "office" {

  entity customer {
    has: name
    rule: deletion_means_crypto_shred
  }
}
"""
WHO = "customer:c2"
KILLS = 24
TRACES = ("c2@example.org", "Customer c2", WHO)


def people(count: int, start: int = 0) -> Iterator[Occurrence]:
    """What happens in the office, about customers who may ask to be forgotten."""
    for one in list(occurrences(start + count))[start:]:
        data = {k: f"{v} {one.subject}" if k == "notes" else v for k, v in one.data.items()}
        yield replace(one, subject=f"customer:{one.subject}", data=data)


@contextmanager
def careful_office(path: Path) -> Iterator[Office]:
    """An office with the rule, and with tables and a graph of what happened in it."""
    with office(path, 0) as house:
        house.organism.repository.commit_main({"systems/office.sg": SYSTEM}, "A rule", PERSON)
        house.organism.log.append(list(people(EVENTS)))
        assert house.run_pass() == ()
        house.choose("graph")
        assert house.run_pass() == ()
        yield house


def do_forget(house: Office) -> None:
    past = house.organism.past
    forget(past.memory, WHO, house.clock.now(), "person:ada")


def asked(house: Office, model: str, customer: str) -> object:
    tools, builder = house.organism.projector, house.builder(model)
    with closing(opened(tools, builder)) as store:
        return answer(tools, builder, store, {"customer": customer})


def found(path: Path) -> list[str]:
    """Where anything of the customer is, in any file below the git directory."""
    return [place for text in TRACES for place in places_of(text, path / ".git")]


def test_no_byte_of_somebody_is_left_and_others_are_what_they_were(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    with careful_office(path) as house:
        shelf = house.organism.projector.shelf
        shelf.remember(LOCUS, {"customer": WHO})
        before = asked(house, "graph", "customer:c3")
        places = " ".join(found(path))
        assert all(name in places for name in (".relational", ".graph", "asked.json"))
        do_forget(house)
        assert found(path) == []
        (gap,) = house.organism.controller.gaps()
        assert gap.status == "somebody was forgotten"
        with pytest.raises(Blocked, match="somebody was forgotten"):
            asked(house, "graph", "customer:c3")
        assert house.run_pass() == ()
        assert [step for step in house.steps() if step != "advanced"][-1] == "rebuilt"
        assert asked(house, "graph", "customer:c3") == before
        assert asked(house, "graph", WHO)["found"] is False  # type: ignore[index]
        house.organism.log.seal()
        assert found(path) == []


def test_the_command_reaches_projections_and_a_question_is_told_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "genome"
    with careful_office(path):
        assert found(path) != []
    runner, question = CliRunner(), f'{{"customer": "{WHO}"}}'
    done = runner.invoke(main, ["-C", str(path), "forget", WHO, "--yes"])
    assert done.exit_code == 0, done.output
    assert found(path) == []
    told = runner.invoke(main, ["-C", str(path), "projection", "query", LOCUS, "--input", question])
    assert told.exit_code == 1
    assert "somebody was forgotten" in told.output
    assert runner.invoke(main, ["-C", str(path), "controller", "--once"]).exit_code == 0
    assert found(path) == []
    said = runner.invoke(main, ["-C", str(path), "projection", "query", LOCUS, "--input", question])
    assert '"found": false' in said.output


def test_the_former_projection_is_erased_with_the_live_one_and_not_swapped_back(
    tmp_path: Path,
) -> None:
    with careful_office(tmp_path / "genome") as house:
        before = asked(house, "relational", "customer:c3")
        do_forget(house)
        house.git("revert", "--no-edit", "HEAD")
        assert house.run_pass() == ()
        assert house.live() == house.builder("relational").allele.sha
        assert asked(house, "relational", "customer:c3") == before
        assert found(house.path) == []


def test_a_builder_that_has_read_somebody_before_cannot_write_it_afterwards(
    tmp_path: Path,
) -> None:
    with careful_office(tmp_path / "genome") as house:
        tools, builder = house.organism.projector, house.builder("graph")
        fresh = tools.shelf.fresh(LOCUS, builder.allele.sha, "graph")
        with closing(fresh):
            read = list(enumerate(tools.chronicle.since(0), 1))
            assert take(tools, builder, fresh, read[:100]).failure is None
            do_forget(house)
            with pytest.raises(Unavailable, match="forgotten"):
                take(tools, builder, fresh, read[100:])
        assert found(house.path) == []


def test_what_was_built_before_and_installed_afterwards_is_not_asked(tmp_path: Path) -> None:
    with careful_office(tmp_path / "genome") as house:
        tools, builder = house.organism.projector, house.builder("graph")
        with closing(tools.shelf.fresh(LOCUS, builder.allele.sha, "graph")) as fresh:
            assert catch_up(tools, builder, fresh).failure is None
        do_forget(house)
        tools.shelf.install(LOCUS, builder.allele.sha, "graph")
        with pytest.raises(Blocked, match="somebody was forgotten"):
            asked(house, "graph", "customer:c3")
        assert found(house.path) == []
        assert house.run_pass() == ()
        assert asked(house, "graph", "customer:c3")["found"] is True  # type: ignore[index]


def test_what_the_log_tells_of_a_refusal_names_nobody(tmp_path: Path) -> None:
    with careful_office(tmp_path / "genome") as house:
        express(house, altered(house, '"minutes": row["minutes"]', '"minutes": 7'))
        (gap,) = house.run_pass()
        assert gap.startswith("refused when it was compared")
        told = [str(event.data) for event in house.events("projection.")]
        assert [one for one in told if "customer:" in one or "example.org" in one] == []
        assert "event.forgotten" not in [event.type for event in house.events("")]
        do_forget(house)
        assert len(house.events("projection.refused")) == 1


def test_a_tombstone_of_a_build_under_way_is_met_and_one_of_before_is_not(tmp_path: Path) -> None:
    with careful_office(tmp_path / "genome") as house:
        tools, builder = house.organism.projector, house.builder("graph")
        do_forget(house)
        with tools.shelf.scratch("graph") as store:
            assert not catch_up(tools, builder, store, 50).forgotten
            assert catch_up(tools, builder, store).forgotten
        with tools.shelf.scratch("graph") as store:
            assert not catch_up(tools, builder, store).forgotten


def test_a_tombstone_of_another_clone_has_everything_built_anew(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        house.choose("graph")
        house.run_pass()
        before = asked(house, "graph", "c3")
        gone = Forgetting("customer:x", "x", house.clock.now(), "person:ada")
        house.organism.past.memory.log.bury(gone)
        assert house.run_pass() == ()
        (rebuilt,) = house.events("projection.rebuilt")
        assert rebuilt.data["reason"] == "somebody was forgotten"
        assert asked(house, "graph", "c3") == before
        with closing(opened(house.organism.projector, house.builder("relational"))) as former:
            assert former.erased()
        assert bring_up(house.organism.projector, house.builder("relational")).failure is None
        assert asked(house, "relational", "c3") == before
        assert house.run_pass() == ()
        assert house.steps().count("rebuilt") == 1


def test_a_kill_at_any_step_is_finished_by_the_next_start(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    with careful_office(fresh) as house:
        now = house.clock.now()
    lines = lines_run(lambda: forget_at(copied(fresh, tmp_path / "counted"), now))
    begun = 0
    for kill in range(KILLS):
        path = copied(fresh, tmp_path / f"killed{kill}")
        died = not survives(lambda path=path: forget_at(path, now), 1 + lines * kill // KILLS)  # type: ignore[misc]
        assert died
        with open_log(path) as past:
            finished = TOMBSTONE in [event.type for event in past.log.since()]
        begun += finished
        if not finished:
            forget_at(path, now)  # killed before it was noted: nothing had happened yet
        assert found(path) == []
    assert 0 < begun < KILLS


def copied(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True)
    return target


def forget_at(path: Path, now: datetime) -> None:
    with open_log(path) as past:
        forget(past.memory, WHO, now, "person:ada")
