"""What each risk demands, row by row (seed 003, section 9, "Blast Radius Classification").

A contract declares its risk; the stories look here what that means, and nowhere else. A row is
the least that is demanded: a `verify:` is run whatever the risk, and `policy/merge.toml` may
leave more to people than `approval` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grammar.sg.terms import Risk


@dataclass(frozen=True, slots=True)
class RiskPolicy:
    """What must surround an expression, and what an allele must show.

    `transaction`: it may change the world, and what it changed is undone when it fails.
    `convergence`: what its diagnostics find within the window decides whether its change stays.
    `shadow`: before its first run for real an allele works in a shadow of that world.
    `canary`: until one world has confirmed it, no second one runs it.
    `approval`: a person approves a new allele.
    `resilience`: it becomes dominant only after it has held for hours.
    """

    transaction: bool
    convergence: bool
    shadow: bool
    canary: bool
    approval: bool
    resilience: bool


_NO, _YES = False, True

RISK_POLICIES: Final[Mapping[Risk, RiskPolicy]] = MappingProxyType(
    {
        # ------------------------- trans- conver- sha-  ca-   appro- resi-
        # ------------------------- action gence   dow   nary  val    lience
        Risk.NONE: RiskPolicy(_NO, _NO, _NO, _NO, _NO, _NO),
        Risk.LOW: RiskPolicy(_YES, _NO, _NO, _NO, _NO, _NO),
        Risk.MEDIUM: RiskPolicy(_YES, _YES, _NO, _NO, _NO, _NO),
        Risk.HIGH: RiskPolicy(_YES, _YES, _YES, _NO, _YES, _NO),
        Risk.CRITICAL: RiskPolicy(_YES, _YES, _YES, _YES, _NO, _YES),
    }
)
"""By risk. Whoever is new to the table reads it in README.md, "Risk"."""
