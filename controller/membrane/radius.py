"""Blast radius: all that would express what a draft changes, and how much of it is too much. Pure.

`stories/blast_radius` finds what is reached; `policy/gates.toml` bounds it by the draft's risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from controller.membrane.proof import GateResult
from controller.proof_limits import RADIUS_HOSTS, RADIUS_NAMES
from grammar.sg.terms import Risk

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of all hosts of the inventory: 0.25 is a quarter of them."""


class RadiusPolicy(BaseModel):
    """`[blast_radius]` of `policy/gates.toml`: the largest share of hosts, by the draft's risk.

    `hosts` are within bounds whatever their share; `over` says what becomes of a draft that reaches
    more: a person approves it, or the gate refuses it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    none: Share = 1.0
    low: Share = 1.0
    medium: Share = 0.5
    high: Share = 0.25
    critical: Share = 0.1
    hosts: Annotated[int, Field(ge=0)] = RADIUS_HOSTS
    over: Literal["person", "refuse"] = "person"

    def bound(self, risk: Risk, known: int) -> int:
        """How many of the `known` hosts a draft of this risk may reach."""
        share: float = getattr(self, risk.value)
        return max(self.hosts, int(share * known))


@dataclass(frozen=True, slots=True)
class Radius:
    """What would express a change, by name; `known` is how many hosts the inventory has."""

    loci: tuple[str, ...]
    pathways: tuple[str, ...]
    topologies: tuple[str, ...]
    intents: tuple[str, ...]
    phenotypes: tuple[str, ...]
    worlds: tuple[str, ...]
    hosts: tuple[str, ...]
    known: int


def radius_gate(radius: Radius, risk: Risk, policy: RadiusPolicy) -> GateResult:
    """Whether a change reaches no more hosts than policy lets one of its risk reach."""
    bound, reached = policy.bound(risk, radius.known), len(radius.hosts)
    evidence = (
        _told(radius),
        f"{reached} of {radius.known} hosts; risk {risk.value} may reach {bound}",
    )
    over = reached > bound
    return GateResult(
        gate="blast radius",
        passed=not over or policy.over == "person",
        evidence=evidence,
        approval=over and policy.over == "person",
    )


def _told(radius: Radius) -> str:
    parts = {
        "loci": radius.loci,
        "pathways": radius.pathways,
        "topologies": radius.topologies,
        "intents": radius.intents,
        "phenotypes": radius.phenotypes,
        "worlds": radius.worlds,
        "hosts": radius.hosts,
    }
    return (
        "; ".join(f"{kind}: {_few(names)}" for kind, names in parts.items() if names) or "nothing"
    )


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:RADIUS_NAMES])
    more = len(names) - RADIUS_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
