"""Whose key seals what: decided from entities and what an event names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domains.world import Json, JsonObject
from controller.history.privacy import Named, Privacy
from controller.ports import Blocked
from controller.stories.seclusion import read_privacy
from tests.vault.people import PRIVACY, SYSTEM


def owners(subject: str, data: JsonObject) -> set[str]:
    return set(PRIVACY.named(subject, data).owners)


def test_the_rule_makes_an_entity_private_and_belonging_makes_it_a_thing() -> None:
    assert Privacy(frozenset({"customer"}), frozenset({"order", "line"})) == PRIVACY


@pytest.mark.parametrize(
    ("subject", "data", "expected"),
    [
        ("customer:c1", {}, {"customer:c1"}),
        ("order:o1", {"customer": "c1"}, {"customer:c1"}),
        ("order:o1", {"customer": "customer:c1"}, {"customer:c1"}),
        ("order:o1", {"customer": {"id": "c1"}}, {"customer:c1"}),
        ("order:o1", {"customer": 7}, {"customer:7"}),
        ("order:o1", {"total": 3}, set()),
        ("shelf:s1", {"deep": [{"customer": ["c1", "c2"]}]}, {"customer:c1", "customer:c2"}),
        ("bridge_uplink", {"about": "customer:c1"}, {"customer:c1"}),
        ("shelf:s1", {"customer": True, "note": "customer", "other": "customer:"}, set()),
        ("customer", {"customer": ""}, set()),
    ],
)
def test_an_event_is_sealed_for_everybody_it_names(
    subject: str, data: JsonObject, expected: set[str]
) -> None:
    assert owners(subject, data) == expected


def test_things_are_told_from_those_they_belong_to() -> None:
    named = PRIVACY.named("line:l1", {"order": "o1", "shelf": "s1"})
    assert named == Named(frozenset(), frozenset({"line:l1", "order:o1"}))


def test_without_the_rule_nobody_has_a_key() -> None:
    system = SYSTEM.replace("deletion_means_crypto_shred", "has_a_key")
    assert read_privacy({"systems/shop.sg": system.encode()}) == Privacy()
    assert Privacy().named("customer:c1", {"customer": "c1"}) == Named()


def test_entities_of_several_documents_are_one_world() -> None:
    other = 'system "care" {\n  entity visit {\n    belongs_to: line\n  }\n}\n'
    files = {"systems/shop.sg": SYSTEM.encode(), "systems/care.sg": other.encode()}
    assert "visit" in read_privacy(files).owned


def test_a_system_with_the_rule_that_cannot_be_read_stops_everything() -> None:
    broken = SYSTEM.replace("entity order {", "entity order [[")
    with pytest.raises(Blocked, match=r"systems/shop\.sg says whose data is sealed"):
        read_privacy({"systems/shop.sg": broken.encode()})


_texts = st.text(max_size=8)
_json: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=12,
)


@given(_json, st.text(min_size=1, max_size=6), st.lists(st.booleans(), max_size=8))
def test_a_name_is_found_however_deep_it_is(data: Json, name: str, way: list[bool]) -> None:
    inner: Json = {"customer": name, "beside": data}
    for as_list in way:
        inner = [data, inner] if as_list else {"in": inner, "and": data}
    expected = name if name.startswith("customer:") and name != "customer:" else f"customer:{name}"
    assert expected in owners("shelf:s1", {"data": inner})
