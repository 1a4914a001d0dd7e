"""Demands: what a person or a system asked to be true of a world, until a newer one replaces it.

A demand is about one thing: a world, a locus and the value of the first field that the locus's
contract takes (`key`). The newest demand about a thing stands; the others are history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.domains.world import JsonObject
from controller.history.event import Event

REQUESTED = "expression.requested"


@dataclass(frozen=True, slots=True)
class Demand:
    """Express `locus` with input `values` in `world`, as `phenotype` says. Named by its event.

    The locus is a gene's, a pathway's or a topology's, or an intent, which has no world. A task of
    a run names the run, and the place in it (`step`); a host of an intent its `fleet` and itself
    (`host`). With `prune`, what earlier runs of it made and it does not want any more is removed.
    """

    id: str
    locus: str
    phenotype: str
    world: str
    values: JsonObject
    key: str
    at: datetime
    run: str = ""
    step: str = ""
    prune: bool = False
    fleet: str = ""
    host: str = ""

    @property
    def about(self) -> tuple[str, str, str]:
        """What a newer demand must share to replace this one."""
        return (self.world, self.locus, self.key)


def read_demand(event: Event) -> Demand:
    """The demand that an `expression.requested` event makes."""
    data = event.data
    values = data["input"]
    assert isinstance(values, dict)
    return Demand(
        id=event.id,
        locus=str(data["locus"]),
        phenotype=str(data["phenotype"]),
        world=str(data["world"]),
        values=values,
        key=str(data["key"]),
        at=event.at,
        run=str(data.get("run") or ""),
        step=str(data.get("step") or ""),
        prune=bool(data.get("prune")),
        fleet=str(data.get("fleet") or ""),
        host=str(data.get("host") or ""),
    )


def subject_of(world: str, locus: str, key: str) -> str:
    """The subject of a demand's events, for people who read the log."""
    return f"{world}/{locus}/{key}"
