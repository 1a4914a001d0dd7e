"""The gate "performance": a candidate makes the world no more work than its locus may. Pure.

Work is counted in operations that a gene asks for: the same on any machine, so a proof can be made
again. `stories/performance` counts them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from controller.membrane.gates import MAX_EVIDENCE
from controller.membrane.proof import GateResult
from controller.proof_limits import PERFORMANCE_ALLOWANCE, PERFORMANCE_FACTOR


class PerformancePolicy(BaseModel):
    """`[performance]` of `policy/gates.toml`.

    A candidate may ask for `factor` times the operations of the allele that main expresses, and for
    `allowance` more in each case; at the loci in `operations` for so many a case and no more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    factor: Annotated[float, Field(ge=1, allow_inf_nan=False)] = PERFORMANCE_FACTOR
    allowance: Annotated[int, Field(ge=0)] = PERFORMANCE_ALLOWANCE
    operations: Mapping[StrictStr, Annotated[int, Field(ge=0)]] = {}

    def budget(self, locus: str, dominant: int, cases: int) -> float:
        """Operations that a candidate may ask for in as many cases, where main's asks for these."""
        if locus in self.operations:
            return self.operations[locus] * cases
        return dominant * self.factor + self.allowance * cases


@dataclass(frozen=True, slots=True)
class Measured:
    """Operations that a candidate and main's dominant asked for, in cases in which both succeed."""

    locus: str
    allele: str
    cases: int
    candidate: int
    dominant: int


def performance_gate(measured: Sequence[Measured], policy: PerformancePolicy) -> GateResult:
    """Whether every candidate keeps within the budget of its locus; both figures are told."""
    wrong: list[str] = []
    told: list[str] = []
    for one in measured:
        budget = policy.budget(one.locus, one.dominant, one.cases)
        figures = (
            f"{one.allele} at {one.locus}: {one.candidate} operations in {one.cases} cases, "
            f"the dominant {one.dominant}, the budget {budget:g}"
        )
        (told if one.candidate <= budget else wrong).append(figures)
    lines = wrong or told or ["nothing to compare: no case in which both succeed"]
    return GateResult(gate="performance", passed=not wrong, evidence=tuple(lines[:MAX_EVIDENCE]))
