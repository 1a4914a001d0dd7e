"""Promotion at +0.1 and fifty invocations, demotion after three failures in a row."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from controller.arena.selection import MAX_STACK, Standing, Thresholds, promoted, select

STACK = ("aaaa", "bbbb", "cccc")
FINE = Standing(0.5, 60, 0)


def standings(**changed: Standing) -> dict[str, Standing]:
    return {**dict.fromkeys(STACK, FINE), **changed}


def test_a_stack_that_does_well_stays() -> None:
    assert select(STACK, standings(), Thresholds()) is None


@pytest.mark.parametrize(
    ("fitness", "invocations", "rises"),
    [(0.61, 50, True), (0.60, 50, False), (0.9, 49, False), (0.9, 50, True)],
)
def test_promotion_needs_a_lead_and_seasoning(
    fitness: float, invocations: int, rises: bool
) -> None:
    chosen = select(STACK, standings(cccc=Standing(fitness, invocations, 0)), Thresholds())
    assert (chosen is not None) is rises
    if chosen is not None:
        assert (chosen.kind, chosen.stack) == ("promotion", ("cccc", "aaaa", "bbbb"))


@pytest.mark.parametrize(("row", "falls"), [(2, False), (3, True)])
def test_three_failures_in_a_row_demote(row: int, falls: bool) -> None:
    chosen = select(STACK, standings(aaaa=Standing(0.9, 60, row)), Thresholds())
    assert (chosen is not None) is falls
    if chosen is not None:
        assert (chosen.kind, chosen.stack) == ("demotion", ("bbbb", "cccc", "aaaa"))


def test_the_heir_is_one_that_does_not_fail_as_well() -> None:
    records = standings(aaaa=Standing(0.1, 9, 3), bbbb=Standing(0.1, 9, 4))
    chosen = select(STACK, records, Thresholds())
    assert chosen is not None
    assert chosen.stack == ("cccc", "bbbb", "aaaa")


def test_nobody_is_demoted_for_an_heir_that_fails_too() -> None:
    records = {sha: Standing(0.1, 9, 3) for sha in STACK}
    assert select(STACK, records, Thresholds()) is None


def test_what_was_demoted_for_its_failures_is_not_promoted_for_its_past() -> None:
    before = {"aaaa": Standing(0.9, 60, 3), "bbbb": FINE}
    demoted = select(("aaaa", "bbbb"), before, Thresholds())
    assert demoted is not None
    assert demoted.stack == ("bbbb", "aaaa")
    assert select(demoted.stack, before, Thresholds()) is None


def test_a_single_allele_has_no_rival() -> None:
    assert select(("aaaa",), {"aaaa": Standing(0.0, 99, 99)}, Thresholds()) is None


def test_a_promoted_allele_leads_and_the_stack_stays_short() -> None:
    assert promoted(STACK, "bbbb") == ("bbbb", "aaaa", "cccc")
    full = tuple(f"{n}" for n in range(MAX_STACK))
    assert promoted(full, "new") == ("new", *full[: MAX_STACK - 1])


def test_thresholds_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValidationError):
        Thresholds(demote_after=0)
