"""Sealed events: opened they are what they were; without a key they tell nothing."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from controller.domains.world import JsonObject
from controller.history.event import Event, Occurrence, seal
from controller.history.sealed import (
    KEY_BYTES,
    SubjectKey,
    Unsealable,
    as_forgotten,
    box_of,
    opened,
    seal_for,
)
from tests.vault.people import MARKER, happened

ANA = SubjectKey("aa", bytes(range(KEY_BYTES)))
BO = SubjectKey("bb", bytes(KEY_BYTES))
_numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e6, 1e6)
_leaves = st.none() | st.booleans() | _numbers | st.text(st.characters(codec="utf-8"))
_data = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=9), _leaves | st.lists(_leaves), max_size=5
)


def stored(occurrence: Occurrence, *owners: tuple[str, SubjectKey]) -> Event:
    """What a log would hold."""
    return seal(seal_for(occurrence, owners))


def read(event: Event, *secrets: bytes) -> Event:
    """Opened with these keys."""
    box = box_of(event.data)
    assert box is not None
    return opened(event, box, secrets)


@given(_data, st.sampled_from(["person:clerk", "customer:ana"]), st.booleans())
def test_what_is_opened_is_what_was_sealed(data: JsonObject, actor: str, both: bool) -> None:
    occurrence = happened("customer.created", "customer:ana", data, actor=actor)
    owners = [("customer:ana", ANA), ("customer:bo", BO)][: 1 + both]
    event = stored(occurrence, *owners)
    again = read(event, *[key.secret for _, key in owners])
    assert (again.subject, again.actor, again.id) == ("customer:ana", actor, event.id)
    assert rfc8785.dumps(again.data) == rfc8785.dumps(data)
    assert stored(occurrence, *reversed(owners)) == event


@given(_data)
def test_nothing_outside_the_box_depends_on_what_is_inside(data: JsonObject) -> None:
    event = stored(happened("customer.created", "customer:ana", data), ("customer:ana", ANA))
    assert (event.subject, event.type, event.actor) == (
        "customer:~aa",
        "customer.created",
        "person:clerk",
    )


@pytest.mark.parametrize("field", ["type", "subject", "time", "cause", "actor"])
def test_an_event_whose_outside_was_exchanged_does_not_open(field: str) -> None:
    event = stored(happened("customer.created", "customer:ana", {}), ("customer:ana", ANA))
    with pytest.raises(Unsealable):
        read(structs.replace(event, **{field: "2026-11-01T09:00:01Z"}), ANA.secret)


def test_an_event_about_two_needs_the_keys_of_both() -> None:
    occurrence = happened("shelf.moved", "shelf:s1", {"note": MARKER})
    event = stored(occurrence, ("customer:ana", ANA), ("customer:bo", BO))
    assert read(event, ANA.secret, BO.secret).data == {"note": MARKER}
    for secrets in ([ANA.secret], [BO.secret], [BO.secret, ANA.secret]):
        with pytest.raises(Unsealable):
            read(event, *secrets)


def test_a_subject_that_acts_itself_is_not_named() -> None:
    occurrence = happened("customer.called", "customer:ana", {}, actor="customer:ana")
    event = stored(occurrence, ("customer:ana", ANA))
    assert "ana" not in json.dumps(event.body())


def test_what_is_forgotten_says_only_what_it_was() -> None:
    event = stored(happened("customer.created", "customer:ana", {"x": 1}), ("customer:ana", ANA))
    left = as_forgotten(event)
    assert left.data == {"forgotten": True, "was": "customer.created"}
    assert (left.type, left.subject, left.id) == ("event.forgotten", "customer:~aa", event.id)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"sealed": "x"},
        {"sealed": {"under": [], "box": ""}},
        {"sealed": {"under": ["a"], "box": "?"}},
        {"sealed": {"under": ["a"], "box": "", "more": 1}},
        {"sealed": {"under": ["a"], "box": ""}, "more": 1},
    ],
)
def test_only_the_exact_form_is_a_sealed_event(data: JsonObject) -> None:
    assert box_of(data) is None


@pytest.mark.parametrize("value", [float("nan"), 2**60, 1e20, "\ud800"])
def test_data_without_a_canonical_form_is_not_sealed(value: float | str) -> None:
    with pytest.raises(Unsealable):
        stored(happened("customer.created", "customer:ana", {"x": value}), ("customer:ana", ANA))
