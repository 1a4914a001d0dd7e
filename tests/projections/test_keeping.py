"""Projections that lag, lie, lack something or must forget; and what a pass makes of it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from controller import limits
from controller.history.event import Occurrence
from controller.ports.projections import ProjectionStore
from controller.stories.project import answer, catch_up, opened, rebuild, take
from tests.projections.office import (
    LOCUS,
    PERSON,
    Office,
    altered,
    append,
    express,
    occurrences,
    office,
)

EVENTS = 200


def contents(store: ProjectionStore) -> list[object]:
    return list(store.items())


def test_an_allele_that_leaves_out_a_data_point_is_refused_and_the_old_one_stays(
    tmp_path: Path,
) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        live = house.live()
        express(house, altered(house, 'row["rep"] = data["rep"]', "pass"))
        (gap,) = house.run_pass()
        assert gap == "refused when it was verified: rep.rep is out of reach"
        assert house.steps()[4:] == ["built", "verified", "refused"]
        assert house.live() == live
        house.run_pass()
        assert house.steps()[7:] == []


def test_an_allele_that_answers_otherwise_is_refused_with_the_first_differences(
    tmp_path: Path,
) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        live = house.live()
        express(house, altered(house, '"minutes": row["minutes"]', '"minutes": 7'))
        (gap,) = house.run_pass()
        assert gap.startswith("refused when it was compared")
        (refusal,) = house.events("projection.refused")
        assert refusal.data["step"] == "compared"
        assert refusal.data["reasons"] == ["minutes differs"]
        assert house.live() == live


def test_a_real_query_finds_the_difference_that_a_sample_misses(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        odd = 'found = row is not None or who == "nobody"'
        house.organism.projector.shelf.remember(LOCUS, {"customer": "nobody"})
        express(house, altered(house, "found = row is not None", odd))
        house.run_pass()
        (refusal,) = house.events("projection.refused")
        assert refusal.data["reasons"] == ["found differs"]
        assert house.events("projection.compared")[-1].data["differing"] == 1


def test_a_gene_that_dies_of_one_event_names_it(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        wrong = 'row["rep"] = data["rep"] if who != "c3" else {}["none"]'
        express(house, altered(house, 'row["rep"] = data["rep"]', wrong))
        house.run_pass()
        (refusal,) = house.events("projection.refused")
        first = next(e for e in house.events("rep.assigned") if e.subject == "c3")
        assert refusal.data["step"] == "built"
        assert first.id[:12] in str(refusal.data["reasons"])


def test_a_projection_that_lost_a_row_is_a_gap_until_it_is_built_anew(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        truth = asked(house, "c2")
        tamper(house, "DELETE FROM rows WHERE tbl = 'interactions' AND key LIKE 'c2/%'")
        (gap,) = house.organism.controller.gaps()
        assert gap.kind.value == "consistency"
        assert gap.status.startswith("interactions:")
        house.clock.sleep(limits.PROJECTION_RECOUNT_SECONDS)
        assert house.run_pass() == ()
        assert house.steps()[4:] == ["rebuilt"]
        assert asked(house, "c2") == truth


def test_a_projection_that_says_something_else_is_found_by_a_recount(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        truth = asked(house, "c2")
        lie = "UPDATE rows SET body = replace(body, 'Customer c2', 'Nobody') WHERE key = 'c2'"
        tamper(house, lie)
        assert asked(house, "c2") != truth
        house.clock.sleep(limits.PROJECTION_RECOUNT_SECONDS)
        assert house.run_pass() == ()
        (rebuilt,) = house.events("projection.rebuilt")
        assert rebuilt.data["reason"] == "a row is not what its events make of it"
        assert asked(house, "c2") == truth


def asked(house: Office, customer: str) -> object:
    builder = house.builder("relational")
    with closing(opened(house.organism.projector, builder)) as store:
        return answer(house.organism.projector, builder, store, {"customer": customer})


def tamper(house: Office, sql: str) -> None:
    (path,) = house.folder.glob("*.relational")
    with closing(sqlite3.connect(path)) as database, database:
        assert database.execute(sql).rowcount > 0


def test_a_projection_that_lags_is_a_gap_until_a_pass_catches_up(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        more = list(occurrences(EVENTS + limits.PROJECTION_LAG_EVENTS))[EVENTS:]
        house.organism.log.append(more)
        (gap,) = house.organism.controller.gaps()
        assert gap.status.startswith("lags by 100 events")
        assert house.run_pass() == ()


def test_a_person_may_build_again_what_was_refused(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        sha = express(house, altered(house, 'row["rep"] = data["rep"]', "pass"))
        house.run_pass()
        shelf = house.organism.projector.shelf
        shelf.point(LOCUS, shelf.pointer(LOCUS).without_refusal(sha))
        house.clock.sleep(1)
        house.run_pass()
        assert house.steps()[-1] == "refused"
        assert house.steps().count("refused") == 2


def test_what_a_crash_kept_out_of_the_log_is_said_in_the_next_pass(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        shelf = house.organism.projector.shelf
        pointer = shelf.pointer(LOCUS)
        shelf.point(LOCUS, type(pointer)(live=pointer.live, announced=False, since=pointer.since))
        house.clock.sleep(1)
        house.run_pass()
        assert house.steps().count("promoted") == 2
        assert shelf.pointer(LOCUS).announced


@settings(max_examples=6, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 79), max_size=3, unique=True).map(sorted),
    seed=st.integers(0, 3),
    model=st.sampled_from(["relational", "graph"]),
)
def test_catching_up_in_any_steps_gives_what_building_anew_gives(
    tmp_path_factory: object, cuts: list[int], seed: int, model: str
) -> None:
    folder = tmp_path_factory.mktemp("steps")  # type: ignore[attr-defined]
    with office(folder / "genome", 80, seed) as house:
        tools, builder = house.organism.projector, house.builder(model)
        with closing(opened(tools, builder)) as store:
            for cut in cuts:
                catch_up(tools, builder, store, cut)
            catch_up(tools, builder, store)
            stepwise, cursor = contents(store), store.cursor()
        assert rebuild(tools, builder).failure is None
        with closing(opened(tools, builder)) as store:
            assert store.cursor() == cursor
            assert contents(store) == stepwise


def test_events_that_a_contract_does_not_name_only_move_the_cursor(tmp_path: Path) -> None:
    with office(tmp_path / "genome", 0) as house:
        tools, builder = house.organism.projector, house.builder("relational")
        append(house.organism.log, occurrences(3))
        house.organism.chronicle.record("weather.seen", "c1", {"sky": "grey"}, None)
        with tools.shelf.scratch("relational") as store:
            events = enumerate(house.organism.log.since(0), 1)
            assert take(tools, builder, store, events).events == 3
            assert store.cursor() == 4


def test_a_kept_query_that_the_contract_no_longer_takes_is_not_asked(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        house.organism.projector.shelf.remember(LOCUS, {"client": "c1"})
        house.choose("graph")
        assert house.run_pass() == ()
        assert house.events("projection.compared")[1].data["queries"] == EVENTS // 40


def test_what_a_dead_process_left_in_the_scratch_folder_is_swept(tmp_path: Path) -> None:
    with office(tmp_path / "genome", 0) as house:
        gone = subprocess.Popen(["true"])
        gone.wait()
        left = house.folder.parent / ".scratch" / f"{gone.pid}-left"
        left.mkdir(parents=True)
        with house.organism.projector.shelf.scratch("graph"):
            assert not left.exists()
        assert list(left.parent.iterdir()) == []


def test_deleting_every_projection_loses_nothing(tmp_path: Path) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.run_pass()
        truth = asked(house, "c2")
        shutil.rmtree(house.folder.parent)
        assert house.run_pass() == ()
        assert asked(house, "c2") == truth


REACHABLE = """\
system "reach" {
  entity customer {
    has: company
  }

  always {
    assert: every(customer) is reachable_through_projection
  }
}
"""


def test_what_a_system_wants_in_reach_is_unmet_until_the_live_projection_says_it_has_it(
    tmp_path: Path,
) -> None:
    with office(tmp_path / "genome", EVENTS) as house:
        house.organism.repository.commit_main(
            {"systems/reach.sg": REACHABLE.encode()}, "All within reach", PERSON
        )
        assert house.run_pass() == ()
        told = house.events("projection.advanced")
        assert [one.data["projection"] for one in told] == [LOCUS]
        moved = Occurrence("customer.moved", "c1", {"company": "x"}, house.clock.now(), None, "p:a")
        house.organism.log.append([moved])
        gaps = house.organism.controller.gaps()
        assert ["customer" in str(gap.obligation.arguments) for gap in gaps] == [True]
        assert house.run_pass() == ()
        assert len(house.events("projection.advanced")) == 2
        house.run_pass()
        assert len(house.events("projection.advanced")) == 2
