"""What each risk demands, row by row as the seed has it."""

from __future__ import annotations

from dataclasses import astuple, fields

import pytest

from controller.domains.network import NETWORK
from controller.membrane.risk import RISK_POLICIES, RiskPolicy
from controller.stories.broker import granted
from grammar.sg.nodes import Family, GeneContract
from grammar.sg.terms import Risk

COLUMNS = ("transaction", "convergence", "shadow", "canary", "approval", "resilience")

ROWS = {
    "none": set[str](),
    "low": {"transaction"},
    "medium": {"transaction", "convergence"},
    "high": {"shadow", "transaction", "convergence", "approval"},
    "critical": {"shadow", "canary", "transaction", "convergence", "resilience"},
}
"""Seed 003, section 9, "Blast Radius Classification"."""


def test_the_columns_are_the_seeds() -> None:
    assert tuple(field.name for field in fields(RiskPolicy)) == COLUMNS


def test_every_risk_has_its_row() -> None:
    assert {risk.value for risk in RISK_POLICIES} == {risk.value for risk in Risk} == set(ROWS)


@pytest.mark.parametrize("risk", ROWS)
def test_a_row_demands_what_the_seed_demands(risk: str) -> None:
    demanded = zip(COLUMNS, astuple(RISK_POLICIES[Risk(risk)]), strict=True)
    assert {column for column, is_demanded in demanded if is_demanded} == ROWS[risk]


@pytest.mark.parametrize("risk", Risk)
def test_only_a_gene_that_is_undone_when_it_fails_may_change_the_world(risk: Risk) -> None:
    contract = GeneContract("one", Family.CONFIGURATION, risk, "does")
    may_change = any(spec.mutates for spec in granted(NETWORK, contract))
    assert may_change is RISK_POLICIES[risk].transaction
