"""Enrichment: inferred values beside recorded ones, and never in their place."""

from __future__ import annotations

import pytest

from controller.domains.world import JsonObject
from controller.history.enrichment import (
    Inferred,
    Original,
    Value,
    about_event,
    about_subject,
    is_enrichment,
    problems,
)
from controller.history.event import Event
from tests.history.happenings import at

CALL = at(0, "interaction.logged", "c1", {"type": "call"})


def enrichment(number: int, values: JsonObject, confidence: float, source: str | None) -> Event:
    data: JsonObject = {"inferred": True, "confidence": confidence, "values": values}
    about: JsonObject = {} if source is None else {"source": source}
    return at(number, "enrichment.recorded", "c1", {**about, **data})


def test_inferred_values_are_laid_over_and_say_where_they_are_from() -> None:
    inferred = enrichment(1, {"sentiment": None, "direction": "outbound"}, 0.95, CALL.id)
    provenance = Inferred(inferred.id, "controller", 0.95)
    assert about_event(CALL, [inferred]) == {
        "type": Value("call", Original(CALL.id)),
        "sentiment": Value(None, provenance),
        "direction": Value("outbound", provenance),
    }


def test_what_was_recorded_is_never_replaced() -> None:
    sure = enrichment(1, {"type": "mail"}, 1.0, CALL.id)
    assert about_event(CALL, [sure]) == {"type": Value("call", Original(CALL.id))}


def test_the_last_inference_that_is_sure_enough_counts() -> None:
    three = [
        enrichment(n, {"direction": word}, confidence, CALL.id)
        for n, (word, confidence) in enumerate([("in", 0.9), ("out", 0.7), ("in", 0.2)])
    ]
    assert about_event(CALL, three)["direction"].value == "in"
    assert about_event(CALL, three, at_least=0.5)["direction"].value == "out"
    assert about_event(CALL, three, at_least=0.8)["direction"].value == "in"
    assert "direction" not in about_event(CALL, three, at_least=0.95)


def test_an_enrichment_of_another_event_or_a_wrong_one_is_passed_over() -> None:
    other = enrichment(1, {"direction": "in"}, 0.9, "f" * 64)
    wrong = enrichment(2, {"direction": "in"}, 1.5, CALL.id)
    assert set(about_event(CALL, [other, wrong, CALL])) == {"type"}


def test_a_subject_has_its_latest_members_and_what_was_inferred_about_it() -> None:
    later = at(5, "interaction.logged", "c1", {"type": "mail", "notes": "pricing"})
    about_call = enrichment(6, {"direction": "in"}, 0.9, CALL.id)
    about_c1 = enrichment(7, {"language": "de", "notes": "none"}, 0.8, None)
    stranger = at(8, "interaction.logged", "c2", {"type": "visit"})
    assert about_subject("c1", [CALL, later, about_call, about_c1, stranger]) == {
        "type": Value("mail", Original(later.id)),
        "notes": Value("pricing", Original(later.id)),
        "language": Value("de", Inferred(about_c1.id, "controller", 0.8)),
    }


def test_types_that_end_in_enriched_are_enrichments() -> None:
    kinds = ("enrichment.recorded", "interaction.enriched", "interaction.created", "enriched")
    assert [is_enrichment(kind) for kind in kinds] == [True, True, False, False]


GOOD: JsonObject = {"inferred": True, "confidence": 1, "values": {"a": None}}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"inferred": False}, "`inferred`"),
        ({"inferred": 1}, "`inferred`"),
        ({"confidence": 1.01}, "`confidence`"),
        ({"confidence": -0.0001}, "`confidence`"),
        ({"confidence": True}, "`confidence`"),
        ({"confidence": "0.5"}, "`confidence`"),
        ({"confidence": None}, "`confidence`"),
        ({"values": {}}, "`values`"),
        ({"values": [1]}, "`values`"),
        ({"source": "e001"}, "`source`"),
        ({"source": 7}, "`source`"),
        ({"score": 1}, "`score`"),
    ],
    ids=str,
)
def test_each_mistake_in_an_enrichment_is_named(changes: JsonObject, word: str) -> None:
    assert problems("c1", GOOD) == ()
    (said,) = problems("c1", {**GOOD, **changes})
    assert word in said


def test_all_mistakes_are_told_at_once_and_about_nothing_is_one() -> None:
    assert len(problems("", {})) == 4
    assert problems("", {**GOOD, "source": CALL.id}) == ()
