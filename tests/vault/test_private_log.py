"""The log with people in it: sealed as stored, open as read, refused where it must be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from controller.adapters.clock import VirtualClock
from controller.adapters.file_snapshots import FileSnapshots
from controller.domains.world import JsonObject
from controller.history.event import Event
from controller.history.sealed import box_of
from controller.limits import OWNERS_MAX
from controller.ports import Blocked, Corrupt
from controller.ports.forgetting import Gone
from controller.stories.chronicle import Chronicle
from controller.stories.forget import Forgotten, forget
from tests.vault.people import MARKER, MORNING, STORY, Shop, founded, happened, new_shop


def told(event: Event) -> tuple[str, str, object]:
    return event.type, event.subject, event.data


def test_what_is_read_is_what_was_appended(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "shop")
    events = shop.log.append(STORY)
    assert [told(e) for e in events] == [(o.type, o.subject, o.data) for o in STORY]
    assert list(shop.log.since()) == list(events) == list(Shop(shop.gitdir).log.since())
    assert list(shop.log.since(4)) == list(events[4:])
    assert shop.log.verify() == shop.log.length() == len(STORY)


def test_only_events_about_people_are_sealed(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    outside = [event.subject.partition("~")[0] for event in shop.stored.since()]
    assert outside == ["customer:", "customer:", "order:", "line:", "order:", "shelf:s1"]


def test_a_repeated_append_is_the_same_event(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    first = list(shop.log.since())
    assert list(Shop(shop.gitdir).log.append(STORY)) == first
    assert shop.log.length() == len(STORY)


def test_a_later_event_of_a_thing_is_sealed_for_whose_it_is(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    late = happened("line.struck", "line:l1", {"why": MARKER}, 9)
    Shop(shop.gitdir).log.append([late])
    boxes = [box_of(event.data) for event in shop.stored.since()]
    assert boxes[0] is not None
    assert boxes[-1] is not None
    assert boxes[0].under == boxes[-1].under


def test_a_genome_without_such_entities_has_no_vault(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "shop")
    shop.log.append([happened("shelf.moved", "shelf:s1", {"height": 1})])
    assert list(shop.log.since())
    assert not (shop.gitdir / "germline" / "vault").exists()
    assert not list((shop.gitdir / "germline").glob("*master-key*"))


@pytest.mark.parametrize(
    ("subject", "data"),
    [("customer:~aa", {}), ("shelf:s1", {"sealed": {"under": ["aa"], "box": ""}})],
)
def test_nobody_appends_what_looks_sealed(tmp_path: Path, subject: str, data: object) -> None:
    shop = new_shop(tmp_path / "shop")
    with pytest.raises(Blocked, match="form of a sealed one"):
        shop.log.append([happened("shelf.moved", subject, data)])  # type: ignore[arg-type]
    assert shop.log.length() == 0


def test_an_event_that_names_too_many_is_refused(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "shop")
    names = [f"c{number}" for number in range(OWNERS_MAX + 1)]
    with pytest.raises(Blocked, match="names 17 subjects with keys, 16 are allowed"):
        shop.log.append([happened("shelf.moved", "shelf:s1", {"customer": [*names]})])
    assert (shop.log.length(), shop.vault.exists()) == (0, False)


def test_data_without_a_canonical_form_is_refused_and_nothing_is_appended(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "shop")
    bad = happened("customer.created", "customer:c1", {"x": float("nan")})
    with pytest.raises(Blocked, match="cannot be recorded"):
        shop.log.append([*STORY, bad])
    assert shop.log.length() == 0


# --- after forgetting -------------------------------------------------------------------


def test_a_forgotten_subject_leaves_events_that_say_nothing(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    before = list(shop.log.since())
    done = forget(shop.memory, "customer:c1", MORNING, "person:clerk")
    assert isinstance(done, Forgotten)
    for log in (shop.log, Shop(shop.gitdir).log):
        after = list(log.since())
        assert [event.id for event in after[:-1]] == [event.id for event in before]
        assert [event.type for event in after] == [
            "event.forgotten",
            "customer.created",
            *["event.forgotten"] * 3,
            "shelf.moved",
            "subject.forgotten",
        ]
        assert after[1] == before[1]
        assert after[-1].subject == f"customer:~{done.pseudonym}" == after[0].subject
        assert log.verify() == len(STORY) + 1


def test_another_process_that_had_the_key_opens_nothing_afterwards(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    other = Shop(shop.gitdir)
    reading = other.log.since()
    assert next(reading).data == {"name": MARKER}
    forget(shop.memory, "customer:c1", MORNING, "person:clerk")
    assert MARKER not in str(list(reading)) + str(list(other.log.since()))


def test_a_forgotten_subject_is_refused_until_it_is_made_anew(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    other = Shop(shop.gitdir)
    other.log.append([happened("customer.called", "customer:c1", {}, 6)])
    forget(shop.memory, "customer:c1", MORNING, "person:clerk")
    length = shop.log.length()
    late = happened("customer.called", "customer:c1", {}, 7)
    again = happened("customer.created", "customer:c1", {"name": "new"}, 8)
    for log in (shop.log, other.log, Shop(shop.gitdir).log):
        with pytest.raises(Blocked, match=r"customer:c1 was forgotten on 2026-11-01 at 09:00"):
            log.append([happened("shelf.moved", "shelf:s1", {"customer": "c1"}), late])
        with pytest.raises(Blocked, match="nothing more is recorded about it"):
            log.append(STORY[:1])
    assert shop.log.length() == length
    assert [event.subject for event in other.log.append([again, late])] == ["customer:c1"] * 2
    boxes = [box_of(event.data) for event in shop.stored.since()]
    assert boxes[0] is not None
    assert boxes[-1] is not None
    assert boxes[0].under != boxes[-1].under
    forget(shop.memory, "customer:c1", MORNING, "person:clerk")
    assert all(event.type != "customer.called" for event in shop.log.since())


def test_forgetting_twice_says_when_it_was_done(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    forget(shop.memory, "customer:c1", MORNING, "person:clerk")
    assert forget(shop.memory, "customer:c1", MORNING, "person:clerk") == Gone(MORNING)
    assert shop.log.length() == len(STORY) + 1


def test_who_is_not_known_cannot_be_forgotten(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    with pytest.raises(Blocked, match="nothing is sealed for customer:c9"):
        forget(shop.memory, "customer:c9", MORNING, "person:clerk")
    with pytest.raises(Blocked, match="nothing is sealed"):
        forget(new_shop(tmp_path / "new").memory, "customer:c1", MORNING, "person:clerk")
    assert shop.log.length() == len(STORY)


def test_forgetting_one_of_two_takes_what_is_about_both(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    shop.log.append([happened("shelf.moved", "shelf:s1", {"customer": ["c1", "c2"]}, 7)])
    forget(shop.memory, "customer:c2", MORNING, "person:clerk")
    read = list(shop.log.since())
    assert [e.type == "event.forgotten" for e in read] == [n in (1, 6) for n in range(8)]


# --- a vault of no use ------------------------------------------------------------------


def test_a_lost_vault_is_an_error_and_not_a_forgotten_subject(tmp_path: Path) -> None:
    shop = founded(tmp_path / "shop")
    shutil.rmtree(shop.gitdir / "germline" / "vault")
    lost = Shop(shop.gitdir)
    with pytest.raises(Blocked, match="not in the vault although nobody destroyed it"):
        list(lost.log.since())
    with pytest.raises(Blocked, match="not in the vault although nobody destroyed it"):
        lost.log.append([happened("customer.created", "customer:c3", {}, 9)])
    assert (lost.vault.exists(), lost.log.verify()) == (False, len(STORY))
    assert [e.type for e in lost.log.append([happened("shelf.moved", "shelf:s1", {}, 9)])]


def test_a_key_that_is_another_ones_is_an_error(tmp_path: Path) -> None:
    shop, other = founded(tmp_path / "shop"), founded(tmp_path / "other")
    records, theirs = shop.vault.records(), other.vault.records()
    with shop.vault.exclusive():
        for mine, foreign in zip(records.everything(), theirs.everything(), strict=True):
            swapped = type(mine)(
                mine.subject, type(mine.key)(mine.key.pseudonym, foreign.key.secret)
            )
            records.add(swapped)
    with pytest.raises(Corrupt, match="cannot be opened: the box was sealed under another key"):
        list(Shop(shop.gitdir).log.since())


def test_a_running_controller_forgets_with_the_log(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "shop")
    demand: JsonObject = {"locus": "greet", "phenotype": "shop", "world": "here", "key": "c1"}
    asked = {**demand, "input": {"customer": "c1", "say": MARKER}}
    shop.log.append([happened("expression.requested", "here/greet/c1", asked)])
    snapshots = FileSnapshots(shop.gitdir)
    chronicle = Chronicle(Shop(shop.gitdir).log, VirtualClock(MORNING), snapshots)
    chronicle.refresh()
    assert MARKER in str(chronicle.ledger)
    forget(shop.memory, "customer:c1", MORNING, "person:clerk")
    chronicle.refresh()
    assert MARKER not in str(chronicle.ledger)
    assert chronicle.ledger.length == shop.log.length() == 2
